"""Codex's side: what it makes of an answer, and how its items grow."""

import json
from typing import Any

import pytest

from coderouter_cli.demo.asks import Outline
from coderouter_cli.demo.callers.base import Result
from coderouter_cli.demo.callers.codex import Codex

OUTLINE = Outline("codex", "claude-opus-5-5", "go", ())
ITEMS: list[dict[str, Any]] = [
    {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "sealed", "status": "completed"},
    {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "I look.", "annotations": []}],
    },
    {
        "id": "fc_1",
        "type": "function_call",
        "name": "exec_command",
        "arguments": "{}",
        "call_id": "call_1",
        "status": "completed",
    },
    {"id": "ctc_1", "type": "custom_tool_call", "name": "apply_patch", "input": "*** x", "call_id": "call_2"},
]


def stream(*events: dict[str, Any]) -> bytes:
    return b"".join(b"data: " + json.dumps(event).encode() + b"\n\n" for event in events)


DONE = [{"type": "response.output_item.done", "item": item} for item in ITEMS]
COMPLETED = {"type": "response.completed", "response": {}}
ANSWER = stream({"type": "response.created"}, *DONE, COMPLETED)


def items(caller: Codex) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(caller.request().body)["input"]
    return found


def test_items_go_back_without_ids_and_states() -> None:
    caller = Codex(OUTLINE, "key")
    caller.begin("Fix it.", planning=False)
    taken = caller.take(ANSWER)
    assert taken.text == "I look."
    assert [(use.id, use.custom) for use in taken.uses] == [("call_1", False), ("call_2", True)]
    caller.give([Result(use, "ok", failed=not use.custom) for use in taken.uses])
    *_, reasoning, message, call, patch, first, second = items(caller)
    assert reasoning == {"type": "reasoning", "encrypted_content": "sealed"}
    assert "id" not in message
    assert call == {"type": "function_call", "name": "exec_command", "arguments": "{}", "call_id": "call_1"}
    assert patch["input"] == "*** x"
    assert first["type"] == "function_call_output"
    assert first["output"].startswith("Exit code: 1\n")
    assert second["type"] == "custom_tool_call_output"
    assert second["output"].startswith("Exit code: 0\n")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (stream(*DONE), "the stream ended without response.completed"),
        (stream({"type": "response.failed"}), "response.failed"),
        (stream({"type": "response.incomplete"}), "response.incomplete"),
        (stream({"type": "error"}), "error"),
        (stream(COMPLETED), "the answer has no items"),
        (b'{"status": "incomplete", "output": []}', "incomplete"),
    ],
)
def test_a_broken_answer_is_told_and_not_kept(body: bytes, problem: str) -> None:
    caller = Codex(OUTLINE, "key")
    caller.begin("Fix it.", planning=False)
    before = items(caller)
    assert caller.take(body).problem == problem
    assert items(caller) == before


def test_an_answer_that_is_not_streamed() -> None:
    body = json.dumps({"status": "completed", "output": ITEMS}).encode()
    assert Codex(OUTLINE, "key").peek(body).text == "I look."


def test_a_compaction_keeps_what_was_asked() -> None:
    caller = Codex(OUTLINE, "key")
    caller.begin("Fix it.", planning=False)
    caller.take(ANSWER)
    order = json.loads(caller.compaction().body)
    assert "tools" not in order
    assert order["input"][-1]["content"][0]["text"].startswith("You are performing a CONTEXT CHECKPOINT")
    caller.compact("short")
    texts = [item["content"][0]["text"] for item in items(caller)]
    assert texts[-2:] == [
        "Fix it.",
        "Another language model started to solve this problem and left this summary:\nshort",
    ]


def test_plan_mode_is_entered_and_left() -> None:
    caller = Codex(OUTLINE, "key")
    caller.begin("Plan it.", planning=True)
    caller.begin("Do it.", planning=False)
    developers = [item["content"][0]["text"] for item in items(caller) if item["role"] == "developer"]
    assert developers[2:] == ["# Plan Mode (Conversational)", "# Collaboration Mode: Default"]


def test_a_title_has_a_schema_and_a_source_of_its_own() -> None:
    caller = Codex(OUTLINE, "key")
    caller.begin("Fix it.", planning=False)
    outgoing = caller.title()
    metadata = json.loads(dict(outgoing.headers)["x-codex-turn-metadata"])
    assert metadata["thread_source"] == "thread_title"
    assert json.loads(outgoing.body)["text"]["format"]["name"] == "title"


def test_a_subagent_is_a_thread_of_its_own() -> None:
    caller = Codex(OUTLINE, "key")
    agent = caller.subagent()
    agent.begin("Look.", planning=False)
    threads = {dict(made.headers)["thread-id"] for made in (caller.request(), agent.request())}
    assert len(threads) == 2
