"""Tests of the scripted provider, the workload and the demo."""
