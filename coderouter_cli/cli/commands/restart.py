"""`coderouter restart`."""

import typer

from coderouter_cli.cli.commands.start import start_daemon, started
from coderouter_cli.cli.context import current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.daemon.process import find, stop
from coderouter_cli.daemon.shelf import stocked_catalog

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="restart")
def restart_command(as_json: JsonFlag = False) -> None:
    """Stop the daemon, if it runs, and start it on the same port.

    Example: coderouter restart
    """
    context = current()
    stocked_catalog(context.settings(), prices=False)  # a daemon with settings that do not work stays up
    running = find(context.paths)
    stop(context.paths)
    finish(started(start_daemon(context, running.hint.port if running else None)), as_json=as_json)
