"""What `uninstall` does, in its order: unpatch, stop, and only then forget."""

import shutil

import typer

from coderouter_cli.cli.context import Context
from coderouter_cli.cli.result import Result
from coderouter_cli.clients import CLIENTS
from coderouter_cli.clients.journal import Journal
from coderouter_cli.clients.restoring import Outcome, RestoreReport, restore
from coderouter_cli.daemon.process import stop
from coderouter_cli.daemon.shelf import stocked_catalog
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.errors import CodeRouterError
from coderouter_cli.storage.credentials import open_store
from coderouter_cli.storage.settings import KeyStoreKind

_TOLD = {
    Outcome.RESTORED: "as it was before, byte for byte",
    Outcome.REMOVED: "removed: CodeRouter had made it",
    Outcome.MERGED: "CodeRouter's keys are out, later changes are kept",
    Outcome.NOTHING: "nothing of CodeRouter's was in it",
    Outcome.GONE: "was gone already",
    Outcome.LEFT: "could not be changed",
}


def uninstall(context: Context, *, ask: bool, purge: bool) -> Result:
    """Restore every client and stop the daemon; with ``purge`` remove everything that is ours.

    What cannot be done is reported, and the rest is done all the same: exit code 65 says that
    something was left.
    """
    if purge and ask:
        typer.confirm("Remove the keys, the settings and the ledger for good?", abort=True, err=True)
    reports = [report for client in CLIENTS for report in _restore(context, client.name, purge=purge)]
    problems: list[str] = []
    stopped = _stop(context, problems)
    unrestored = any(report.outcome is Outcome.LEFT for report in reports)
    if purge and unrestored:
        problems.append("Nothing was purged: a client's original settings are still needed.")
    elif purge:
        _purge(context, problems)
    left = unrestored or bool(problems)
    view = [f"{report.file}: {_TOLD[report.outcome]}." for report in reports]
    view += [f"  {line}" for report in reports for line in report.left]
    view.append("CodeRouter is stopped." if stopped else "CodeRouter was not running.")
    view += problems
    if not purge:
        view.append(f"Your ledger stays in {context.paths.data_dir} (`--purge` removes it, and the keys).")
    data: JsonObject = {
        "clients": [_data(report) for report in reports],
        "stopped": stopped,
        "purged": purge and not problems,
        "problems": problems,
    }
    return Result(data, tuple(view), exit_code=65 if left else 0)


def _restore(context: Context, name: str, *, purge: bool) -> tuple[RestoreReport, ...]:
    client = next(client for client in CLIENTS if client.name == name)
    # Sessions made through CodeRouter stop loading without a trace of its provider in Codex's file.
    keep = not purge and client.needs_history_table(context.environ, context.user_home)
    return restore(client, Journal(context.paths), keep_history_table=keep)


def _stop(context: Context, problems: list[str]) -> bool:
    try:
        return stop(context.paths)
    except CodeRouterError as error:
        problems.append(error.sentence())
        return False


def _purge(context: Context, problems: list[str]) -> None:
    try:
        _forget_keys(context)
    except CodeRouterError as error:
        problems.append(f"The keys are still there: {error.sentence()}")
    paths = context.paths
    for directory in dict.fromkeys((paths.log_dir, paths.data_dir, paths.state_dir, paths.config_dir)):
        shutil.rmtree(directory, ignore_errors=True)


def _forget_keys(context: Context) -> None:
    settings = context.settings()
    if settings.key_store is KeyStoreKind.ENV:
        return
    store = open_store(settings.key_store, context.environ)
    for provider in stocked_catalog(settings, prices=False).providers:
        store.delete(provider)


def _data(report: RestoreReport) -> JsonObject:
    return {
        "client": report.client,
        "file": str(report.file),
        "outcome": report.outcome.value,
        "left": list(report.left),
    }
