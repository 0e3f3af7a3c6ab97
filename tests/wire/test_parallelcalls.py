"""OpenAI's wrapper of several calls."""

import json

import pytest

from coderouter_cli.domain.conversation import FormatName, Tool, ToolCall, ToolKind
from coderouter_cli.domain.events import Answer, PartEnded, PartStarted
from coderouter_cli.wire.customtools import wrap
from coderouter_cli.wire.parallelcalls import PARALLEL, inner_calls
from coderouter_cli.wire.registry import format_of
from tests.wire.formats.openai_chat.kit import calling, chunk, data, decode

USES = [
    {"recipient_name": "functions.read", "parameters": {"path": "ä"}},
    {"recipient_name": "patch", "parameters": {"input": "*** Begin Patch"}},
]
ARGUMENTS = json.dumps({"tool_uses": USES})
TOOLS = (Tool("read", "Reads.", {"type": "object"}), Tool("patch", kind=ToolKind.CUSTOM))


def test_the_calls_inside() -> None:
    assert inner_calls(ARGUMENTS) == [("read", '{"path": "ä"}'), ("patch", wrap("*** Begin Patch"))]


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"tool_uses": 3}',
        '{"tool_uses": [3, {}]}',
        json.dumps({"tool_uses": [{"recipient_name": PARALLEL}]}),
    ],
)
def test_what_is_no_wrapper_holds_none(arguments: str) -> None:
    assert inner_calls(arguments) == []


def test_a_chat_model_meant_the_calls_inside() -> None:
    stream = data(
        chunk(calling(index=0, id="call_1", name=PARALLEL, arguments=ARGUMENTS[:20])),
        chunk(calling(index=0, arguments=ARGUMENTS[20:])),
        chunk({}, "tool_calls"),
        "[DONE]",
    )
    events = decode(stream, *TOOLS)
    calls = [event.part for event in events if isinstance(event, PartEnded)]
    assert [isinstance(event, PartStarted) for event in events].count(True) == 2
    assert all(isinstance(call, ToolCall) for call in calls)
    read, patch = (call for call in calls if isinstance(call, ToolCall))
    assert (read.name, read.arguments, read.kind) == ("read", '{"path": "ä"}', ToolKind.FUNCTION)
    assert (patch.name, patch.arguments, patch.kind) == ("patch", "*** Begin Patch", ToolKind.CUSTOM)
    assert read.id != patch.id
    called = {"id": "call_1", "type": "function", "function": {"name": PARALLEL, "arguments": ARGUMENTS}}
    message = {"role": "assistant", "content": None, "tool_calls": [called]}
    body = {"id": "c", "choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}
    whole = format_of(FormatName.OPENAI_CHAT).decode_answer(body, TOOLS)
    assert isinstance(whole, Answer)
    assert whole.parts == (read, patch)


def test_a_wrapper_that_holds_nothing_is_passed_on() -> None:
    stream = data(
        chunk(calling(index=0, id="call_1", name=PARALLEL, arguments="{}")),
        chunk({}, "tool_calls"),
        "[DONE]",
    )
    (call,) = [event.part for event in decode(stream, *TOOLS) if isinstance(event, PartEnded)]
    assert call == ToolCall("call_1", PARALLEL, "{}")
