"""Streams for clients, read back by the SDK that clients use."""

import json
from dataclasses import replace

import httpx2
import openai
import pytest
from openai.types.chat import ChatCompletionChunk

from coderouter_cli.domain.conversation import (
    FormatName,
    Image,
    Part,
    Reasoning,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolKind,
    Unknown,
)
from coderouter_cli.domain.events import (
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Ping,
    Started,
    Stopped,
    StopReason,
    UsageSeen,
)
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT
from tests.wire.formats.openai_chat.kit import context, decode
from tests.wire.grammar import parts_of, usage_of

USAGE = UsageSeen(
    Usage(input=20, cache_read=70, cache_write=8, cache_write_long=2, output=30, reasoning=12), {}, final=True
)
END = Stopped(StopReason.END_TURN)


def said(key: int, part: Part, *texts: str) -> list[Event]:
    """A whole part."""
    skeleton: Part = part
    if isinstance(part, ToolCall):
        skeleton = replace(part, arguments="")
    elif isinstance(part, Text | Reasoning | Refusal):
        skeleton = replace(part, text="")
    return [PartStarted(key, skeleton), *(PartDelta(key, text) for text in texts), PartEnded(key, part)]


def encode(events: list[Event], to: ReplyContext | None = None) -> bytes:
    encoder = OPENAI_CHAT.encoder(to or context())
    return b"".join(encoder.feed(event) for event in events)


def chunks(stream: bytes) -> list[ChatCompletionChunk]:
    """The stream as the SDK's strictly validated types."""
    lines = [
        line.removeprefix("data: ") for line in stream.decode().split("\n\n") if line.startswith("data: ")
    ]
    assert lines[-1] == "[DONE]"
    return [ChatCompletionChunk.model_validate(json.loads(line)) for line in lines[:-1]]


def deltas(stream: bytes) -> list[dict[str, object]]:
    return [
        chunk.choices[0].delta.model_dump(exclude_unset=True) for chunk in chunks(stream) if chunk.choices
    ]


def test_a_text_answer() -> None:
    stream = encode([Started("msg_1", "claude"), *said(0, Text("Grüße"), "Grü", "ße"), USAGE, END])
    read = chunks(stream)
    assert {(chunk.id, chunk.model, chunk.created, chunk.object) for chunk in read} == {
        ("chatcmpl-9", "wished-model", 1764000001, "chat.completion.chunk")
    }
    assert deltas(stream) == [{"role": "assistant", "content": ""}, {"content": "Grü"}, {"content": "ße"}, {}]
    assert [chunk.choices[0].finish_reason for chunk in read[:-1]] == [None, None, None, "stop"]
    assert "Grüße".encode()[:3] in stream


def test_the_usage_chunk_is_the_last_and_has_no_choice() -> None:
    *before, last = chunks(encode([*said(0, Text("Hi"), "Hi"), USAGE, END]))
    assert all(chunk.usage is None for chunk in before)
    assert last.choices == []
    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.completion_tokens, last.usage.total_tokens) == (100, 30, 130)
    assert last.usage.prompt_tokens_details is not None
    assert last.usage.prompt_tokens_details.cached_tokens == 70
    assert last.usage.prompt_tokens_details.cache_write_tokens == 10
    assert last.usage.completion_tokens_details is not None
    assert last.usage.completion_tokens_details.reasoning_tokens == 12


def test_a_client_that_did_not_ask_gets_no_usage() -> None:
    stream = encode([*said(0, Text("Hi"), "Hi"), USAGE, END], context(include_usage=False))
    assert b"usage" not in stream
    assert chunks(stream)[-1].choices[0].finish_reason == "stop"


def test_unknown_usage_is_not_zero() -> None:
    assert all(chunk.usage is None for chunk in chunks(encode([*said(0, Text("Hi"), "Hi"), END])))


def test_interleaved_calls_keep_their_index() -> None:
    one, two = ToolCall("toolu_1", "Read", '{"a":1}'), ToolCall("toolu_2", "Bash", "{}")
    events: list[Event] = [
        PartStarted(4, ToolCall("toolu_1", "Read", "")),
        PartDelta(4, '{"a"'),
        PartStarted(5, ToolCall("toolu_2", "Bash", "")),
        PartDelta(5, "{}"),
        PartDelta(4, ":1}"),
        PartEnded(4, one),
        PartEnded(5, two),
        Stopped(StopReason.TOOL_USE),
    ]
    stream = encode(events)
    calls = [delta["tool_calls"] for delta in deltas(stream) if "tool_calls" in delta]
    head = {"index": 0, "id": "toolu_1", "type": "function", "function": {"name": "Read", "arguments": ""}}
    assert calls[0] == [head]
    assert calls[1] == [{"index": 0, "function": {"arguments": '{"a"'}}]
    assert [entry[0]["index"] for entry in calls] == [0, 0, 1, 1, 0]  # type: ignore[index] # untyped dump
    assert chunks(stream)[-1].choices[0].finish_reason == "tool_calls"
    assert parts_of(decode(stream)) == [one, two]


def test_reasoning_and_refusal_have_their_own_fields() -> None:
    stream = encode(
        [*said(0, Reasoning("Hm"), "Hm"), *said(1, Refusal("No"), "No"), Stopped(StopReason.REFUSAL)]
    )
    assert deltas(stream)[1:3] == [{"reasoning_content": "Hm"}, {"refusal": "No"}]
    assert chunks(stream)[-1].choices[0].finish_reason == "stop"


def test_a_refusal_without_words_is_explained_and_ends_as_filtered() -> None:
    stream = encode([Stopped(StopReason.REFUSAL, "cyber")])
    assert deltas(stream) == [{"role": "assistant", "content": ""}, {"refusal": "cyber"}, {}]
    assert chunks(stream)[-1].choices[0].finish_reason == "content_filter"


@pytest.mark.parametrize(
    ("stop", "reason"),
    [
        (StopReason.END_TURN, "stop"),
        (StopReason.MAX_TOKENS, "length"),
        (StopReason.STOP_SEQUENCE, "stop"),
        (StopReason.TOOL_USE, "tool_calls"),
        (StopReason.PAUSE, "stop"),
        (StopReason.REFUSAL, "content_filter"),
        (StopReason.CONTEXT_EXCEEDED, "length"),
    ],
)
def test_every_stop_reason_has_a_word(stop: StopReason, reason: str) -> None:
    assert chunks(encode([Started(), Stopped(stop)]))[-1].choices[0].finish_reason == reason


PATCH = ToolCall("c1", "ApplyPatch", "*** Begin", ToolKind.CUSTOM)


def test_a_custom_call_in_chats_own_shape() -> None:
    tool = Tool("ApplyPatch", kind=ToolKind.CUSTOM, origin=FormatName.OPENAI_CHAT)
    stream = encode([*said(0, PATCH, "*** ", "Begin"), Stopped(StopReason.TOOL_USE)], context(tool))
    lines = [json.loads(line[6:]) for line in stream.decode().split("\n\n") if line.startswith("data: {")]
    entries = [
        line["choices"][0]["delta"]["tool_calls"][0]
        for line in lines
        if "tool_calls" in line["choices"][0]["delta"]
    ]
    assert entries == [
        {"index": 0, "id": "c1", "type": "custom", "custom": {"name": "ApplyPatch", "input": ""}},
        {"index": 0, "custom": {"input": "*** "}},
        {"index": 0, "custom": {"input": "Begin"}},
    ]
    assert parts_of(decode(stream, tool)) == [PATCH]


def test_cursors_flat_custom_tool_is_called_like_a_function_with_raw_text() -> None:
    tool = Tool("ApplyPatch", kind=ToolKind.CUSTOM, origin=FormatName.OPENAI_RESPONSES)
    stream = encode([*said(0, PATCH, "*** Begin"), Stopped(StopReason.TOOL_USE)], context(tool))
    entries = [delta["tool_calls"] for delta in deltas(stream) if "tool_calls" in delta]
    assert entries == [
        [{"index": 0, "id": "c1", "type": "function", "function": {"name": "ApplyPatch", "arguments": ""}}],
        [{"index": 0, "function": {"arguments": "*** Begin"}}],
    ]


def test_a_client_with_the_old_functions_gets_the_old_function_call() -> None:
    tools = OPENAI_CHAT.parse(
        {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "functions": [{"name": "f"}]}
    ).tools
    call = ToolCall("c1", "f", "{}")
    stream = encode([*said(0, call, "{}"), Stopped(StopReason.TOOL_USE)], context(*tools))
    assert deltas(stream)[1:] == [
        {"function_call": {"name": "f", "arguments": ""}},
        {"function_call": {"arguments": "{}"}},
        {},
    ]
    assert chunks(stream)[-1].choices[0].finish_reason == "function_call"


def test_parts_without_a_place_in_chat_are_left_out() -> None:
    events: list[Event] = [
        PartStarted(0, Unknown(FormatName.ANTHROPIC_MESSAGES, "server_tool_use", {})),
        PartDelta(0, '{"query"'),
        PartEnded(0, Unknown(FormatName.ANTHROPIC_MESSAGES, "server_tool_use", {})),
        *said(1, Image(url="x")),
        *said(2, Text("Hi"), "Hi"),
        END,
    ]
    assert deltas(encode(events)) == [{"role": "assistant", "content": ""}, {"content": "Hi"}, {}]


def test_an_unsafe_id_is_made_safe_for_the_clients_history() -> None:
    stream = encode([*said(0, ToolCall("Bash:0", "Bash", "{}"), "{}"), Stopped(StopReason.TOOL_USE)])
    assert b"Bash:0" not in stream


def test_a_ping_is_a_comment() -> None:
    assert encode([Ping()]) == OPENAI_CHAT.ping() == b": ping\n\n"


def test_after_the_end_nothing_is_written() -> None:
    encoder = OPENAI_CHAT.encoder(context())
    assert encoder.feed(END)
    assert encoder.feed(PartDelta(0, "x")) == encoder.feed(END) == encoder.feed(Ping()) == b""


def read_with_sdk(stream: bytes) -> list[ChatCompletionChunk]:
    """What a program that uses the openai package gets."""
    answer = httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=stream)
    with openai.OpenAI(
        api_key="x",
        base_url="http://127.0.0.1:9/v1",
        http_client=openai.DefaultHttpxClient(transport=httpx2.MockTransport(lambda _: answer)),
    ) as client:
        return list(client.chat.completions.create(model="m", messages=[], stream=True))


def test_the_sdk_reads_an_answer_with_everything() -> None:
    events = [
        Started("r"),
        Ping(),
        *said(0, Reasoning("Hm"), "Hm"),
        *said(1, Text("Hi"), "Hi"),
        *said(2, ToolCall("c", "f", "{}"), "{}"),
        USAGE,
        Stopped(StopReason.TOOL_USE),
    ]
    read = read_with_sdk(encode(events))
    assert "".join(chunk.choices[0].delta.content or "" for chunk in read[:-1]) == "Hi"
    assert read[-1].usage is not None


def test_a_failure_in_mid_stream_makes_the_sdk_raise() -> None:
    failure = Failure(FailureKind.OVERLOADED, "The provider is overloaded.")
    stream = encode([Started("r"), PartStarted(0, Text("")), PartDelta(0, "Hi"), Failed(failure)])
    assert b"[DONE]" not in stream
    with pytest.raises(openai.APIError, match="The provider is overloaded") as raised:
        read_with_sdk(stream)
    assert raised.value.code == "overloaded"


def test_what_is_written_is_read_back() -> None:
    events = [
        Started("chatcmpl-9", "wished-model"),
        *said(0, Reasoning("Hm"), "H", "m"),
        *said(1, Text("Hi"), "Hi"),
        *said(2, ToolCall("c", "f", "{}"), "{}"),
        UsageSeen(Usage(input=1, output=2), {}, final=True),
        Stopped(StopReason.TOOL_USE),
    ]
    back = decode(encode(events))
    seen = usage_of(back)
    assert seen is not None
    assert [event for event in back if event is not seen] == [
        event for event in events if not isinstance(event, UsageSeen)
    ]
    assert seen.usage == Usage(input=1, output=2)


def test_the_format_knows_its_name() -> None:
    assert OPENAI_CHAT.name is FormatName.OPENAI_CHAT
