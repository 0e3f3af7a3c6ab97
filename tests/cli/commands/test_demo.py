"""`coderouter demo`, as somebody runs it who has just installed it."""

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pytest

from coderouter_cli.domain.money import Picodollars, usd_string
from coderouter_cli.domain.phase import Phase


def run(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "LANG": "C.UTF-8"}
    command = [sys.executable, "-m", "coderouter_cli", "demo", *arguments]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=100)


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    place = tmp_path_factory.mktemp("demo")
    done = run(place, "--json")
    assert done.returncode == 0, done.stderr
    assert list(place.iterdir()) == [], "a home that is not kept leaves nothing"
    data: dict[str, Any] = json.loads(done.stdout)["data"]
    return data


def test_it_says_what_is_simulated(told: dict[str, Any]) -> None:
    assert told["simulated_provider"] is True
    assert (told["requests"], told["failed"], told["home"]) == (420, 0, None)


def test_the_report_equals_the_ledgers_sums_to_the_picodollar(told: dict[str, Any]) -> None:
    report, sums = told["report"], told["ledger_totals"]
    spend = report["spend"]
    assert report["requests"] == sums["rows"] == sums["done"] == told["requests"]
    assert spend["actual_usd"] == usd_string(Picodollars(sums["cost"]))
    for name in ("requested", "all_opus", "list_price"):
        assert spend["baselines"][f"{name}_usd"] == usd_string(Picodollars(sums[f"baseline_{name}"]))
    assert Decimal(spend["saved_usd"]) == Decimal(spend["baselines"]["requested_usd"]) - Decimal(
        spend["actual_usd"]
    )


def test_every_table_adds_up(told: dict[str, Any]) -> None:
    report = told["report"]
    assert {line["phase"] for line in report["by_phase"]} == {phase.value for phase in Phase}
    assert sum(line["requests"] for line in report["by_phase"]) == report["requests"]
    assert sum(line["requests"] for line in report["by_model"]) == report["requests"]
    for line in report["by_phase"]:
        assert sum(model["requests"] for model in line["models"]) == line["requests"]
    for table in ("by_phase", "by_model"):
        total = sum(Decimal(line["cost_usd"]) for line in report[table])
        assert total == Decimal(report["spend"]["actual_usd"])
    assert report["routed"] + report["bypassed"] == report["requests"]


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_an_interrupted_demo_leaves_nothing_behind(tmp_path: Path, name: str) -> None:
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TMPDIR": str(tmp_path), "LANG": "C.UTF-8"}
    demo = subprocess.Popen(
        [sys.executable, "-m", "coderouter_cli", "demo"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    hint = wait_for(lambda: next(iter(tmp_path.glob("*/state/daemon.json")), None))
    daemon = json.loads(hint.read_text())["pid"]
    demo.send_signal(getattr(signal, name))
    said, _ = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
    assert not psutil.pid_exists(daemon) or psutil.Process(daemon).status() == psutil.STATUS_ZOMBIE


def wait_for(look: Callable[[], Path | None]) -> Path:
    """Look until it is there; half a minute at most."""
    for _ in range(3000):
        found = look()
        if found is not None and found.stat().st_size:
            return found
        select.select([], [], [], 0.01)
    pytest.fail("it never came")
