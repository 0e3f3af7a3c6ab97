"""The one place that writes to the terminal.

Colour only on a terminal, and never with NO_COLOR set (rich obeys it). Plain lines are printed as they
are, neither folded nor read as markup: they hold paths, commands and parts of the user's files.
"""

import sys
from collections.abc import Iterable

import typer
from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from coderouter_cli.cli.envelope import as_text
from coderouter_cli.cli.result import Result

_PIPE_WIDTH = 110
"""Columns when the output is not a terminal: tables must not be folded to 80 in a file."""

_WIDEST = 1000
"""A table that needs more than the terminal has runs over its edge rather than lose a figure."""


def finish(result: Result, *, as_json: bool) -> None:
    """Show a result and end the command with its exit code."""
    if as_json:
        typer.echo(as_text(result.envelope()))
    else:
        show(result.view)
    if result.exit_code:
        raise typer.Exit(result.exit_code)


def show(view: Iterable[RenderableType]) -> None:
    """Write for a person, on standard output."""
    console = make_console()
    for item in view:
        if isinstance(item, Table):
            least = Measurement.get(console, console.options.update(max_width=_WIDEST), item).minimum
            console.width = max(console.width, least)
        console.print(item, soft_wrap=isinstance(item, str | Text))


def make_console(*, stderr: bool = False) -> Console:
    """A console for this terminal, or for the file or pipe that stands in its place."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _PIPE_WIDTH
    return Console(stderr=stderr, width=width, highlight=False, markup=False, emoji=False)


def note(text: str) -> None:
    """A remark beside the result, on standard error."""
    typer.echo(text, err=True)
