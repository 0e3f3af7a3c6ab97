"""How an error is told: three lines for a person, or the JSON envelope. Imports nothing heavy.

Whatever is told is redacted first: a key typed in the wrong place must not stay on the screen.
"""

import re
from contextlib import suppress

import typer

from coderouter_cli.cli.envelope import SCHEMA, as_text
from coderouter_cli.errors import CodeRouterError, UsageError
from coderouter_cli.system.redaction import REDACTED, Redactor

_LONG_WORD = re.compile(r"[^\s'\"(),]{25,}")
"""None of our commands, options and values is that long; keys are."""

_LONG_QUOTED = re.compile(r"'[^\s'/]{27,}'")
"""In our own messages what was typed stands in quotes. An exchange's id has 26 characters."""


def fail(error: CodeRouterError, *, as_json: bool) -> int:
    """Tell what happened, what it means and what to do; gives the exit code."""
    clean = Redactor().clean
    what, means, next_step = clean(error.what), clean(error.means), clean(error.next_step)
    if isinstance(error, UsageError):
        what = _LONG_QUOTED.sub(REDACTED, what)
    told = {"code": error.code, "message": what, "means": means, "next_step": next_step}
    lines = "\n".join(line for line in (f"error: {what}", means, next_step) if line)
    try:
        typer.echo(as_text({"schema": SCHEMA, "error": told}) if as_json else lines, err=not as_json)
    except OSError:  # nobody reads that stream; perhaps somebody reads the other
        with suppress(OSError):
            typer.echo(lines, err=True)
    return error.exit_code


def misuse(error: typer.TyperException) -> UsageError:
    """A wrong command line, as the command-line library saw it.

    The library repeats what was typed. A word as long as a key is left out of that.
    """
    said = error.format_message().replace("Value error, ", "")
    context = getattr(error, "ctx", None)
    command = "coderouter" if context is None else context.command_path
    return UsageError(_LONG_WORD.sub(REDACTED, said), next_step=f"Try `{command} --help`.")
