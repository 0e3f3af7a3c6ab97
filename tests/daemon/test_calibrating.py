"""What the ledger shows of our estimates, put to use while the daemon runs."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from coderouter_cli.accounting.calibration import LEAST_SAMPLES
from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.daemon.calibrating import WINDOW, Calibrator, calibrated_catalog, measure
from coderouter_cli.daemon.pipeline import Pipeline
from coderouter_cli.demo.script import Reply, Say, Tokens
from coderouter_cli.domain.exchange import Status
from coderouter_cli.domain.usage import Usage, UsageSource
from coderouter_cli.storage.ledger.writer import LedgerWriter
from coderouter_cli.system.paths import Paths
from tests.daemon.kit import MESSAGES, ask
from tests.harness import HandClock, daemon_with
from tests.storage.ledger.samples import closing, home, keep_estimates, opening

CATALOG = load_catalog(prices=False)
MODEL = "deepseek-v4-pro"
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
DIRECT = {"x-coderouter-lane": "direct"}


def keep(paths: Paths, count: int, reported: int, *, began: datetime = NOW) -> None:
    """Rows that tell how far the estimate was off, and some that tell nothing."""
    keep_estimates(paths, began, reported, count)
    writer = LedgerWriter(paths)
    writer.start()
    for number in (901, 902, 903):
        writer.open(replace(opening(number), started_at=began, estimate=1_000))
    writer.close(replace(closing(901, Status.CUT), usage=Usage(input=9)))
    writer.close(replace(closing(902), usage_source=UsageSource.ESTIMATED))
    writer.shutdown(5.0)


def test_the_factor_is_what_the_ledger_shows(tmp_path: Path) -> None:
    paths = home(tmp_path)
    clock = HandClock(began=NOW)
    assert measure(paths, clock, CATALOG) == {}
    keep(paths, LEAST_SAMPLES, 1_020)
    found = measure(paths, clock, CATALOG)[MODEL]
    assert (found.samples, found.error) == (LEAST_SAMPLES, 0.0)
    assert found.factor == pytest.approx(1.2)
    corrected = calibrated_catalog(CATALOG, {MODEL: found})
    assert corrected.models[MODEL].calibration == found.factor
    assert corrected.models["claude-opus-5-5"] == CATALOG.models["claude-opus-5-5"]
    assert calibrated_catalog(corrected, {}).models == CATALOG.models


def test_what_is_long_past_no_longer_counts(tmp_path: Path) -> None:
    paths = home(tmp_path)
    keep(paths, LEAST_SAMPLES, 1_020, began=NOW - WINDOW - timedelta(seconds=1))
    assert measure(paths, HandClock(began=NOW), CATALOG) == {}


async def test_a_ledger_that_cannot_be_read_leaves_the_figures(tmp_path: Path) -> None:
    paths = home(tmp_path)
    keep(paths, LEAST_SAMPLES, 1_020)
    calibrator = Calibrator(paths, HandClock(began=NOW))
    await calibrator.refresh(CATALOG)
    known = calibrator.figures
    assert set(known) == {MODEL}
    paths.ledger_file.write_bytes(b"not a database" * 1_000)
    await calibrator.refresh(CATALOG)
    assert calibrator.figures is known


async def test_a_running_daemon_learns_and_forgets_nothing_else(daemon_home: Path) -> None:
    reply = Reply(
        (Say("Done."),), tokens=Tokens(input=2_000, cache_read=0, cache_write=0, cache_write_long=0)
    )
    prompt = "Fix the parser, please. " * 200
    async with daemon_with(daemon_home, reply) as daemon:
        front = daemon.front
        before = front.pipeline
        for _ in range(LEAST_SAMPLES):
            await ask(daemon, MESSAGES, MESSAGES.body(prompt), DIRECT)
        estimate = daemon.record().opening.estimate
        calibrator = Calibrator(daemon.paths, before.books.clock)
        swapped = asyncio.Event()

        def swap(pipeline: Pipeline) -> None:
            front.pipeline = pipeline
            swapped.set()

        task = asyncio.create_task(calibrator.keep(lambda: front.pipeline, swap))
        await asyncio.wait_for(swapped.wait(), 10)
        task.cancel()
        counting = replace(MESSAGES, path="/v1/messages/count_tokens")
        got = await ask(daemon, counting, MESSAGES.body(prompt))
        after = front.pipeline
    assert after.around.circuits is before.around.circuits
    assert after.around.warmth is before.around.warmth
    assert after.books.catalog is after.around.market.catalog
    factor = calibrator.figures[MESSAGES.asked].factor * CATALOG.models[MESSAGES.asked].token_factor
    assert factor == pytest.approx(2_000 / estimate)
    assert got.body == b'{"input_tokens": 2000}'
