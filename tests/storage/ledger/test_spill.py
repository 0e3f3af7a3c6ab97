import stat
import threading
from pathlib import Path

import pytest

from coderouter_cli.storage.ledger.spill import Spill
from coderouter_cli.storage.ledger.write import Kind, closing_write, opening_write, progress_write
from tests.storage.ledger.samples import closing, opening, progress


@pytest.fixture
def spill(tmp_path: Path) -> Spill:
    return Spill(tmp_path / "ledger.spill.jsonl")


def test_without_a_file_there_is_nothing(spill: Spill) -> None:
    assert not spill.pending
    assert spill.read().writes == ()
    spill.forget(spill.read())
    assert not spill.path.exists()


def test_what_is_appended_is_read_openings_first(spill: Spill) -> None:
    spill.append([closing_write(closing(1))])
    spill.append([opening_write(opening(2)), progress_write(progress(1))])
    spill.append([opening_write(opening(1))])

    found = spill.read()

    assert [(write.kind, write.id[-1]) for write in found.writes] == [
        (Kind.OPEN, "2"),
        (Kind.OPEN, "1"),
        (Kind.PROGRESS, "1"),
        (Kind.CLOSE, "1"),
    ]
    assert found.damaged == 0
    assert Spill(spill.path).pending
    assert stat.S_IMODE(spill.path.stat().st_mode) == 0o600


def test_a_torn_line_costs_only_itself(spill: Spill) -> None:
    spill.append([opening_write(opening(1))])
    whole = spill.path.read_bytes()
    spill.path.write_bytes(whole + whole[:50])
    spill.append([opening_write(opening(2))])

    found = spill.read()

    assert [write.id[-1] for write in found.writes] == ["1", "2"]
    assert found.damaged == 1


def test_forgetting_keeps_what_came_since_and_what_is_asked_for(spill: Spill) -> None:
    first, homeless, since = opening_write(opening(1)), closing_write(closing(2)), opening_write(opening(3))
    spill.append([first, homeless])
    found = spill.read()
    spill.append([since])

    spill.forget(found, [homeless])

    assert [write.id[-1] for write in spill.read().writes] == ["3", "2"]
    assert spill.pending
    spill.forget(spill.read())
    assert not Spill(spill.path).pending
    assert not spill.path.exists()


def test_appending_from_many_threads_mixes_no_lines(spill: Spill) -> None:
    def append(number: int) -> None:
        for offset in range(5):
            spill.append([opening_write(opening(number * 10 + offset))] * 2)

    threads = [threading.Thread(target=append, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    found = spill.read()
    assert (len(found.writes), found.damaged) == (80, 0)


def test_a_place_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        Spill(tmp_path / "missing" / "spill").append([opening_write(opening())])


def test_a_link_is_not_followed(spill: Spill, tmp_path: Path) -> None:
    spill.path.symlink_to(tmp_path / "elsewhere")

    with pytest.raises(OSError, match="spill"):
        spill.append([opening_write(opening())])
    assert not (tmp_path / "elsewhere").exists()
