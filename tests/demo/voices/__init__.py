"""Tests of how the scripted provider speaks."""
