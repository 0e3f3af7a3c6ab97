import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import Opaque, Reasoning, Text, Tool, ToolCall, ToolKind, Unknown
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
    Unreadable,
    UsageSeen,
)
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire import sse as sse_module
from coderouter_cli.wire.formats.anthropic_messages import ANTHROPIC_MESSAGES
from tests.wire.formats.anthropic_messages.kit import MESSAGES, NATIVE, check_grammar, decoded, sse
from tests.wire.formats.anthropic_messages.streams import (
    CALL,
    DELTA_USAGE,
    GOLDEN,
    GOLDEN_EVENTS,
    LAST,
    START,
    START_USAGE,
    STOP,
    begin,
    delta,
    end,
    more,
)

TEXT = (begin(0, type="text", text=""), more(0, "text_delta", text="Hi"), end(0))
HI: list[Event] = [PartStarted(0, Text("")), PartDelta(0, "Hi"), PartEnded(0, Text("Hi"))]
DONE = Stopped(StopReason.END_TURN)


def parts(*events: Any) -> list[Event]:
    """The events of a stream without its frame."""
    found = decoded(sse(START, *events, delta("end_turn"), STOP))
    check_grammar(found)
    assert isinstance(found[-1], Stopped)
    return found[2:-1]


def test_a_whole_stream() -> None:
    assert decoded(GOLDEN) == GOLDEN_EVENTS
    check_grammar(GOLDEN_EVENTS)


def test_a_split_anywhere_changes_nothing() -> None:
    for at in range(len(GOLDEN) + 1):
        assert decoded(GOLDEN, (at,)) == GOLDEN_EVENTS


def test_single_bytes_change_nothing() -> None:
    assert decoded(GOLDEN, tuple(range(1, len(GOLDEN)))) == GOLDEN_EVENTS


def test_events_come_as_soon_as_their_bytes() -> None:
    decoder = ANTHROPIC_MESSAGES.decoder()
    given_so_far: list[Event] = []
    for event in GOLDEN.split(b"\n\n")[:-1]:
        given_so_far += decoder.feed(event + b"\n\n")
    assert given_so_far == GOLDEN_EVENTS
    assert decoder.feed(GOLDEN) == []
    assert decoder.close() == []


@given(st.binary(max_size=300), st.integers(0, len(GOLDEN)))
def test_any_bytes_end_in_one_terminal_event(noise: bytes, at: int) -> None:
    events = decoded(GOLDEN[:at] + noise)
    kinds = [type(event) for event in events]
    assert [kind for kind in kinds if kind in {Stopped, Failed}] == kinds[-1:]


VALUES = st.none() | st.booleans() | st.integers(-1, 3) | st.sampled_from(["", "x", "{}", "text", "tool_use"])
KEYS = st.sampled_from(
    [
        *("type", "index", "delta", "content_block", "message", "usage", "text", "thinking", "partial_json"),
        *("signature", "input", "id", "name", "content", "stop_reason", "error", "input_tokens"),
        *("output_tokens", "cache_creation"),
    ]
)
ODD = st.dictionaries(
    KEYS,
    st.recursive(
        VALUES, lambda v: st.lists(v, max_size=2) | st.dictionaries(KEYS, v, max_size=4), max_leaves=5
    ),
)
KINDS = st.sampled_from(
    [
        *("message_start", "content_block_start", "content_block_delta", "content_block_stop"),
        *("message_delta", "ping", "other"),
    ]
)


@given(st.lists(st.tuples(KINDS, ODD), max_size=8))
def test_odd_events_never_break_the_grammar(odd: list[tuple[str, dict[str, Any]]]) -> None:
    stream = sse(*({**data, "type": kind} for kind, data in odd), STOP)
    events = decoded(stream)
    if isinstance(events[-1], Stopped):
        check_grammar(events)


@pytest.mark.parametrize(
    ("reason", "fields", "expected"),
    [
        ("end_turn", {}, Stopped(StopReason.END_TURN)),
        ("max_tokens", {}, Stopped(StopReason.MAX_TOKENS)),
        ("stop_sequence", {"stop_sequence": "</block>"}, Stopped(StopReason.STOP_SEQUENCE, "</block>")),
        ("tool_use", {}, Stopped(StopReason.TOOL_USE)),
        ("pause_turn", {}, Stopped(StopReason.PAUSE)),
        ("model_context_window_exceeded", {}, Stopped(StopReason.CONTEXT_EXCEEDED)),
        (
            "refusal",
            {"stop_details": {"type": "refusal", "explanation": "No."}},
            Stopped(StopReason.REFUSAL, "No."),
        ),
        ("refusal", {}, Stopped(StopReason.REFUSAL)),
        ("something_new", {}, Stopped(StopReason.END_TURN)),
        (None, {}, Stopped(StopReason.END_TURN)),
    ],
)
def test_every_reason_to_stop(reason: str | None, fields: dict[str, Any], expected: Stopped) -> None:
    assert decoded(sse(START, *TEXT, delta(reason, DELTA_USAGE, **fields), STOP))[-1] == expected


def test_a_call_is_a_reason_to_stop_when_none_is_told() -> None:
    use = begin(0, type="tool_use", id="t", name="Read", input={})
    assert decoded(sse(START, use, end(0), STOP))[-1] == Stopped(StopReason.TOOL_USE)


def test_redacted_thinking_is_carried_whole() -> None:
    hidden = Reasoning("", Opaque(MESSAGES, "redacted", NATIVE))
    assert parts(begin(0, type="redacted_thinking", data=NATIVE), end(0)) == [
        PartStarted(0, hidden),
        PartEnded(0, hidden),
    ]


def test_thinking_may_come_with_its_beginning_or_unsigned() -> None:
    assert parts(begin(0, type="thinking", thinking="Hm", signature="s"), end(0)) == [
        PartStarted(0, Reasoning("", Opaque(MESSAGES, "signature", "s"))),
        PartDelta(0, "Hm"),
        PartEnded(0, Reasoning("Hm", Opaque(MESSAGES, "signature", "s"))),
    ]
    assert parts(begin(0, type="thinking"), more(0, "thinking_delta", thinking="Hm"), end(0))[
        -1
    ] == PartEnded(0, Reasoning("Hm"))


@pytest.mark.parametrize(
    ("given_input", "deltas", "expected"),
    [
        ({}, [], "{}"),
        ({}, ["", " "], " "),
        (None, ["{}"], "{}"),
        ({"a": "é"}, [], '{"a":"é"}'),
        ({"a": 1}, ['{"a": ', "2}"], '{"a": 2}'),
        ({}, ['{"a": '], '{"a": '),
        ("odd", [], "{}"),
    ],
)
def test_arguments_come_from_where_they_are(given_input: Any, deltas: list[str], expected: str) -> None:
    use = begin(0, type="tool_use", id="t", name="Read", input=given_input)
    texts = [more(0, "input_json_delta", partial_json=text) for text in deltas]
    assert parts(use, *texts, end(0))[-1] == PartEnded(0, ToolCall("t", "Read", expected))


def test_the_text_of_a_custom_tool_is_unwrapped() -> None:
    tools = (Tool("apply_patch", kind=ToolKind.CUSTOM, namespace="ns"),)
    use = begin(0, type="tool_use", id="t", name="ns--apply_patch", input={})
    texts = [more(0, "input_json_delta", partial_json=text) for text in ('{"inp', 'ut": "*** Begin\\n"}')]
    events = decoded(sse(START, use, *texts, end(0), delta("tool_use"), STOP), tools=tools)
    skeleton = ToolCall("t", "apply_patch", "", ToolKind.CUSTOM, "ns")
    assert events[2:-1] == [
        PartStarted(0, skeleton),
        PartDelta(0, "*** Begin\n"),
        PartEnded(0, ToolCall("t", "apply_patch", "*** Begin\n", ToolKind.CUSTOM, "ns")),
    ]


def test_a_call_gets_a_safe_id_and_one_when_it_has_none() -> None:
    poisoned = parts(begin(0, type="tool_use", id="Bash:0", name="Bash", input={}), end(0))[-1]
    missing = parts(begin(0, type="tool_use", name="Bash", input={}), end(0))[-1]
    assert isinstance(poisoned, PartEnded)
    assert isinstance(missing, PartEnded)
    for ended in (poisoned, missing):
        assert isinstance(ended.part, ToolCall)
        assert ended.part.id.replace("_", "").isalnum()


def test_other_blocks_are_kept_whole() -> None:
    use = {"type": "server_tool_use", "id": "srv", "name": "web_search", "input": {}}
    found = {
        "type": "web_search_tool_result",
        "tool_use_id": "srv",
        "content": [{"type": "web_search_result"}],
    }
    compaction = {"type": "compaction", "content": None}
    assert parts(
        begin(0, **use),
        more(0, "input_json_delta", partial_json='{"query": "x"}'),
        end(0),
        begin(1, **found),
        end(1),
        begin(2, **compaction),
        more(2, "compaction_delta", content="Sum"),
        more(2, "compaction_delta", content="mary"),
        end(2),
    ) == [
        PartStarted(0, Unknown(MESSAGES, "server_tool_use", use)),
        PartEnded(0, Unknown(MESSAGES, "server_tool_use", {**use, "input": {"query": "x"}})),
        PartStarted(1, Unknown(MESSAGES, "web_search_tool_result", found)),
        PartEnded(1, Unknown(MESSAGES, "web_search_tool_result", found)),
        PartStarted(2, Unknown(MESSAGES, "compaction", compaction)),
        PartEnded(2, Unknown(MESSAGES, "compaction", {**compaction, "content": "Summary"})),
    ]


def without_index(event: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in event.items() if key != "index"}


@pytest.mark.parametrize("lost", [b"event: content_block_delta\ndata: oops\n\n", b"data: {oops\n\n"])
def test_what_was_to_say_something_and_cannot_be_read_is_a_loss(lost: bytes) -> None:
    events = decoded(sse(START, *TEXT[:2]) + lost + sse(TEXT[2], STOP))
    assert events.count(Unreadable()) == 1
    assert isinstance(events[-1], Stopped)
    harmless = sse(START) + b"event: ping\ndata: oops\n\ndata: [DONE]\n\n" + sse(*TEXT, STOP)
    assert Unreadable() not in decoded(harmless)


def test_a_missing_index_means_the_newest_block() -> None:
    more_text = (begin(1, type="text", text=""), more(1, "text_delta", text="Ho"), end(1))
    expected = parts(*TEXT, *more_text)
    assert parts(*map(without_index, (*TEXT, *more_text))) == expected
    assert expected[:3] == HI


def test_blocks_that_share_an_index_are_told_apart_by_their_beginnings() -> None:
    events = parts(*TEXT[:2], begin(0, type="text", text="Ho"))
    assert events == [*HI, PartStarted(1, Text("")), PartDelta(1, "Ho"), PartEnded(1, Text("Ho"))]


def test_a_delta_without_a_beginning_begins_its_block() -> None:
    assert parts(more(0, "text_delta", text="Hi")) == HI
    assert parts(more(4, "thinking_delta", thinking="Hm"), end(4))[-1] == PartEnded(0, Reasoning("Hm"))
    assert parts(more(0, "input_json_delta", partial_json="{}"), end(7)) == []


def test_interleaved_blocks_are_kept_apart() -> None:
    one = begin(0, type="tool_use", id="a", name="Read", input={})
    two = begin(1, type="tool_use", id="b", name="Read", input={})
    events = parts(
        one,
        two,
        more(0, "input_json_delta", partial_json='{"x":'),
        more(1, "input_json_delta", partial_json="{}"),
        more(0, "input_json_delta", partial_json="1}"),
        end(1),
        end(0),
    )
    ended = {
        e.part.id: e.part.arguments
        for e in events
        if isinstance(e, PartEnded) and isinstance(e.part, ToolCall)
    }
    assert ended == {"a": '{"x":1}', "b": "{}"}


def test_a_second_answer_spliced_in_is_no_second_start() -> None:
    events = decoded(sse(START, *TEXT[:2], START, *TEXT, delta("end_turn"), STOP))
    assert sum(isinstance(event, Started) for event in events) == 1
    check_grammar(events)


def test_unknown_events_comments_and_done_marks_are_ignored() -> None:
    stream = sse(START, *TEXT[:1], {"type": "vendor_note", "x": 1}, *TEXT[1:]) + b": note\n\ndata: [1]\n\n"
    stream += sse(delta("end_turn"), STOP) + b"data: [DONE]\n\n"
    assert decoded(stream)[2:] == [*HI, DONE]


def test_usage_is_final_only_with_the_reason_to_stop_and_the_output() -> None:
    def finals(*deltas: dict[str, Any]) -> list[bool]:
        events = decoded(sse(START, *TEXT, *deltas, STOP))
        return [event.final for event in events if isinstance(event, UsageSeen)]

    assert finals(delta("end_turn", DELTA_USAGE)) == [False, True]
    assert finals(delta(None, DELTA_USAGE), delta("end_turn")) == [False, False]
    assert finals(delta("end_turn", {"input_tokens": 1})) == [False, False]
    assert finals(delta("end_turn")) == [False]


def test_the_last_numbers_win() -> None:
    events = decoded(
        sse(START, *TEXT, delta(None, {"output_tokens": 5}), delta("end_turn", DELTA_USAGE), STOP)
    )
    seen = [event for event in events if isinstance(event, UsageSeen)]
    assert [event.usage.output for event in seen] == [1, 5, 89]
    assert seen[-1].usage == LAST
    assert seen[-1].raw == {**START_USAGE, **DELTA_USAGE}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (
            {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
            FailureKind.OVERLOADED,
        ),
        ({"type": "error", "error": {"type": "api_error", "message": "x"}}, FailureKind.INTERNAL),
        ({"type": "error", "error": {"type": "rate_limit_error", "message": "x"}}, FailureKind.RATE_LIMITED),
        ({"type": "error", "error": "x"}, FailureKind.INTERNAL),
    ],
)
def test_an_error_inside_the_stream_ends_it(error: dict[str, Any], kind: FailureKind) -> None:
    failed = decoded(sse(START, *TEXT[:2], error, *TEXT, STOP))[-1]
    assert isinstance(failed, Failed)
    assert (failed.failure.kind, failed.failure.status) == (kind, None)


def test_an_error_without_a_type_is_one_all_the_same() -> None:
    body = {"error": {"message": "context length exceeded", "code": 400}}
    failed = decoded(b": comment\n\ndata: " + json.dumps(body).encode() + b"\n\n")
    assert failed == [Failed(Failure(FailureKind.TOO_LONG, "context length exceeded"))]


@pytest.mark.parametrize("stream", [b"", b"<html>", sse(START), sse(START, *TEXT), GOLDEN[:-120]])
def test_a_stream_that_just_ends_is_truncated(stream: bytes) -> None:
    failed = decoded(stream)[-1]
    assert isinstance(failed, Failed)
    assert failed.failure.kind is FailureKind.TRUNCATED


def test_an_answer_that_has_told_why_it_stopped_is_complete() -> None:
    events = decoded(sse(START, *TEXT[:2], delta("max_tokens", DELTA_USAGE)))
    assert events[-2:] == [PartEnded(0, Text("Hi")), Stopped(StopReason.MAX_TOKENS)]
    last_line_open = GOLDEN.rstrip(b"\n")
    assert decoded(last_line_open) == GOLDEN_EVENTS


def test_an_event_without_end_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse_module, "MAX_EVENT_BYTES", 100)
    failed = decoded(b"data: " + b"x" * 200)
    assert [type(event) for event in failed] == [Failed]
    decoder = ANTHROPIC_MESSAGES.decoder()
    monkeypatch.setattr(sse_module, "MAX_EVENT_BYTES", 200)
    assert decoder.feed(b"data: " + b"x" * 150) == []
    monkeypatch.setattr(sse_module, "MAX_EVENT_BYTES", 100)
    assert [type(event) for event in decoder.close()] == [Failed]


def test_a_ping_before_anything_is_only_a_ping() -> None:
    assert decoded(ANTHROPIC_MESSAGES.ping() + GOLDEN)[0] == Ping()


def test_the_golden_call_is_a_call() -> None:
    assert any(isinstance(event, PartEnded) and event.part == CALL for event in GOLDEN_EVENTS)
