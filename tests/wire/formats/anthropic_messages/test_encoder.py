import json
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from anthropic import Anthropic
from anthropic.types import Message as SdkMessage
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import (
    Maker,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolKind,
    Unknown,
)
from coderouter_cli.domain.events import (
    Answer,
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
from coderouter_cli.wire.envelope import MAX_ENVELOPE
from coderouter_cli.wire.formats.anthropic_messages import ANTHROPIC_MESSAGES
from coderouter_cli.wire.sse import SseParser
from tests.wire.formats.anthropic_messages.kit import (
    CLAUDE,
    CONTEXT,
    GPT,
    MESSAGES,
    NATIVE,
    RESPONSES,
    decoded,
    sealed,
)
from tests.wire.formats.anthropic_messages.streams import GOLDEN, GOLDEN_EVENTS, LAST

SEEN = UsageSeen(
    Usage(input=10, cache_read=5, cache_write=2, cache_write_long=1, output=9, reasoning=4), {}, final=True
)
DONE = Stopped(StopReason.END_TURN)


def encoded(*events: Event) -> list[dict[str, Any]]:
    """The written events; name and type must agree."""
    encoder = ANTHROPIC_MESSAGES.encoder(CONTEXT)
    found = SseParser().feed(b"".join(encoder.feed(event) for event in events))
    written = [json.loads(one.data) for one in found]
    assert [one.event for one in found] == [data["type"] for data in written]
    return written


def message(*events: Event) -> SdkMessage:
    """What the official SDK makes of the stream; one block is open at a time."""
    open_block: int | None = None
    for data in encoded(*events):
        if data["type"] == "content_block_start":
            assert open_block is None
            open_block = data["index"]
        elif data["type"].startswith("content_block"):
            assert data["index"] == open_block
            open_block = None if data["type"] == "content_block_stop" else open_block
    assert open_block is None
    return received(written(*events))


def received(stream: bytes) -> SdkMessage:
    """A stream as the official SDK receives it."""
    answer = httpx2.Response(200, headers={"content-type": "text/event-stream"}, content=stream)
    transport = httpx2.MockTransport(lambda _: answer)
    with (
        httpx2.Client(transport=transport) as http,
        Anthropic(api_key="k", base_url="http://127.0.0.1", http_client=http) as client,
        client.messages.stream(model="m", max_tokens=1, messages=[{"role": "user", "content": "Hi"}]) as read,
    ):
        return read.get_final_message()


def part(key: int, whole: Part, *texts: str) -> list[Event]:
    """All events of a part."""
    skeleton: Part = whole
    if isinstance(whole, ToolCall):
        skeleton = replace(whole, arguments="")
    elif isinstance(whole, Text | Reasoning | Refusal):
        skeleton = replace(whole, text="")
    return [PartStarted(key, skeleton), *(PartDelta(key, text) for text in texts), PartEnded(key, whole)]


def blocks(*events: Event) -> list[dict[str, Any]]:
    content = message(Started(), *events, SEEN, DONE).content
    return [block.model_dump(exclude_none=True) for block in content]


def test_a_whole_answer() -> None:
    call = ToolCall("toolu_1", "Read", '{"a": 1}')
    found = message(
        Started("resp_1", "gpt-6.1-sol"),
        *part(0, Reasoning("Hm.", Opaque(RESPONSES, "encrypted", "gAAAA")), "H", "m."),
        *part(1, Text("Hi there"), "Hi ", "there"),
        *part(2, call, '{"a": ', "1}"),
        SEEN,
        Stopped(StopReason.TOOL_USE),
    )
    assert (found.id, found.model, found.role, found.stop_reason) == (
        "msg_1",
        "claude-opus-5-5",
        "assistant",
        "tool_use",
    )
    assert [block.model_dump(exclude_none=True) for block in found.content] == [
        {"type": "thinking", "thinking": "Hm.", "signature": ""},
        {"type": "text", "text": "Hi there"},
        {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"a": 1}},
    ]
    assert found.usage.input_tokens == 10
    assert found.usage.cache_read_input_tokens == 5
    assert found.usage.cache_creation_input_tokens == 3
    assert found.usage.output_tokens == 9


def test_the_bytes_of_a_small_answer() -> None:
    encoder = ANTHROPIC_MESSAGES.encoder(CONTEXT)
    events: list[Event] = [Started(), *part(0, Text("é"), "é"), DONE]
    start, text, end, stop = (
        b"".join(encoder.feed(event) for event in events[:2]),
        *map(encoder.feed, events[2:]),
    )
    assert start == (
        b'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message",'
        b'"role":"assistant","model":"claude-opus-5-5","content":[],"stop_reason":null,"stop_sequence":null,'
        b'"usage":{"input_tokens":77,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,'
        b'"output_tokens":0}}}\n\n'
    )
    assert text == (
        b'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":'
        b'{"type":"text","text":""}}\n\n'
        b'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":'
        b'{"type":"text_delta","text":"\xc3\xa9"}}\n\n'
    )
    assert end == b'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n'
    assert stop == (
        b'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn",'
        b'"stop_sequence":null},"usage":{"input_tokens":77,"cache_creation_input_tokens":0,'
        b'"cache_read_input_tokens":0,"output_tokens":1}}\n\n'
        b'event: message_stop\ndata: {"type":"message_stop"}\n\n'
    )
    assert encoder.feed(DONE) == b""
    assert encoder.feed(Ping()) == b""


def test_the_formats_own_answers_keep_their_meaning() -> None:
    encoder = ANTHROPIC_MESSAGES.encoder(CONTEXT)
    again = decoded(b"".join(encoder.feed(event) for event in GOLDEN_EVENTS))
    kept = (PartStarted, PartDelta, PartEnded, Stopped)
    assert [e for e in again if isinstance(e, kept)] == [e for e in GOLDEN_EVENTS if isinstance(e, kept)]
    usage = [event.usage for event in again if isinstance(event, UsageSeen)][-1]
    assert (usage.prompt, usage.output, usage.reasoning) == (LAST.prompt, LAST.output, LAST.reasoning)
    assert len(GOLDEN) > 1000


def test_the_beginning_has_the_providers_numbers_when_they_are_known() -> None:
    start = encoded(Started(), SEEN, *part(0, Text("a"), "a"), DONE)[0]
    assert start["message"]["usage"]["input_tokens"] == 10


def test_without_numbers_the_output_is_estimated() -> None:
    usage = encoded(*part(0, Text("Hello there, world."), "Hello there, world."), DONE)[-2]["usage"]
    assert usage["input_tokens"] == 77
    assert 3 <= usage["output_tokens"] <= 8


def test_parts_side_by_side_become_blocks_one_after_the_other() -> None:
    one, two, three = (ToolCall(name, name, f'{{"{name}":1}}') for name in ("a", "b", "c"))
    found = blocks(
        PartStarted(0, replace(one, arguments="")),
        PartStarted(1, replace(two, arguments="")),
        PartStarted(2, replace(three, arguments="")),
        PartDelta(1, '{"b"'),
        PartDelta(0, '{"a":'),
        PartDelta(2, '{"c":1}'),
        PartEnded(2, three),
        PartDelta(0, "1}"),
        PartEnded(0, one),
        PartDelta(1, ":1}"),
        PartEnded(1, two),
    )
    assert [(block["id"], block["input"]) for block in found] == [
        ("a", {"a": 1}),
        ("b", {"b": 1}),
        ("c", {"c": 1}),
    ]


PARTS = st.lists(
    st.builds(Text, st.text(min_size=1))
    | st.builds(Reasoning, st.text(min_size=1))
    | st.builds(
        ToolCall, st.uuids().map(str), st.just("f"), st.dictionaries(st.text(), st.text()).map(json.dumps)
    ),
    max_size=4,
)


@given(PARTS, st.randoms(use_true_random=False))
def test_any_interleaving_gives_the_same_blocks(parts: list[Part], random: Any) -> None:
    queues = [part(key, whole, *_halves(whole)) for key, whole in enumerate(parts)]
    events: list[Event] = [queue.pop(0) for queue in queues]
    while any(queues):
        events.append(random.choice([queue for queue in queues if queue]).pop(0))
    again = [e.part for e in decoded(written(*events, DONE)) if isinstance(e, PartEnded)]
    assert again == parts


def _halves(whole: Any) -> tuple[str, str]:
    text = whole.arguments if isinstance(whole, ToolCall) else whole.text
    return text[: len(text) // 2], text[len(text) // 2 :]


def written(*events: Event) -> bytes:
    encoder = ANTHROPIC_MESSAGES.encoder(CONTEXT)
    return b"".join(encoder.feed(event) for event in events)


@pytest.mark.parametrize(
    ("whole", "texts", "expected"),
    [
        (Refusal("No."), ("No.",), [{"type": "text", "text": "No."}]),
        (Text(""), (), []),
        (Text("late"), (), [{"type": "text", "text": "late"}]),
        (Reasoning(""), (), []),
        (Reasoning("", Opaque(RESPONSES, "encrypted", "x")), (), []),
        (Reasoning("late"), (), [{"type": "thinking", "thinking": "late", "signature": ""}]),
        (
            Reasoning("", Opaque(MESSAGES, "signature", NATIVE)),
            (),
            [{"type": "thinking", "thinking": "", "signature": NATIVE}],
        ),
        (Reasoning("", Opaque(MESSAGES, "redacted", "x")), (), [{"type": "redacted_thinking", "data": "x"}]),
        (ToolCall("t", "f", ""), (), [{"type": "tool_use", "id": "t", "name": "f", "input": {}}]),
        (
            ToolCall("t", "f", '{"a":1}'),
            (),
            [{"type": "tool_use", "id": "t", "name": "f", "input": {"a": 1}}],
        ),
        (
            ToolCall("t", "f", "raw", ToolKind.CUSTOM),
            ("ra", "w"),
            [{"type": "tool_use", "id": "t", "name": "f", "input": {"input": "raw"}}],
        ),
        (Unknown(RESPONSES, "x", {"type": "x"}), (), []),
        (
            Unknown(
                MESSAGES,
                "server_tool_use",
                {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
            ),
            (),
            [{"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}}],
        ),
    ],
)
def test_every_part_is_a_block_or_nothing(whole: Part, texts: tuple[str, ...], expected: list[Any]) -> None:
    assert blocks(*part(0, whole, *texts)) == expected


@pytest.mark.parametrize(
    ("whole", "maker", "expected"),
    [
        (Reasoning("Hm.", Opaque(RESPONSES, "encrypted", "x")), GPT, [sealed(GPT, "Hm.", "encrypted", "x")]),
        (Reasoning("", Opaque(RESPONSES, "encrypted", "x")), GPT, [sealed(GPT, "", "encrypted", "x")]),
        (Reasoning("", Opaque(MESSAGES, "redacted", "x")), CLAUDE, [sealed(CLAUDE, "", "redacted", "x")]),
        (Reasoning("Hm."), GPT, [sealed(GPT, "Hm.")]),
        (Reasoning(""), GPT, []),
        (Reasoning("", Opaque(RESPONSES, "encrypted", "x" * MAX_ENVELOPE)), GPT, []),
        (
            Reasoning("Hm.", Opaque(RESPONSES, "encrypted", "x" * MAX_ENVELOPE)),
            GPT,
            [{"type": "thinking", "thinking": "Hm.", "signature": ""}],
        ),
    ],
)
def test_reasoning_of_a_known_maker_goes_out_in_an_envelope(
    whole: Reasoning, maker: Maker, expected: list[Any]
) -> None:
    context = replace(CONTEXT, maker=maker)
    encoder = ANTHROPIC_MESSAGES.encoder(context)
    events = [Started(), *part(0, whole, whole.text), SEEN, DONE]
    found = received(b"".join(encoder.feed(event) for event in events)).content
    assert [block.model_dump(exclude_none=True) for block in found] == expected
    answer = Answer((whole,), StopReason.END_TURN)
    assert ANTHROPIC_MESSAGES.encode_answer(answer, context)["content"] == expected


def test_tool_ids_are_safe_for_the_clients_history() -> None:
    (block,) = blocks(*part(0, ToolCall("Bash:0", "Bash", "{}"), "{}"))
    assert block["id"].replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        (DONE, ("end_turn", None)),
        (Stopped(StopReason.MAX_TOKENS), ("max_tokens", None)),
        (Stopped(StopReason.STOP_SEQUENCE, "END"), ("stop_sequence", "END")),
        (Stopped(StopReason.TOOL_USE), ("tool_use", None)),
        (Stopped(StopReason.PAUSE), ("pause_turn", None)),
        (Stopped(StopReason.REFUSAL, "Not this."), ("refusal", None)),
        (Stopped(StopReason.CONTEXT_EXCEEDED), ("model_context_window_exceeded", None)),
    ],
)
def test_every_reason_to_stop(stop: Stopped, expected: tuple[str, str | None]) -> None:
    found = message(*part(0, Text("a"), "a"), stop)
    assert (found.stop_reason, found.stop_sequence) == expected
    if stop.reason is StopReason.REFUSAL:
        ending = encoded(*part(0, Text("a"), "a"), stop)[-2]
        assert ending["delta"]["stop_details"]["explanation"] == "Not this."


def test_an_answer_with_a_call_stops_for_it() -> None:
    assert message(*part(0, ToolCall("t", "f", "{}"), "{}"), DONE).stop_reason == "tool_use"


def test_an_empty_answer_is_an_answer() -> None:
    assert message(Started(), DONE).content == []


def test_pings_wait_for_the_beginning() -> None:
    events = [Ping(), Started(), Ping(), *part(0, Text("a"), "a"), Ping(), DONE]
    kinds = [data["type"] for data in encoded(*events)]
    assert kinds.count("ping") == 1
    assert kinds[0] == "message_start"


def test_an_answer_that_breaks_off_ends_with_an_error() -> None:
    failure = Failure(FailureKind.TRUNCATED, "it broke")
    told = [{"type": "error", "error": {"type": "api_error", "message": "it broke"}}]
    assert encoded(Failed(failure)) == told
    midway = encoded(PartStarted(0, Text("")), PartDelta(0, "a"), Failed(failure), DONE)
    assert midway[-1:] == told
    assert [data["type"] for data in midway[:-1]] == [
        "message_start",
        "content_block_start",
        "content_block_delta",
    ]


def test_what_still_waits_at_the_end_is_not_lost() -> None:
    open_forever: list[Event] = [PartStarted(0, Text("")), PartDelta(0, "a")]
    assert blocks(*open_forever) == [{"type": "text", "text": "a"}]
    assert blocks(*open_forever, *part(1, Text("b"), "b")) == [
        {"type": "text", "text": "a"},
        {"type": "text", "text": "b"},
    ]
