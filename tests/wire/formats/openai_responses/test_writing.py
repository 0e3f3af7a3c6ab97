from dataclasses import replace

import pytest

from coderouter_cli.domain.conversation import (
    FormatName,
    Image,
    Opaque,
    Reasoning,
    Text,
    ToolCall,
    ToolKind,
    Unknown,
)
from coderouter_cli.domain.events import (
    Answer,
    PartDelta,
    PartEnded,
    PartStarted,
    Stopped,
    StopReason,
)
from coderouter_cli.wire.formats.openai_responses import OPENAI_RESPONSES
from tests.wire.formats.openai_responses.kit import GPT, context, events_of, sealed
from tests.wire.formats.openai_responses.streams import (
    ENCRYPTED,
    bare,
    encode,
    events_for,
    validated,
)


def test_a_text_event_by_event() -> None:
    events = encode(events_for([Text("Héllo")]))
    validated(events)
    item = events[2]["item"]["id"]
    text = {"type": "output_text", "annotations": [], "logprobs": [], "text": "Héllo"}
    message = {"id": item, "type": "message", "role": "assistant"}
    place = {"output_index": 0, "item_id": item, "content_index": 0}
    assert item.startswith("msg_")
    assert bare(events) == [
        {"type": "response.created"},
        {"type": "response.in_progress"},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**message, "status": "in_progress", "content": []},
        },
        {"type": "response.content_part.added", **place, "part": {**text, "text": ""}},
        {"type": "response.output_text.delta", **place, "delta": "Hé", "logprobs": []},
        {"type": "response.output_text.delta", **place, "delta": "llo", "logprobs": []},
        {"type": "response.output_text.done", **place, "text": "Héllo", "logprobs": []},
        {"type": "response.content_part.done", **place, "part": text},
        {
            "type": "response.output_item.done",
            "output_index": 0,
            "item": {**message, "status": "completed", "content": [text]},
        },
        {"type": "response.completed"},
    ]


def test_reasoning_is_a_summary_that_begins_with_its_text() -> None:
    events = encode(events_for([Reasoning("think", ENCRYPTED, "rs_theirs"), Text("x")]))
    validated(events)
    item = {"id": events[2]["item"]["id"], "type": "reasoning", "summary": [], "encrypted_content": None}
    place = {"output_index": 0, "item_id": item["id"], "summary_index": 0}
    summary = {"type": "summary_text", "text": "think"}
    assert bare(events)[2:9] == [
        {"type": "response.output_item.added", "output_index": 0, "item": item},
        {
            "type": "response.reasoning_summary_part.added",
            **place,
            "part": {"type": "summary_text", "text": ""},
        },
        {"type": "response.reasoning_summary_text.delta", **place, "delta": "th"},
        {"type": "response.reasoning_summary_text.delta", **place, "delta": "ink"},
        {"type": "response.reasoning_summary_text.done", **place, "text": "think"},
        {"type": "response.reasoning_summary_part.done", **place, "part": summary},
        {
            "type": "response.output_item.done",
            "output_index": 0,
            "item": {**item, "summary": [summary], "encrypted_content": "gAAA"},
        },
    ]


def test_reasoning_of_a_known_maker_goes_out_in_an_envelope() -> None:
    part = Reasoning("think", ENCRYPTED, "rs_theirs")
    encoder = OPENAI_RESPONSES.encoder(replace(context(), maker=GPT))
    events = events_of(b"".join(encoder.feed(event) for event in events_for([part, Text("x")])))
    validated(events)
    items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    expected = {"id": items[0]["id"], **sealed(GPT, "think", "encrypted", "gAAA")}
    assert items[0] == expected
    whole = OPENAI_RESPONSES.encode_answer(
        Answer((part, Text("x")), StopReason.END_TURN), replace(context(), maker=GPT)
    )
    assert whole["output"][0] == expected


@pytest.mark.parametrize(
    "opaque",
    [None, Opaque(FormatName.ANTHROPIC_MESSAGES, "signature", "sig")],
)
def test_a_foreign_carrier_stays_out_of_encrypted_content(opaque: Opaque | None) -> None:
    events = encode(events_for([Reasoning("", opaque)]))
    validated(events)
    assert [event["type"] for event in events[2:-1]] == [
        "response.output_item.added",
        "response.output_item.done",
    ]
    assert events[-2]["item"] == {**events[2]["item"], "summary": [], "encrypted_content": None}


def test_calls_carry_the_clients_names() -> None:
    function = ToolCall("c1", "shell", '{"a":1}')
    spaced = ToolCall("c2", "sleep", "{}", namespace="clock")
    custom = ToolCall("c3", "exec", "text(1)", ToolKind.CUSTOM, "functions")
    events = encode(events_for([function, spaced, custom], StopReason.TOOL_USE))
    validated(events)
    assert [event["type"].removeprefix("response.") for event in events[2:7]] == [
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
    ]
    assert events[5]["arguments"] == '{"a":1}'
    one, two, three = (event["item"] for event in events if event["type"] == "response.output_item.done")
    assert (one["type"], one["call_id"], one["name"], one["arguments"]) == (
        "function_call",
        "c1",
        "shell",
        '{"a":1}',
    )
    assert "namespace" not in one
    assert (two["name"], two["namespace"]) == ("sleep", "clock")
    assert (three["type"], three["namespace"], three["name"], three["input"]) == (
        "custom_tool_call",
        "functions",
        "exec",
        "text(1)",
    )
    inputs = [event for event in events if event["type"].startswith("response.custom_tool_call_input")]
    assert [event.get("delta", event.get("input")) for event in inputs] == ["te", "xt(1)", "text(1)"]
    assert events[-1]["response"]["output"] == [one, two, three]


def test_an_item_of_our_own_is_passed_on_and_others_are_not() -> None:
    item = {"type": "compaction", "id": "cmp_1", "encrypted_content": "gAAA"}
    ours = Unknown(FormatName.OPENAI_RESPONSES, "compaction", item)
    theirs = Unknown(FormatName.ANTHROPIC_MESSAGES, "server_tool_use", {"type": "server_tool_use"})
    image = Image(url="https://example.org/a.png")
    last = encode(
        [
            PartStarted(0, theirs),
            PartDelta(0, "x"),
            PartEnded(0, theirs),
            PartStarted(1, ours),
            PartDelta(1, "x"),
            PartEnded(1, ours),
            PartStarted(2, image),
            PartEnded(2, image),
            Stopped(StopReason.END_TURN),
        ]
    )[-1]
    assert last["response"]["output"] == [item]
