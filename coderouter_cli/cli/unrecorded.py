"""Clients that point here although the journal does not say so: it was lost, or it is damaged.

What stood in the place of our keys is then not known, so they are only taken out. A file counts as
pointing here when it holds a local token.
"""

from pathlib import Path

from coderouter_cli.cli.context import Context
from coderouter_cli.clients.contract import Client, LocalEndpoint, PatchPlan
from coderouter_cli.clients.patching import remove_file
from coderouter_cli.clients.restoring import Outcome, RestoreReport
from coderouter_cli.errors import CodeRouterError, PatchError
from coderouter_cli.storage.settings import DEFAULT_PORT
from coderouter_cli.system.files import replace_unchanged
from coderouter_cli.system.local_token import TOKEN_PREFIX, new_token


def take_out(context: Context, client: Client, *, keep_history_table: bool) -> tuple[RestoreReport, ...]:
    """Take our keys out of a client's file, if it holds a token of ours. What fails is reported."""
    file = client.config_file(context.environ, context.user_home)
    if not _holds_token(file):
        return ()
    try:
        left = _take_out(context, client, keep=keep_history_table)
    except CodeRouterError as error:
        return (RestoreReport(client.name, file, Outcome.LEFT, (error.what, client.manual_steps())),)
    return (RestoreReport(client.name, file, Outcome.MERGED, left),)


def _take_out(context: Context, client: Client, *, keep: bool) -> tuple[str, ...]:
    plan = _plan(context, client)
    if plan.before is None or not any(_is_token(change.found) for change in plan.keys):
        raise PatchError(f"{plan.file} holds a local token in a place CodeRouter did not put it.")
    final = client.with_history_table(plan.original) if keep else plan.original
    if final is None:
        remove_file(plan.file)
    elif not replace_unchanged(plan.file, plan.before, final):
        raise PatchError(f"{plan.file} keeps being changed by another program.")
    return ("There was no record of what stood there before, so nothing was put back.",)


def _plan(context: Context, client: Client) -> PatchPlan:
    """A plan knows the file as it would be without us, whatever its port and token."""
    endpoint = LocalEndpoint(DEFAULT_PORT, new_token().reveal())
    return client.plan(endpoint, context.environ, context.user_home)


def _holds_token(file: Path) -> bool:
    try:
        return TOKEN_PREFIX.encode() in file.read_bytes()
    except OSError:
        return False


def _is_token(text: str | None) -> bool:
    return text is not None and TOKEN_PREFIX in text
