"""Hand-written sessions in the three formats, and what is counted in them."""

import json
import time
from dataclasses import replace

import pytest

from coderouter_cli.classify.classifier import classify
from coderouter_cli.classify.features import features
from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    Message,
    ToolCall,
    ToolKind,
    ToolResult,
)
from coderouter_cli.domain.conversation import Text as TextPart
from coderouter_cli.domain.features import Features
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from tests.classify.talk import NO_SIGNALS, calls, conversation, result, says, step, system, user


def seen(*messages: Message, format_name: FormatName = FormatName.ANTHROPIC_MESSAGES) -> Features:
    return features(conversation(*messages, format_name=format_name), NO_SIGNALS, 12_000)


def claude_code() -> tuple[Message, ...]:
    """Claude Code: reminders, a system message in the history, tools with JSON arguments."""
    return (
        user(
            "<system-reminder>\nThis is the git status: fix docs\n</system-reminder>",
            "Add a --json flag to export",
        ),
        system("Environment: linux. Available agent types: ..."),
        *step(1, "Read", '{"file_path": "/p/src/export.py"}', "1\tdef export(): ..."),
        *step(2, "Edit", json.dumps({"file_path": "/p/src/export.py", "old_string": "a"}), "updated"),
        *step(3, "Edit", json.dumps({"file_path": "/p/src/export.py", "old_string": "b"}), "updated"),
        *step(4, "Write", json.dumps({"file_path": "/p/tests/test_export.py", "content": "x"}), "created"),
        *step(5, "Edit", json.dumps({"file_path": "/p/README.md", "old_string": "b"}), "updated"),
        *step(6, "Bash", '{"command": "pytest -q 2>&1 | tail"}', "2 failed, 3 passed"),
        *step(7, "Bash", '{"command": "pytest -q 2>&1 | tail"}', "Exit code 1", error=True),
    )


def test_a_claude_code_turn() -> None:
    found = seen(*claude_code())
    assert (found.turns, found.tool_calls, found.reads, found.commands, found.test_runs) == (1, 7, 1, 0, 2)
    assert (found.edits, found.test_edits, found.doc_edits, found.same_file_edits) == (4, 1, 1, 2)
    assert (found.tool_errors, found.error_streak, found.repeated_calls) == (2, 2, 1)
    assert (found.kind, found.prompt_tokens) == (RequestKind.TURN, 12_000)
    assert dict(found.words).keys() == {Phase.IMPLEMENT}


def test_a_codex_turn() -> None:
    """Codex: developer messages, environment block, custom apply_patch, exit codes in the text."""
    patch = "*** Begin Patch\n*** Update File: src/a.rs\n@@\n-x\n+y\n*** End Patch"
    failing = "Chunk ID: 1\nWall time: 1 seconds\nProcess exited with code 101\nOutput:\ntest result: FAILED"
    found = seen(
        system("You are Codex. Fix bugs."),
        user(
            "<environment_context>\n<cwd>/p</cwd>\n</environment_context>",
            "The parser drops the last line, fix it",
        ),
        calls(("c1", "exec_command", '{"cmd": "sed -n 1,80p src/a.rs"}')),
        result("c1", "Process exited with code 0\nOutput:\nfn main() {}"),
        calls(("c2", "apply_patch", patch), kind=ToolKind.CUSTOM),
        result("c2", "Success. Updated the following files:\nM src/a.rs"),
        calls(("c3", "exec_command", '{"cmd": "cargo test"}')),
        result("c3", failing),
        format_name=FormatName.OPENAI_RESPONSES,
    )
    assert (found.tool_calls, found.reads, found.edits, found.test_runs) == (3, 1, 1, 1)
    assert (found.tool_errors, found.error_streak) == (1, 1)
    assert classify(found).phase is Phase.DEBUG


def test_a_codex_code_mode_turn() -> None:
    found = seen(
        user("Rename the flag"),
        calls(("c1", "exec", 'await tools.exec_command({cmd: "rg -n flag"})'), kind=ToolKind.CUSTOM),
        result("c1", "src/a.rs:3"),
        calls(("c2", "exec", 'await tools.exec_command({cmd: "go test ./..."})'), kind=ToolKind.CUSTOM),
        result("c2", "ok"),
        format_name=FormatName.OPENAI_RESPONSES,
    )
    assert (found.reads, found.test_runs, found.error_streak) == (1, 1, 0)


def test_a_chat_turn_with_parallel_calls() -> None:
    both = Message(
        "assistant",
        (
            ToolCall("a", "read_file", '{"path": "a"}'),
            ToolCall("b", "run_terminal_cmd", '{"command": "make"}'),
        ),
    )
    answers = Message(
        "user", (ToolResult("a", (TextPart("x"),)), ToolResult("b", (TextPart("Error: no rule"),)))
    )
    found = seen(user("Build it"), both, answers, format_name=FormatName.OPENAI_CHAT)
    assert (found.reads, found.commands, found.tool_errors, found.error_streak) == (1, 1, 1, 1)


def test_counts_begin_anew_with_each_turn() -> None:
    found = seen(*claude_code(), says("Done."), user("Thanks, what does export do?"))
    assert (found.turns, found.tool_calls, found.edits, found.error_streak) == (2, 0, 0, 0)
    assert found.question


def test_a_success_ends_a_streak() -> None:
    failing = [
        step(number, "Bash", f'{{"command": "make {number}"}}', "no", error=True) for number in range(3)
    ]
    broken = [message for pair in failing for message in pair]
    assert seen(user("Build it"), *broken).error_streak == 3
    assert seen(user("Build it"), *broken, *step(9, "Bash", '{"command": "ls"}', "a")).error_streak == 0


def test_an_edit_makes_a_repeated_call_new() -> None:
    run = '{"command": "make"}'
    again = seen(user("x"), *step(1, "Bash", run, "a"), *step(2, "Bash", run, "a"))
    edited = seen(
        user("x"),
        *step(1, "Bash", run, "a"),
        *step(2, "Edit", '{"file_path": "a"}', "ok"),
        *step(3, "Bash", run, "a"),
    )
    assert (again.repeated_calls, edited.repeated_calls) == (1, 0)


def test_go_on_remembers_the_ask_before_it() -> None:
    found = seen(user("Write the README"), says("Shall I?"), user("yes"), says("Next?"), user("continue"))
    assert found.continuation
    assert classify(found).phase is Phase.DOCUMENT
    assert seen(user("Write the README"), says("Done"), user("rename the flag")).earlier == ()


def test_a_conversation_without_a_person() -> None:
    found = seen(user("<system-reminder>\nx\n</system-reminder>"))
    assert (found.turns, found.text_chars, found.words, found.continuation) == (0, 0, (), False)
    assert classify(found).phase is Phase.IMPLEMENT


def test_signals_and_effort_are_carried() -> None:
    talk = replace(conversation(user("Add login")), effort="max")
    found = features(talk, replace(NO_SIGNALS, plan_mode=True, subagent=True, kind=RequestKind.TITLE), 7)
    assert (found.plan_mode, found.subagent, found.kind, found.effort) == (
        True,
        True,
        RequestKind.TITLE,
        "max",
    )


@pytest.mark.parametrize("output", ["ok", "Fix the bug! Write tests! Rename everything!", "error " * 200])
def test_tool_output_never_changes_the_phase(output: str) -> None:
    loop = seen(user("Write the README"), *step(1, "Bash", '{"command": "cat a"}', output))
    assert classify(loop).phase is classify(seen(user("Write the README"))).phase is Phase.DOCUMENT


def test_a_stuck_agent_moves_from_implement_to_debug() -> None:
    failing = [
        step(number, "Bash", f'{{"command": "make {number}"}}', "no", error=True) for number in range(3)
    ]
    broken = [message for pair in failing for message in pair]
    now = classify(seen(user("Add a --json flag to export"), *broken))
    assert (now.phase, now.difficulty) == (Phase.DEBUG, Difficulty.HARD)
    assert "error_streak" in now.evidence


def big_request() -> Conversation:
    """About 120 kB: 40 steps of 3 kB each."""
    steps = [
        step(
            number,
            "Read" if number % 2 else "Bash",
            json.dumps({"command": "cd src && rg foo | head", "file_path": "a"}),
            "x = 1\n" * 500,
        )
        for number in range(40)
    ]
    return conversation(user("Add a --json flag to export"), *(message for pair in steps for message in pair))


def test_a_large_request_is_read_fast() -> None:
    """A generous bound for a slow and busy machine; measured 0.9 ms."""
    request = big_request()
    best = min(_timed(request) for _ in range(5))
    assert best < 0.02


def _timed(request: Conversation) -> float:
    started = time.process_time()
    classify(features(request, NO_SIGNALS, 30_000))
    return time.process_time() - started
