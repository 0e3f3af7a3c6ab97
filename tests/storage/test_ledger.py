"""The ledger as a whole: killed, out of space, damaged, and read while it is written.

After kill -9 nothing that was acknowledged is missing, and what was running is marked.
"""

import random
import subprocess
import sys
import threading
from collections import defaultdict
from pathlib import Path

import pytest

from coderouter_cli.domain.exchange import Status
from coderouter_cli.errors import LedgerError
from coderouter_cli.storage.ledger import writer as writer_module
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.storage.ledger.writer import LedgerWriter
from coderouter_cli.system.paths import Paths
from tests.storage.ledger.samples import COST, closing, home, name, opening

KILLS = 20


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return home(tmp_path)


def statuses(paths: Paths) -> dict[int, Status]:
    return {int(row.id[2:]): row.status for row in LedgerReader(paths).rows()}


def killed_run(root: Path, run: int, acknowledged: dict[str, set[str]], lines: int) -> None:
    """Let a writer run for some acknowledged writes, then kill it; keeps what it said before."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.storage.ledger.crash_writer", root, str(run)],
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(lines)]
        writer.kill()
        said += writer.stdout.readlines()
    for line in said:
        if line.endswith("\n") and len(line.split()) == 2:
            what, number = line.split()
            acknowledged[what].add(name(int(number)))


def test_no_acknowledged_write_is_missing_after_kill_9(tmp_path: Path) -> None:
    paths = home(tmp_path)
    acknowledged: dict[str, set[str]] = defaultdict(set)
    chance = random.Random(9)  # noqa: S311 - the same moments at every run
    for run in range(KILLS):
        killed_run(tmp_path, run, acknowledged, chance.randrange(1, 400))

    writer = LedgerWriter(paths)
    writer.start()
    writer.shutdown(10)
    reader = LedgerReader(paths)
    rows = {row.id: row for row in reader.rows()}

    assert len(acknowledged["close"]) > 500
    assert acknowledged["open"] - rows.keys() == set()
    assert {row_id for row_id in acknowledged["close"] if rows[row_id].status is not Status.DONE} == set()
    assert reader.problem() is None
    assert not (tmp_path / "data" / "ledger.spill.jsonl").exists()


def test_what_was_running_is_cut_with_its_cost_or_orphaned_without(tmp_path: Path) -> None:
    paths = home(tmp_path)
    acknowledged: dict[str, set[str]] = defaultdict(set)
    killed_run(tmp_path, 1, acknowledged, 300)

    writer = LedgerWriter(paths)
    opened = writer.start()
    writer.shutdown(10)
    rows = {row.id: row for row in LedgerReader(paths).rows()}

    running = acknowledged["open"] - acknowledged["close"]
    flowed = running & acknowledged["progress"]
    by_status = {row_id: rows[row_id].status for row_id in running}
    assert Status.OPEN not in by_status.values()
    assert flowed
    # A closing may have been committed and not yet said.
    assert {by_status[row_id] for row_id in flowed} <= {Status.CUT, Status.DONE}
    cut = [row for row in rows.values() if row.status is Status.CUT]
    orphaned = [row for row in rows.values() if row.status is Status.ORPHANED]
    assert {(row.cost, row.usage_source, row.model) for row in cut} == {(COST, "partial", "gpt-6.1-luna")}
    assert {(row.cost, row.usage_source) for row in orphaned} == {(None, None)}
    assert (opened.cut, opened.orphaned) == (len(cut), len(orphaned))
    assert "when the last daemon died" in opened.notes[-1]


@pytest.mark.parametrize("pages", range(9, 23))
def test_a_disk_that_fills_at_any_moment_loses_nothing(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    monkeypatch.setattr(writer_module, "_RETRY_S", 0.0)
    writer = LedgerWriter(paths)
    writer.start()
    assert writer._database._connection is not None
    writer._database._connection.execute(f"PRAGMA max_page_count = {pages}")
    for number in range(120):
        writer.open(opening(number))
        writer.close(closing(number)).result(10)
    writer.shutdown(10)

    again = LedgerWriter(paths)
    opened = again.start()
    again.shutdown(10)

    assert statuses(paths) == dict.fromkeys(range(120), Status.DONE)
    assert LedgerReader(paths).totals()["attempts"] == 240
    assert LedgerReader(paths).problem() is None
    assert (opened.cut, opened.orphaned) == (0, 0)
    assert opened.imported > 0


def test_readers_are_never_held_up_and_see_whole_rows(paths: Paths) -> None:
    done = threading.Event()
    problems: list[str] = []
    seen: list[int] = []

    def read() -> None:
        reader = LedgerReader(paths)
        while not done.is_set():
            try:
                rows = list(reader.rows())
                totals = reader.totals()
                reader.record("last")
            except LedgerError as error:
                problems.append(str(error))
                return
            problems.extend(row.id for row in rows if row.status is Status.DONE and row.usage is None)
            seen.append(totals["rows"])

    writer = LedgerWriter(paths)
    writer.start()
    writer.open(opening(0)).result(10)
    readers = [threading.Thread(target=read) for _ in range(2)]
    for thread in readers:
        thread.start()
    for number in range(1, 150):
        writer.open(opening(number)).result(10)
        writer.close(closing(number))
    done.set()
    writer.shutdown(10)
    for thread in readers:
        thread.join()

    assert problems == []
    assert seen
    assert seen[-1] <= 150


def test_the_file_is_checked_when_it_was_damaged_and_work_goes_on(paths: Paths) -> None:
    paths.ledger_file.write_bytes(b"this is no database\n" * 500)

    writer = LedgerWriter(paths)
    opened = writer.start()
    writer.open(opening()).result(10)
    writer.close(closing()).result(10)
    writer.shutdown(10)

    assert "set aside" in opened.notes[0]
    assert statuses(paths) == {1: Status.DONE}
