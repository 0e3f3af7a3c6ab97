"""Answers in one body: as they were asked for, and in place of a stream; and streams in place of one."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.daemon.whole import says_nothing
from coderouter_cli.demo.script import Raw, Reply, ReplyQueue, Say, SeenRequest
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.exchange import Status
from coderouter_cli.domain.usage import UsageSource
from tests.daemon.kit import CHAT, CLIENTS, MESSAGES, RESPONSES, Client, Got, ask, each_client, events
from tests.harness import Daemon, daemon_with

SECOND = "Another model's words."
SAID = "Let me look."
ARGUMENTS = {"command": "ls"}
SCHEMA = {"type": "object", "properties": {"command": {"type": "string"}}, "required": ["command"]}
TOOLS: dict[FormatName, list[JsonObject]] = {
    MESSAGES.format: [{"name": "Bash", "input_schema": SCHEMA}],
    RESPONSES.format: [{"type": "function", "name": "Bash", "parameters": SCHEMA, "strict": False}],
    CHAT.format: [{"type": "function", "function": {"name": "Bash", "parameters": SCHEMA}}],
}
ANSWERS: dict[FormatName, JsonObject] = {
    MESSAGES.format: {
        "id": "m1",
        "type": "message",
        "role": "assistant",
        "model": "the-provider-s-own",
        "content": [
            {"type": "text", "text": SAID},
            {"type": "tool_use", "id": "t1", "name": "Bash", "input": ARGUMENTS},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 7, "output_tokens": 9},
    },
    RESPONSES.format: {
        "id": "r1",
        "object": "response",
        "model": "the-provider-s-own",
        "status": "completed",
        "output": [
            {
                "type": "message",
                "id": "i1",
                "role": "assistant",
                "content": [{"type": "output_text", "text": SAID}],
            },
            {
                "type": "function_call",
                "id": "f1",
                "call_id": "t1",
                "name": "Bash",
                "arguments": json.dumps(ARGUMENTS),
            },
        ],
        "usage": {"input_tokens": 7, "output_tokens": 9},
    },
    CHAT.format: {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "the-provider-s-own",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": SAID,
                    "tool_calls": [
                        {
                            "id": "t1",
                            "type": "function",
                            "function": {"name": "Bash", "arguments": json.dumps(ARGUMENTS)},
                        }
                    ],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {"prompt_tokens": 7, "completion_tokens": 9},
    },
}
STREAMS: dict[FormatName, tuple[JsonObject, ...]] = {
    MESSAGES.format: (
        {
            "type": "message_start",
            "message": {"id": "m1", "model": "m", "usage": {"input_tokens": 7, "output_tokens": 1}},
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": SAID}},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}},
        {"type": "message_stop"},
    ),
    RESPONSES.format: (
        {"type": "response.created", "response": {"id": "r1", "model": "m", "output": []}},
        {
            "type": "response.output_item.done",
            "output_index": 0,
            "item": ANSWERS[RESPONSES.format]["output"][0],
        },
        {
            "type": "response.completed",
            "response": {
                "id": "r1",
                "status": "completed",
                "output": [],
                "usage": {"input_tokens": 7, "output_tokens": 9},
            },
        },
    ),
    CHAT.format: (
        {"id": "c1", "model": "m", "choices": [{"index": 0, "delta": {"content": SAID}}]},
        {"id": "c1", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
        {"id": "c1", "choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 9}},
    ),
}

ROADS = [(client, provider) for client in CLIENTS for provider in ("anthropic", "openai", "deepseek")]
each_road = pytest.mark.parametrize(
    ("client", "provider"),
    ROADS,
    ids=[f"{client.format.value}-from-{provider}" for client, provider in ROADS],
)
each_guise = pytest.mark.parametrize(
    ("content_type", "before"),
    [("application/json", b""), ("text/event-stream", b"\xef\xbb\xbf \r\n"), ("text/plain", b"\n\n\n")],
    ids=["json", "event-stream", "plain"],
)


def with_tools(client: Client, **more: Any) -> JsonObject:
    return client.body(tools=TOOLS[client.format], **more)


def sse(told: Iterable[JsonObject]) -> bytes:
    return b"".join(b"data: %s\n\n" % json.dumps(event).encode() for event in told)


def calls(client: Client, stream: bytes) -> list[tuple[str, Any]]:
    """The calls of a streamed answer, as its client reads them."""
    told = list(events(stream))
    if client is RESPONSES:
        items = told[-1]["response"]["output"]
        found = [(one["name"], one["arguments"]) for one in items if one["type"] == "function_call"]
    elif client is CHAT:
        deltas = [one["choices"][0]["delta"] for one in told if one["choices"]]
        functions = [call["function"] for delta in deltas for call in delta.get("tool_calls", ())]
        text = "".join(function.get("arguments", "") for function in functions)
        found = [(function["name"], text) for function in functions if "name" in function]
    else:
        starts = [one["content_block"] for one in told if one["type"] == "content_block_start"]
        text = "".join(one.get("delta", {}).get("partial_json", "") for one in told)
        found = [(block["name"], text) for block in starts if block["type"] == "tool_use"]
    return [(name, json.loads(arguments)) for name, arguments in found]


def used(client: Client, stream: bytes) -> tuple[int, int]:
    """The usage of a streamed answer, as its client reads it."""
    told = list(events(stream))
    if client is RESPONSES:
        usage = told[-1]["response"]["usage"]
    else:
        usage = [one["usage"] for one in told if one.get("usage")][-1]
    if client is CHAT:
        return usage["prompt_tokens"], usage["completion_tokens"]
    return usage["input_tokens"], usage["output_tokens"]


def booked(daemon: Daemon) -> None:
    (row,) = daemon.rows()
    assert (row.status, row.usage_source) == (Status.DONE, UsageSource.REPORTED)
    assert row.usage is not None
    assert (row.usage.prompt, row.usage.output) == (7, 9)


@each_road
@each_guise
async def test_a_whole_answer_to_a_client_that_streams_is_a_stream(
    client: Client, provider: str, content_type: str, before: bytes, daemon_home: Path
) -> None:
    def whole(seen: SeenRequest) -> Raw:
        assert seen.format is not None
        assert seen.streams
        told = before + json.dumps(ANSWERS[seen.format], indent=2).encode()
        return Raw([told[at : at + 50] for at in range(0, len(told), 50)], content_type=content_type)

    async with daemon_with(daemon_home, whole, keys=(provider,)) as daemon:
        got = await ask(daemon, client, with_tools(client))
        booked(daemon)
    assert got.headers["content-type"] == "text/event-stream"
    assert client.finished(got.body)
    assert client.text(got.body) == SAID
    assert calls(client, got.body) == [("Bash", ARGUMENTS)]
    assert used(client, got.body) == (7, 9)
    assert b"the-provider-s-own" not in got.body


@each_road
@pytest.mark.parametrize("content_type", ["text/event-stream", "application/json"])
async def test_a_stream_to_a_client_that_does_not_stream_is_one_answer(
    client: Client, provider: str, content_type: str, daemon_home: Path
) -> None:
    def streamed(seen: SeenRequest) -> Raw:
        assert seen.format is not None
        assert not seen.streams
        return Raw((b": waiting\n\n", sse(STREAMS[seen.format])), content_type=content_type)

    async with daemon_with(daemon_home, streamed, keys=(provider,)) as daemon:
        got = await ask(daemon, client, client.body(stream=False))
        booked(daemon)
    assert client.whole_text(got.body) == SAID
    value = json.loads(got.body)
    assert value["model"] == client.asked


OVERLOADED = {"type": "error", "error": {"type": "overloaded_error", "message": "Busy, said dummy-key"}}
LIMITED = {"error": {"message": "Slow down, dummy-key", "type": "rate_limit_error", "code": 429}}


def scripted(error: JsonObject, *, as_stream: bool) -> Raw:
    if as_stream:
        return Raw((sse([error]),))
    return Raw((json.dumps(error).encode(),), content_type="application/json")


@each_client
@pytest.mark.parametrize("error", [OVERLOADED, LIMITED], ids=["overloaded", "limited"])
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
@pytest.mark.parametrize("as_stream", [True, False], ids=["told as a stream", "told whole"])
async def test_an_error_with_status_200_is_one_whichever_way_it_comes(
    client: Client, error: JsonObject, stream: bool, as_stream: bool, daemon_home: Path
) -> None:
    script = ReplyQueue(scripted(error, as_stream=as_stream), default=Reply((Say(SECOND),)))
    async with daemon_with(daemon_home, script) as daemon:
        got = await ask(daemon, client, client.body(stream=stream))
        record = daemon.record()
    text = client.text(got.body) if stream else client.whole_text(got.body)
    assert text == SECOND
    assert record.row.status is Status.DONE
    assert record.attempts[0].failure == ("overloaded" if error is OVERLOADED else "rate_limited")
    assert record.attempts[0].http_status == 200


FIRST_CONTENT = {MESSAGES.format: 3, RESPONSES.format: 2, CHAT.format: 1}
"""After so many events of a stream there is some content."""


def echo(seen: SeenRequest) -> str:
    return f"no such thing for {seen.key}"


def told_error(seen: SeenRequest) -> JsonObject:
    return {"type": "error", "error": {"type": "overloaded_error", "message": echo(seen), "code": echo(seen)}}


def failing_whole(seen: SeenRequest) -> Raw:
    return Raw((json.dumps(told_error(seen)).encode(),), content_type="application/json")


def failing_at_once(seen: SeenRequest) -> Raw:
    return Raw((sse([told_error(seen)]),))


def failing_later(seen: SeenRequest) -> Raw:
    assert seen.format is not None
    content = STREAMS[seen.format][: FIRST_CONTENT[seen.format]]
    told = sse([*content, told_error(seen)])
    half = len(told) - 40
    return Raw((told[:half], told[half:]))


@each_road
@pytest.mark.parametrize("script", [failing_whole, failing_at_once, failing_later])
async def test_no_error_shows_the_key_that_the_provider_repeats(
    client: Client, provider: str, script: Any, daemon_home: Path
) -> None:
    async with daemon_with(daemon_home, script, keys=(provider,)) as daemon:
        got: Got = await ask(daemon, client)
        whole = await ask(daemon, client, client.body(stream=False))
        seen = daemon.provider.seen[0]
        kept = b"".join(file.read_bytes() for file in daemon.paths.ledger_file.parent.glob("ledger*"))
    assert seen.key is not None
    assert seen.key.encode() not in got.body + whole.body + kept
    assert b"no such thing for [redacted]" in got.body
    assert b"no such thing for [redacted]" in whole.body


@each_client
async def test_content_is_never_searched_for_keys(client: Client, daemon_home: Path) -> None:
    def talkative(seen: SeenRequest) -> Reply:
        return Reply((Say(f"Your key is {seen.key}."),), chunk=100)

    async with daemon_with(daemon_home, talkative, keys=(client.vendor,)) as daemon:
        got = await ask(daemon, client)
    assert client.text(got.body) == f"Your key is dummy-{client.vendor}."


@pytest.mark.parametrize("body", [b"[1]", b"<html>", b"null", b"", b" \n"])
@each_client
async def test_a_body_that_is_no_answer_is_none(client: Client, body: bytes, daemon_home: Path) -> None:
    script = ReplyQueue(Raw((body,), content_type="application/json"), default=Reply((Say(SECOND),)))
    async with daemon_with(daemon_home, script) as daemon:
        got = await ask(daemon, client)
        record = daemon.record()
    assert client.text(got.body) == SECOND
    assert record.attempts[0].failure in {"internal", "truncated"}


EMPTY: dict[FormatName, JsonObject] = {
    MESSAGES.format: {"content": []},
    RESPONSES.format: {"output": []},
    CHAT.format: {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": None}, "finish_reason": "stop"}]
    },
}
STOPS = {MESSAGES.format: {"stop_reason": "end_turn"}}
BLOCKS: tuple[JsonObject, ...] = (
    {
        "type": "server_tool_use",
        "id": "srvtoolu_1",
        "name": "bash_code_execution",
        "input": {"command": "ls"},
    },
    {
        "type": "bash_code_execution_tool_result",
        "tool_use_id": "srvtoolu_1",
        "content": {"type": "bash_code_execution_result", "stdout": "a.py", "return_code": 0, "content": []},
    },
)


@each_road
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
async def test_an_answer_with_nothing_in_it_is_one(
    client: Client, provider: str, stream: bool, daemon_home: Path
) -> None:
    def nothing(seen: SeenRequest) -> Raw:
        assert seen.format is not None
        told = {**ANSWERS[seen.format], **EMPTY[seen.format], **STOPS.get(seen.format, {})}
        return Raw((json.dumps(told).encode(),), content_type="application/json")

    async with daemon_with(daemon_home, nothing, keys=(provider,)) as daemon:
        got = await ask(daemon, client, client.body(stream=stream))
        booked(daemon)
    if stream:
        assert client.finished(got.body)
        assert client.text(got.body) == ""
    else:
        assert got.status == 200
        assert client.whole_text(got.body) in {"", "None"}


@each_client
@pytest.mark.parametrize("reason", ["pause_turn", "end_turn"])
async def test_what_a_vendor_ran_itself_is_shown_where_it_can_be(
    client: Client, reason: str, daemon_home: Path
) -> None:
    starts = [
        {"type": "content_block_start", "index": 9 + n, "content_block": b} for n, b in enumerate(BLOCKS)
    ]
    stops = [{"type": "content_block_stop", "index": 9 + n} for n, _ in enumerate(BLOCKS)]
    ran = [event for pair in zip(starts, stops, strict=True) for event in pair]
    first, *rest = STREAMS[MESSAGES.format]
    told = sse([first, *ran, *rest]).replace(b"end_turn", reason.encode())
    async with daemon_with(daemon_home, lambda _: Raw((told,)), keys=("anthropic",)) as daemon:
        got = await ask(daemon, client)
        booked(daemon)
    assert client.finished(got.body)
    assert client.text(got.body) == SAID
    assert (b"bash_code_execution" in got.body) == (client is MESSAGES)
    assert (b"pause_turn" in got.body) == (client is MESSAGES and reason == "pause_turn")


@pytest.mark.parametrize("choices", [[], None, [{"index": 1, "message": {}}]])
@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
async def test_an_answer_without_a_choice_is_none(choices: Any, stream: bool, daemon_home: Path) -> None:
    told = {**ANSWERS[CHAT.format], "choices": choices}
    raw = Raw((sse([told]) + b"data: [DONE]\n\n",)) if stream else Raw((json.dumps(told).encode(),))
    script = ReplyQueue(raw, default=Reply((Say(SECOND),)))
    async with daemon_with(daemon_home, script, keys=("openai",)) as daemon:
        got = await ask(daemon, CHAT, CHAT.body(stream=stream))
        record = daemon.record()
    assert (CHAT.text(got.body) if stream else CHAT.whole_text(got.body)) == SECOND
    assert record.attempts[0].failure == ("truncated" if stream else "internal")


@pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])
async def test_of_several_choices_the_first_is_read_and_all_are_relayed(
    stream: bool, daemon_home: Path
) -> None:
    choices = [
        {"index": n, "message": {"role": "assistant", "content": word}, "finish_reason": "stop"}
        for n, word in ((1, "Not this one."), (0, SAID))
    ]
    told = {**ANSWERS[CHAT.format], "choices": choices}
    later = {"id": "c1", "choices": [{"index": 1, "delta": {"content": " Nor this."}}]}
    raw = Raw((sse([told, later]) + b"data: [DONE]\n\n",)) if stream else Raw((json.dumps(told).encode(),))
    async with daemon_with(daemon_home, lambda _: raw, keys=("openai",)) as daemon:
        got = await ask(daemon, CHAT, CHAT.body(stream=stream))
        booked(daemon)
    assert b"Not this one." in got.body
    assert SAID.encode() in got.body
    assert (b"Nor this." in got.body) == stream
    assert not stream or CHAT.finished(got.body)


def test_blanks_and_half_a_mark_tell_nothing_yet() -> None:
    assert all(map(says_nothing, (b"", b"\xef\xbb", b"\xef\xbb\xbf", b"\xef\xbb\xbf \r\n", b"\t")))
    assert not any(map(says_nothing, (b"{", b"\n:", b"\xef\xbb\xbfd", b"\xef\xbbx")))
