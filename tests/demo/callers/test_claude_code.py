"""Claude Code's side: what it makes of an answer, and how its history grows."""

import json
from typing import Any

import pytest

from coderouter_cli.demo.asks import Outline
from coderouter_cli.demo.callers.base import Result
from coderouter_cli.demo.callers.claude_code import ClaudeCode

OUTLINE = Outline("claude-code", "claude-opus-5-5", "python", ())
OLDER = Outline("claude-code", "claude-opus-4-7", "python", ())


def stream(*events: dict[str, Any]) -> bytes:
    return b"".join(b"event: x\ndata: " + json.dumps(event).encode() + b"\n\n" for event in events)


def block(index: int, start: dict[str, Any], *deltas: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"type": "content_block_start", "index": index, "content_block": start},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


START: dict[str, Any] = {"type": "message_start", "message": {"content": [], "stop_reason": None}}
STOP: dict[str, Any] = {"type": "message_stop"}


def ended(reason: str) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}}


ANSWER = stream(
    START,
    *block(
        0,
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "thinking_delta", "thinking": "Hm."},
        {"type": "signature_delta", "signature": "sig"},
    ),
    {"type": "ping"},
    *block(
        1,
        {"type": "text", "text": ""},
        {"type": "text_delta", "text": "I "},
        {"type": "text_delta", "text": "look."},
    ),
    *block(
        2,
        {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {}},
        {"type": "input_json_delta", "partial_json": '{"file_'},
        {"type": "input_json_delta", "partial_json": 'path": "a.py"}'},
    ),
    *block(3, {"type": "tool_use", "id": "toolu_2", "name": "ListAgents", "input": {}}),
    ended("tool_use"),
    STOP,
)


def sent(caller: ClaudeCode) -> Any:
    return json.loads(caller.request().body)


def test_an_answer_goes_back_as_it_came() -> None:
    caller = ClaudeCode(OUTLINE, "key")
    caller.begin("Fix it.", planning=False)
    taken = caller.take(ANSWER)
    assert (taken.text, [use.id for use in taken.uses]) == ("I look.", ["toolu_1", "toolu_2"])
    caller.give([Result(use, "ok", failed=use.id == "toolu_2") for use in taken.uses])
    *_, assistant, results = sent(caller)["messages"]
    assert assistant["content"] == [
        {"type": "thinking", "thinking": "Hm.", "signature": "sig"},
        {"type": "text", "text": "I look."},
        {"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {"file_path": "a.py"}},
        {"type": "tool_use", "id": "toolu_2", "name": "ListAgents", "input": {}},
    ]
    assert [block.get("is_error") for block in results["content"]] == [None, True]


def test_the_mark_moves_and_the_rest_stays_byte_for_byte() -> None:
    caller = ClaudeCode(OUTLINE, "key")
    caller.begin("Fix it.", planning=False)
    first = caller.request().body
    taken = caller.take(ANSWER)
    caller.give([Result(use, "ok", failed=False) for use in taken.uses])
    second = caller.request().body
    mark = b',"cache_control":{"type":"ephemeral"}'
    messages = first.split(b'"system":')[0].replace(mark, b"")
    assert second.replace(mark, b"").startswith(messages.rstrip(b"],"))
    assert first.split(b'"system":')[1] == second.split(b'"system":')[1]
    for body in (first, second):
        assert body.split(b'"system":')[0].count(mark) == 1


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (stream(START), "the stream ended without message_stop"),
        (stream(START, {"type": "error", "error": {"message": "Overloaded"}}), "Overloaded"),
        (stream(START, ended("end_turn"), STOP), "the answer has no content or no stop reason"),
        (b'{"content": [{"type": "text", "text": "x"}], "stop_reason": null}', "no stop reason"),
    ],
)
def test_a_broken_answer_is_told_and_not_kept(body: bytes, problem: str) -> None:
    caller = ClaudeCode(OUTLINE, "key")
    caller.begin("Fix it.", planning=False)
    before = caller.request().body
    assert problem in (caller.take(body).problem or "")
    assert caller.request().body == before


def test_an_answer_that_is_not_streamed() -> None:
    body = b'{"content": [{"type": "text", "text": "Done."}], "stop_reason": "end_turn"}'
    assert ClaudeCode(OUTLINE, "key").peek(body).text == "Done."


def test_windows_line_ends_in_a_stream() -> None:
    assert ClaudeCode(OUTLINE, "key").peek(ANSWER.replace(b"\n", b"\r\n")).text == "I look."


@pytest.mark.parametrize("outline", [OUTLINE, OLDER])
def test_plan_mode_is_entered_and_left(outline: Outline) -> None:
    caller = ClaudeCode(outline, "key")
    caller.begin("Plan it.", planning=True)
    assert "Plan mode is active" in json.dumps(sent(caller)["messages"])
    caller.take(ANSWER.replace(b'"tool_use"', b'"text", "text": "x"'))
    caller.begin("Do it.", planning=False)
    last = json.dumps(sent(caller)["messages"][-2:])
    assert "You have exited plan mode" in last
    roles = {message["role"] for message in sent(caller)["messages"]}
    assert ("system" in roles) is (outline is OUTLINE)


def test_after_a_compaction_the_summary_comes_first() -> None:
    caller = ClaudeCode(OUTLINE, "key")
    caller.begin("Fix it.", planning=False)
    caller.take(ANSWER)
    order = json.loads(caller.compaction().body)
    assert order["messages"][-1]["content"][0]["text"].startswith("CRITICAL: Respond with TEXT ONLY")
    assert order["tools"]
    caller.compact("<summary>short</summary>")
    caller.begin("Go on.", planning=False)
    (message,) = sent(caller)["messages"]
    assert [part["text"] for part in message["content"]][1] == "Go on."


def test_a_title_is_asked_for_with_a_schema_and_without_tools() -> None:
    caller = ClaudeCode(OUTLINE, "key")
    caller.begin("Fix it.", planning=False)
    body = json.loads(caller.title().body)
    assert body["tools"] == []
    assert body["output_config"]["format"]["schema"]["required"] == ["title"]
    assert body["messages"][0]["content"][0]["text"] == "Fix it."
    assert len(caller.title().body) < 6000
