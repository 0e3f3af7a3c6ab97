"""The machine: paths, atomic files, the lock, the clock, the environment, redaction."""
