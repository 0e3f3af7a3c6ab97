"""How long Claude Code's ``/context`` waits: 27 counts at once, of bodies up to 150 kB (measured, 2.1.330).

``pytest -o log_cli=true --log-cli-level=INFO tests/bench`` shows the figures; nothing depends on them.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from coderouter_cli.demo.script import Reply
from tests.daemon.kit import MESSAGES, ask
from tests.harness import Daemon, daemon_with

log = logging.getLogger(__name__)

COUNT = replace(MESSAGES, path="/v1/messages/count_tokens?beta=true")
BURST = 27
LARGEST = 150_000
LINE = "    12\u2192    return self._waiting.setdefault(event.key, []).append(event)\n"


def bodies() -> list[bytes]:
    """Growing prompts of code, the last as large as they come."""
    prompts = ((LINE * (LARGEST // len(LINE)))[: LARGEST * number // BURST] for number in range(1, BURST + 1))
    return [json.dumps(COUNT.body(prompt, max_tokens=None)).encode() for prompt in prompts]


async def longest_pause(until: asyncio.Event) -> float:
    """Seconds the event loop was held up for at most, meanwhile."""
    longest, last = 0.0, time.perf_counter()
    while not until.is_set():
        await asyncio.sleep(0)
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
    return longest


async def burst(daemon: Daemon, sent: list[bytes]) -> tuple[list[int], float, float]:
    """The counts, the seconds they took in all, and the loop's longest pause."""
    over = asyncio.Event()
    watch = asyncio.create_task(longest_pause(over))
    began = time.perf_counter()
    got = await asyncio.gather(*(ask(daemon, COUNT, body) for body in sent))
    took = time.perf_counter() - began
    over.set()
    return [json.loads(one.body)["input_tokens"] for one in got], took, await watch


async def test_a_burst_of_counts(daemon_home: Path, record_property: Callable[[str, object], None]) -> None:
    sent = bodies()
    async with daemon_with(daemon_home, Reply()) as daemon:
        counts, took, pause = await burst(daemon, sent)
        assert (daemon.rows(), daemon.provider.seen) == ([], [])
    assert counts == sorted(counts)
    assert len(counts) == BURST
    figures = BURST, sum(map(len, sent)) / 1_000, took * 1_000, pause * 1_000
    log.info("%d counts of %.0f kB in %.0f ms, the loop's longest pause %.0f ms", *figures)
    record_property("milliseconds", round(took * 1_000))
