"""`coderouter status`: the daemon, the keys and the clients at a glance."""

from pathlib import Path

import typer

from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.clients import CLIENTS
from coderouter_cli.clients.journal import Journal
from coderouter_cli.clients.restoring import patched_clients
from coderouter_cli.daemon.process import Running, details, find
from coderouter_cli.domain.conversation import JsonObject

app = typer.Typer(rich_markup_mode=None)


@app.command(name="status")
def status_command(as_json: JsonFlag = False) -> None:
    """Show the daemon, the providers it has keys for, and what each client is set to.

    Exit code 69 when the daemon does not run.
    Example: coderouter status
    """
    finish(make_status(current()), as_json=as_json)


def make_status(context: Context) -> Result:
    """The state of this home."""
    running = find(context.paths)
    daemon = None if running is None else details(context.paths)
    clients = [_client(context, client.name) for client in CLIENTS]
    data: JsonObject = {
        "running": running is not None,
        "daemon": daemon,
        "outdated": running is not None and running.outdated,
        "clients": clients,
        "home": str(context.paths.config_dir),
        "ledger": str(context.paths.ledger_file),
        "log": str(context.paths.log_file),
    }
    view = [*_daemon_lines(running, daemon), *(_client_line(client) for client in clients)]
    view.append(f"log: {context.paths.log_file}")
    return Result(data, tuple(view), exit_code=0 if running else 69)


def _daemon_lines(running: Running | None, daemon: JsonObject | None) -> list[str]:
    if running is None or daemon is None:
        return ["CodeRouter is not running. Start it with `coderouter start`."]
    lines = [
        f"CodeRouter {running.hint.version} runs on port {running.hint.port} (process {running.hint.pid})."
    ]
    if running.outdated:
        lines.append("This command line has another version: run `coderouter restart`.")
    names = [p["name"] if p["available"] else f"{p['name']} (failing)" for p in daemon["providers"]]
    lines.append(f"providers: {', '.join(names) or 'none: set a key with `coderouter keys set`'}")
    return lines


def _client(context: Context, name: str) -> JsonObject:
    client = next(client for client in CLIENTS if client.name == name)
    found = client.detect(context.environ, context.user_home)
    patched = any(one.client == name for one in patched_clients(Journal(context.paths)))
    overrides = client.overrides(context.environ, context.user_home, Path.cwd()) if patched else ()
    return {
        "name": name,
        "title": client.title,
        "installed": found.installed,
        "patched": patched,
        "overrides": [override.effect for override in overrides if override.wins],
    }


def _client_line(client: JsonObject) -> str:
    if not client["patched"]:
        state = "not set up (`coderouter init`)" if client["installed"] else "not found"
    else:
        state = "points here"
    beaten = "".join(f"\n  but: {effect}" for effect in client["overrides"])
    return f"{client['title']}: {state}{beaten}"
