"""Take our keys out of the clients' files again: the exact bytes where nobody else wrote, else key by key."""

from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from coderouter_cli.clients.contract import Client
from coderouter_cli.clients.journal import Entry, Journal, digest
from coderouter_cli.clients.patching import remove_empty, remove_file
from coderouter_cli.errors import CodeRouterError, PatchError
from coderouter_cli.system.files import read_optional, replace_unchanged, sweep

_TRIES = 3


class Outcome(StrEnum):
    """What became of a file."""

    RESTORED = "restored"
    """The original, byte for byte."""
    REMOVED = "removed"
    """We had made it, and it held nothing else."""
    MERGED = "merged"
    """Our keys are out; what others changed since is kept."""
    NOTHING = "nothing"
    """Nothing of ours was in it any more."""
    GONE = "gone"
    """Somebody removed the file."""
    LEFT = "left"
    """It could not be changed; it is still on record, and ``left`` says what to do."""


@dataclass(frozen=True, slots=True)
class RestoreReport:
    """What became of one file; ``left`` are sentences about what stays, for a person."""

    client: str
    file: Path
    outcome: Outcome
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Patched:
    """A file that is patched, by the journal."""

    client: str
    file: Path


@dataclass(frozen=True, slots=True)
class _Goal:
    """What a file should be; ``data`` is None when it should not be there."""

    outcome: Outcome
    data: bytes | None
    left: tuple[str, ...] = ()


def patched_clients(journal: Journal) -> tuple[Patched, ...]:
    """Every patched file, oldest first.

    Raises:
        PatchError: the journal cannot be understood.
    """
    return tuple(Patched(entry.client, entry.file) for entry in journal.entries() if not entry.inert)


def restore(
    client: Client, journal: Journal, *, keep_history_table: bool = False
) -> tuple[RestoreReport, ...]:
    """Restore every file of a client that is on record: usually one, one per configuration directory.

    A file that cannot be restored is reported, not raised: the others still are. With
    ``keep_history_table`` what `Client.with_history_table` adds stays behind and on record; a later
    call without it removes that too.

    Raises:
        PatchError: the journal cannot be understood, or another process holds it.
    """
    if not journal.begun:
        return ()
    with journal.locked():
        entries = [entry for entry in journal.entries() if entry.client == client.name]
        wanted = [entry for entry in entries if not (entry.inert and keep_history_table)]
        return tuple(_restore(client, journal, entry, keep=keep_history_table) for entry in wanted)


def _restore(client: Client, journal: Journal, entry: Entry, *, keep: bool) -> RestoreReport:
    try:
        goal = _attempt(client, journal, entry, keep=keep)
    except CodeRouterError as error:
        goal = _Goal(Outcome.LEFT, None, (error.what, client.manual_steps()))
    return RestoreReport(entry.client, entry.file, goal.outcome, goal.left)


def _attempt(client: Client, journal: Journal, entry: Entry, *, keep: bool) -> _Goal:
    sweep(entry.real, older_than_s=0)
    for _ in range(_TRIES):
        present = read_optional(entry.real)
        goal = _goal(client, journal.original(entry), entry, present)
        final = client.with_history_table(goal.data) if keep and present is not None else goal.data
        if _write(entry.real, present, final):
            return _settle(journal, entry, goal, final)
    raise PatchError(f"{entry.file} keeps being changed by another program.")


def _goal(client: Client, original: bytes | None, entry: Entry, present: bytes | None) -> _Goal:
    if present is None:
        return _Goal(Outcome.GONE, None)
    found = digest(present)
    if found in entry.after and (entry.created or original is not None):
        return _Goal(Outcome.REMOVED if entry.created else Outcome.RESTORED, original)
    if found == entry.before:
        return _Goal(Outcome.NOTHING, present)
    reverted = client.revert(present, entry.keys, original)
    if reverted.empty and entry.created:
        return _Goal(Outcome.REMOVED, None, reverted.left)
    if reverted.empty and original is not None and not original.decode("utf-8-sig").strip():
        return _Goal(Outcome.RESTORED, original, reverted.left)
    outcome = Outcome.NOTHING if reverted.data == present else Outcome.MERGED
    return _Goal(outcome, reverted.data, reverted.left)


def _write(real: Path, present: bytes | None, final: bytes | None) -> bool:
    """Bring the file from ``present`` to ``final``; False when it was changed meanwhile."""
    if final == present:
        return True
    if final is not None:
        return replace_unchanged(real, present, final)
    if read_optional(real) != present:
        return False
    remove_file(real)
    return True


def _settle(journal: Journal, entry: Entry, goal: _Goal, final: bytes | None) -> _Goal:
    """The file is done: forget it, or note that it keeps an inert trace."""
    if final == goal.data:
        journal.drop(entry.real)
        remove_empty(entry.created_dirs if final is None else ())
        return goal
    exact = goal.outcome in (Outcome.RESTORED, Outcome.REMOVED) and entry.after
    after = (*entry.after, digest(final) or "") if exact else ()
    journal.put(replace(entry, after=after, inert=True))
    return replace(
        goal, left=(*goal.left, f"An inert table stays in {entry.file} so that old sessions load.")
    )
