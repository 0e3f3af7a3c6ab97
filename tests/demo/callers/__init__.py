"""Tests of the scripted clients."""
