"""Fixtures for every test: a scripted provider, and the queue it answers from.

At the end of a run with real clients their table is printed.
"""

from collections.abc import AsyncIterator
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import settings

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import Reply, ReplyQueue
from tests.real import table

# A shared machine stalls at random, which says nothing about the code: examples have no time limit.
settings.register_profile("house", deadline=None)
settings.load_profile("house")


@pytest.fixture
def replies() -> ReplyQueue:
    """What `provider` answers, first in, first out; "Done." when nothing is queued."""
    return ReplyQueue(default=Reply())


@pytest.fixture
async def provider(replies: ReplyQueue) -> AsyncIterator[ScriptedProvider]:
    """A running scripted provider that stands for Anthropic, OpenAI and DeepSeek."""
    async with ScriptedProvider(replies) as running:
        yield running


@pytest.fixture
def daemon_home(tmp_path: Path) -> Path:
    """A home for a daemon, private as it must be."""
    home = tmp_path / "coderouter"
    home.mkdir(mode=0o700)
    return home


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what the real clients did, when any ran; under xdist this is the process that collects."""
    cells = table.cells_of(chain.from_iterable(terminalreporter.stats.values()))
    if cells:
        terminalreporter.section("real clients")
        for line in table.lines(cells):
            terminalreporter.write_line(line)
