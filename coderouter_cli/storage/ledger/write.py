"""One write to the ledger as plain data: what the queue carries, the spill file keeps and SQL executes.

A write is applied at most once, however often it is tried: a row is opened if there is none, takes
progress while it is open, and is closed while it is open.
"""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from coderouter_cli.domain.exchange import Closing, Opening, Progress, Status
from coderouter_cli.errors import LedgerError
from coderouter_cli.storage.ledger.rows import (
    Columns,
    attempt_columns,
    closing_columns,
    opening_columns,
    progress_columns,
)

_LARGEST = 2**63 - 1
_LONGEST_NAME = 256
_LONG = ("decision", "raw_usage")
"""The columns that hold JSON of our own making, however long."""

_USAGE = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_long_tokens",
    "output_tokens",
    "reasoning_tokens",
    "service_tier",
    "usage_source",
    "cost",
)
_ANSWER = ("provider", "model", "fidelity", "first_byte_ms", *_USAGE)
_BASELINES = ("baseline_requested", "baseline_all_opus", "baseline_list_price")
_OPENING = (
    "id",
    "started_at",
    "client",
    "format",
    "lane",
    "bypass",
    "kind",
    "phase",
    "difficulty",
    "confidence",
    "requested_model",
    "model",
    "provider",
    "fidelity",
    "session",
    "conversation",
    "stream",
    "estimate",
    "decision",
)
_PROGRESS = (*_ANSWER, *_BASELINES)
_CLOSING = ("status", "http_status", "duration_ms", "attempts", *_ANSWER, *_BASELINES)
_ATTEMPT = (
    "exchange_id",
    "number",
    "provider",
    "model",
    "fidelity",
    "started_at",
    "duration_ms",
    "http_status",
    "failure",
    *_USAGE,
    "raw_usage",
)


class Kind(StrEnum):
    """What a write does, in the order in which those of one row are applied."""

    OPEN = "open"
    PROGRESS = "progress"
    CLOSE = "close"


class Outcome(StrEnum):
    """What became of a write."""

    DONE = "done"
    NO_ROW = "no row"
    """There is no such row (yet)."""
    SETTLED = "settled"
    """The row is closed already, or was opened before: nothing was changed."""


@dataclass(frozen=True, slots=True)
class Write:
    """One write. ``columns`` are those of its kind, ``attempts`` a closing's attempts."""

    kind: Kind
    id: str
    columns: Columns
    attempts: tuple[Columns, ...] = ()

    def line(self) -> str:
        """The write as one line of JSON."""
        whole = {"kind": self.kind.value, "id": self.id, "columns": self.columns, "attempts": self.attempts}
        return json.dumps(whole, separators=(",", ":"))


def opening_write(opening: Opening) -> Write:
    """Open a row. Raises as `_checked`."""
    return _checked(Write(Kind.OPEN, opening.id, opening_columns(opening)))


def progress_write(progress: Progress) -> Write:
    """Note progress. Raises as `_checked`."""
    return _checked(Write(Kind.PROGRESS, progress.id, progress_columns(progress)))


def closing_write(closing: Closing) -> Write:
    """Close a row. Raises as `_checked`, and when the closing says the row stays open."""
    if closing.status is Status.OPEN:
        raise LedgerError(f"exchange {closing.id} cannot be closed as open")
    attempts = tuple(attempt_columns(closing.id, attempt) for attempt in closing.attempts)
    return _checked(Write(Kind.CLOSE, closing.id, closing_columns(closing), attempts))


def _checked(write: Write) -> Write:
    """The write as columns can hold it, before it can spoil the batch it would be in.

    Raises:
        LedgerError: a number does not fit into 64 bits.
    """
    attempts = tuple(_fitted(attempt, write.id) for attempt in write.attempts)
    return replace(write, columns=_fitted(write.columns, write.id), attempts=attempts)


def _fitted(columns: Columns, name: str) -> Columns:
    for column, value in columns.items():
        if isinstance(value, int) and abs(value) > _LARGEST:
            raise LedgerError(f"exchange {name}: {column} does not fit into 64 bits")
    return {
        column: _text(column, value) if isinstance(value, str) else value for column, value in columns.items()
    }


def _text(column: str, value: str) -> str:
    """A client names its model as it likes: half a character, or a megabyte of them."""
    short = value if column in _LONG else value[:_LONGEST_NAME]
    return short.encode("utf-8", "replace").decode()


def parse_line(line: bytes) -> Write | None:
    """Read a line back; None when it is torn or something else."""
    try:
        found = json.loads(line)
        kind = Kind(found["kind"])
        write = Write(kind, found["id"], found["columns"], tuple(found["attempts"]))
        wanted = {Kind.OPEN: _OPENING, Kind.PROGRESS: _PROGRESS, Kind.CLOSE: _CLOSING}[kind]
        complete = _holds(write.columns, wanted) and all(
            _holds(columns, _ATTEMPT) for columns in write.attempts
        )
        return _checked(write) if complete and isinstance(write.id, str) else None
    except (ValueError, KeyError, TypeError, LedgerError):
        return None


def _holds(columns: object, wanted: Sequence[str]) -> bool:
    return (
        isinstance(columns, dict)
        and set(columns) == set(wanted)
        and all(value is None or isinstance(value, int | float | str) for value in columns.values())
    )


def _insert(table: str, columns: Sequence[str]) -> str:
    names = ", ".join(columns)
    places = ", ".join(f":{name}" for name in columns)
    return f"INSERT INTO {table} ({names}) VALUES ({places}) ON CONFLICT DO NOTHING"  # noqa: S608 - our own names


def _update(columns: Sequence[str]) -> str:
    sets = ", ".join(f"{name} = :{name}" for name in columns)
    return f"UPDATE exchanges SET {sets} WHERE id = :row_id AND status = 'open'"  # noqa: S608 - our own names


_OPEN_ROW = _insert("exchanges", _OPENING)
_UPDATES = {Kind.PROGRESS: _update(_PROGRESS), Kind.CLOSE: _update(_CLOSING)}
_ADD_ATTEMPT = _insert("attempts", _ATTEMPT)


def apply(connection: sqlite3.Connection, write: Write) -> Outcome:
    """Execute a write inside the transaction of the caller.

    Raises:
        sqlite3.Error: the file cannot be written.
    """
    if write.kind is Kind.OPEN:
        return Outcome.DONE if connection.execute(_OPEN_ROW, write.columns).rowcount else Outcome.SETTLED
    if not connection.execute(_UPDATES[write.kind], {**write.columns, "row_id": write.id}).rowcount:
        known = connection.execute("SELECT 1 FROM exchanges WHERE id = ?", (write.id,)).fetchone()
        return Outcome.SETTLED if known else Outcome.NO_ROW
    connection.executemany(_ADD_ATTEMPT, write.attempts)
    return Outcome.DONE
