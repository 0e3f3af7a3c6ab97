import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from coderouter_cli.errors import LedgerVersionError
from coderouter_cli.storage.ledger.schema import (
    MIGRATIONS,
    Migration,
    connect_reader,
    connect_writer,
    migrate,
    version_of,
)
from coderouter_cli.system.files import make_private

NEXT: tuple[Migration, ...] = (
    *MIGRATIONS,
    ("ALTER TABLE exchanges ADD COLUMN note TEXT", "UPDATE exchanges SET note = 'migrated'"),
    ("CREATE INDEX by_client ON exchanges (client)",),
)
BROKEN: tuple[Migration, ...] = (
    *MIGRATIONS,
    ("ALTER TABLE exchanges ADD COLUMN note TEXT",),
    ("ALTER TABLE exchanges ADD COLUMN other TEXT", "no sql at all"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "ledger.sqlite3"
    make_private(path)
    return path


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect_writer(path)
    yield connection
    connection.close()


def columns(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]


def test_the_columns_are_these_and_none_holds_a_prompt(connection: sqlite3.Connection, path: Path) -> None:
    assert migrate(connection, path) is None
    usage = [
        "input_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "cache_write_long_tokens",
        "output_tokens",
        "reasoning_tokens",
        "service_tier",
        "usage_source",
        "cost",
    ]

    assert columns(connection, "exchanges") == [
        *[
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
        ],
        *[
            "requested_model",
            "model",
            "provider",
            "fidelity",
            "session",
            "conversation",
            "stream",
            "estimate",
        ],
        *["decision", "status", "http_status", "duration_ms", "first_byte_ms"],
        *usage,
        *["baseline_requested", "baseline_all_opus", "baseline_list_price", "attempts"],
    ]
    assert columns(connection, "attempts") == [
        *["exchange_id", "number", "provider", "model", "fidelity", "started_at", "duration_ms"],
        *["http_status", "failure"],
        *usage,
        "raw_usage",
    ]


def test_what_is_committed_is_on_the_disk(connection: sqlite3.Connection) -> None:
    settings = {
        name: connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema", "fullfsync")
    }

    assert settings == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
        "fullfsync": 1,
    }


def test_a_second_migration_does_nothing(connection: sqlite3.Connection, path: Path) -> None:
    migrate(connection, path)

    assert migrate(connection, path) is None
    assert version_of(connection) == len(MIGRATIONS)


def test_a_reader_cannot_write(connection: sqlite3.Connection, path: Path) -> None:
    migrate(connection, path)
    reader = connect_reader(path)

    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        reader.execute("DELETE FROM exchanges")
    reader.close()


def fill(connection: sqlite3.Connection, rows: int) -> None:
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO exchanges (id, started_at, client, format, lane, kind, phase, difficulty, confidence,"
        " requested_model, model, provider, fidelity, stream, estimate, decision, cost)"
        " VALUES (?, 1, 'c', 'f', 'l', 'k', 'p', 'd', 1, 'r', 'm', 'p', 'f', 1, 1, '{}', ?)",
        ((f"{number:026d}", number * 10**9) for number in range(rows)),
    )
    connection.execute("COMMIT")


def test_an_older_ledger_is_copied_then_migrated_to_the_same_totals(
    connection: sqlite3.Connection, path: Path
) -> None:
    migrate(connection, path)
    fill(connection, 5_000)
    before = connection.execute("SELECT COUNT(*), SUM(cost) FROM exchanges").fetchone()

    copy = migrate(connection, path, NEXT)

    assert version_of(connection) == 3
    assert connection.execute("SELECT COUNT(*), SUM(cost) FROM exchanges").fetchone() == before
    assert connection.execute("SELECT DISTINCT note FROM exchanges").fetchall() == [("migrated",)]
    assert copy == path.with_name("ledger.version-1.sqlite3")
    assert copy is not None
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    old = connect_reader(copy)
    assert version_of(old) == 1
    assert tuple(old.execute("SELECT COUNT(*), SUM(cost) FROM exchanges").fetchone()) == before
    old.close()


def test_a_migration_that_fails_leaves_the_version_before_it(
    connection: sqlite3.Connection, path: Path
) -> None:
    migrate(connection, path)
    fill(connection, 10)

    with pytest.raises(sqlite3.Error):
        migrate(connection, path, BROKEN)

    assert version_of(connection) == 2
    assert "note" in columns(connection, "exchanges")
    assert "other" not in columns(connection, "exchanges")
    assert not connection.in_transaction


def test_a_ledger_of_the_future_is_refused(connection: sqlite3.Connection, path: Path) -> None:
    migrate(connection, path, NEXT)

    with pytest.raises(LedgerVersionError) as caught:
        migrate(connection, path)

    assert caught.value.exit_code == 65
    assert "untouched" in caught.value.means
