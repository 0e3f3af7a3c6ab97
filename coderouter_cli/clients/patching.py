"""Write plans into the clients' files: all of them, or none."""

import os
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from coderouter_cli.clients.contract import KeyChange, KeyRecord, PatchPlan
from coderouter_cli.clients.journal import Entry, Journal, digest
from coderouter_cli.clients.target import Target, read_target
from coderouter_cli.errors import PatchError
from coderouter_cli.system.files import read_optional, replace_unchanged, sweep


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a plan; ``changed`` is False when the file already said what it should."""

    client: str
    file: Path
    changed: bool


def apply(plan: PatchPlan, journal: Journal) -> Applied:
    """Write one plan; see `apply_all`."""
    return apply_all([plan], journal)[0]


def apply_all(plans: Sequence[PatchPlan], journal: Journal) -> tuple[Applied, ...]:
    """Write plans, each after its journal entry. When one fails, the earlier ones are taken back.

    Raises:
        PatchError: a file is not what it was when its plan was made, or cannot be changed safely.
        ConfigError: a file, or the journal, cannot be written.
    """
    with journal.locked(), ExitStack() as undo:
        done = tuple(_apply(plan, journal, undo) for plan in plans)
        undo.pop_all()
    return done


def _apply(plan: PatchPlan, journal: Journal, undo: ExitStack) -> Applied:
    target = read_target(plan.file)
    if target.data != plan.before:
        raise _moved(plan.file)
    sweep(target.real, older_than_s=0)
    prior = journal.entry(target.real)
    if prior is None or plan.changed:
        undo.callback(_put_entry_back, journal, target.real, prior)
        _record(plan, target, prior, journal)
    if plan.changed:
        undo.callback(_put_file_back, plan, target)
        _make_dirs(target)
        if not replace_unchanged(target.real, plan.before, plan.after):
            raise _moved(plan.file)
    return Applied(plan.client, plan.file, plan.changed)


def _record(plan: PatchPlan, target: Target, prior: Entry | None, journal: Journal) -> None:
    """Write down what is about to be done."""
    found, planned = digest(plan.before), digest(plan.after) or ""
    if prior is not None and _still_patched(plan, prior, found):
        known = found == prior.before or found in prior.after
        after = tuple(dict.fromkeys((*prior.after, planned))) if known else ()
        created_dirs = tuple(dict.fromkeys((*prior.created_dirs, *target.missing_dirs)))
        keys = _merged(plan.keys, prior.keys)
        journal.put(replace(prior, after=after, created_dirs=created_dirs, keys=keys, inert=False))
        return
    journal.put(
        Entry(
            client=plan.client,
            file=Path(os.path.abspath(plan.file)),  # noqa: PTH100 - Path.absolute keeps `..`
            real=target.real,
            mode=target.mode,
            before=digest(plan.original),
            after=(planned,),
            created_dirs=target.missing_dirs,
            keys=_merged(plan.keys, ()),
        )
    )
    if plan.original is not None:
        journal.keep_original(target.real, plan.original)


def _still_patched(plan: PatchPlan, prior: Entry, found: str | None) -> bool:
    """Whether the file is the original of an entry, or anything of ours is still in it."""
    if found == prior.before or found in prior.after:
        return True
    written = {record.path: record.written for record in prior.keys}
    return any(change.ours or change.found in written.get(change.path, ()) for change in plan.keys)


def _merged(changes: Sequence[KeyChange], records: Sequence[KeyRecord]) -> tuple[KeyRecord, ...]:
    """The records after a plan; what CodeRouter wrote itself never becomes the user's original."""
    merged = {record.path: record for record in records}
    for change in changes:
        merged[change.path] = _merge(change, merged.get(change.path))
    return tuple(merged.values())


def _merge(change: KeyChange, prior: KeyRecord | None) -> KeyRecord:
    written = prior.written if prior else ()
    earlier = [raw for raw in written if raw != change.new_raw]
    ours = change.ours or change.found in written
    if change.ours and change.found not in (None, change.new_raw, *earlier):
        earlier.append(change.found or "")
    old = change.found if not ours else prior.old_raw if prior else None
    return KeyRecord(change.path, old is not None, old, change.new_raw, tuple(earlier))


def _make_dirs(target: Target) -> None:
    try:
        for directory in target.missing_dirs:
            directory.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise PatchError(f"{target.real.parent} cannot be made: {error.strerror}.") from None


def _put_entry_back(journal: Journal, real: Path, prior: Entry | None) -> None:
    if prior is None:
        journal.drop(real)
    else:
        journal.put(prior)


def _put_file_back(plan: PatchPlan, target: Target) -> None:
    """Undo our write, if the file still is what we wrote."""
    if plan.before is not None:
        replace_unchanged(target.real, plan.after, plan.before)
    elif read_optional(target.real) == plan.after:
        remove_file(target.real)
    remove_empty(target.missing_dirs)


def remove_file(real: Path) -> None:
    """Remove a file we made.

    Raises:
        PatchError: it cannot be removed.
    """
    try:
        real.unlink(missing_ok=True)
    except OSError as error:
        raise PatchError(f"{real} cannot be removed: {error.strerror}.") from None


def remove_empty(directories: Sequence[Path]) -> None:
    """Remove directories we made, innermost first, as far as nothing has come into them."""
    with suppress(OSError):
        for directory in reversed(directories):
            directory.rmdir()


def _moved(file: Path) -> PatchError:
    return PatchError(
        f"{file} was changed by another program just now.",
        means="Writing now would lose that change, so nothing was written.",
        next_step="Run `coderouter init` again.",
    )
