"""Tests of what the scripted provider refuses."""
