"""Questions to a person. They go to standard error; without a terminal, answers may be piped in."""

import sys

import typer

from coderouter_cli.errors import UsageError


def has_terminal() -> bool:
    """Whether somebody sits there to answer."""
    return sys.stdin is not None and sys.stdin.isatty()


def agree(question: str, *, default: bool) -> None:
    """Go on only if the answer is yes.

    Raises:
        UsageError: there is neither a terminal nor an answer.
        typer.Abort: the answer is no.
    """
    if sys.stdin is None:
        raise _nobody()
    try:
        typer.confirm(question, default=default, abort=True, err=True)
    except typer.Abort:
        if has_terminal():
            raise
        raise _nobody() from None


def hidden(question: str, *, optional: bool = False) -> str:
    """What is typed, without showing it; empty for Enter alone when it is ``optional``.

    Raises:
        typer.Abort: it was given up (Ctrl-C, Ctrl-D).
    """
    default = "" if optional else None
    typed: str = typer.prompt(question, default=default, hide_input=True, show_default=False, err=True)
    return typed


def _nobody() -> UsageError:
    return UsageError("Nobody said yes, so nothing was changed.", next_step="Without a terminal, add --yes.")
