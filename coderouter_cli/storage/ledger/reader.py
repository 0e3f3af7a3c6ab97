"""Read the ledger while the daemon writes it: connections that cannot write, and never hold it up."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from coderouter_cli.accounting.calibration import Sample
from coderouter_cli.accounting.escalations import EscalationRow
from coderouter_cli.domain.exchange import Row
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.errors import LedgerError, UsageError
from coderouter_cli.storage.ledger.recovery import first_problem
from coderouter_cli.storage.ledger.rows import Record, record_from, row_from, to_ms
from coderouter_cli.storage.ledger.schema import MIGRATIONS, check_version, connect_reader, version_of
from coderouter_cli.system.ids import ALPHABET, ID_LENGTH
from coderouter_cli.system.paths import Paths

_SUMS = (
    "cost",
    "baseline_requested",
    "baseline_all_opus",
    "baseline_list_price",
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_long_tokens",
    "output_tokens",
    "reasoning_tokens",
)
_STATUSES = ("open", "done", "cut", "failed", "orphaned")
_MOST_SAMPLES = 2_000
_ROUTED = "bypass IS NOT 'command'"
"""Exchanges with a provider that a client asked for."""
_SAMPLES = """
SELECT model, estimate, input_tokens + cache_read_tokens + cache_write_tokens + cache_write_long_tokens
FROM exchanges
WHERE started_at >= ? AND status = 'done' AND usage_source = 'reported'
ORDER BY started_at DESC LIMIT ?
"""

_NEWEST = f"SELECT * FROM exchanges WHERE {_ROUTED} ORDER BY id DESC LIMIT 1"  # noqa: S608 - our own words
_LAST = f"""
SELECT * FROM exchanges WHERE conversation = ? AND {_ROUTED} ORDER BY id DESC LIMIT 1
"""  # noqa: S608 - our own words
_ANSWERS = """
SELECT conversation, requested_model, model, kind, phase, difficulty,
    json_extract(decision, '$.case.in_tool_loop'), json_extract(decision, '$.escalation.sign')
FROM exchanges
WHERE started_at >= ? AND first_byte_ms IS NOT NULL AND conversation IS NOT NULL
ORDER BY id
"""


_MOST_PACED = 2_000
_PACES = """
SELECT client, opening, SUM(NOT in_loop), COUNT(*) FROM (
    SELECT client, json_extract(decision, '$.case.in_tool_loop') AS in_loop,
        json_extract(decision, '$.features.turns') <= 1 AS opening FROM exchanges
    WHERE started_at >= ? AND kind = 'turn' AND status = 'done' AND bypass IS NOT 'command'
        AND NOT json_extract(decision, '$.features.subagent')
    ORDER BY id DESC LIMIT ?
) WHERE in_loop IS NOT NULL AND opening IS NOT NULL GROUP BY client, opening ORDER BY client, opening
"""
_RECEIPTS = """
SELECT id, json_extract(decision, '$.escalation.from'), json_extract(decision, '$.escalation.to'),
    json_extract(decision, '$.escalation.sign'), json_extract(decision, '$.escalation.held_out')
FROM exchanges WHERE (? IS NULL OR started_at >= ?)
    AND instr(decision, '"held_out"') AND json_extract(decision, '$.escalation.sign') IS NOT NULL ORDER BY id
"""
"""Looking for the word first spares taking every decision apart."""
_ENDINGS = """
SELECT json_extract(decision, '$.ended.exchange'), json_extract(decision, '$.ended.outcome')
FROM exchanges WHERE (? IS NULL OR started_at >= ?)
    AND instr(decision, '"outcome"') AND json_extract(decision, '$.ended.exchange') IS NOT NULL ORDER BY id
"""


@dataclass(frozen=True, slots=True)
class Answered:
    """One answer: its conversation, the model the client asked for and the one whose words it saw; what the
    turn needed, whether it began one (None: not written down), and whether the conversation moved up."""

    conversation: str
    requested: str
    model: str
    kind: RequestKind
    phase: Phase
    difficulty: Difficulty
    new_turn: bool | None
    escalated: bool


class LedgerReader:
    """Reads the ledger of one home. A ledger that does not exist yet reads as an empty one."""

    def __init__(self, paths: Paths) -> None:
        self._path = paths.ledger_file

    def rows(
        self, since: datetime | None = None, until: datetime | None = None, client: str | None = None
    ) -> Iterator[Row]:
        """Exchanges in the order they began, from ``since`` on and before ``until`` (aware datetimes).

        All of one moment: what the daemon writes meanwhile is not in it.

        Raises:
            LedgerError: the file is damaged or cannot be read.
            LedgerVersionError: a newer CodeRouter wrote it.
        """
        sql = (
            "SELECT * FROM exchanges"
            " WHERE (:since IS NULL OR started_at >= :since)"
            " AND (:until IS NULL OR started_at < :until)"
            " AND (:client IS NULL OR client = :client)"
            " ORDER BY id"
        )
        bounds = {
            "since": None if since is None else to_ms(since),
            "until": None if until is None else to_ms(until),
            "client": client,
        }
        with self._connected() as connection:
            if connection is not None:
                yield from map(row_from, connection.execute(sql, bounds))

    def records(self, since: datetime | None = None, client: str | None = None) -> Iterator[Record]:
        """Exchanges with their openings, without their attempts, in their order; raises like `rows`."""
        sql = (
            "SELECT * FROM exchanges WHERE (:since IS NULL OR started_at >= :since)"
            " AND (:client IS NULL OR client = :client) ORDER BY id"
        )
        with self._connected() as connection:
            if connection is not None:
                found = connection.execute(
                    sql, {"since": None if since is None else to_ms(since), "client": client}
                )
                yield from (record_from(row, []) for row in found)

    def record(self, name: str) -> Record:
        """One exchange whole, by its id, the beginning of its id, or ``last``.

        Raises:
            UsageError: there is none, or more than one.
            LedgerError: the file is damaged or cannot be read.
            LedgerVersionError: a newer CodeRouter wrote it.
        """
        with self._connected() as connection:
            found = [] if connection is None else _find(connection, name)
            if len(found) != 1 or connection is None:
                raise _not_one(name, len(found))
            attempts = connection.execute(
                "SELECT * FROM attempts WHERE exchange_id = ? ORDER BY number", (found[0]["id"],)
            )
            return record_from(found[0], attempts.fetchall())

    def totals(self) -> dict[str, int]:
        """Sums by SQL alone, to check reports against: rows by status, tokens, picodollars.

        ``<sum>`` leaves out unknown values; ``cost_unknown`` counts the settled rows without a cost.
        Open rows count under ``open`` and nowhere else. Keys: ``rows``, the statuses, the sums,
        ``cost_unknown``, ``attempts``.

        Raises:
            LedgerError: the file is damaged or cannot be read.
            LedgerVersionError: a newer CodeRouter wrote it.
        """
        sums = ", ".join(f"COALESCE(SUM({name}), 0) AS {name}" for name in _SUMS)
        settled = (
            f"SELECT {sums}, COUNT(*) - COUNT(cost) AS cost_unknown FROM exchanges WHERE status != 'open'"  # noqa: S608 - our own names
        )
        by_status = "SELECT status, COUNT(*) FROM exchanges GROUP BY status"
        with self._connected() as connection:
            if connection is None:
                return dict.fromkeys(("rows", *_STATUSES, *_SUMS, "cost_unknown", "attempts"), 0)
            counts = dict.fromkeys(_STATUSES, 0) | dict(map(tuple, connection.execute(by_status)))
            (attempts,) = connection.execute("SELECT COUNT(*) FROM attempts").fetchone()
            found = dict(connection.execute(settled).fetchone())
            return {"rows": sum(counts.values()), **counts, **found, "attempts": attempts}

    def samples(self, since: datetime, most: int = _MOST_SAMPLES) -> list[Sample]:
        """Our estimates beside what was reported: the latest requests from ``since`` on, at most ``most``.

        Raises:
            LedgerError: the file is damaged or cannot be read.
            LedgerVersionError: a newer CodeRouter wrote it.
        """
        with self._connected() as connection:
            found = [] if connection is None else connection.execute(_SAMPLES, (to_ms(since), most))
            return [Sample(*row) for row in found]

    def answers(self, since: datetime) -> list[Answered]:
        """What clients were answered from ``since`` on, oldest first.

        Raises:
            LedgerError: the file is damaged or cannot be read.
            LedgerVersionError: a newer CodeRouter wrote it.
        """
        with self._connected() as connection:
            found = [] if connection is None else connection.execute(_ANSWERS, (to_ms(since),))
            return [_answered(row) for row in found]

    def paces(self, since: datetime) -> list[tuple[str, bool, int, int]]:
        """Per client, and whether they opened their sessions, the human turns and the exchanges in them: the
        latest of those from ``since`` on.

        Raises:
            LedgerError: the file is damaged or cannot be read.
            LedgerVersionError: a newer CodeRouter wrote it.
        """
        with self._connected() as connection:
            found = [] if connection is None else connection.execute(_PACES, (to_ms(since), _MOST_PACED))
            return [(row[0], bool(row[1]), row[2], row[3]) for row in found]

    def escalations(self, since: datetime | None = None) -> list[EscalationRow]:
        """The receipts of models that flailed, oldest first, with how their turns ended.

        Raises:
            LedgerError: the file is damaged or cannot be read.
            LedgerVersionError: a newer CodeRouter wrote it.
        """
        with self._connected() as connection:
            if connection is None:
                return []
            bound = (None if since is None else to_ms(since),) * 2
            endings = {row[0]: row[1] for row in connection.execute(_ENDINGS, bound)}
            return [
                EscalationRow(row[0], row[1], row[2], row[3], bool(row[4]), endings.get(row[0]))
                for row in connection.execute(_RECEIPTS, bound)
            ]

    def last_routed(self, conversation: str) -> Record | None:
        """The last exchange of a conversation in which a model was asked for the person; None without one.

        Raises:
            LedgerError: the file is damaged or cannot be read.
            LedgerVersionError: a newer CodeRouter wrote it.
        """
        with self._connected() as connection:
            found = None if connection is None else connection.execute(_LAST, (conversation,)).fetchone()
            return None if found is None else record_from(found, [])

    def problem(self) -> str | None:
        """What is wrong with the file, in a few words; None when it is sound (or not there yet)."""
        try:
            with self._connected() as connection:
                return None if connection is None else first_problem(connection)
        except LedgerError as error:
            return error.what

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection | None]:
        """A connection in one read transaction; None when there is no ledger yet."""
        if not self._path.exists() or not self._path.stat().st_size:
            yield None
            return
        try:
            connection = connect_reader(self._path)
            try:
                connection.execute("BEGIN")
                yield connection if self._current(connection) else None
            finally:
                connection.close()
        except (sqlite3.Error, ValueError) as error:
            raise LedgerError(
                f"{self._path} cannot be read: {error}",
                next_step="If it is damaged, `coderouter restart` sets it aside and begins a new one.",
            ) from error

    def _current(self, connection: sqlite3.Connection) -> bool:
        """Whether the tables are there; an older version is brought up to date by the daemon only."""
        version = version_of(connection)
        check_version(version, self._path)
        if 0 < version < len(MIGRATIONS):
            raise LedgerError(
                f"{self._path} was written by an older CodeRouter",
                next_step="Run `coderouter restart`: the daemon brings it up to date.",
            )
        return version > 0


def _answered(row: sqlite3.Row) -> Answered:
    return Answered(
        conversation=row[0],
        requested=row[1],
        model=row[2],
        kind=RequestKind(row[3]),
        phase=Phase(row[4]),
        difficulty=Difficulty(row[5]),
        new_turn=None if row[6] is None else not row[6],
        escalated=row[7] is not None,
    )


def _find(connection: sqlite3.Connection, name: str) -> list[sqlite3.Row]:
    if name.lower() == "last":
        return connection.execute(_NEWEST).fetchall()
    prefix = name.upper()
    if not prefix or len(prefix) > ID_LENGTH or not set(prefix) <= set(ALPHABET):
        return []
    sql = "SELECT * FROM exchanges WHERE id >= ? AND id < ? ORDER BY id LIMIT 100"
    return connection.execute(sql, (prefix, prefix + "~")).fetchall()  # "~" sorts behind every id


def _not_one(name: str, count: int) -> UsageError:
    if not count:
        what = (
            "The ledger is empty." if name.lower() == "last" else f"No exchange has an id like {name[:40]!r}."
        )
        return UsageError(what, next_step="`coderouter report` shows what is there.")
    many = "100 or more" if count == 100 else str(count)
    return UsageError(f"{many} exchanges have an id like {name!r}.", next_step="Give more of it.")
