"""The embedded scripted provider and the bundled workload."""
