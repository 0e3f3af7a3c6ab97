import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from coderouter_cli.accounting.calibration import Sample
from coderouter_cli.domain.exchange import Row, Status
from coderouter_cli.errors import LedgerError, LedgerVersionError, UsageError
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.storage.ledger.recovery import prepare
from coderouter_cli.storage.ledger.write import apply, closing_write, opening_write, progress_write
from coderouter_cli.system.paths import Paths
from tests.storage.ledger.samples import (
    BASELINES,
    COST,
    START,
    USAGE,
    attempt,
    closing,
    home,
    keep_estimates,
    name,
    opening,
    progress,
    unanswered,
)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return home(tmp_path)


@pytest.fixture
def reader(paths: Paths) -> LedgerReader:
    """A reader of five exchanges: done, cut, failed, open with progress, done by another client."""
    connection = prepare(paths.ledger_file, START).connection
    for number in (1, 2, 3, 4):
        apply(connection, opening_write(opening(number)))
    apply(connection, opening_write(opening(5, client="claude-code")))
    apply(connection, closing_write(closing(1)))
    apply(connection, closing_write(closing(2, Status.CUT)))
    apply(connection, closing_write(unanswered(3)))
    apply(connection, progress_write(progress(4)))
    apply(connection, closing_write(closing(5)))
    connection.close()
    return LedgerReader(paths)


def numbers(rows: Iterator[Row]) -> list[int]:
    return [int(row.id[2:]) for row in rows]


def test_no_ledger_reads_as_an_empty_one(paths: Paths) -> None:
    reader = LedgerReader(paths)

    assert list(reader.rows()) == []
    assert set(reader.totals().values()) == {0}
    assert reader.problem() is None
    with pytest.raises(UsageError, match="empty"):
        reader.record("last")
    assert not paths.ledger_file.exists()


def test_an_empty_file_reads_as_an_empty_ledger(paths: Paths) -> None:
    paths.ledger_file.write_bytes(b"")

    assert list(LedgerReader(paths).rows()) == []


def test_a_file_without_tables_reads_as_an_empty_ledger(paths: Paths) -> None:
    connection = sqlite3.connect(paths.ledger_file)
    connection.execute("CREATE TABLE other (x)")
    connection.close()

    assert list(LedgerReader(paths).rows()) == []
    assert set(LedgerReader(paths).totals().values()) == {0}


def test_rows_come_in_the_order_they_began(reader: LedgerReader) -> None:
    rows = list(reader.rows())

    assert [row.status for row in rows] == ["done", "cut", "failed", "open", "done"]
    assert (rows[0].usage, rows[0].cost, rows[0].baselines, rows[0].attempts) == (USAGE, COST, BASELINES, 2)
    assert (rows[2].usage, rows[2].cost, rows[2].usage_source) == (None, None, None)
    assert (rows[3].usage, rows[3].cost) == (None, None)


def test_records_are_rows_with_their_openings(reader: LedgerReader) -> None:
    records = list(reader.records())
    assert [record.row for record in records] == list(reader.rows())
    assert records[0].opening == opening(1)
    assert {record.attempts for record in records} == {()}
    later = reader.records(since=START + timedelta(seconds=4), client="claude-code")
    assert [record.opening.id for record in later] == [name(5)]


def test_a_period_holds_its_beginning_and_not_its_end(reader: LedgerReader) -> None:
    second = opening(2).started_at

    assert numbers(reader.rows(since=second)) == [2, 3, 4, 5]
    assert numbers(reader.rows(until=second)) == [1]
    assert numbers(reader.rows(second, second + timedelta(seconds=2))) == [2, 3]
    assert numbers(reader.rows(client="claude-code")) == [5]
    assert numbers(reader.rows(second, None, "codex")) == [2, 3, 4]


def test_one_exchange_is_found_by_id_beginning_or_last(reader: LedgerReader) -> None:
    record = reader.record(name(1))

    assert record.opening == opening(1)
    assert record.attempts == (attempt(1, "overloaded"), attempt(2))
    assert (record.duration_ms, record.first_byte_ms) == (1_500, 250)
    assert reader.record("LAST").row.id == name(5)
    assert reader.record("last").opening.client == "claude-code"
    assert reader.record(name(3).lower()).row.status is Status.FAILED


@pytest.mark.parametrize(
    "wanted", [name(9), "zz", "", "%", "no such id", "x" * 40, "~", "'; DROP TABLE exchanges"]
)
def test_an_id_that_is_not_there_is_a_mistake_of_usage(reader: LedgerReader, wanted: str) -> None:
    with pytest.raises(UsageError, match="No exchange"):
        reader.record(wanted)


def test_a_beginning_that_fits_several_is_not_enough(reader: LedgerReader) -> None:
    with pytest.raises(UsageError, match="5 exchanges"):
        reader.record("01")


def test_totals_are_the_sums_of_what_rows_say(reader: LedgerReader) -> None:
    totals = reader.totals()
    rows = list(reader.rows())

    assert totals["rows"] == len(rows) == 5
    assert {status: totals[status] for status in Status} == {
        status: sum(row.status is status for row in rows) for status in Status
    }
    assert totals["cost"] == sum(row.cost for row in rows if row.cost is not None) == 3 * COST
    assert totals["baseline_requested"] == 15_000_000_000
    assert totals["baseline_list_price"] == 0
    assert totals["cache_read_tokens"] == sum(row.usage.cache_read for row in rows if row.usage) == 6_000
    assert totals["cost_unknown"] == 1
    assert totals["attempts"] == sum(row.attempts for row in rows) == 7


def test_a_damaged_ledger_is_a_typed_error(reader: LedgerReader, paths: Paths) -> None:
    paths.ledger_file.write_bytes(b"this is no database\n" * 500)

    for read in (lambda: list(reader.rows()), reader.totals, lambda: reader.record("last")):
        with pytest.raises(LedgerError) as caught:
            read()
        assert caught.value.exit_code == 74
        assert "coderouter restart" in caught.value.next_step
    assert "cannot be read" in (reader.problem() or "")


def test_a_row_that_says_nonsense_is_a_typed_error(reader: LedgerReader, paths: Paths) -> None:
    connection = sqlite3.connect(paths.ledger_file)
    connection.execute("UPDATE exchanges SET phase = 'nonsense'")
    connection.commit()
    connection.close()

    with pytest.raises(LedgerError, match="nonsense"):
        list(reader.rows())


def test_a_ledger_of_the_future_is_refused(reader: LedgerReader, paths: Paths) -> None:
    connection = sqlite3.connect(paths.ledger_file)
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    with pytest.raises(LedgerVersionError):
        list(reader.rows())


def test_an_older_ledger_is_left_to_the_daemon(reader: LedgerReader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coderouter_cli.storage.ledger.reader.MIGRATIONS", ((), ()))

    with pytest.raises(LedgerError, match="older CodeRouter"):
        reader.totals()


def test_a_sound_ledger_has_no_problem(reader: LedgerReader) -> None:
    assert reader.problem() is None


def test_a_reading_that_is_given_up_leaves_nothing_open(reader: LedgerReader, paths: Paths) -> None:
    rows = reader.rows()
    next(rows)
    del rows

    connection = prepare(paths.ledger_file, START).connection
    assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
    connection.close()


def test_estimates_beside_what_was_reported(tmp_path: Path) -> None:
    paths = home(tmp_path)
    assert LedgerReader(paths).samples(START) == []
    keep_estimates(paths, START, 1_300, 3)
    keep_estimates(paths, START + timedelta(hours=1), 1_100, 3, first=50)
    later, earlier = Sample("deepseek-v4-pro", 1_000, 1_100), Sample("deepseek-v4-pro", 1_000, 1_300)
    assert LedgerReader(paths).samples(START) == [later] * 3 + [earlier] * 3
    assert LedgerReader(paths).samples(START, most=4) == [later] * 3 + [earlier]
    assert LedgerReader(paths).samples(START + timedelta(seconds=1)) == [later] * 3
