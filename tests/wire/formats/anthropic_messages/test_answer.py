from dataclasses import replace
from typing import Any

import pytest
from anthropic.types import Message as SdkMessage
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import (
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolKind,
    Unknown,
)
from coderouter_cli.domain.events import Answer, PartEnded, Stopped, StopReason
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.formats.anthropic_messages import ANTHROPIC_MESSAGES
from coderouter_cli.wire.toolids import minted_id
from tests.wire.formats.anthropic_messages.kit import CONTEXT, MESSAGES, NATIVE, RESPONSES, decoded
from tests.wire.formats.anthropic_messages.streams import CALL, GOLDEN, THOUGHT

decode, encode = ANTHROPIC_MESSAGES.decode_answer, ANTHROPIC_MESSAGES.encode_answer
USAGE = {"input_tokens": 3, "cache_read_input_tokens": 5, "output_tokens": 4}
BODY: dict[str, Any] = {
    "id": "msg_01",
    "type": "message",
    "role": "assistant",
    "model": "claude-opus-5-5",
    "content": [
        {"type": "thinking", "thinking": "Let me sée.", "signature": NATIVE},
        {"type": "redacted_thinking", "data": "d"},
        {"type": "text", "text": "漢字 🙂"},
        {"type": "tool_use", "id": "toolu_01", "name": "Read", "input": {"path": "a.py"}},
        {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": USAGE,
}
SEARCH = Unknown(MESSAGES, "server_tool_use", BODY["content"][4])


def test_a_whole_answer() -> None:
    assert decode(BODY, ()) == Answer(
        parts=(
            THOUGHT,
            Reasoning("", Opaque(MESSAGES, "redacted", "d")),
            Text("漢字 🙂"),
            ToolCall("toolu_01", "Read", '{"path":"a.py"}'),
            SEARCH,
        ),
        stop=StopReason.TOOL_USE,
        usage=Usage(input=3, cache_read=5, output=4),
        raw_usage=USAGE,
        response_id="msg_01",
        model="claude-opus-5-5",
    )


def test_tools_are_named_as_the_client_named_them() -> None:
    tools = (Tool("apply_patch", kind=ToolKind.CUSTOM, namespace="ns"),)
    block = {"type": "tool_use", "id": "Bash:0", "name": "ns--apply_patch", "input": {"input": "*** Begin"}}
    answer = decode({**BODY, "content": [block]}, tools)
    assert isinstance(answer, Answer)
    (call,) = answer.parts
    assert isinstance(call, ToolCall)
    assert (call.name, call.namespace, call.kind, call.arguments) == (
        "apply_patch",
        "ns",
        ToolKind.CUSTOM,
        "*** Begin",
    )
    assert call.id.replace("_", "").isalnum()


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({"type": "error", "error": {"type": "overloaded_error", "message": "x"}}, FailureKind.OVERLOADED),
        ({"error": "x"}, FailureKind.INTERNAL),
        ({}, FailureKind.INTERNAL),
        ({"content": "Hi"}, FailureKind.INTERNAL),
    ],
)
def test_what_is_no_answer_is_a_failure(body: dict[str, Any], kind: FailureKind) -> None:
    failure = decode(body, ())
    assert isinstance(failure, Failure)
    assert failure.kind is kind


def test_an_answer_may_lack_everything() -> None:
    answer = decode({"content": [3, {}, {"type": "text"}, {"type": "tool_use"}]}, ())
    call = ToolCall(minted_id("", 3), "", "{}")
    assert answer == Answer(parts=(Text(""), call), stop=StopReason.TOOL_USE)


def test_reasons_to_stop_are_read() -> None:
    refused = decode({**BODY, "stop_reason": "refusal", "stop_details": {"explanation": "No."}}, ())
    matched = decode({**BODY, "stop_reason": "stop_sequence", "stop_sequence": "END"}, ())
    assert isinstance(refused, Answer)
    assert isinstance(matched, Answer)
    assert (refused.stop, refused.detail) == (StopReason.REFUSAL, "No.")
    assert (matched.stop, matched.detail) == (StopReason.STOP_SEQUENCE, "END")


def written(*parts: Part, **fields: Any) -> dict[str, Any]:
    body = encode(Answer(**{"parts": parts, "stop": StopReason.END_TURN, **fields}), CONTEXT)
    SdkMessage.model_validate(body)
    return body


def test_an_answer_for_a_client() -> None:
    body = written(
        THOUGHT,
        Text("Hi"),
        CALL,
        usage=Usage(input=1, cache_read=2, cache_write=3, cache_write_long=4, output=5),
    )
    assert body == {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": [
            {"type": "thinking", "thinking": "Let me sée.", "signature": NATIVE},
            {"type": "text", "text": "Hi"},
            {"type": "tool_use", "id": "toolu_01", "name": "Read", "input": {"path": "a.py"}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 1,
            "cache_creation_input_tokens": 7,
            "cache_read_input_tokens": 2,
            "output_tokens": 5,
            "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 4},
        },
    }


def test_parts_of_other_formats() -> None:
    body = written(
        Refusal("No."),
        Text(""),
        Reasoning("Hm.", Opaque(RESPONSES, "encrypted", "x")),
        Reasoning("", Opaque(RESPONSES, "encrypted", "x")),
        ToolCall("t", "patch", "raw", ToolKind.CUSTOM),
        ToolCall("Bash:0", "f", "[broken"),
        Unknown(RESPONSES, "x", {"type": "x"}),
        SEARCH,
        stop=StopReason.REFUSAL,
        detail="No.",
    )
    found = [
        {key: block.get(key) for key in ("type", "text", "thinking", "signature", "input")}
        for block in body["content"]
    ]
    assert [{k: v for k, v in block.items() if v is not None} for block in found] == [
        {"type": "text", "text": "No."},
        {"type": "thinking", "thinking": "Hm.", "signature": ""},
        {"type": "tool_use", "input": {"input": "raw"}},
        {"type": "tool_use", "input": {"input": "[broken"}},
        {"type": "server_tool_use", "input": {}},
    ]
    assert body["stop_reason"] == "refusal"
    assert body["stop_details"] == {"type": "refusal", "category": None, "explanation": "No."}


def test_numbers_that_nobody_reported_are_estimated() -> None:
    usage = written(Text("Hello there, world."))["usage"]
    assert usage["input_tokens"] == 77
    assert 3 <= usage["output_tokens"] <= 8


def test_the_formats_own_answers_keep_their_meaning() -> None:
    answer = decode(BODY, ())
    assert isinstance(answer, Answer)
    again = decode(encode(answer, CONTEXT), ())
    assert isinstance(again, Answer)
    assert replace(again, raw_usage=USAGE, response_id="msg_01") == answer


def test_whole_and_streamed_answers_are_read_alike() -> None:
    streamed = [event.part for event in decoded(GOLDEN) if isinstance(event, PartEnded)]
    body = {
        **BODY,
        "content": [block for block in BODY["content"] if block["type"] in {"thinking", "text", "tool_use"}],
    }
    answer = decode(body, ())
    assert isinstance(answer, Answer)
    assert streamed == [*answer.parts[:2], CALL]
    assert decoded(GOLDEN)[-1] == Stopped(answer.stop)


KEYS = st.sampled_from(
    ["type", "text", "id", "name", "input", "thinking", "signature", "content", "usage", "stop_reason"]
)
VALUES = st.none() | st.integers() | st.sampled_from(["text", "tool_use", "thinking", "x"])


@given(
    st.dictionaries(
        KEYS, st.recursive(VALUES, lambda v: st.lists(v) | st.dictionaries(KEYS, v), max_leaves=5)
    )
)
def test_any_object_is_an_answer_or_a_failure(body: dict[str, Any]) -> None:
    answer = decode(body, ())
    if isinstance(answer, Answer):
        encode(answer, CONTEXT)
    else:
        assert answer.message
