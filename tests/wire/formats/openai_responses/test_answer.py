from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.responses import Response

from coderouter_cli.domain.conversation import (
    FormatName,
    JsonObject,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolKind,
    Unknown,
)
from coderouter_cli.domain.events import Answer, StopReason
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.formats.openai_responses import OPENAI_RESPONSES
from coderouter_cli.wire.formats.openai_responses.answer import decode_answer, encode_answer
from tests.wire.formats.openai_responses.kit import TOOLS, call, context, say

USAGE = {"input_tokens": 10, "output_tokens": 5}


def response(*output: JsonObject, **fields: Any) -> JsonObject:
    return {"id": "resp_1", "object": "response", "model": "served", "output": list(output), **fields}


def test_a_whole_answer() -> None:
    patch = call("c2", "apply_patch", '{"input":"*** x"}')
    found = decode_answer(
        response(
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]},
            say("assistant", "Looking."),
            call("Bash:0"),
            patch,
            {"type": "web_search_call", "id": "ws"},
            status="completed",
            usage=USAGE,
        ),
        TOOLS,
    )
    assert isinstance(found, Answer)
    reasoning, text, first, second, unknown = found.parts
    assert reasoning == Reasoning("hm", id="rs_1")
    assert text == Text("Looking.")
    assert isinstance(first, ToolCall)
    assert first.id.startswith("Bash_0_")
    assert second == ToolCall("c2", "apply_patch", "*** x", ToolKind.CUSTOM)
    assert isinstance(unknown, Unknown)
    assert (found.stop, found.usage, found.raw_usage) == (
        StopReason.TOOL_USE,
        Usage(input=10, output=5),
        USAGE,
    )
    assert (found.response_id, found.model) == ("resp_1", "served")


@pytest.mark.parametrize(
    ("body", "stop", "detail"),
    [
        (response(say("assistant", "x")), StopReason.END_TURN, None),
        (response(), StopReason.END_TURN, None),
        (response(call("c")), StopReason.TOOL_USE, None),
        (
            response({"type": "message", "content": [{"type": "refusal", "refusal": "no"}]}),
            StopReason.REFUSAL,
            "no",
        ),
        (
            response(status="incomplete", incomplete_details={"reason": "content_filter"}),
            StopReason.REFUSAL,
            None,
        ),
        (
            response(call("c"), status="incomplete", incomplete_details={"reason": "max_output_tokens"}),
            StopReason.MAX_TOKENS,
            None,
        ),
    ],
)
def test_why_it_stopped(body: JsonObject, stop: StopReason, detail: str | None) -> None:
    found = decode_answer(body, ())
    assert isinstance(found, Answer)
    assert (found.stop, found.detail) == (stop, detail)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ({}, FailureKind.INTERNAL),
        ({"output": "x"}, FailureKind.INTERNAL),
        (response(error={"code": "insufficient_quota", "message": "m"}), FailureKind.BILLING),
        ({"error": {"code": "context_length_exceeded", "message": "m"}}, FailureKind.TOO_LONG),
        ({"error": "boom"}, FailureKind.INTERNAL),
        (response(status="failed"), FailureKind.INTERNAL),
        (response(status="cancelled"), FailureKind.INTERNAL),
    ],
)
def test_what_is_no_answer_is_a_failure(body: JsonObject, kind: FailureKind) -> None:
    found = decode_answer(body, ())
    assert isinstance(found, Failure)
    assert found.kind is kind
    assert found.message


def test_an_answer_for_the_sdk() -> None:
    answer = Answer(
        parts=(
            Reasoning("hm", Opaque(FormatName.OPENAI_RESPONSES, "encrypted", "gAAA")),
            Text("Hello"),
            ToolCall("c", "sleep", "{}", namespace="clock"),
            Unknown(FormatName.ANTHROPIC_MESSAGES, "x", {"type": "x"}),
        ),
        stop=StopReason.TOOL_USE,
        usage=Usage(input=1, cache_read=2, output=3),
    )
    read = Response.model_validate(encode_answer(answer, context()))
    assert (read.id, read.model, read.status, read.output_text) == (
        "resp_9",
        "wished-model",
        "completed",
        "Hello",
    )
    assert [item.type for item in read.output] == ["reasoning", "message", "function_call"]
    assert read.usage is not None
    assert read.usage.input_tokens == 3
    assert len({item.id for item in read.output}) == 3


@pytest.mark.parametrize(
    ("stop", "parts", "status", "reason"),
    [
        (StopReason.END_TURN, (Text("x"),), "completed", None),
        (StopReason.STOP_SEQUENCE, (Text("x"),), "completed", None),
        (StopReason.MAX_TOKENS, (Text("x"),), "incomplete", "max_output_tokens"),
        (StopReason.CONTEXT_EXCEEDED, (Text("x"),), "incomplete", "max_output_tokens"),
        (StopReason.REFUSAL, (), "incomplete", "content_filter"),
        (StopReason.REFUSAL, (Refusal("no"),), "completed", None),
    ],
)
def test_how_it_ended(stop: StopReason, parts: tuple[Part, ...], status: str, reason: str | None) -> None:
    written = encode_answer(Answer(parts, stop), context())
    assert written["status"] == status
    assert written["incomplete_details"] == (reason and {"reason": reason})
    assert written["usage"]["input_tokens"] == 1000
    Response.model_validate(written)


WORDS = st.text(max_size=10)
PARTS = (
    WORDS.map(Text)
    | WORDS.map(Refusal)
    | WORDS.map(Reasoning)
    | st.integers().map(lambda value: ToolCall("c", "shell", f'{{"v":{value}}}'))
    | WORDS.map(lambda text: ToolCall("c", "apply_patch", text, ToolKind.CUSTOM))
)


@given(st.lists(PARTS, max_size=5).map(tuple))
def test_what_we_write_we_read_back(parts: tuple[Part, ...]) -> None:
    read = OPENAI_RESPONSES.decode_answer(
        OPENAI_RESPONSES.encode_answer(Answer(parts, StopReason.MAX_TOKENS), context()), TOOLS
    )
    assert isinstance(read, Answer)
    assert read.stop is StopReason.MAX_TOKENS
    assert tuple(Reasoning(p.text) if isinstance(p, Reasoning) else p for p in read.parts) == parts
