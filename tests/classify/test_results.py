"""Failed or not, by a tool result."""

import pytest

from coderouter_cli.classify.results import failed
from coderouter_cli.classify.toolcalls import Action
from coderouter_cli.domain.conversation import Image, Text, ToolResult

CODEX = """Chunk ID: a1b2
Wall time: 0.05 seconds
Process exited with code {}
Original token count: 3
Output:
{}"""


def outcome(text: str, action: Action = Action.COMMAND, *, error: bool = False) -> bool:
    return failed(ToolResult("c1", (Text(text),), is_error=error), action)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        (CODEX.format(2, "boom"), Action.COMMAND),
        (CODEX.format(101, "test result: FAILED"), Action.TEST),
        ("Exit code: 1\nWall time: 0.1 seconds\nOutput:\nno", Action.COMMAND),
        ('{"output":"boom","metadata":{"exit_code":1,"duration_seconds":0.1}}', Action.COMMAND),
        (CODEX.format(2, "rg: bad flag"), Action.READ),
        ("Error: ENOENT", Action.COMMAND),
        ("<tool_use_error>String to replace not found in file.</tool_use_error>", Action.EDIT),
        ("apply_patch verification failed: no match", Action.EDIT),
        ("  Traceback (most recent call last):\n ...", Action.COMMAND),
        ("...\n3 failed, 12 passed in 1.2s", Action.TEST),
        ("Tests: 1 failed, 2 passed", Action.TEST),
        ("--- FAIL: TestA (0.00s)\nFAIL", Action.TEST),
        ("OK (failures=2)", Action.TEST),
        (CODEX.format(0, "2 failed"), Action.TEST),
    ],
)
def test_failures(text: str, action: Action) -> None:
    assert outcome(text, action)


@pytest.mark.parametrize(
    ("text", "action"),
    [
        (CODEX.format(0, "ok"), Action.COMMAND),
        (CODEX.format(0, "Error: this is only a log line"), Action.COMMAND),
        (CODEX.format(0, "Process exited with code 3"), Action.COMMAND),
        (CODEX.format(1, ""), Action.READ),
        ("12 passed, 0 failed in 1.2s", Action.TEST),
        ("3 failed attempts were logged", Action.COMMAND),
        ("1\tdef f():\n2\t    raise Error", Action.READ),
        ('{"output":"ok","metadata":{"exit_code":0}}', Action.COMMAND),
        ("", Action.COMMAND),
    ],
)
def test_successes(text: str, action: Action) -> None:
    assert not outcome(text, action)


def test_the_error_flag_counts() -> None:
    assert outcome("anything", error=True)


def test_a_declined_call_has_not_failed() -> None:
    assert not outcome("The user doesn't want to proceed with this tool use.", error=True)


def test_a_result_without_text_has_not_failed() -> None:
    assert not failed(ToolResult("c1", (Image(url="x"),)), Action.COMMAND)


def test_the_middle_of_a_long_result_is_not_read() -> None:
    assert not outcome("x" * 700 + "\nError: no\n3 failed\n" + "y" * 700, Action.TEST)
