"""kill -9 of the daemon in mid-stream: nothing that reached a provider is missing from the books."""

import asyncio
import json
import os
import signal

import aiohttp
import psutil
import pytest

from coderouter_cli.demo.script import Hang, Reply, Say
from coderouter_cli.domain.money import Picodollars, usd_string
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.system.local_token import load_token
from coderouter_cli.system.paths import Paths
from tests.real.conftest import Machine

BODY = {
    "model": "claude-opus-5-5",
    "max_tokens": 1000,
    "stream": True,
    "messages": [{"role": "user", "content": "Fix the failing test in parser.py"}],
}


def paths_of(machine: Machine) -> Paths:
    return Paths.from_environ(machine.environment)


async def ask(machine: Machine, session: aiohttp.ClientSession) -> aiohttp.ClientResponse:
    """One streamed request, as a client sends it."""
    paths = paths_of(machine)
    port = json.loads(paths.daemon_file.read_text())["port"]
    token = load_token(paths.token_file)
    assert token is not None
    headers = {"authorization": f"Bearer {token.reveal()}"}
    return await session.post(f"http://127.0.0.1:{port}/v1/messages", json=BODY, headers=headers)


@pytest.mark.parametrize("machine", [("anthropic",)], indirect=True)
@pytest.mark.parametrize("events", [4, 6, 9])
async def test_a_stream_that_was_cut_is_in_the_books(machine: Machine, events: int) -> None:
    await machine.init("claude-code")
    release = asyncio.Event()
    cut = Reply((Say("word " * 60),), fault=Hang(release, events=events))
    machine.provider.script = lambda _: cut
    paths = paths_of(machine)
    async with aiohttp.ClientSession() as session:
        answer = await ask(machine, session)
        assert answer.status == 200, "content has begun to flow"
        daemon = json.loads(paths.daemon_file.read_text())["pid"]
        os.kill(daemon, signal.SIGKILL)
        with pytest.raises(aiohttp.ClientError):
            await answer.read()
    release.set()
    await asyncio.to_thread(
        psutil.wait_procs, [psutil.Process(daemon)] if psutil.pid_exists(daemon) else [], 5
    )

    machine.provider.script = lambda _: Reply()
    await machine.coderouter("start")
    async with aiohttp.ClientSession() as session:
        again = await ask(machine, session)
        assert (again.status, b"Done." in await again.read()) == (200, True)

    await machine.coderouter(
        "stop"
    )  # closes the books: an answer reaches its client before its row is closed
    first, second = machine.rows()
    assert (first["status"], first["usage_source"], second["status"]) == ("cut", "partial", "done")
    assert first["input_tokens"] > 0
    assert first["cost"] > 0
    report, sums = await machine.coderouter_json("report"), LedgerReader(paths).totals()
    assert report["requests"] == sums["rows"] == 2
    assert report["statuses"] == {"cut": 1, "done": 1}
    assert report["spend"]["actual_usd"] == usd_string(Picodollars(first["cost"] + second["cost"]))
    assert report["spend"]["actual_usd"] == usd_string(Picodollars(sums["cost"]))
