"""From a request to its phase and difficulty: pure and deterministic."""
