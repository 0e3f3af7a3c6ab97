"""Bytes to values and back, sans-IO: wire formats, server-sent events, edits inside JSON text."""
