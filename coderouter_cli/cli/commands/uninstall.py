"""`coderouter uninstall`: the clients first, then the daemon."""

from typing import Annotated

import typer

from coderouter_cli.cli.context import current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.teardown import uninstall

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="uninstall")
def uninstall_command(
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    purge: Annotated[
        bool, typer.Option("--purge", help="Also remove keys, settings and the ledger.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Give the clients their own settings back, byte for byte, and stop the daemon.

    Example: coderouter uninstall
    """
    finish(uninstall(current(), ask=not yes and not as_json, purge=purge), as_json=as_json)
