"""`coderouter stop`."""

import typer

from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.clients.journal import Journal
from coderouter_cli.clients.restoring import patched_clients
from coderouter_cli.daemon.process import stop
from coderouter_cli.errors import CodeRouterError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="stop")
def stop_command(as_json: JsonFlag = False) -> None:
    """Stop the daemon; running answers may finish for ten seconds.

    Example: coderouter stop
    """
    finish(stop_daemon(current()), as_json=as_json)


def stop_daemon(context: Context) -> Result:
    """Stop the daemon, and say which clients now point at nothing."""
    stopped = stop(context.paths)
    view = ["CodeRouter is stopped." if stopped else "CodeRouter was not running."]
    clients: list[str] = []
    try:
        clients = sorted({patched.client for patched in patched_clients(Journal(context.paths))})
    except CodeRouterError as error:
        view.append(f"Which clients point here cannot be said: {error.sentence()}")
    if clients:
        # Measured: Claude Code 2.1.330 is silent for three minutes, Codex 0.169.0 waits for ever.
        view.append(
            f"{' and '.join(clients)} still point here and will hang until `coderouter start`, "
            "or `coderouter uninstall` gives them their own settings back."
        )
    return Result({"stopped": stopped, "patched_clients": clients}, tuple(view))
