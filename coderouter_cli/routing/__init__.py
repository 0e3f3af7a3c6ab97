"""From features to a decision: pure."""
