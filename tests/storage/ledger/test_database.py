import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from coderouter_cli.errors import LedgerError, UnsafeFileError
from coderouter_cli.storage.ledger.database import Database, Opened
from coderouter_cli.storage.ledger.spill import Spill
from coderouter_cli.storage.ledger.write import Outcome, closing_write, opening_write, progress_write
from coderouter_cli.system.clock import SystemClock
from tests.storage.ledger.samples import closing, name, opening, progress

O1, P1, C1 = opening_write(opening(1)), progress_write(progress(1)), closing_write(closing(1))
O2, C2 = opening_write(opening(2)), closing_write(closing(2))


@pytest.fixture
def spill(tmp_path: Path) -> Spill:
    return Spill(tmp_path / "ledger.spill.jsonl")


@pytest.fixture
def database(tmp_path: Path, spill: Spill) -> Iterator[Database]:
    database = Database(tmp_path / "ledger.sqlite3", spill, SystemClock())
    yield database
    database.close()


def queued() -> bool:
    return True


def idle() -> bool:
    return False


def statuses(database: Database) -> list[str]:
    assert database._connection is not None
    return [status for (status,) in database._connection.execute("SELECT status FROM exchanges ORDER BY id")]


def test_a_new_ledger_opens_without_a_word(database: Database) -> None:
    assert not database.usable
    assert database.open() == Opened()
    assert database.usable


def test_writes_have_an_outcome_each(database: Database) -> None:
    database.open()

    assert database.commit([O1, P1, C1, C1, C2], idle) == [
        *[Outcome.DONE] * 3,
        Outcome.SETTLED,
        Outcome.NO_ROW,
    ]


def test_what_the_last_daemon_spilled_is_brought_back_before_its_rows_are_settled(
    database: Database, spill: Spill
) -> None:
    spill.append([O1, O2, C2])

    opened = database.open()

    assert (opened.imported, opened.cut, opened.orphaned) == (3, 0, 1)
    assert statuses(database) == ["orphaned", "done"]
    assert not spill.path.exists()
    assert opened.notes[0].endswith("died: 1.")


def test_a_crash_between_import_and_removal_imports_nothing_twice(database: Database, spill: Spill) -> None:
    spill.append([O1, C1])
    lines = spill.path.read_bytes()
    database.open()
    spill.path.write_bytes(lines)
    again = Database(database._path, Spill(spill.path), SystemClock())

    assert again.open().imported == 0
    assert statuses(again) == ["done"]
    again.close()


def test_damaged_lines_are_told(database: Database, spill: Spill) -> None:
    spill.path.write_bytes(b'{"kind":\n' + O1.line().encode() + b"\n")

    opened = database.open()

    assert opened.imported == 1
    assert any(note.endswith("read: 1.") for note in opened.notes)


def test_spilled_writes_come_before_the_new_ones(database: Database, spill: Spill) -> None:
    database.open()
    spill.append([O1])

    assert database.commit([C1], idle) == [Outcome.DONE]
    assert not spill.pending


def test_a_spilled_closing_waits_for_an_opening_in_the_same_batch(database: Database, spill: Spill) -> None:
    database.open()
    spill.append([C1])

    assert database.commit([O1], idle) == [Outcome.DONE]
    assert statuses(database) == ["done"]
    assert not spill.pending


def test_a_spilled_closing_waits_for_an_opening_still_in_the_queue(database: Database, spill: Spill) -> None:
    database.open()
    spill.append([C1])
    database.commit([O2], queued)
    assert spill.pending

    database.commit([O1], idle)

    assert statuses(database) == ["done", "open"]
    assert not Spill(spill.path).pending


def test_a_spilled_closing_without_an_opening_anywhere_is_dropped(database: Database, spill: Spill) -> None:
    database.open()
    spill.append([C1])
    database.commit([O2], idle)

    assert not spill.pending


def test_a_place_that_cannot_be_written_is_told_and_tried_again(
    database: Database, spill: Spill, tmp_path: Path
) -> None:
    obstacle = tmp_path / "ledger.sqlite3"
    obstacle.mkdir()
    (obstacle / "file").write_text("x")
    spill.append([O2])

    (note,) = database.open().notes
    assert "cannot be written" in note
    database.begun(name(1))
    with pytest.raises((sqlite3.Error, LedgerError)):
        database.commit([O1], idle)
    (obstacle / "file").unlink()
    obstacle.rmdir()

    assert database.commit([O1], idle) == [Outcome.DONE]
    assert statuses(database) == ["open", "orphaned"]


def test_a_link_in_the_ledgers_place_is_refused(database: Database, tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(UnsafeFileError):
        database.open()
