"""Open the ledger's file whatever the last run left: nothing, an older version, or damage."""

import sqlite3
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from coderouter_cli.storage.ledger.schema import (
    check_version,
    connect_reader,
    connect_writer,
    migrate,
    version_of,
)
from coderouter_cli.system.files import make_private, sync_directory

_CHECKED_SIZE = 1024**3
"""A larger file is not checked at every start; 400 MB take a third of a second. SQLite reports damage
when it meets it, too, and what cannot be written then is spilled, not lost."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """The writing connection, and what a person should be told."""

    connection: sqlite3.Connection
    notes: tuple[str, ...]


def prepare(path: Path, now: datetime) -> Prepared:
    """Open the file for writing: made if missing, set aside if damaged, brought to this version if older.

    Raises:
        LedgerVersionError: a newer CodeRouter wrote it; not a byte was changed.
        UnsafeFileError: it is a symlink or belongs to another user.
        sqlite3.Error, OSError, ConfigError: it cannot be opened now (a full disk, for one).
    """
    notes = []
    if is_damaged(path):
        aside = _set_aside(path, now)
        notes.append(f"The ledger was damaged. It was set aside as {aside}; a new one begins.")
    if make_private(path):
        notes.append(f"Others could read {path}. Now only you can.")
    with ExitStack() as undo:
        connection = connect_writer(path)
        undo.callback(connection.close)
        copy = migrate(connection, path)
        undo.pop_all()
    if copy is not None:
        notes.append(f"The ledger was brought to a new version; the old one is kept as {copy}.")
    return Prepared(connection, tuple(notes))


def is_damaged(path: Path) -> bool:
    """Whether the file is there and is no sound database.

    Raises:
        LedgerVersionError: it is sound, and of the future.
        sqlite3.Error: that cannot be said now.
    """
    if not path.exists() or not path.stat().st_size:
        return _size(_beside(path, "-wal")) > 0  # a journal whose database is gone
    try:
        connection = connect_reader(path)
        try:
            check_version(version_of(connection), path)
            return path.stat().st_size <= _CHECKED_SIZE and first_problem(connection) is not None
        finally:
            connection.close()
    except sqlite3.DatabaseError as error:
        if is_corruption(error):
            return True
        raise


def first_problem(connection: sqlite3.Connection) -> str | None:
    """The first thing wrong with a database in SQLite's words; None when it is sound."""
    (said,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    return None if said == "ok" else str(said)


def is_corruption(error: sqlite3.Error) -> bool:
    """Whether an error says that the file is damaged, not that it cannot be used just now."""
    code = getattr(error, "sqlite_errorcode", None)  # unset on errors of the module itself
    return code is not None and code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _set_aside(path: Path, now: datetime) -> Path:
    """Move the file and its journal away, for somebody to look into; the old name is then free."""
    stem = f"{path.stem}.damaged-{now:%Y%m%dT%H%M%SZ}"
    taken = {other.name for other in path.parent.iterdir()}
    names = (f"{stem}{extra}{path.suffix}" for extra in ("", *(f"-{number}" for number in range(2, 1000))))
    aside = path.with_name(next(name for name in names if not {name, f"{name}-wal"} & taken))
    for ending in ("", "-wal"):
        if _beside(path, ending).exists():
            _beside(path, ending).replace(_beside(aside, ending))
    _beside(path, "-shm").unlink(missing_ok=True)
    sync_directory(path.parent)
    return aside


def _beside(path: Path, ending: str) -> Path:
    return path.with_name(path.name + ending)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Rows that the last daemon left open, by what became of them."""

    cut: int
    orphaned: int


def settle_leftovers(connection: sqlite3.Connection, ours: Collection[str]) -> Leftovers:
    """Settle the rows nobody will close any more; ``ours`` are open in this process.

    Where content had flowed the row is cut, with the usage known by then. Otherwise it is orphaned:
    whether the provider worked for it is not known.

    Raises:
        sqlite3.Error: the file cannot be written.
    """
    found = connection.execute(
        "SELECT id, first_byte_ms IS NOT NULL OR usage_source IS NOT NULL"
        " FROM exchanges WHERE status = 'open'"
    ).fetchall()
    settled = [("cut" if flowed else "orphaned", name) for name, flowed in found if name not in ours]
    connection.executemany("UPDATE exchanges SET status = ? WHERE id = ?", settled)
    cut = sum(status == "cut" for status, _ in settled)
    return Leftovers(cut, len(settled) - cut)
