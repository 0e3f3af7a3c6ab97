"""Every fault does on the wire what it says, and the provider notices who leaves."""

import asyncio

import aiohttp
import pytest

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import (
    CloseAfter,
    CloseBeforeHeaders,
    Hang,
    HttpError,
    Raw,
    Reply,
    ReplyQueue,
    Say,
    StreamError,
)
from tests.demo.talk import MINIMAL, opened, send

STREAM = {name: body | {"stream": True} for name, body in MINIMAL.items()}
LONG = Reply((Say("A text of some length that takes several deltas to say."),), chunk=8)


def with_fault(fault: CloseAfter | CloseBeforeHeaders | Hang | StreamError) -> Reply:
    return Reply(LONG.pieces, chunk=8, fault=fault)


async def whole_body(provider: ScriptedProvider, surface: str) -> bytes:
    async with opened(provider, surface, STREAM[surface]) as response:
        return await response.read()


@pytest.mark.parametrize("reset", [False, True])
async def test_no_headers_at_all(provider: ScriptedProvider, replies: ReplyQueue, *, reset: bool) -> None:
    replies.add(with_fault(CloseBeforeHeaders(reset=reset)))
    with pytest.raises(aiohttp.ClientConnectionError):
        await whole_body(provider, "messages")
    assert not provider.seen[0].disconnected


@pytest.mark.parametrize("surface", list(MINIMAL))
async def test_a_stream_cut_after_some_events(
    provider: ScriptedProvider, replies: ReplyQueue, surface: str
) -> None:
    replies.add(LONG, with_fault(CloseAfter(events=3)), with_fault(CloseAfter(events=3, how="clean")))
    events = (await whole_body(provider, surface)).split(b"\n\n")
    assert len(events) > 6
    async with opened(provider, surface, STREAM[surface]) as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
    clean = await whole_body(provider, surface)
    assert clean.count(b"\n\n") == 3
    assert [seen.events_sent for seen in provider.seen[1:]] == [3, 3]


async def test_a_body_cut_after_some_bytes(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(with_fault(CloseAfter(size=40, how="clean")))
    assert len(await whole_body(provider, "messages")) == 40
    replies.add(with_fault(CloseAfter(size=40)))
    with pytest.raises(aiohttp.ClientPayloadError):
        await send(provider, "messages", MINIMAL["messages"])
    assert provider.seen[-1].bytes_sent == 40


async def test_a_reset(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(with_fault(CloseAfter(events=2, how="reset")))
    async with opened(provider, "messages", STREAM["messages"]) as response:
        with pytest.raises((aiohttp.ClientPayloadError, aiohttp.ClientOSError)):
            await response.read()


@pytest.mark.parametrize("events", [None, 0, 2])
async def test_hanging_until_released(
    provider: ScriptedProvider, replies: ReplyQueue, events: int | None
) -> None:
    release, reached = asyncio.Event(), asyncio.Event()
    held: list[bool] = []

    async def pace(number: int) -> None:
        held.append(not release.is_set())
        if number + 1 == events:
            reached.set()

    replies.add(LONG, Reply(LONG.pieces, chunk=8, pace=pace, fault=Hang(release, events)))
    expected = (await whole_body(provider, "responses")).count(b"\n\n")
    task = asyncio.create_task(whole_body(provider, "responses"))
    await (reached.wait() if events else provider.wait_for(2))
    assert not task.done()
    release.set()
    assert (await task).count(b"\n\n") == expected
    assert held == [True] * (events or 0) + [False] * (expected - (events or 0))


@pytest.mark.parametrize("events", [None, 2])
async def test_a_client_that_leaves_is_noticed(
    provider: ScriptedProvider, replies: ReplyQueue, events: int | None
) -> None:
    replies.add(with_fault(Hang(asyncio.Event(), events)))
    task = asyncio.create_task(whole_body(provider, "chat"))
    await provider.wait_for(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(1):
        await provider.seen[0].done.wait()
    assert provider.seen[0].disconnected


@pytest.mark.parametrize("surface", list(MINIMAL))
async def test_an_error_instead_of_the_rest(
    provider: ScriptedProvider, replies: ReplyQueue, surface: str
) -> None:
    replies.add(with_fault(StreamError(events=2)))
    events = (await whole_body(provider, surface)).strip().split(b"\n\n")
    assert len(events) == 3
    assert b"overloaded_error" in events[2]


async def test_an_error_in_the_stream_without_a_stream(
    provider: ScriptedProvider, replies: ReplyQueue
) -> None:
    replies.add(with_fault(StreamError(message="Too much.")))
    status, body = await send(provider, "messages", MINIMAL["messages"])
    assert (status, body["error"]["message"]) == (529, "Too much.")


@pytest.mark.parametrize("size", [1, 7, 64])
async def test_slicing_changes_no_byte(provider: ScriptedProvider, replies: ReplyQueue, size: int) -> None:
    replies.add(Reply(LONG.pieces, slice_size=size))
    body = await whole_body(provider, "messages")
    assert provider.seen[0].bytes_sent == len(body)
    assert body.endswith(b'event: message_stop\ndata: {"type":"message_stop"}\n\n')


async def test_every_write_waits_for_the_pace(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    paced: list[int] = []

    async def pace(number: int) -> None:
        paced.append(number)

    replies.add(Reply(LONG.pieces, pace=pace))
    body = await whole_body(provider, "messages")
    assert paced == list(range(body.count(b"\n\n")))


async def test_raw_bytes(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(Raw((b"<html>", b"busy"), 502, "text/html", (("retry-after", "1"),)))
    async with opened(provider, "messages", MINIMAL["messages"]) as response:
        assert (response.status, response.content_type) == (502, "text/html")
        assert response.headers["retry-after"] == "1"
        assert await response.read() == b"<html>busy"


async def test_an_error_with_a_body_of_its_own(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(HttpError(500, body=b"not json"))
    async with opened(provider, "messages", MINIMAL["messages"]) as response:
        assert (response.status, await response.read()) == (500, b"not json")
