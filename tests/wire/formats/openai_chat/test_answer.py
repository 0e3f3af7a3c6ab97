"""Whole answers, both ways."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion

from coderouter_cli.domain.conversation import (
    FormatName,
    JsonObject,
    Part,
    Reasoning,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolKind,
)
from coderouter_cli.domain.events import Answer, StopReason
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT
from tests.wire.formats.openai_chat.kit import context


def body(message: JsonObject | None = None, finish: str = "stop", **extra: object) -> JsonObject:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1764000000,
        "model": "served",
        "choices": [{"index": 0, "message": message or {}, "finish_reason": finish}],
        **extra,
    }


def decoded(value: JsonObject, *tools: Tool) -> Answer:
    answer = OPENAI_CHAT.decode_answer(value, tools)
    assert isinstance(answer, Answer)
    return answer


def test_a_whole_answer_of_deepseek() -> None:
    call = {
        "index": 0,
        "id": "call_0",
        "type": "function",
        "function": {"name": "Bash", "arguments": '{"a":1}'},
    }
    answer = decoded(
        body(
            {"role": "assistant", "content": "Hi", "reasoning_content": "Hm", "tool_calls": [call]},
            "tool_calls",
            usage={
                "prompt_tokens": 10,
                "completion_tokens": 4,
                "total_tokens": 14,
                "prompt_cache_hit_tokens": 6,
            },
        )
    )
    assert answer == Answer(
        parts=(Reasoning("Hm"), Text("Hi"), ToolCall("call_0", "Bash", '{"a":1}')),
        stop=StopReason.TOOL_USE,
        usage=Usage(input=4, cache_read=6, output=4),
        raw_usage={
            "prompt_tokens": 10,
            "completion_tokens": 4,
            "total_tokens": 14,
            "prompt_cache_hit_tokens": 6,
        },
        response_id="chatcmpl-1",
        model="served",
    )


def test_calls_of_a_whole_answer_are_told_apart_by_their_place() -> None:
    same = {"index": 0, "type": "function", "function": {"name": "f", "arguments": "{}"}}
    first, second = decoded(body({"tool_calls": [same, same]})).parts
    assert isinstance(first, ToolCall)
    assert isinstance(second, ToolCall)
    assert first.id != second.id


def test_of_several_choices_the_one_that_a_stream_would_give_is_read() -> None:
    said = [{"index": n, "message": {"content": str(n)}, "finish_reason": "stop"} for n in (1, 0)]
    assert decoded(body(choices=said)).parts == (Text("0"),)
    assert decoded(body(choices=said[:1])).parts == (Text("1"),)


def test_empty_arguments_are_an_empty_object_and_custom_text_is_unwrapped() -> None:
    tool = Tool("apply_patch", kind=ToolKind.CUSTOM)
    calls = [
        {"id": "a", "function": {"name": "f", "arguments": ""}},
        {"id": "b", "function": {"name": "apply_patch", "arguments": '{"input": "*** Begin"}'}},
    ]
    assert decoded(body({"tool_calls": calls}), tool).parts == (
        ToolCall("a", "f", "{}"),
        ToolCall("b", "apply_patch", "*** Begin", ToolKind.CUSTOM),
    )


def test_no_usage_is_unknown_and_not_zero() -> None:
    assert decoded(body({"content": "Hi"})).usage is None


def test_stop_sequence_and_tier() -> None:
    value = body({"content": "Hi"}, service_tier="flex", usage={"prompt_tokens": 1, "completion_tokens": 1})
    value["choices"][0]["stop_reason"] = "</block>"
    answer = decoded(value)
    assert (answer.stop, answer.detail) == (StopReason.STOP_SEQUENCE, "</block>")
    assert answer.usage == Usage(input=1, output=1, tier="flex")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"error": {"message": "Slow down", "code": "rate_limit_exceeded"}}, FailureKind.RATE_LIMITED),
        ({}, FailureKind.INTERNAL),
        (body(), FailureKind.INTERNAL),
        ({"choices": []}, FailureKind.INTERNAL),
        (body({"content": "Hi"}, "insufficient_system_resource"), FailureKind.OVERLOADED),
        ({"choices": [{"error": {"message": "gone", "code": 503}}]}, FailureKind.OVERLOADED),
        (body({"tool_calls": [{"id": "x", "function": {"arguments": "{}"}}]}), FailureKind.INTERNAL),
    ],
)
def test_what_is_no_answer(value: JsonObject, kind: FailureKind) -> None:
    failure = OPENAI_CHAT.decode_answer(value, ())
    assert isinstance(failure, Failure)
    assert failure.kind is kind


def encoded(answer: Answer, *tools: Tool) -> ChatCompletion:
    return ChatCompletion.model_validate(OPENAI_CHAT.encode_answer(answer, context(*tools)))


def test_a_whole_answer_for_a_client() -> None:
    answer = Answer(
        (Reasoning("Hm"), Text("Hi"), ToolCall("Bash:0", "Bash", "{}")),
        StopReason.TOOL_USE,
        usage=Usage(input=1, cache_read=2, output=3),
    )
    read = encoded(answer)
    choice = read.choices[0]
    assert (read.id, read.model, choice.finish_reason, choice.message.content) == (
        "chatcmpl-9",
        "wished-model",
        "tool_calls",
        "Hi",
    )
    assert choice.message.tool_calls is not None
    assert choice.message.tool_calls[0].id != "Bash:0"
    assert read.usage is not None
    assert (read.usage.prompt_tokens, read.usage.total_tokens) == (3, 6)
    assert OPENAI_CHAT.encode_answer(answer, context())["choices"][0]["message"]["reasoning_content"] == "Hm"


def test_calls_alone_have_no_content_and_an_empty_answer_has_an_empty_one() -> None:
    assert (
        encoded(Answer((ToolCall("c", "f", "{}"),), StopReason.TOOL_USE)).choices[0].message.content is None
    )
    assert encoded(Answer((), StopReason.END_TURN)).choices[0].message.content == ""


def test_refusals() -> None:
    shown = encoded(Answer((Refusal("No."),), StopReason.REFUSAL)).choices[0]
    assert (shown.message.refusal, shown.finish_reason) == ("No.", "stop")
    bare = encoded(Answer((), StopReason.REFUSAL, detail="cyber")).choices[0]
    assert (bare.message.refusal, bare.finish_reason) == ("cyber", "content_filter")


def test_custom_and_old_calls() -> None:
    patch = ToolCall("c", "p", "*** Begin", ToolKind.CUSTOM)
    native = Tool("p", kind=ToolKind.CUSTOM, origin=FormatName.OPENAI_CHAT)
    message = OPENAI_CHAT.encode_answer(Answer((patch,), StopReason.TOOL_USE), context(native))["choices"][0][
        "message"
    ]
    assert message["tool_calls"] == [
        {"id": "c", "type": "custom", "custom": {"name": "p", "input": "*** Begin"}}
    ]
    old = Tool("f", raw={"name": "f"}, origin=FormatName.OPENAI_CHAT)
    choice = encoded(Answer((ToolCall("c", "f", "{}"),), StopReason.TOOL_USE), old).choices[0]
    assert choice.message.function_call is not None
    assert choice.message.function_call.name == "f"
    assert choice.finish_reason == "function_call"
    assert choice.message.tool_calls is None


words = st.text(min_size=1, max_size=20)
calls = st.builds(
    ToolCall,
    st.from_regex(r"call_[a-z0-9]{1,8}", fullmatch=True),
    st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    st.just("{}"),
)


@given(words, words, st.lists(calls, max_size=3, unique_by=lambda call: call.id))
def test_what_is_written_is_read_back(thought: str, text: str, called: list[ToolCall]) -> None:
    parts: tuple[Part, ...] = (Reasoning(thought), Text(text), *called)
    stop = StopReason.TOOL_USE if called else StopReason.END_TURN
    answer = Answer(parts, stop, usage=Usage(input=5, cache_read=3, cache_write=1, output=7, reasoning=2))
    back = decoded(OPENAI_CHAT.encode_answer(answer, context()))
    assert (back.parts, back.stop, back.usage) == (answer.parts, answer.stop, answer.usage)
