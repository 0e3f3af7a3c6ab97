"""`coderouter start`."""

from typing import Annotated

import typer

from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.daemon.process import Running, start

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="start")
def start_command(
    port: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="Another port, this once.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Start the daemon in the background; returns when it is healthy.

    Example: coderouter start
    """
    finish(started(start_daemon(current(), port)), as_json=as_json)


def start_daemon(context: Context, port: int | None) -> Running:
    """Start the daemon, or find it running."""
    wanted = context.settings().port if port is None else port
    context.paths.ensure()
    return start(context.paths, wanted, context.environ)


def started(running: Running) -> Result:
    """What `start` and `restart` say."""
    hint = running.hint
    said = "started" if running.fresh else "already running"
    view = [f"CodeRouter is {said} on http://127.0.0.1:{hint.port} (process {hint.pid})."]
    if running.outdated:
        view.append(f"It runs version {hint.version}, not this one: run `coderouter restart`.")
    data = {
        "started": running.fresh,
        "port": hint.port,
        "pid": hint.pid,
        "instance": hint.instance,
        "version": hint.version,
    }
    return Result(data, tuple(view))
