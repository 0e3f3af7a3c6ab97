"""The typer commands: parse, call, Result, render."""
