"""The writer's view of the database: opened late if it must be, spilled rows brought back first.

Used by the writer's thread alone, but for `open`, which comes before that thread, and `begun`.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coderouter_cli.errors import ConfigError, LedgerError, LedgerVersionError, UnsafeFileError
from coderouter_cli.storage.ledger.recovery import prepare, settle_leftovers
from coderouter_cli.storage.ledger.spill import Spill, Spilled
from coderouter_cli.storage.ledger.write import Outcome, Write, apply
from coderouter_cli.system.clock import Clock


@dataclass(frozen=True, slots=True)
class Opened:
    """What was found when the ledger was opened.

    ``notes`` are for a person. ``cut`` and ``orphaned`` count the rows the last daemon left open,
    ``imported`` the spilled writes that were brought back.
    """

    notes: tuple[str, ...] = ()
    cut: int = 0
    orphaned: int = 0
    imported: int = 0


class Database:
    """The ledger's file, its spill, and what is still to be settled from the last run."""

    def __init__(self, path: Path, spill: Spill, clock: Clock) -> None:
        self._path = path
        self._spill = spill
        self._clock = clock
        self._connection: sqlite3.Connection | None = None
        self._unsettled = True
        self._begun: set[str] = set()

    @property
    def usable(self) -> bool:
        """Whether the file was opened and settled."""
        return self._connection is not None and not self._unsettled

    def begun(self, name: str) -> None:
        """This process opened a row: until the last run's rows are settled, it must not be among them."""
        if self._unsettled:
            self._begun.add(name)

    def open(self) -> Opened:
        """Open the file and settle it; a disk that cannot be written now is told in the notes.

        Raises:
            LedgerVersionError: a newer CodeRouter wrote the file.
            UnsafeFileError: the file is a symlink or belongs to another user.
        """
        try:
            return self._open()
        except UnsafeFileError:
            raise
        except (sqlite3.Error, OSError, ConfigError) as error:
            return Opened((f"The ledger cannot be written ({error}); rows are kept in {self._spill.path}.",))

    def _open(self) -> Opened:
        notes: tuple[str, ...] = ()
        if self._connection is None:
            prepared = prepare(self._path, self._clock.now())
            self._connection, notes = prepared.connection, prepared.notes
        spilled, imported = self._spill.read(), 0
        with _Transaction(self._connection):
            outcomes = [apply(self._connection, write) for write in spilled.writes]
            imported = outcomes.count(Outcome.DONE)
            left = settle_leftovers(self._connection, self._begun)
        self._unsettled = False
        self._begun.clear()
        if spilled.size:
            self._spill.forget(spilled)
        if left.cut or left.orphaned:
            notes += (f"Exchanges that were running when the last daemon died: {left.cut + left.orphaned}.",)
        if spilled.damaged:
            notes += (f"Lines of {self._spill.path} that could not be read: {spilled.damaged}.",)
        return Opened(notes, left.cut, left.orphaned, imported)

    def commit(self, writes: Sequence[Write], waiting: Callable[[], bool]) -> list[Outcome]:
        """Apply writes in one transaction, the spilled ones before them; the outcome of each.

        ``waiting`` says whether more writes are queued: among them may be the opening that a spilled
        closing needs, when the queue was full for a moment. That closing is then kept.

        Raises:
            sqlite3.Error, OSError, LedgerError: nothing was applied.
        """
        if not self.usable:
            self._reopen()
        connection = self._connection
        if connection is None:
            raise LedgerError("the ledger is not open")
        spilled = self._spill.read() if self._spill.pending else Spilled((), 0, 0)
        more = waiting()
        with _Transaction(connection):
            early = [write for write in spilled.writes if apply(connection, write) is Outcome.NO_ROW]
            outcomes = [_apply_one(connection, write) for write in writes]
            homeless = [write for write in early if apply(connection, write) is Outcome.NO_ROW]
        if spilled.size:
            self._spill.forget(spilled, homeless if more else ())
        return outcomes

    def _reopen(self) -> None:
        try:
            self._open()
        except (LedgerVersionError, ConfigError) as error:
            raise LedgerError(error.what) from error

    def close(self) -> None:
        """Close the file; the last connection folds the journal into it."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _apply_one(connection: sqlite3.Connection, write: Write) -> Outcome:
    """One write that must not spoil the others of its batch."""
    try:
        return apply(connection, write)
    except sqlite3.IntegrityError:
        return Outcome.SETTLED


class _Transaction:
    """BEGIN and COMMIT; ROLLBACK when anything failed, unless SQLite has done so itself."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if kind is None:
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
