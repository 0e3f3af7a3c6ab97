"""What `uninstall` does, in its order: unpatch, stop, and only then forget."""

from coderouter_cli.cli.asking import agree
from coderouter_cli.cli.context import Context
from coderouter_cli.cli.key_stores import PATIENCE_S
from coderouter_cli.cli.purge import purge as purge_files
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.unrecorded import take_out
from coderouter_cli.clients import CLIENTS
from coderouter_cli.clients.contract import Client
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
        agree("Remove the keys, the settings and the ledger for good?", default=False)
    problems: list[str] = []
    reports = [report for client in CLIENTS for report in _restore(context, client, problems, purge=purge)]
    unrestored = bool(problems) or any(report.outcome is Outcome.LEFT for report in reports)
    stopped = _stop(context, problems)
    if purge and unrestored:
        problems.append("Nothing was purged: a client's original settings are still needed.")
    elif purge:
        _purge(context, problems)
    data: JsonObject = {
        "clients": [_data(report) for report in reports],
        "stopped": stopped,
        "purged": purge and not problems,
        "problems": problems,
    }
    view = [line for report in reports for line in _lines(report)]
    view.append("CodeRouter is stopped." if stopped else "CodeRouter was not running.")
    view += problems
    if purge and not problems and context.paths.config_dir.exists():
        view.append(f"{context.paths.config_dir} stays: it holds files that are not CodeRouter's.")
    if not purge:
        view.append(f"Your ledger stays in {context.paths.data_dir} (`--purge` removes it, and the keys).")
    return Result(data, tuple(view), exit_code=65 if unrestored or problems else 0)


def _restore(
    context: Context, client: Client, problems: list[str], *, purge: bool
) -> tuple[RestoreReport, ...]:
    # Sessions made through CodeRouter stop loading without a trace of its provider in Codex's file.
    keep = not purge and client.needs_history_table(context.environ, context.user_home)
    reports: tuple[RestoreReport, ...] = ()
    try:
        reports = restore(client, Journal(context.paths), keep_history_table=keep)
    except CodeRouterError as error:
        if error.sentence() not in problems:
            problems.append(error.sentence())
    if any(report.outcome is Outcome.LEFT for report in reports):
        return reports
    return (*reports, *take_out(context, client, keep_history_table=keep))


def _stop(context: Context, problems: list[str]) -> bool:
    try:
        return stop(context.paths)
    except CodeRouterError as error:
        problems.append(error.sentence())
        return False


def _purge(context: Context, problems: list[str]) -> None:
    """Remove keys and files; where keys stay, so do the settings that say where."""
    forgotten = True
    try:
        _forget_keys(context)
    except CodeRouterError as error:
        forgotten = False
        problems.append(f"The keys are still there: {error.sentence()}")
    problems += purge_files(context.paths, () if forgotten else (context.paths.config_file,))


def _forget_keys(context: Context) -> None:
    """Take the keys out of the keyring. Those in a file go with the directory it is in."""
    if not context.paths.config_file.exists():
        return  # storing a key writes the settings: without them there is none
    settings = context.settings()
    if settings.key_store is not KeyStoreKind.KEYRING:
        return
    store = open_store(settings.key_store, context.environ, timeout_s=PATIENCE_S)
    for provider in store.list(tuple(stocked_catalog(settings, prices=False).providers)):
        store.delete(provider)


def _lines(report: RestoreReport) -> tuple[str, ...]:
    return (f"{report.file}: {_TOLD[report.outcome]}.", *(f"  {line}" for line in report.left))


def _data(report: RestoreReport) -> JsonObject:
    return {
        "client": report.client,
        "file": str(report.file),
        "outcome": report.outcome.value,
        "left": list(report.left),
    }
