"""The editor's and the SDK's side: what they make of an answer, and how their messages grow."""

import json
from typing import Any

import pytest

from coderouter_cli.demo.asks import Outline
from coderouter_cli.demo.callers.base import Caller, Result
from coderouter_cli.demo.callers.cursor import Cursor

OUTLINE = Outline("cursor", "claude-opus-4-7", "rust", ())


def chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def call(index: int, **fields: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, **fields}]}


def stream(*chunks: dict[str, Any], done: bool = True) -> bytes:
    lines = [b"data: " + json.dumps(one).encode() + b"\n\n" for one in chunks]
    return b": keep-alive\n\n" + b"".join(lines) + (b"data: [DONE]\n\n" if done else b"")


ANSWER = stream(
    chunk({"role": "assistant", "content": None, "reasoning_content": "Hm."}),
    chunk({"content": "I look."}),
    chunk(call(0, id="call_1", type="function", function={"name": "read_file", "arguments": ""})),
    chunk(call(1, id="call_2", type="function", function={"name": "list_dir", "arguments": "{}"})),
    chunk(call(0, function={"arguments": '{"target_file": "a.rs"}'})),
    chunk({}, "tool_calls"),
    {"choices": [], "usage": {}},
)


def caller_of(*, sdk: bool) -> Cursor:
    """The first caller of the kind."""
    made = (Cursor(OUTLINE, f"key {number}") for number in range(50))
    return next(one for one in made if (b'"stream":true' not in one.request().body) is sdk)


def messages(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(caller.request().body)["messages"]
    return found


@pytest.mark.parametrize("sdk", [False, True])
def test_the_sdk_keeps_the_reasoning_and_the_editor_forgets_it(*, sdk: bool) -> None:
    caller = caller_of(sdk=sdk)
    caller.begin("Fix it.", planning=False)
    taken = caller.take(ANSWER)
    assert (taken.text, [use.name for use in taken.uses]) == ("I look.", ["read_file", "list_dir"])
    caller.give([Result(use, "ok", failed=use.name == "list_dir") for use in taken.uses])
    *_, message, first, second = messages(caller)
    assert [one["function"]["arguments"] for one in message["tool_calls"]] == [
        '{"target_file": "a.rs"}',
        "{}",
    ]
    assert message.get("reasoning_content") == ("Hm." if sdk else None)
    assert first == {"role": "tool", "tool_call_id": "call_1", "content": "ok"}
    assert second["content"].startswith("Error: command failed")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (stream(chunk({"content": "x"})), "the stream ended without a finish reason or [DONE]"),
        (stream(chunk({}, "stop"), done=False), "the stream ended without a finish reason or [DONE]"),
        (stream({"error": {"message": "Overloaded"}}), "Overloaded"),
    ],
)
def test_a_broken_answer_is_told_and_not_kept(body: bytes, problem: str) -> None:
    caller = caller_of(sdk=False)
    caller.begin("Fix it.", planning=False)
    before = messages(caller)
    assert caller.take(body).problem == problem
    assert messages(caller) == before


def test_an_answer_that_is_not_streamed() -> None:
    body = b'{"choices": [{"message": {"role": "assistant", "content": "Done."}}]}'
    assert caller_of(sdk=True).peek(body).text == "Done."


def test_the_ask_is_wrapped_and_comes_after_the_open_files() -> None:
    caller = caller_of(sdk=False)
    caller.begin("Fix it.", planning=True)
    system, files, ask = messages(caller)
    assert system["role"] == "system"
    assert files["content"].count("<file path=") == 3
    assert ask["content"].startswith("<user_query>\nFix it.\n</user_query>\n<rules>")


def test_titles_and_compactions_are_ordinary_requests() -> None:
    caller = caller_of(sdk=False)
    caller.begin("Fix it.", planning=False)
    assert caller.title() == caller.compaction() == caller.request()
    caller.compact("short")
    assert [message["role"] for message in messages(caller)] == ["system", "user"]
    assert messages(caller.subagent())[0]["role"] == "system"
