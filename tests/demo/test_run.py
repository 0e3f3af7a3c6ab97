"""The demo over the real daemon: it really routes, keeps honest books, and leaves nothing behind."""

import os
from decimal import Decimal
from pathlib import Path

import pytest

import coderouter_cli
from coderouter_cli.demo.run import DemoResult, run_demo
from coderouter_cli.demo.workload import build
from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.phase import Phase, RequestKind
from coderouter_cli.errors import DaemonError

PACKAGE = Path(coderouter_cli.__file__).parents[1]
ENVIRON = {**os.environ, "PYTHONPATH": str(PACKAGE)}


@pytest.fixture(scope="module")
def told() -> list[int]:
    """What the demo said of its progress."""
    return []


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory, told: list[int]) -> DemoResult:
    """One demo, whose home is still there."""
    home = tmp_path_factory.mktemp("demo")
    home.chmod(0o700)
    return run_demo(home, ENVIRON, on_progress=lambda done, _total, _sent: told.append(done))


def test_every_request_is_answered_and_told(kept: DemoResult, told: list[int]) -> None:
    assert told == list(range(1, 421))
    assert [sent.problem for sent in kept.report.sent if sent.problem] == []
    assert (kept.requests, kept.failed) == (420, 0)


def test_the_ledger_has_every_request(kept: DemoResult) -> None:
    assert kept.summary["requests"] == 420
    assert kept.summary["statuses"] == {"done": 420}
    assert kept.summary["usage_sources"]["reported"] == 420


def test_the_router_says_where_each_request_went(kept: DemoResult) -> None:
    for sent in kept.report.sent:
        assert sent.headers.keys() >= {"phase", "model", "lane", "fidelity", "request-id"}
        assert sent.headers["lane"] == "smart"
    assert len({sent.headers["request-id"] for sent in kept.report.sent}) == 420
    assert len({sent.headers["model"] for sent in kept.report.sent}) >= 3


def test_all_six_phases_are_seen(kept: DemoResult) -> None:
    assert {line["phase"] for line in kept.summary["by_phase"]} == {phase.value for phase in Phase}
    turns = [sent for sent in kept.report.sent if sent.kind is RequestKind.TURN]
    agreed = sum(sent.headers["phase"] == sent.phase for sent in turns)
    assert agreed / len(turns) > 0.75


def test_it_saves_money_against_the_cached_baseline(kept: DemoResult) -> None:
    assert kept.summary["spend"]["saved_pct"] > 30
    assert kept.summary["spend"]["unknown_cost"] == 0


def test_the_baseline_is_what_the_same_work_really_costs_on_opus(
    kept: DemoResult, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The same workload on the direct lane pays what the smart lane's report says it would have paid."""
    home = tmp_path_factory.mktemp("direct")
    home.chmod(0o700)
    direct = run_demo(home, ENVIRON, lane=Lane.DIRECT).summary
    assert (direct["routed"], direct["bypassed"], direct["bypasses"]) == (0, 420, {"direct_lane": 420})
    assert direct["spend"]["saved_usd"] == "0.00", "with routing off nothing is saved"
    paid = Decimal(direct["spend"]["actual_usd"])
    said = Decimal(kept.summary["spend"]["baselines"]["requested_usd"])
    assert abs(said - paid) / paid < Decimal("0.08"), "sums of the cache model were within 3 to 8 %"


def test_no_key_and_no_prompt_is_written_down(kept: DemoResult) -> None:
    asks = [turn.ask.text.encode() for turn in build().turns]
    files = [path for path in kept.home.rglob("*") if path.is_file()]
    assert len(files) >= 4
    for path in files:
        data = path.read_bytes()
        assert b"sk-demo-" not in data
        assert not any(ask in data for ask in asks)


def test_the_home_is_private(kept: DemoResult) -> None:
    """Windows has no mode bits; the user's profile has an access list of its own."""
    assert os.name == "nt" or kept.home.stat().st_mode & 0o077 == 0


def test_the_daemon_is_stopped(kept: DemoResult) -> None:
    assert not (kept.home / "state" / "daemon.json").exists()


def test_a_daemon_that_does_not_start_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "coderouter_cli"
    broken.mkdir()
    (broken / "__init__.py").write_text("raise SystemExit(1)\n")
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with pytest.raises(DaemonError):
        run_demo(home, {**os.environ, "PYTHONPATH": str(tmp_path)})
