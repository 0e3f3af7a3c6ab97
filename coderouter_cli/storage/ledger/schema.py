"""The ledger's tables, and how an older file becomes one of this version.

``PRAGMA user_version`` is the version. Each migration is one transaction, so a killed daemon leaves
the version before or the version after. Times are unix milliseconds in UTC, costs are picodollars,
flags are 0 or 1. A column is NULL where the value is unknown: unknown is never zero.
"""

import sqlite3
from pathlib import Path

from coderouter_cli.errors import LedgerVersionError
from coderouter_cli.system.files import make_private

_USAGE = """
    input_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    cache_write_long_tokens INTEGER,
    output_tokens INTEGER,
    reasoning_tokens INTEGER,
    service_tier TEXT,
    usage_source TEXT,
    cost INTEGER
"""

_EXCHANGES = f"""
CREATE TABLE exchanges (
    id TEXT NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    client TEXT NOT NULL,
    format TEXT NOT NULL,
    lane TEXT NOT NULL,
    bypass TEXT,
    kind TEXT NOT NULL,
    phase TEXT NOT NULL,
    difficulty TEXT NOT NULL,
    confidence REAL NOT NULL,
    requested_model TEXT NOT NULL,
    model TEXT NOT NULL,
    provider TEXT NOT NULL,
    fidelity TEXT NOT NULL,
    session TEXT,
    conversation TEXT,
    stream INTEGER NOT NULL,
    estimate INTEGER NOT NULL,
    decision TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'open',
    http_status INTEGER,
    duration_ms INTEGER,
    first_byte_ms INTEGER,
    {_USAGE},
    baseline_requested INTEGER,
    baseline_all_opus INTEGER,
    baseline_list_price INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0
)
"""

_ATTEMPTS = f"""
CREATE TABLE attempts (
    exchange_id TEXT NOT NULL REFERENCES exchanges (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    fidelity TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    http_status INTEGER,
    failure TEXT,
    {_USAGE},
    raw_usage TEXT,
    PRIMARY KEY (exchange_id, number)
) WITHOUT ROWID
"""

Migration = tuple[str, ...]
"""The statements that lead from one version to the next."""

MIGRATIONS: tuple[Migration, ...] = (
    (
        _EXCHANGES,
        _ATTEMPTS,
        "CREATE INDEX exchanges_by_start ON exchanges (started_at)",
        "CREATE INDEX exchanges_unfinished ON exchanges (id) WHERE status = 'open'",
    ),
)

_PRAGMAS = (
    "journal_mode = WAL",
    "synchronous = FULL",
    "fullfsync = ON",  # macOS: fsync alone does not reach the disk there; elsewhere it means nothing
    "checkpoint_fullfsync = ON",
    "foreign_keys = ON",
    "trusted_schema = OFF",
    "cell_size_check = ON",
    f"journal_size_limit = {16 * 1024 * 1024}",
)


def version_of(connection: sqlite3.Connection) -> int:
    """The version a file was written by; 0 for an empty one."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def check_version(version: int, path: Path, newest: int = len(MIGRATIONS)) -> None:
    """Refuse a file of the future.

    Raises:
        LedgerVersionError: it was written by a newer CodeRouter.
    """
    if version > newest:
        raise LedgerVersionError(
            f"{path} was written by a newer CodeRouter (version {version} of the ledger, this is {newest})",
            means="It was left untouched.",
            next_step="Update CodeRouter, or move the file away to begin a new ledger.",
        )


def connect_writer(path: Path) -> sqlite3.Connection:
    """The one writing connection to an existing file, in autocommit mode: transactions are explicit."""
    connection = sqlite3.connect(_uri(path, "rw"), uri=True, isolation_level=None, check_same_thread=False)
    try:
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}").fetchall()
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def connect_reader(path: Path) -> sqlite3.Connection:
    """A connection that cannot write; the file must exist."""
    connection = sqlite3.connect(_uri(path, "ro"), uri=True, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _uri(path: Path, mode: str) -> str:
    return f"{path.absolute().as_uri()}?mode={mode}"


def migrate(
    connection: sqlite3.Connection, path: Path, migrations: tuple[Migration, ...] = MIGRATIONS
) -> Path | None:
    """Bring a file to the newest version; returns the copy made of an older one beforehand.

    Raises:
        LedgerVersionError: the file is newer than that.
        sqlite3.Error: it cannot be written; its version is then one it had before.
    """
    version = version_of(connection)
    check_version(version, path, len(migrations))
    if version == len(migrations):
        return None
    copy = (
        _copy(connection, path.with_name(f"{path.stem}.version-{version}{path.suffix}")) if version else None
    )
    for number, statements in enumerate(migrations[version:], start=version + 1):
        connection.execute("BEGIN IMMEDIATE")
        try:
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
            connection.execute("COMMIT")
        except sqlite3.Error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
    return copy


def _copy(connection: sqlite3.Connection, target: Path) -> Path:
    """A whole and consistent copy; an older copy of the same version is replaced."""
    target.unlink(missing_ok=True)
    make_private(target)
    connection.execute("VACUUM INTO ?", (str(target),))
    return target
