"""What goes wrong while an answer is streamed: P45, P60 and P62."""

import json
from typing import Any

import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject, Tool, ToolKind
from coderouter_cli.domain.events import Event, Failed, PartDelta, PartStarted, Started, Stopped
from coderouter_cli.domain.failure import FailureKind
from tests.pitfalls.keeping import kept
from tests.pitfalls.kit import (
    CHAT,
    MESSAGES,
    RESPONSES,
    block,
    call_delta,
    called,
    chunk,
    completed,
    decoded,
    only,
    response_event,
    shown,
    stream,
    text,
)
from tests.pitfalls.streaming import (
    CREATED,
    DONE,
    FORMATS,
    PAIR,
    Named,
    added,
    all_said,
    calls_of,
    finished,
    more,
    read,
    texts_of,
)

# P45: arguments that are not in the deltas

CUT = '{"a"'
WHOLE = '{"a":1}'
LATE: dict[str, tuple[list[Any], FormatName]] = {
    "with done": (
        [added(0, called("c", "read", "")), all_said(0, WHOLE), finished(0, called("c", "read", ""))],
        RESPONSES,
    ),
    "the rest with done": (
        [added(0, called("c", "read", "")), more(0, CUT), all_said(0, WHOLE), finished(0, called("c"))],
        RESPONSES,
    ),
    "the same with done": (
        [added(0, called("c", "read", "")), more(0, WHOLE), all_said(0, WHOLE), finished(0, called("c"))],
        RESPONSES,
    ),
    "with the item": ([finished(0, called("c", "read", WHOLE))], RESPONSES),
    "the rest with the item": (
        [added(0, called("c", "read", "")), more(0, CUT), finished(0, called("c", "read", WHOLE))],
        RESPONSES,
    ),
    "with the item's beginning": (
        [added(0, called("c", "read", WHOLE)), finished(0, called("c", "read", ""))],
        RESPONSES,
    ),
    "with the response": ([], RESPONSES),
    "as a message on Chat": (
        [{"id": "c1", "choices": [{"message": call_delta(0, "read", WHOLE, id="c")}]}],
        CHAT,
    ),
    "as an object on Chat": (
        [chunk({"tool_calls": [{"id": "c", "function": {"name": "read", "arguments": {"a": 1}}}]})],
        CHAT,
    ),
}


@pytest.mark.parametrize("client", FORMATS)
@pytest.mark.parametrize(("made", "provider"), LATE.values(), ids=LATE)
def test_p45_arguments_are_read_wherever_they_come(
    made: list[Any], provider: FormatName, client: FormatName
) -> None:
    whole = [] if made else [called("c", "read", WHOLE)]
    end = [completed(*whole)] if provider is RESPONSES else [chunk({}, "tool_calls"), DONE]
    events = decoded(stream(*made, *end), provider)
    assert read(events) == [("read", WHOLE)]
    assert arguments_kept(events, client) == [{"a": 1}]


def arguments_kept(events: list[Event], client: FormatName) -> list[Any]:
    """The arguments of the calls in the history of a client."""
    entries = kept(events, client)
    if client is RESPONSES:
        return [json.loads(one["arguments"]) for one in entries if one["type"] == "function_call"]
    if client is CHAT:
        return [json.loads(one["function"]["arguments"]) for one in only(entries)["tool_calls"]]
    return [one["input"] for one in only(entries)["content"] if one["type"] == "tool_use"]


def test_p45_so_is_the_text_of_a_custom_tool() -> None:
    patch = {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": ""}
    all_of_it = response_event("response.custom_tool_call_input.done", output_index=0, input="*** Begin")
    made = stream(added(0, patch), all_of_it, finished(0, patch), completed())
    call = only(calls_of(decoded(made, RESPONSES, (Tool("apply_patch", kind=ToolKind.CUSTOM),))))
    assert (call.kind, call.arguments) == (ToolKind.CUSTOM, "*** Begin")


# P60: an error behind comments

PROCESSING = ": OPENROUTER PROCESSING"
SORRY = "Provider returned error"
ERRORS: dict[str, tuple[FormatName, JsonObject | Named | str]] = {
    "chunk": (CHAT, {"id": "g", "error": {"code": 502, "message": SORRY}, "choices": []}),
    "choice": (CHAT, {"id": "g", "choices": [{"index": 0, "error": {"code": 502, "message": SORRY}}]}),
    "event": (RESPONSES, ("error", {"code": "server_error", "message": SORRY})),
    "event without a type": (RESPONSES, {"error": {"code": "server_error", "message": SORRY}}),
    "response": (
        RESPONSES,
        ("response.failed", {"response": {"status": "failed", "error": {"code": "x", "message": SORRY}}}),
    ),
    "message": (MESSAGES, ("error", {"error": {"type": "api_error", "message": SORRY}})),
    "message without a type": (MESSAGES, {"error": {"type": "api_error", "message": SORRY}}),
}


@pytest.mark.parametrize("begun", [False, True], ids=["at once", "later"])
@pytest.mark.parametrize(("provider", "error"), ERRORS.values(), ids=ERRORS)
def test_p60_an_error_after_comments_is_an_error_and_no_answer(
    provider: FormatName, error: JsonObject | Named, begun: bool
) -> None:
    begin: dict[FormatName, JsonObject | Named] = {
        CHAT: chunk({"content": "Half an"}),
        RESPONSES: response_event("response.output_text.delta", output_index=0, delta="Half an"),
        MESSAGES: block(0, text(""), {"type": "text_delta", "text": "Half an"})[1],
    }
    words = [begin[provider]] if begun else []
    events = decoded(stream(PROCESSING, *words, PROCESSING, error), provider)
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert SORRY in failed.failure.message
    assert [e for e in events if not isinstance(e, Started | PartStarted | PartDelta)] == [failed]
    assert [e.text for e in events if isinstance(e, PartDelta)] == (["Half an"] if begun else [])
    for client in FORMATS:
        assert SORRY in json.dumps(shown(events, client)[-1:])


def test_p60_the_code_in_it_is_the_status_that_was_meant() -> None:
    for code, kind in (
        (429, FailureKind.RATE_LIMITED),
        (402, FailureKind.BILLING),
        (503, FailureKind.OVERLOADED),
    ):
        made = stream(PROCESSING, {"error": {"code": code, "message": SORRY}, "choices": []})
        failed = only(decoded(made, CHAT))
        assert isinstance(failed, Failed)
        assert failed.failure.kind is kind


def test_p60_an_error_behind_the_end_does_not_undo_the_answer() -> None:
    made = stream(chunk({"content": "Done."}, "stop"), PROCESSING, {"error": {"code": 502, "message": SORRY}})
    events = decoded(made, CHAT)
    assert texts_of(events) == ["Done."]
    assert isinstance(events[-1], Stopped)


# P62: ids of items that are others in every event


def rotated(events: list[Named]) -> list[Named]:
    """The events with a new id in each, for the same item."""
    out = []
    for count, (kind, fields) in enumerate(events):
        item = {"item": {**fields["item"], "id": f"id-{count}"}} if "item" in fields else {}
        out.append((kind, {**fields, "item_id": f"id-{count}", **item}))
    return out


def message(said: str) -> JsonObject:
    return {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": said}] if said else [],
    }


def thought(said: str) -> JsonObject:
    return {"type": "reasoning", "summary": [{"type": "summary_text", "text": said}] if said else []}


def piece(kind: str, index: int, text: str, step: str = "delta") -> Named:
    key = "delta" if step == "delta" else "text"
    return response_event(f"response.{kind}.{step}", output_index=index, **{key: text})


def test_p62_items_are_known_by_their_place_when_their_ids_rotate() -> None:
    made = [
        added(0, thought("")),
        piece("reasoning_summary_text", 0, "Two"),
        piece("reasoning_summary_text", 0, " files."),
        finished(0, thought("Two files.")),
        added(1, message("")),
        piece("output_text", 1, "Here"),
        added(2, called("c2", "read", "")),
        added(3, called("c3", "run", "")),
        more(2, '{"a"'),
        more(3, '{"b"'),
        piece("output_text", 1, " they are."),
        more(2, ":1}"),
        more(3, ":2}"),
        piece("output_text", 1, "Here they are.", "done"),
        finished(1, message("Here they are.")),
        finished(2, called("c2", "read", '{"a":1}')),
        finished(3, called("c3", "run", '{"b":2}')),
    ]
    events = decoded(stream(CREATED, *rotated(made), completed()), RESPONSES)
    assert texts_of(events) == ["Two files.", "Here they are."]
    assert read(events) == PAIR
    assert [e.text for e in events if isinstance(e, PartDelta)] == [
        *("Two", " files.", "Here", '{"a"', '{"b"', " they are.", ":1}", ":2}")
    ]
    assert read(decoded(stream(CREATED, *rotated(made)[:13], completed()), RESPONSES)) == PAIR
