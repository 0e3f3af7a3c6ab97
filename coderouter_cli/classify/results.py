"""Whether a tool call failed. Codex marks no result as an error: the exit code is in its text."""

import re

from coderouter_cli.classify.toolcalls import Action
from coderouter_cli.domain.conversation import Text, ToolResult

_EDGE = 600
"""Characters at each end of a result that are looked at; the middle is somebody's file."""
_EXIT_LINE = re.compile(r"^(?:Process exited with code|Exit code:?) (-?\d+)", re.MULTILINE)
"""Codex writes it above its ``Output:`` line; below that line it would be a program's own words."""
_EXIT_FIELD = re.compile(r'"exit_code"\s*:\s*(-?\d+)')
"""Codex before 0.50 ended its JSON result with the metadata."""
_REJECTED = (
    "The user doesn't want to proceed",
    "The user doesn't want to take this action",
    "[Request interrupted",
)
_OPENINGS = (
    "<tool_use_error>",
    "Error:",
    "error:",
    "Error ",
    "ERROR:",
    "fatal:",
    "Traceback (most recent call last)",
    "apply_patch verification failed",
    "failed to parse function arguments",
    "execution error",
    "bash: ",
    "Failed to ",
)
_FAILED_TESTS = re.compile(
    r"\b[1-9]\d*\s+(?:tests?\s+|suites?\s+)?(?:failed|failing|failures?|errors?)\b"
    r"|\b(?:failures|errors)[:=]\s*[1-9]|^(?:--- )?FAIL\b|\btest result: FAILED|\bFAILED\b",
    re.MULTILINE,
)


def failed(result: ToolResult, action: Action) -> bool:
    """Whether a call of this kind failed by its result.

    A person who declines a call has not made it fail, and a search that finds nothing (exit code 1)
    neither. A test run fails when its summary says so, whatever a pipe made of its exit code.
    """
    text = "\n".join(part.text for part in result.parts if isinstance(part, Text))
    head, tail = text[:_EDGE], text[-_EDGE:]
    if head.startswith(_REJECTED):
        return False
    if result.is_error:
        return True
    code = _exit_code(head, tail)
    if code is not None and code != 0:
        return not (action is Action.READ and code == 1)
    if action is Action.TEST:
        return _FAILED_TESTS.search(tail) is not None
    return code is None and head.lstrip().startswith(_OPENINGS)


def _exit_code(head: str, tail: str) -> int | None:
    if "xit" not in head and not head.startswith("{"):
        return None
    found = _EXIT_LINE.search(head.partition("\nOutput:")[0])
    if found is None and head.startswith("{"):
        found = _EXIT_FIELD.search(tail)
    return int(found[1]) if found else None
