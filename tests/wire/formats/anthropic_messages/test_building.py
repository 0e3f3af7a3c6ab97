from typing import Any

import pytest

from coderouter_cli.domain.conversation import Opaque, Part, Reasoning, Text, ToolCall, ToolKind, Unknown
from coderouter_cli.domain.events import PartDelta, PartEnded, PartStarted
from coderouter_cli.wire.formats.anthropic_messages.building import (
    Growing,
    GrowingCall,
    GrowingText,
    GrowingThinking,
    GrowingUnknown,
)
from tests.wire.formats.anthropic_messages.kit import MESSAGES

CALL = ToolCall("t", "f", "")
CUSTOM = ToolCall("t", "f", "", ToolKind.CUSTOM)
SEARCH: dict[str, Any] = {"type": "server_tool_use", "input": {}}


def json_piece(text: str) -> dict[str, Any]:
    return {"type": "input_json_delta", "partial_json": text}


@pytest.mark.parametrize(
    ("growing", "deltas", "texts", "whole"),
    [
        (GrowingText(7, {"text": "a"}), [{"text": "b"}, {"text": ""}, {}], ["a", "b"], Text("ab")),
        (GrowingText(7, {}), [], [], Text("")),
        (
            GrowingThinking(7, {"type": "thinking", "thinking": "a", "signature": "s"}),
            [{"thinking": "b"}, {"signature": "t"}],
            ["a", "b"],
            Reasoning("ab", Opaque(MESSAGES, "signature", "st")),
        ),
        (GrowingThinking(7, {"type": "thinking"}), [{"thinking": "b"}], ["b"], Reasoning("b")),
        (
            GrowingThinking(7, {"type": "redacted_thinking", "data": "d"}),
            [],
            [],
            Reasoning("", Opaque(MESSAGES, "redacted", "d")),
        ),
        (GrowingCall(7, CALL, {}), [json_piece("{"), json_piece("}")], ["{", "}"], ToolCall("t", "f", "{}")),
        (GrowingCall(7, CALL, {"input": {}}), [], ["{}"], ToolCall("t", "f", "{}")),
        (GrowingCall(7, CALL, {"input": {"a": 1}}), [], ['{"a":1}'], ToolCall("t", "f", '{"a":1}')),
        (
            GrowingCall(7, CUSTOM, {}),
            [json_piece('{"input"'), json_piece(':"x"}')],
            ["x"],
            ToolCall("t", "f", "x", ToolKind.CUSTOM),
        ),
        (
            GrowingCall(7, CUSTOM, {"input": {"input": "x"}}),
            [],
            ["x"],
            ToolCall("t", "f", "x", ToolKind.CUSTOM),
        ),
        (GrowingCall(7, CUSTOM, {}), [], [], CUSTOM),
        (GrowingUnknown(7, SEARCH), [json_piece("{}")], [], Unknown(MESSAGES, "server_tool_use", SEARCH)),
        (
            GrowingUnknown(7, SEARCH),
            [json_piece("{broken")],
            [],
            Unknown(MESSAGES, "server_tool_use", SEARCH),
        ),
    ],
)
def test_a_block_grows_into_its_part(
    growing: Growing, deltas: list[dict[str, Any]], texts: list[str], whole: Part
) -> None:
    events = [*growing.start(), *(event for delta in deltas for event in growing.add(delta)), *growing.end()]
    assert isinstance(events[0], PartStarted)
    assert [event.text for event in events if isinstance(event, PartDelta)] == texts
    assert events[-1] == PartEnded(7, whole)
    assert {getattr(event, "key", None) for event in events} == {7}
