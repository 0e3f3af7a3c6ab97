from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import (
    JsonObject,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
)
from coderouter_cli.domain.events import (
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Ping,
    Started,
    Stopped,
    StopReason,
    Unreadable,
    UsageSeen,
)
from coderouter_cli.domain.failure import FailureKind
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.formats.openai_responses import OPENAI_RESPONSES
from coderouter_cli.wire.sse import MAX_EVENT_BYTES
from tests.wire.formats.openai_responses.kit import (
    PATCH,
    SHELL,
    SLEEP,
    added,
    completed,
    created,
    decode,
    done,
    of,
    stream,
)
from tests.wire.grammar import check_grammar, feed_all, parts_of

USAGE = {
    "input_tokens": 100,
    "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 30},
    "output_tokens": 9,
    "output_tokens_details": {"reasoning_tokens": 4},
    "total_tokens": 109,
}


def failure_of(data: bytes) -> tuple[FailureKind, str, str | None]:
    last = decode(data)[-1]
    assert isinstance(last, Failed)
    return last.failure.kind, last.failure.message, last.failure.code


def test_a_text_answer_event_by_event() -> None:
    item = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Héllo"}]}
    data = stream(
        ": a comment\n\n",
        created(),
        {"type": "response.in_progress", "response": {"id": "resp_1"}},
        added(0, {"type": "message", "role": "assistant", "content": []}),
        of("content_part.added", 0, content_index=0, part={"type": "output_text", "text": ""}),
        of("output_text.delta", 0, content_index=0, delta="Hé"),
        {"type": "keepalive", "sequence_number": 4},
        of("output_text.delta", 0, content_index=0, delta="llo"),
        of("output_text.done", 0, content_index=0, text="Héllo"),
        of("content_part.done", 0, content_index=0, part={"type": "output_text", "text": "Héllo"}),
        done(0, item),
        completed(output=[item], usage=USAGE, service_tier="priority"),
        created(id="after the end"),
    )
    usage = Usage(input=10, cache_read=60, cache_write=30, output=9, reasoning=4, tier="priority")
    assert decode(data) == [
        Started("resp_1", "served"),
        PartStarted(0, Text("")),
        PartDelta(0, "Hé"),
        Ping(),
        PartDelta(0, "llo"),
        PartEnded(0, Text("Héllo")),
        UsageSeen(usage, USAGE, final=True),
        Stopped(StopReason.END_TURN),
    ]


def test_ids_that_change_between_events_do_not_matter() -> None:
    item = {"type": "message", "content": [{"type": "output_text", "text": "ab"}]}
    data = stream(
        added(0, {**item, "id": "x1", "content": []}),
        of("output_text.delta", 0, content_index=0, item_id="x2", delta="a"),
        of("output_text.delta", 0, content_index=0, item_id="x3", delta="b"),
        done(0, {**item, "id": "x4"}),
        completed(output=[{**item, "id": "x5"}]),
    )
    assert parts_of(decode(data)) == [Text("ab")]


def test_a_provider_without_indexes_is_understood() -> None:
    data = stream(
        {"type": "response.output_item.added", "item": {"type": "reasoning", "id": "r"}},
        {"type": "response.reasoning_text.delta", "delta": "hm"},
        {"type": "response.output_item.done", "item": {"type": "reasoning", "id": "r"}},
        {"type": "response.output_item.added", "item": {"type": "message", "id": "m"}},
        {"type": "response.output_text.delta", "delta": "yes"},
        {"type": "response.output_item.done", "item": {"type": "message", "id": "m"}},
        completed(),
    )
    assert parts_of(decode(data)) == [Reasoning("hm", id="r"), Text("yes")]


def test_one_index_for_every_item_is_understood() -> None:
    data = stream(
        added(0, {"type": "message", "id": "m1"}),
        of("output_text.delta", 0, delta="one"),
        added(0, {"type": "message", "id": "m2"}),
        of("output_text.delta", 0, delta="two"),
        done(0, {"type": "message", "id": "m2"}),
        done(0, {"type": "message", "id": "m2"}),
        of("output_text.delta", 0, delta="too late"),
        done(0, {"type": "function_call", "call_id": "c", "name": "shell", "arguments": "{}"}),
        completed(),
    )
    assert parts_of(decode(data, SHELL)) == [Text("one"), Text("two"), ToolCall("c", "shell", "{}")]


def test_calls_with_one_index_and_no_id_are_two() -> None:
    item = {"type": "function_call", "name": "shell"}
    first, second = {**item, "arguments": '{"a":1}'}, {**item, "arguments": '{"a":2}'}
    data = stream(*(done(0, one) for one in (first, first, second)), completed())
    calls = [part for part in parts_of(decode(data)) if isinstance(part, ToolCall)]
    assert [call.arguments for call in calls] == ['{"a":1}', '{"a":2}'], "one that is said again is no other"
    assert len({call.id for call in calls}) == 2


def test_texts_without_an_announced_item_are_told_apart_by_their_kind() -> None:
    data = stream(
        of("reasoning_summary_text.delta", 0, summary_index=0, delta="hm"),
        of("output_text.delta", 0, content_index=0, delta="yes"),
        of("output_text.delta", 0, content_index=1, delta="and"),
        completed(),
    )
    assert parts_of(decode(data)) == [Reasoning("hm"), Text("yes"), Text("and")]


def test_a_stream_that_names_its_items_at_the_end_only() -> None:
    output = [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "message", "content": [{"type": "output_text", "text": "yes"}, {"type": "odd"}]},
    ]
    assert parts_of(decode(stream(created(), completed(output=output)))) == [Reasoning("hm"), Text("yes")]


def test_a_refusal_is_not_a_normal_end() -> None:
    data = stream(
        of("refusal.delta", 0, content_index=0, delta="I "),
        of("refusal.done", 0, content_index=0, refusal="I cannot"),
        completed(),
    )
    events = decode(data)
    assert parts_of(events) == [Refusal("I cannot")]
    assert events[-1] == Stopped(StopReason.REFUSAL, "I cannot")


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("max_output_tokens", StopReason.MAX_TOKENS),
        ("content_filter", StopReason.REFUSAL),
        ("something_new", StopReason.MAX_TOKENS),
    ],
)
def test_an_incomplete_answer_says_why(reason: str, stop: StopReason) -> None:
    data = stream(
        added(0, {"type": "function_call", "call_id": "c", "name": "shell"}),
        of("function_call_arguments.delta", 0, delta='{"cmd":"l'),
        completed("incomplete", incomplete_details={"reason": reason}, usage=USAGE),
    )
    events = decode(data, SHELL)
    assert parts_of(events) == [ToolCall("c", "shell", '{"cmd":"l')]
    assert isinstance(events[-2], UsageSeen)
    assert events[-1] == Stopped(stop)


def test_incomplete_without_a_status_is_incomplete() -> None:
    assert decode(stream({"type": "response.incomplete", "response": {}}))[-1] == Stopped(
        StopReason.MAX_TOKENS
    )


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("context_length_exceeded", FailureKind.TOO_LONG),
        ("insufficient_quota", FailureKind.BILLING),
        ("rate_limit_exceeded", FailureKind.RATE_LIMITED),
        ("server_is_overloaded", FailureKind.OVERLOADED),
        ("server_error", FailureKind.INTERNAL),
        ("invalid_prompt", FailureKind.INVALID),
        ("something_new", FailureKind.INTERNAL),
    ],
)
def test_a_failed_response_is_a_failure(code: str, kind: FailureKind) -> None:
    data = stream(
        created(),
        added(0, {"type": "function_call", "call_id": "c", "name": "shell"}),
        completed("failed", error={"code": code, "message": "Sorry."}, usage=USAGE),
    )
    assert failure_of(data) == (kind, "Sorry.", code)
    assert not parts_of(decode(data)), "a call that broke off is never said to be complete"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "code": "rate_limit_exceeded", "message": "Slow."},
        {"type": "error", "error": {"code": "rate_limit_exceeded", "message": "Slow."}},
        {"error": {"code": 429, "message": "Slow."}},
    ],
)
def test_an_error_event_is_a_failure_in_any_shape(event: JsonObject) -> None:
    kind, message, _ = failure_of(stream(": OPENROUTER PROCESSING\n\n", event))
    assert (kind, message) == (FailureKind.RATE_LIMITED, "Slow.")


@pytest.mark.parametrize("data", [b"", b": ping\n\n", stream(created()), b"event: x", b"<html>"])
def test_an_end_without_a_terminal_event_is_truncated(data: bytes) -> None:
    assert failure_of(data)[0] is FailureKind.TRUNCATED


def test_the_last_event_needs_no_blank_line() -> None:
    assert decode(stream(completed()).rstrip(b"\n")) == [Stopped(StopReason.END_TURN)]


def test_what_is_not_json_is_passed_over() -> None:
    data = stream("data: waiting\n\n", "data: 7\n\n", completed(), "data: [DONE]\n\n")
    assert decode(data) == [Stopped(StopReason.END_TURN)]


@pytest.mark.parametrize("lost", ["data: {oops\n\n", "event: response.output_text.delta\ndata: oops\n\n"])
def test_what_was_to_say_something_and_cannot_be_read_is_a_loss(lost: str) -> None:
    assert decode(stream(lost, completed())) == [Unreadable(), Stopped(StopReason.END_TURN)]


def test_an_endless_event_is_a_failure() -> None:
    events = OPENAI_RESPONSES.decoder().feed(b"data: " + b"x" * (MAX_EVENT_BYTES + 1))
    assert isinstance(events[0], Failed)
    assert events[0].failure.kind is FailureKind.INTERNAL


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "text", "shell", "apply_patch"]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(["type", "text", "id", "name", "call_id", "content"]), inner, max_size=4
        )
    ),
    max_leaves=6,
)
ITEM_FIELDS = ("id", "call_id", "name", "namespace", "arguments", "input", "content", "summary")
ITEMS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"type": st.sampled_from(["message", "reasoning", "function_call", "custom_tool_call", "odd"])},
    optional=dict.fromkeys(ITEM_FIELDS, JSON),
)
KINDS = [
    "created",
    "output_item.added",
    "output_item.done",
    "output_text.delta",
    "output_text.done",
    "refusal.delta",
    "reasoning_summary_text.delta",
    "reasoning_text.done",
    "function_call_arguments.delta",
    "function_call_arguments.done",
    "custom_tool_call_input.delta",
    "completed",
    "incomplete",
]
EVENTS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {"type": st.sampled_from(KINDS).map("response.{}".format)},
    optional={
        "output_index": st.integers(0, 2) | JSON,
        "content_index": st.integers(0, 1) | JSON,
        "summary_index": st.integers(0, 1) | JSON,
        "delta": st.sampled_from(["a", '{"input":', "b", ""]) | JSON,
        "text": st.sampled_from(["a", "ab"]) | JSON,
        "arguments": st.sampled_from(['{"input":"x"}', "a"]) | JSON,
        "item": ITEMS | JSON,
        "response": st.fixed_dictionaries(
            {}, optional={"output": st.lists(ITEMS, max_size=2) | JSON, "usage": JSON}
        ),
    },
)


@settings(max_examples=400, deadline=None)
@given(st.lists(EVENTS, max_size=12), st.integers(0, 10_000))
def test_any_stream_keeps_to_the_grammar(events: list[JsonObject], cut: int) -> None:
    data = stream(*events)
    cut = min(cut, len(data))
    seen = feed_all(OPENAI_RESPONSES.decoder((PATCH, SLEEP)), [data[:cut], data[cut:]])
    check_grammar(seen)
    assert seen == feed_all(OPENAI_RESPONSES.decoder((PATCH, SLEEP)), [data])


@given(st.binary(max_size=300))
def test_any_bytes_end_in_one_terminal_event(data: bytes) -> None:
    check_grammar(feed_all(OPENAI_RESPONSES.decoder(), [data]))
