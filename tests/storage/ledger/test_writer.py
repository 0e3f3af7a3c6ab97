import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing as closing_connection
from pathlib import Path

import pytest

from coderouter_cli.domain.exchange import Status
from coderouter_cli.errors import LedgerError, LedgerVersionError, UnsafeFileError
from coderouter_cli.storage.ledger import writer as writer_module
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.storage.ledger.write import Outcome
from coderouter_cli.storage.ledger.writer import LedgerStats, LedgerWriter
from coderouter_cli.system.paths import Paths
from tests.storage.ledger.samples import closing, home, name, opening, progress


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return home(tmp_path)


@pytest.fixture
def writer(paths: Paths) -> Iterator[LedgerWriter]:
    writer = LedgerWriter(paths)
    writer.start()
    yield writer
    writer.shutdown(10)


def statuses(paths: Paths) -> dict[int, Status]:
    return {int(row.id[2:]): row.status for row in LedgerReader(paths).rows()}


def connection_of(writer: LedgerWriter) -> sqlite3.Connection:
    assert writer._database._connection is not None
    return writer._database._connection


def limit(writer: LedgerWriter, pages: int) -> None:
    """A disk that is full: the database may not have more pages than this (0: than it has)."""
    connection_of(writer).execute(f"PRAGMA max_page_count = {pages or 1}")


def test_an_exchange_is_opened_takes_progress_and_is_closed(writer: LedgerWriter, paths: Paths) -> None:
    assert writer.open(opening()).result(10) is None
    assert statuses(paths) == {1: Status.OPEN}
    writer.progress(progress()).result(10)
    writer.close(closing()).result(10)

    record = LedgerReader(paths).record("last")
    assert record.row.status is Status.DONE
    assert record.row.usage == closing().usage
    assert record.attempts == closing().attempts
    assert writer.stats() == LedgerStats(committed=3)


def test_a_second_closing_is_refused_and_changes_nothing(writer: LedgerWriter, paths: Paths) -> None:
    writer.open(opening())
    writer.close(closing(status=Status.CUT)).result(10)

    with pytest.raises(LedgerError, match="not open"):
        writer.close(closing()).result(10)

    assert statuses(paths) == {1: Status.CUT}
    assert writer.stats().refused == 1


def test_of_many_closings_at_once_one_wins(writer: LedgerWriter, paths: Paths) -> None:
    writer.open(opening()).result(10)
    with ThreadPoolExecutor(16) as pool:
        futures = list(pool.map(writer.close, [closing()] * 16))

    assert [future.exception(10) is None for future in futures].count(True) == 1
    assert writer.stats().refused == 15


def test_what_was_never_opened_is_refused_and_inserts_nothing(writer: LedgerWriter, paths: Paths) -> None:
    for future in (writer.close(closing()), writer.progress(progress())):
        with pytest.raises(LedgerError):
            future.result(10)

    assert statuses(paths) == {}
    assert writer.stats().refused == 2


def test_an_id_is_opened_once(writer: LedgerWriter, paths: Paths) -> None:
    writer.open(opening()).result(10)
    with pytest.raises(LedgerError, match="open already"):
        writer.open(opening()).result(10)
    writer.close(closing()).result(10)

    with pytest.raises(LedgerError, match="changed nothing"):
        writer.open(opening()).result(10)
    assert statuses(paths) == {1: Status.DONE}


def test_a_closing_no_column_can_hold_is_refused_alone(writer: LedgerWriter, paths: Paths) -> None:
    writer.open(opening(1))
    writer.open(opening(2))
    huge = closing(1, Status.OPEN)

    with pytest.raises(LedgerError):
        writer.close(huge).result(10)
    writer.close(closing(2)).result(10)

    assert statuses(paths) == {1: Status.OPEN, 2: Status.DONE}


def test_writes_that_wait_share_a_commit(writer: LedgerWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    real = writer._database.commit
    gate = threading.Event()

    def commit(writes: list[object], waiting: object) -> list[Outcome]:
        gate.wait(10)
        batches.append(len(writes))
        return real(writes, waiting)  # type: ignore[arg-type]  # passed through

    monkeypatch.setattr(writer._database, "commit", commit)
    futures = [writer.open(opening(number)) for number in range(200)]
    gate.set()
    for future in futures:
        future.result(10)

    assert sum(batches) == 200
    assert max(batches) == 64
    assert len(batches) <= 5


def test_an_opening_does_not_wait_for_company(writer: LedgerWriter, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer_module, "_LINGER_S", 3600.0)

    writer.open(opening(1)).result(10)
    closed = writer.close(closing(1))
    writer.open(opening(2)).result(10)

    assert closed.done()


def test_a_closing_waits_for_company_for_a_moment_only(writer: LedgerWriter) -> None:
    writer.open(opening(1)).result(10)

    assert writer.close(closing(1)).result(10) is None


def test_a_cancelled_caller_does_not_cancel_the_write(writer: LedgerWriter, paths: Paths) -> None:
    async def cancelled() -> None:
        task = asyncio.ensure_future(asyncio.wrap_future(writer.open(opening())))
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    writer.close(closing()).result(10)

    assert statuses(paths) == {1: Status.DONE}


def test_shutdown_writes_what_waits(paths: Paths) -> None:
    writer = LedgerWriter(paths)
    writer.start()
    for number in range(300):
        writer.open(opening(number))
        writer.close(closing(number))

    writer.shutdown(30)
    writer.shutdown(30)

    assert sorted(path.name for path in paths.data_dir.iterdir()) == ["ledger.lock", "ledger.sqlite3"]
    assert statuses(paths) == dict.fromkeys(range(300), Status.DONE)


def test_what_comes_after_shutdown_is_kept_for_the_next_start(paths: Paths) -> None:
    writer = LedgerWriter(paths)
    writer.start()
    writer.open(opening()).result(10)
    writer.shutdown(10)

    writer.close(closing()).result(10)
    assert writer.stats().spilled == 1

    again = LedgerWriter(paths)
    assert again.start().imported == 1
    again.shutdown(10)
    assert statuses(paths) == {1: Status.DONE}


def test_a_ledger_has_one_writer(writer: LedgerWriter, paths: Paths) -> None:
    with pytest.raises(LedgerError, match="another process"):
        LedgerWriter(paths).start()


def test_a_ledger_that_was_let_go_can_be_taken(paths: Paths) -> None:
    for _ in range(2):
        writer = LedgerWriter(paths)
        writer.start()
        writer.shutdown(10)


def test_a_refused_start_leaves_the_ledger_free(paths: Paths) -> None:
    paths.ledger_file.symlink_to(paths.data_dir / "elsewhere")
    with pytest.raises(UnsafeFileError):
        LedgerWriter(paths).start()
    paths.ledger_file.unlink()

    with closing_connection(sqlite3.connect(paths.ledger_file)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerVersionError):
        LedgerWriter(paths).start()
    paths.ledger_file.unlink()

    writer = LedgerWriter(paths)
    writer.start()
    writer.shutdown(10)


def test_a_full_disk_loses_nothing_and_is_told_once(
    writer: LedgerWriter, paths: Paths, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(writer_module, "_RETRY_S", 0.0)
    writer.open(opening(0)).result(10)
    limit(writer, 0)
    for number in range(1, 60):
        writer.open(opening(number)).result(10)
        writer.progress(progress(number)).result(10)
        if number % 2:
            writer.close(closing(number)).result(10)
    writer.close(closing(0)).result(10)

    assert writer.stats().spilled > 100
    assert writer.stats().lost == 0
    spill = paths.data_dir / "ledger.spill.jsonl"
    assert spill.stat().st_mode & 0o777 == 0o600
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "disk is full" in caplog.text

    limit(writer, 1_000_000)
    writer.open(opening(60)).result(10)
    writer.close(closing(2)).result(10)

    found = statuses(paths)
    assert len(found) == 61
    assert {number for number, status in found.items() if status is Status.DONE} == {0, 2, *range(1, 60, 2)}
    assert not spill.exists()


def test_a_failing_database_is_left_alone_for_a_moment(
    writer: LedgerWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = []

    def fail(writes: object, waiting: object) -> list[Outcome]:
        tries.append(writes)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(writer_module, "_RETRY_S", 3600.0)
    monkeypatch.setattr(writer._database, "commit", fail)
    for number in range(20):
        writer.open(opening(number)).result(10)

    assert len(tries) == 1
    assert writer.stats().spilled == 20


def test_a_queue_that_is_full_spills_and_comes_back_in_order(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer_module, "_QUEUE", 10)
    writer = LedgerWriter(paths)
    writer.start()
    gate = threading.Event()
    real = writer._database.commit
    monkeypatch.setattr(writer._database, "commit", lambda *given: gate.wait(10) and real(*given))
    for number in range(40):
        writer.open(opening(number))
    for number in range(40):
        writer.close(closing(number))
    assert writer.stats().spilled > 0

    gate.set()
    writer.shutdown(10)
    again = LedgerWriter(paths)
    again.start()
    again.shutdown(10)

    assert statuses(paths) == dict.fromkeys(range(40), Status.DONE)


def test_when_nothing_can_be_written_the_caller_is_told_and_it_is_counted(
    writer: LedgerWriter, paths: Paths, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    limit(writer, 0)
    (paths.data_dir / "ledger.spill.jsonl").mkdir()
    futures = [writer.open(opening(number)) for number in range(30)]

    failed = [future for future in futures if future.exception(10) is not None]

    assert failed
    assert all("cannot be written anywhere" in str(future.exception()) for future in failed)
    assert writer.stats().lost == len(failed)
    assert "are lost" in caplog.text
    (paths.data_dir / "ledger.spill.jsonl").rmdir()


def test_a_thread_that_dies_leaves_no_future_waiting(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda given: None)
    writer = LedgerWriter(paths)
    writer.start()

    def die(*given: object) -> list[Outcome]:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(writer._database, "commit", die)
    writer.open(opening(1)).result(10)
    writer._thread.join(10)
    writer.open(opening(2)).result(10)

    assert writer.stats().spilled == 2
    writer.shutdown(1)
    again = LedgerWriter(paths)
    assert again.start().orphaned == 2
    again.shutdown(10)


def test_a_disk_that_is_stuck_does_not_hold_up_the_end(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = LedgerWriter(paths)
    writer.start()
    gate = threading.Event()
    real = writer._database.commit
    monkeypatch.setattr(writer._database, "commit", lambda *given: gate.wait(10) and real(*given))
    first = writer.open(opening(1))
    while writer.stats().waiting:
        time.sleep(0)
    second = writer.open(opening(2))

    writer.shutdown(0.1)

    assert second.result(0) is None
    assert not first.done()
    gate.set()
    first.result(10)


def test_a_writer_that_never_started_has_nothing_to_end(paths: Paths) -> None:
    writer = LedgerWriter(paths)

    writer.shutdown(1)

    assert list(paths.data_dir.iterdir()) == []


def test_ids_are_the_callers(writer: LedgerWriter, paths: Paths) -> None:
    writer.open(opening(77)).result(10)

    assert LedgerReader(paths).record("last").row.id == name(77)
