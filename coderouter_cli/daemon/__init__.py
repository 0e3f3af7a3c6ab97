"""The proxy: guard, pipeline, app, wiring, process."""
