"""kill -9: nothing that was acknowledged is missing, and what was running is marked."""

import random
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

from coderouter_cli.domain.exchange import Status
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.storage.ledger.writer import LedgerWriter
from tests.storage.ledger.samples import COST, home, name

KILLS = 20


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
