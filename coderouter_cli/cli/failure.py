"""How an error is told: three lines for a person, or the JSON envelope. Imports nothing heavy."""

import json

import typer

from coderouter_cli.errors import CodeRouterError


def fail(error: CodeRouterError, *, as_json: bool) -> int:
    """Tell what happened, what it means and what to do; gives the exit code."""
    if as_json:
        told = {"code": error.code, "message": error.what, "means": error.means, "next_step": error.next_step}
        typer.echo(json.dumps({"schema": 1, "error": told}, indent=2, ensure_ascii=False))
    else:
        lines = [f"error: {error.what}", error.means, error.next_step]
        typer.echo("\n".join(line for line in lines if line), err=True)
    return error.exit_code
