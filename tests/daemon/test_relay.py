"""One answer on its way to the client: byte for byte, broken off at every place, and silent for too long."""

import asyncio
import gzip
import json
import re
from pathlib import Path

import pytest
from aiohttp import web

from coderouter_cli.daemon import relay
from coderouter_cli.demo.script import (
    CloseAfter,
    Hang,
    How,
    Raw,
    Reply,
    ReplyQueue,
    Say,
    SeenRequest,
    StreamError,
    Think,
)
from coderouter_cli.domain.exchange import Status
from coderouter_cli.domain.usage import UsageSource
from tests.daemon.kit import CHAT, CLIENTS, MESSAGES, RESPONSES, Client, ask, each_client, events, until
from tests.harness import Daemon, HandClock, daemon_with

FIRST = "The first model's answer, in several pieces of text."
SECOND = "Another model's words."

STREAMS = {
    MESSAGES: (
        b": a comment\n\n"
        b'event: message_start\ndata: {"type":"message_start", "message":{"id":"m1","model" : "%s","role":'
        b'"assistant","content":[],"usage":{"input_tokens":7,"output_tokens":1}}}\n\n'
        b'event: content_block_start\r\ndata: {"type":"content_block_start","index":0,'
        b'"content_block":{"type":"text","text":""}}\r\n\r\n'
        b'event: content_block_delta\ndata:{"type":"content_block_delta","index":0,"delta":'
        b'{"type":"text_delta","text":"caf\\u00e9 \xf0\x9f\x8e\x89 1.0e2"},  "new_field": 1.50}\n\n'
        b'event: something_new\ndata: {"type":"something_new","model":"left alone"}\n\n'
        b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
        b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},'
        b'"usage":{"output_tokens":9}}\n\n'
        b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    ),
    RESPONSES: (
        b'event: response.created\ndata: {"type":"response.created","response":{"id":"r1", "model": "%s",'
        b'"output":[],"status":"in_progress"},"sequence_number":0}\n\n'
        b'event: response.output_item.added\ndata: {"type":"response.output_item.added","output_index":0,'
        b'"item":{"type":"message","id":"i1","role":"assistant","content":[]}}\n\n'
        b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","item_id":"i1",'
        b'"output_index":0,"content_index":0,"delta":"caf\\u00e9 \xf0\x9f\x8e\x89"}\n\n'
        b'event: response.odd\ndata: {"type":"response.odd","model":"left alone"}\n\n'
        b'event: response.output_item.done\ndata: {"type":"response.output_item.done","output_index":0,'
        b'"item":{"type":"message","id":"i1","role":"assistant","content":[{"type":"output_text",'
        b'"text":"caf\\u00e9 \xf0\x9f\x8e\x89"}]}}\n\n'
        b'event: response.completed\ndata: {"type":"response.completed","response":{"id":"r1","model":"%s",'
        b'"status":"completed","output":[],"usage":{"input_tokens":7,"output_tokens":9}}}\n\n'
        b"data: [DONE]\n\n"
    ),
    CHAT: (
        b": keep-alive\n\n"
        b'data: {"id":"c1","object":"chat.completion.chunk","model":"%s" ,"choices":[{"index":0,"delta":'
        b'{"role":"assistant","content":""},"finish_reason":null}]}\n\n'
        b'data: {"id":"c1","choices":[{"index":0,"delta":{"content":"caf\\u00e9 \xf0\x9f\x8e\x89"}}],'
        b'"model":"%s","x":1.50}\n\n'
        b'data: {"id":"c1","model":"%s","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n'
        b'data: {"id":"c1","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":9}}\n\n'
        b"data: [DONE]\n\n"
    ),
}
"""Streams no writer of ours would write: odd spaces, line ends, numbers, events nobody knows."""


MIDDLE = {MESSAGES: 6, RESPONSES: 6, CHAT: 3}
"""After so many events of a provider's stream there is some text, and more to come."""


def named(client: Client, model: str) -> bytes:
    return STREAMS[client].replace(b"%s", model.encode())


def refreshed(daemon: Daemon) -> None:
    """The providers are well again."""
    for circuit in daemon.front.pipeline.around.circuits.values():
        circuit.succeeded()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
@each_client
async def test_a_raw_stream_is_the_providers_but_for_the_name(
    client: Client, size: int, daemon_home: Path
) -> None:
    told = named(client, "the-provider-s-own")
    pieces = [told[at : at + size] for at in range(0, len(told), size)]
    async with daemon_with(daemon_home, lambda _: Raw(pieces), keys=(client.vendor,)) as daemon:
        got = await ask(daemon, client)
        (row,) = daemon.rows()
    assert got.body == named(client, client.asked)
    assert got.headers["content-type"] == "text/event-stream"
    assert (row.fidelity.value, row.status, row.usage_source) == ("raw", Status.DONE, UsageSource.REPORTED)
    assert row.usage is not None
    assert (row.usage.prompt, row.usage.output) == (7, 9)


@each_client
async def test_a_raw_answer_is_the_providers_but_for_the_name(client: Client, daemon_home: Path) -> None:
    whole = {
        MESSAGES: b'{"id":"m1", "type":"message","role":"assistant","model":"%s","content":[{"type":"text",'
        b'"text":"caf\\u00e9"}],"stop_reason":"end_turn", "n":1.50,'
        b'"usage":{"input_tokens":7,"output_tokens":9}}',
        RESPONSES: b'{"id":"r1","object":"response","model" :"%s","status":"completed","output":[{"type":'
        b'"message","id":"i1","role":"assistant","content":[{"type":"output_text","text":"caf\\u00e9"}]}],'
        b'"usage":{"input_tokens":7,"output_tokens":9}}\n',
        CHAT: b'{"id":"c1","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant",'
        b'"content":"caf\\u00e9"},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":9},'
        b'"model":"%s"}',
    }[client]
    body = whole.replace(b"%s", b"the-provider-s-own")
    raw = Raw((body,), content_type="application/json")
    async with daemon_with(daemon_home, lambda _: raw, keys=(client.vendor,)) as daemon:
        got = await ask(daemon, client, client.body(stream=False))
    assert got.body == whole.replace(b"%s", client.asked.encode())


ROADS = [(client, provider) for client in CLIENTS for provider in ("anthropic", "openai", "deepseek")]
each_road = pytest.mark.parametrize(
    ("client", "provider"),
    ROADS,
    ids=[f"{client.format.value}-from-{provider}" for client, provider in ROADS],
)


@each_road
@pytest.mark.parametrize("how", ["cut", "reset", "clean"])
async def test_a_stream_that_breaks_off_at_any_event(
    client: Client, provider: str, how: How, daemon_home: Path
) -> None:
    script, cuts = ReplyQueue(default=Reply((Say(SECOND),))), 0
    async with daemon_with(daemon_home, script, keys=(provider,)) as daemon:
        for shown in range(40):
            refreshed(daemon)
            asked = len(daemon.provider.seen)
            script.add(Reply((Say(FIRST),), fault=CloseAfter(events=shown, how=how)))
            got = await ask(daemon, client)
            record = daemon.record()
            assert (got.status, got.broken) == (200, False)
            text = client.text(got.body)
            assert text == SECOND if record.row.attempts == 2 else FIRST.startswith(text)
            if record.row.status is Status.DONE:
                assert client.finished(got.body)
                assert text in {FIRST, SECOND}
            else:
                cuts += 1
                assert (record.row.status, record.row.http_status) == (Status.CUT, 200)
                assert len(client.errors(got.body)) == 1
                assert client.errors(got.body[got.body[:-2].rindex(b"\n\n") :]), "the error is the last event"
                assert client.endings(got.body) == 0
                assert record.row.usage_source is not None
                assert len(daemon.provider.seen) == asked + 1
            if daemon.provider.seen[-1].events_sent < shown:
                break
        else:
            pytest.fail("the stream never came to its end")
    assert cuts >= 2


@each_road
async def test_an_error_inside_the_stream_reaches_the_client_once(
    client: Client, provider: str, daemon_home: Path
) -> None:
    fault = StreamError(events=MIDDLE[client if provider != "anthropic" else MESSAGES])
    script = ReplyQueue(Reply((Say(FIRST),), fault=fault), default=Reply((Say(SECOND),)))
    async with daemon_with(daemon_home, script, keys=(provider,)) as daemon:
        got = await ask(daemon, client)
        (row,) = daemon.rows()
    assert len(client.errors(got.body)) == 1
    assert FIRST.startswith(client.text(got.body))
    assert client.endings(got.body) == 0
    assert row.status is Status.CUT


@each_client
async def test_a_pause_that_is_too_long_is_an_error_in_the_stream(client: Client, daemon_home: Path) -> None:
    pausing = Reply((Say(FIRST),), fault=Hang(asyncio.Event(), events=MIDDLE[client]))
    async with daemon_with(daemon_home, pausing, config="[limits]\ngap_s = 0.1") as daemon:
        got = await ask(daemon, client)
        record = daemon.record()
    (message,) = client.errors(got.body)
    assert "0.1 seconds" in message
    assert (record.row.status, [a.failure for a in record.attempts]) == (Status.CUT, ["timeout"])


def pings(client: Client, stream: bytes) -> int:
    if client is CHAT:
        return stream.count(b": ping\n\n")
    return sum(event.get("type") in {"ping", "keepalive"} for event in events(stream))


@each_road
@pytest.mark.parametrize("shown", [3, 4], ids=["before content", "in the middle"])
async def test_a_client_that_hears_nothing_is_sent_pings(
    client: Client, provider: str, shown: int, daemon_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PING_AFTER_S", 0.01)
    release, received = asyncio.Event(), bytearray()

    def note(so_far: bytes) -> None:
        received[:] = so_far

    thinking = Reply((Think("Let me see."), Say(FIRST)), fault=Hang(release, events=shown))
    async with daemon_with(daemon_home, thinking, keys=(provider,)) as daemon:
        asking = asyncio.create_task(ask(daemon, client, on_bytes=note))
        await until(lambda: pings(client, bytes(received)) >= 3)
        release.set()
        got = await asking
        (row,) = daemon.rows()
    assert client.finished(got.body)
    assert client.text(got.body) == FIRST
    assert (row.status, row.usage_source) == (Status.DONE, UsageSource.REPORTED)


async def test_waiting_alone_commits_to_no_provider(
    daemon_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DeepSeek sends comments while a request waits in its queue.

    The clock stands still: at its busy hours DeepSeek costs twice as much, and is not asked first.
    """
    monkeypatch.setattr(relay, "PING_AFTER_S", 0.01)
    script = ReplyQueue(default=Reply((Say(SECOND),)))
    script.add(Reply(fault=Hang(asyncio.Event(), events=1)), provider="deepseek")
    config = 'deny_models = ["gpt-6-luna", "gpt-6.1-terra"]\n[limits]\nfirst_event_s = 0.1'
    async with daemon_with(daemon_home, script, config=config, clock=HandClock()) as daemon:
        got = await ask(daemon, CHAT)
        record = daemon.record()
    assert CHAT.finished(got.body)
    assert [(a.provider == "deepseek", a.failure) for a in record.attempts] == [
        (True, "timeout"),
        (False, None),
    ]


GARBLED = b'data: {"type": "content_block_delta", "choices": [{"delta": {"cont\n\n'


def garbled(client: Client, seen: SeenRequest) -> bytes:
    """A provider's stream with an event in its middle that is no JSON."""
    own = next(one for one in CLIENTS if one.format is seen.format)
    told = named(own, "m").replace(b"\r\n", b"\n").split(b"\n\n")
    middle = MIDDLE[own] - 2 if own is not CHAT else MIDDLE[own]
    return b"\n\n".join([*told[:middle], GARBLED.rstrip(b"\n"), *told[middle:]])


@each_client
async def test_a_raw_stream_with_an_event_that_nobody_can_read_goes_on_and_is_marked(
    client: Client, daemon_home: Path
) -> None:
    sent: list[bytes] = []

    def script(seen: SeenRequest) -> Raw:
        sent.append(garbled(client, seen))
        return Raw((sent[0],))

    async with daemon_with(daemon_home, script, keys=(client.vendor,)) as daemon:
        got = await ask(daemon, client)
        record = daemon.record()
    assert got.body == sent[0].replace(b'"m"', json.dumps(client.asked).encode())
    assert (record.row.status, [a.failure for a in record.attempts]) == (Status.DONE, ["unreadable"])
    assert record.row.usage_source is UsageSource.REPORTED


@pytest.mark.parametrize(
    ("client", "provider"), [(MESSAGES, "openai"), (RESPONSES, "anthropic"), (CHAT, "anthropic")]
)
async def test_a_translated_stream_of_which_something_is_lost_ends_in_one_error(
    client: Client, provider: str, daemon_home: Path
) -> None:
    script = ReplyQueue(default=Reply((Say(SECOND),)))
    async with daemon_with(
        daemon_home, lambda seen: Raw((garbled(client, seen),)), keys=(provider,)
    ) as daemon:
        got = await ask(daemon, client)
        record = daemon.record()
    assert len(client.errors(got.body)) == 1
    assert "cannot be read" in client.errors(got.body)[0]
    assert client.endings(got.body) == 0
    assert client.text(got.body)
    assert (record.row.status, [a.failure for a in record.attempts]) == (Status.CUT, ["internal"])
    assert len(script) == 0


@each_client
async def test_a_second_answer_spliced_in_behind_the_first_reaches_nobody(
    client: Client, daemon_home: Path
) -> None:
    stream = named(client, "m")
    async with daemon_with(
        daemon_home, lambda _: Raw((stream + stream.replace(b"1", b"2"),)), keys=(client.vendor,)
    ) as daemon:
        got = await ask(daemon, client)
        (row,) = daemon.rows()
    first = named(client, client.asked)
    comment = first[: first.index(b"\n\n") + 2] if first.startswith(b":") else b""
    assert client.finished(got.body)
    assert got.body == first + comment
    assert row.status is Status.DONE


@each_client
async def test_a_provider_that_keeps_the_connection_open_does_not_keep_the_client(
    client: Client, daemon_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "_REST_S", 0.05)
    lingering = Reply((Say(FIRST),), fault=Hang(asyncio.Event(), events=40))
    async with daemon_with(daemon_home, lingering) as daemon:
        got = await ask(daemon, client)
        (row,) = daemon.rows()
    assert client.finished(got.body)
    assert row.status is Status.DONE


@each_client
async def test_a_flood_without_an_answer_is_given_up(client: Client, daemon_home: Path) -> None:
    comments = b": waiting\n\n" * 6_000
    script = ReplyQueue(Raw([comments] * 400), default=Reply((Say(SECOND),)))
    async with daemon_with(daemon_home, script, config="[limits]\nfirst_event_s = 0.3") as daemon:
        got = await ask(daemon, client)
        record = daemon.record()
    assert client.finished(got.body)
    assert record.attempts[0].failure in {"timeout", "internal", "truncated"}


@each_client
async def test_a_line_without_end_is_given_up(client: Client, daemon_home: Path) -> None:
    script = ReplyQueue(Raw([b"data: " + b"x" * 1_000_000] * 20), default=Reply((Say(SECOND),)))
    async with daemon_with(daemon_home, script) as daemon:
        got = await ask(daemon, client)
        record = daemon.record()
        assert daemon.provider.seen[0].bytes_sent < 20_000_000
    assert client.finished(got.body)
    assert record.attempts[0].failure == "internal"


@each_client
async def test_an_answer_that_is_no_json_is_no_answer(client: Client, daemon_home: Path) -> None:
    script = ReplyQueue(Raw((b'{"half": ',), content_type="application/json"), default=Reply((Say(SECOND),)))
    async with daemon_with(daemon_home, script) as daemon:
        got = await ask(daemon, client, client.body(stream=False))
    assert client.whole_text(got.body) == SECOND
    assert json.loads(got.body)["model"] == client.asked


@pytest.mark.parametrize(("status", "stream"), [(200, False), (200, True), (529, True)])
async def test_what_is_compressed_against_our_wish(status: int, *, stream: bool, daemon_home: Path) -> None:
    """Whole bodies are read all the same; of an error the client must see the words, without our key."""
    words = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy, dummy-anthropic"}}
    answer = {"type": "message", "role": "assistant", "content": [{"type": "text", "text": FIRST}]}
    told = {**answer, "id": "m", "model": "m", "stop_reason": "end_turn"} if status == 200 else words

    async def compressed(_: web.Request) -> web.Response:
        body = gzip.compress(json.dumps(told).encode())
        return web.Response(status=status, body=body, headers={"content-encoding": "gzip"})

    app = web.Application()
    app.router.add_post("/v1/messages", compressed)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    roots = {"anthropic": f"http://127.0.0.1:{runner.addresses[0][1]}"}
    try:
        async with daemon_with(daemon_home, Reply(), keys=("anthropic",), roots=roots) as daemon:
            asked = MESSAGES.body(stream=stream)
            got = await ask(daemon, MESSAGES, asked, {"x-coderouter-lane": "direct"})
    finally:
        await runner.cleanup()
    assert b"dummy-anthropic" not in got.body
    if status != 200:
        assert (got.status, json.loads(got.body)["error"]["message"]) == (status, "Busy, [redacted]")
    elif stream:
        assert b"compressed its stream" in got.body
    else:
        assert MESSAGES.whole_text(got.body) == FIRST


async def test_many_streams_at_once_never_mix(daemon_home: Path) -> None:
    def echo(seen: SeenRequest) -> Reply:
        (tag,) = set(re.findall(rb"tag-\d+-", seen.body))
        return Reply((Say(tag.decode() * 30),), chunk=5, slice_size=11 if seen.number % 2 else None)

    async with daemon_with(daemon_home, echo) as daemon:
        clients = CLIENTS * 20
        asking = [ask(daemon, one, one.body(f"Repeat tag-{n}-")) for n, one in enumerate(clients)]
        answers = await asyncio.gather(*asking)
        assert {row.status for row in daemon.rows()} == {Status.DONE}
    for number, (client, got) in enumerate(zip(clients, answers, strict=True)):
        assert client.finished(got.body)
        assert client.text(got.body) == f"tag-{number}-" * 30
