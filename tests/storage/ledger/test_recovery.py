import hashlib
import random
import sqlite3
import stat
from pathlib import Path

import pytest

from coderouter_cli.domain.exchange import Status
from coderouter_cli.errors import LedgerVersionError, UnsafeFileError
from coderouter_cli.storage.ledger.recovery import (
    first_problem,
    is_corruption,
    is_damaged,
    prepare,
    settle_leftovers,
)
from coderouter_cli.storage.ledger.schema import MIGRATIONS, version_of
from coderouter_cli.storage.ledger.write import apply, closing_write, opening_write, progress_write
from tests.storage.ledger.samples import START, closing, name, opening, progress

PAGE = 4096


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.sqlite3"


def filled(path: Path, rows: int = 200) -> None:
    """A sound ledger, closed properly."""
    connection = prepare(path, START).connection
    connection.execute("BEGIN")
    for number in range(rows):
        apply(connection, opening_write(opening(number)))
        apply(connection, closing_write(closing(number)))
    connection.execute("COMMIT")
    connection.close()


def count(path: Path) -> int:
    """How many rows a prepared ledger has."""
    prepared = prepare(path, START)
    (rows,) = prepared.connection.execute("SELECT COUNT(*) FROM exchanges").fetchone()
    assert version_of(prepared.connection) == len(MIGRATIONS)
    assert first_problem(prepared.connection) is None
    prepared.connection.close()
    return int(rows)


def test_a_new_ledger_is_private_and_of_this_version(path: Path) -> None:
    prepared = prepare(path, START)

    assert prepared.notes == ()
    assert version_of(prepared.connection) == len(MIGRATIONS)
    apply(prepared.connection, opening_write(opening()))
    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}
    assert len(list(path.parent.iterdir())) == 3
    prepared.connection.close()


def test_a_sound_ledger_is_opened_as_it_is(path: Path) -> None:
    filled(path)

    assert not is_damaged(path)
    assert count(path) == 200
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_loose_ledger_is_closed_to_others_and_told(path: Path) -> None:
    filled(path, 1)
    path.chmod(0o644)

    prepared = prepare(path, START)
    prepared.connection.close()

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "Others could read" in prepared.notes[0]


def test_a_link_is_refused(path: Path, tmp_path: Path) -> None:
    filled(tmp_path / "other.sqlite3", 1)
    path.symlink_to(tmp_path / "other.sqlite3")

    with pytest.raises(UnsafeFileError):
        prepare(path, START)


def header(data: bytes) -> bytes:
    return b"\x00" * 100 + data[100:]


def truncated(data: bytes) -> bytes:
    return data[: len(data) // 2 + 17]


def text(data: bytes) -> bytes:
    return b"this is no database\n" * 50


def first_page(data: bytes) -> bytes:
    return data[:PAGE][:100] + b"\xff" * (PAGE - 100) + data[PAGE:]


@pytest.mark.parametrize("damage", [header, truncated, text, first_page])
def test_a_damaged_ledger_is_set_aside_whole_and_a_new_one_begins(path: Path, damage: object) -> None:
    filled(path)
    assert callable(damage)
    broken = damage(path.read_bytes())
    path.write_bytes(broken)

    prepared = prepare(path, START)
    prepared.connection.close()

    (note,) = prepared.notes
    aside = path.with_name("ledger.damaged-20260301T120000Z.sqlite3")
    assert str(aside) in note
    assert aside.read_bytes() == broken
    assert count(path) == 0


def test_a_second_damage_in_the_same_second_replaces_nothing(path: Path) -> None:
    for content in (b"first" * 1000, b"second" * 1000):
        path.write_bytes(content)
        prepare(path, START).connection.close()

    kept = {file.read_bytes()[:6] for file in path.parent.glob("ledger.damaged-*")}
    assert kept == {b"firstf", b"second"}


def test_random_damage_never_stops_a_start(path: Path) -> None:
    filled(path, 60)
    sound = path.read_bytes()
    chance = random.Random(54)  # noqa: S311 - the same damage at every run
    for _ in range(100):
        place = chance.randrange(0, len(sound) // PAGE) * PAGE
        path.write_bytes(sound[:place] + chance.randbytes(PAGE) + sound[place + PAGE :])

        assert count(path) in (0, 60)
        for file in path.parent.iterdir():
            file.unlink()


@pytest.mark.parametrize("missing", ["removed", "empty"])
def test_a_journal_whose_database_is_gone_is_kept_for_somebody_to_look_into(path: Path, missing: str) -> None:
    connection = prepare(path, START).connection
    apply(connection, opening_write(opening()))
    journal = path.with_name(path.name + "-wal").read_bytes()
    connection.close()
    path.write_bytes(b"") if missing == "empty" else path.unlink()
    path.with_name(path.name + "-wal").write_bytes(journal)

    assert count(path) == 0
    assert path.with_name("ledger.damaged-20260301T120000Z.sqlite3-wal").read_bytes() == journal


def test_garbage_in_the_shared_memory_file_is_harmless(path: Path) -> None:
    filled(path)
    path.with_name(path.name + "-shm").write_bytes(b"\xa5" * 32768)

    assert count(path) == 200


def test_an_empty_file_becomes_a_ledger(path: Path) -> None:
    path.write_bytes(b"")

    assert count(path) == 0


def test_a_ledger_of_the_future_is_not_touched(path: Path) -> None:
    filled(path, 5)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = hashlib.sha256(path.read_bytes()).hexdigest()

    with pytest.raises(LedgerVersionError, match="version 99"):
        prepare(path, START)

    assert hashlib.sha256(path.read_bytes()).hexdigest() == before
    assert not list(path.parent.glob("ledger.damaged*"))


def test_a_place_that_is_a_directory_is_an_error_and_not_damage(path: Path) -> None:
    path.mkdir()
    (path / "file").write_text("x")

    with pytest.raises((sqlite3.Error, UnsafeFileError)):
        prepare(path, START)
    assert path.is_dir()


def test_only_damage_counts_as_damage() -> None:
    assert not is_corruption(sqlite3.OperationalError("no code"))


def test_rows_left_open_are_cut_when_content_had_flowed_and_orphaned_otherwise(path: Path) -> None:
    connection = prepare(path, START).connection
    for number in (1, 2, 3, 4):
        apply(connection, opening_write(opening(number)))
    apply(connection, progress_write(progress(1)))
    apply(connection, closing_write(closing(3)))

    left = settle_leftovers(connection, {name(4)})

    assert (left.cut, left.orphaned) == (1, 1)
    found = connection.execute("SELECT status, cost, output_tokens, usage_source FROM exchanges ORDER BY id")
    assert found.fetchall() == [
        (Status.CUT, 1_234_567_890, 40, "partial"),
        (Status.ORPHANED, None, None, None),
        (Status.DONE, 1_234_567_890, 40, "reported"),
        (Status.OPEN, None, None, None),
    ]
    connection.close()
