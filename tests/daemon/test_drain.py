"""How an exchange ends when the daemon cannot wait for it any longer."""

import asyncio
import json
from pathlib import Path

import pytest

from coderouter_cli.daemon.drain import STOPPED, Drain
from coderouter_cli.demo.script import Hang, Reply, Say
from coderouter_cli.domain.exchange import Status
from coderouter_cli.providers.contract import AttemptFailedError
from tests.daemon.kit import CHAT, Client, ask, each_client, until
from tests.harness import daemon_with

TEXT = "An answer of several words, in more than one piece."


@each_client
@pytest.mark.parametrize("provider", ["anthropic", "openai", "deepseek"])
async def test_an_answer_that_is_not_complete_ends_in_one_error_of_the_clients_format(
    client: Client, provider: str, daemon_home: Path
) -> None:
    events = 3 if client is CHAT and provider != "anthropic" else 6
    hanging = Reply((Say(TEXT),), fault=Hang(asyncio.Event(), events=events))
    received = bytearray()

    def note(so_far: bytes) -> None:
        received[:] = so_far

    async with daemon_with(daemon_home, hanging, keys=(provider,)) as daemon:
        asking = asyncio.create_task(ask(daemon, client, on_bytes=note))
        await until(lambda: bool(client.text(bytes(received))))
        daemon.front.pipeline.drain.end()
        got = await asking
        (row,) = daemon.rows()
        assert len(daemon.provider.generations()) == 1
    assert (got.status, got.broken) == (200, False)
    assert client.errors(got.body) == [STOPPED.message]
    assert client.endings(got.body) == 0
    assert TEXT.startswith(client.text(got.body))
    assert (row.status, row.http_status) == (Status.CUT, 200)
    assert row.usage is not None


async def test_an_answer_that_is_complete_is_not_undone(daemon_home: Path) -> None:
    """A Chat stream that has said why it stopped and what it used lacks nothing but ``[DONE]``."""
    hanging, received = Reply((Say("Hi."),), fault=Hang(asyncio.Event(), events=4)), bytearray()
    async with daemon_with(daemon_home, hanging, keys=("openai",)) as daemon:
        asking = asyncio.create_task(ask(daemon, CHAT, on_bytes=received.extend))
        await until(lambda: b'"usage":{' in received.replace(b" ", b""))
        daemon.front.pipeline.drain.end()
        got = await asking
        (row,) = daemon.rows()
    assert CHAT.finished(got.body)
    assert row.status is Status.DONE


@each_client
@pytest.mark.parametrize("shown", [None, 0])
@pytest.mark.parametrize("stream", [True, False])
async def test_before_any_content_the_client_is_asked_to_come_again(
    client: Client, shown: int | None, stream: bool, daemon_home: Path
) -> None:
    hanging = Reply((Say(TEXT),), fault=Hang(asyncio.Event(), events=shown))
    async with daemon_with(daemon_home, hanging) as daemon:
        asking = asyncio.create_task(ask(daemon, client, client.body(stream=stream)))
        await daemon.provider.wait_for(1)
        await until(lambda: daemon.provider.seen[0].status == 200 or shown is None)
        daemon.front.pipeline.drain.end()
        got = await asking
        (row,) = daemon.rows()
        assert len(daemon.provider.generations()) == 1, "nobody else is asked any more"
    assert got.status in {503, 529}
    assert got.headers["x-should-retry"] == "true"
    assert json.loads(got.body)["error"]["message"] == STOPPED.message
    assert row.status is Status.FAILED


async def test_an_end_is_told_once_and_a_client_that_leaves_is_none() -> None:
    drain, entered = Drain(), asyncio.Event()
    told: list[str] = []

    async def exchange() -> None:
        with drain.running():
            try:
                with drain.told():
                    entered.set()
                    await asyncio.Event().wait()
            except AttemptFailedError as error:
                told.append(error.failure.message)
                await asyncio.sleep(0)

    ended, left = asyncio.create_task(exchange()), asyncio.create_task(exchange())
    await entered.wait()
    left.cancel()
    await asyncio.wait([left])
    assert left.cancelled()
    drain.end()
    drain.end()
    await ended
    assert told == [STOPPED.message]
    assert drain.over


async def test_what_begins_after_the_end_is_not_ended_again() -> None:
    drain = Drain()
    drain.end()
    with drain.running(), drain.told():
        await asyncio.sleep(0)
