"""`coderouter status`: the daemon, the keys and the clients at a glance."""

import typer

from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.views.estimates import estimate_lines
from coderouter_cli.cli.views.learned import learned_lines
from coderouter_cli.cli.views.policies import changed_lines
from coderouter_cli.clients import CLIENTS
from coderouter_cli.clients.contract import Client, LocalEndpoint
from coderouter_cli.clients.journal import Journal
from coderouter_cli.clients.restoring import patched_clients
from coderouter_cli.daemon.process import Running, details, find
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.errors import CodeRouterError, ConfigError, NotRunningError
from coderouter_cli.storage.trust import TrustStore
from coderouter_cli.system.local_token import load_token

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_STATES = {
    "here": "points here",
    "elsewhere": "was set up, but its settings were changed since: run `coderouter init` again",
    "unset": "not set up (`coderouter init`)",
    "absent": "not found",
}


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
    daemon = None if running is None else _details(context)
    problems: list[str] = []
    clients = [_client(context, client, running, problems) for client in CLIENTS]
    data: JsonObject = {
        "running": running is not None,
        "daemon": daemon,
        "outdated": running is not None and running.outdated,
        "clients": clients,
        "problems": problems,
        "home": str(context.paths.config_dir),
        "ledger": str(context.paths.ledger_file),
        "log": str(context.paths.log_file),
    }
    changed = _changed(context, problems)
    data["policies_changed"] = changed
    view = [
        *_daemon_lines(running, daemon),
        *(_client_line(client) for client in clients),
        *changed,
        *problems,
    ]
    view.append(f"log: {context.paths.log_file}")
    return Result(data, tuple(view), exit_code=0 if running else 69)


def _changed(context: Context, problems: list[str]) -> list[str]:
    """Repositories' policies that have changed since they were trusted."""
    try:
        return list(changed_lines(TrustStore(context.paths).all()))
    except ConfigError as error:
        problems.append(error.sentence())
        return []


def _details(context: Context) -> JsonObject | None:
    try:
        return details(context.paths)
    except NotRunningError:
        return None


def _daemon_lines(running: Running | None, daemon: JsonObject | None) -> list[str]:
    if running is None:
        return ["CodeRouter is not running. Start it with `coderouter start`."]
    lines = [
        f"CodeRouter {running.hint.version} runs on port {running.hint.port} (process {running.hint.pid})."
    ]
    if running.outdated:
        lines.append("This command line has another version: run `coderouter restart`.")
    if daemon is None:
        lines.append("It does not answer this command line: run `coderouter restart`.")
        return lines
    names = [p["name"] if p["available"] else f"{p['name']} (failing)" for p in daemon["providers"]]
    lines.append(f"providers: {', '.join(names) or 'none: set a key with `coderouter keys set`'}")
    lines += _ledger_lines(daemon.get("ledger", {}))
    lines += estimate_lines(daemon.get("estimates", ()))
    lines += learned_lines(daemon.get("learned", ()))
    return lines


def _ledger_lines(stats: JsonObject) -> list[str]:
    """Nothing while all is well."""
    if stats.get("lost"):
        return [f"ledger: {stats['lost']} writes could not be kept anywhere. Is the disk full?"]
    if stats.get("spilled"):
        return [f"ledger: {stats['spilled']} writes went beside the database, which could not be written."]
    return []


def _client(context: Context, client: Client, running: Running | None, problems: list[str]) -> JsonObject:
    found = client.detect(context.environ, context.user_home)
    patched, points_here = False, False
    try:
        patched = any(one.client == client.name for one in patched_clients(Journal(context.paths)))
        points_here = patched and _points_here(context, client, running)
    except CodeRouterError as error:
        if error.sentence() not in problems:
            problems.append(error.sentence())
    overrides = client.overrides(context.environ, context.user_home, context.working_directory())
    return {
        "name": client.name,
        "title": client.title,
        "installed": found.installed,
        "patched": patched,
        "points_here": points_here,
        "overrides": [override.effect for override in overrides if override.wins] if patched else [],
    }


def _points_here(context: Context, client: Client, running: Running | None) -> bool:
    """Whether the client's settings still say what `init` would write now."""
    token = load_token(context.paths.token_file)
    if token is None:
        return False
    port = context.settings().port if running is None else running.hint.port
    return not client.plan(LocalEndpoint(port, token.reveal()), context.environ, context.user_home).changed


def _client_line(client: JsonObject) -> str:
    if client["patched"]:
        state = _STATES["here" if client["points_here"] else "elsewhere"]
    else:
        state = _STATES["unset" if client["installed"] else "absent"]
    beaten = "".join(f"\n  but: {effect}" for effect in client["overrides"])
    return f"{client['title']}: {state}{beaten}"
