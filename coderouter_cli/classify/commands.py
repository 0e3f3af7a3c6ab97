"""What a shell command does: runs tests, writes a file, only reads, or something else.

A look at the words, not a shell parser: wrong now and then, never slow, never raising.
"""

import json
import re

from coderouter_cli.classify.matching import Words

_LONGEST = 20_000
"""Characters of a command that are looked at; a longer one is a file in a heredoc."""

_READING = Words(
    """
    ls cat head tail less more rg grep egrep find fd tree wc pwd which type file stat du df echo printf sed
    awk nl sort uniq cut jq diff env printenv cd ps date whoami uname true test get-content get-childitem
    select-string
    """
)
_READING_GIT = Words("status diff log show branch blame ls-files grep remote rev-parse describe")

_HEREDOC_HEAD = 2_000
"""A heredoc names its file before its text."""

_SCRIPTED = re.compile(
    r"\b(?:cmd|command|script)[\"']?\s*:\s*([\"'`])((?:(?!\1)[^\\]|\\.){1,4000})\1", re.DOTALL
)
_SEGMENT = re.compile(r"&&|\|\||[;|\n]")
_LEAD = re.compile(r"\s*(?:[A-Za-z_]\w*=\S*\s+|(?:sudo|time|command|env|timeout\s+\S+)\s+)*")
_RUNNER = (
    r"(?:(?:uv|poetry|pdm|hatch|rye|pipenv|bundle|mise)\s+(?:run|exec)\s+"
    r"|(?:npx|bunx|pnpm\s+exec|yarn\s+dlx)\s+)?"
)
_TEST_RUN = re.compile(
    _RUNNER
    + r"""(?:\S*/)?(?:
        (?:pytest|py\.test|jest|vitest|mocha|ava|phpunit|pest|rspec|tox|nox|ctest|bats|behave|nosetests)(?=$|\s)
      | python[\d.]*\s+-m\s+(?:pytest|unittest|nose2?)\b
      | python[\d.]*\s+\S*(?:run_?tests?|test_\w+)\.py\b
      | python[\d.]*\s+\S*manage\.py\s+test\b
      | (?:npm|pnpm|yarn|bun|deno|cargo|go|dotnet|swift|flutter|dart|mix|sbt|lein|stack|zig\s+build|rails|rake
          |mvnw?|gradlew?|make|just|bazel|xcodebuild|composer|forge|turbo|nx|php\s+artisan)
          \s+(?:run\s+|-\S+\s+)*(?:t|tests?|check|nextest|verify)(?:[:_-]\w+)*(?=$|\s)
      | (?:playwright|cypress|ng|hardhat)\s+(?:test|run)\b
      | node\s+(?:-\S+\s+)*--test\b
    )""",
    re.VERBOSE,
)
_HEREDOC = re.compile(
    r"(?:>{1,2}|\btee\s+(?:-a\s+)?)\s*[\"']?([\w./~-]+)[\"']?\s*<<|<<-?\s*\S+\s*>{1,2}\s*[\"']?([\w./~-]+)"
)
_REDIRECT = re.compile(r"(?<![0-9&=-])>{1,2}\s*(?!/dev/null|&)[\w./~$\"']")


def command_text(arguments: str) -> str:
    """The shell command in a tool call's arguments: JSON, an argument list, or a script that runs one."""
    head = arguments[:_LONGEST]
    try:
        value = json.loads(head)
    except (ValueError, RecursionError):
        scripted = _SCRIPTED.search(head)
        return scripted[2] if scripted else head
    if isinstance(value, dict):
        value = next((value[key] for key in ("command", "cmd", "script") if key in value), "")
    if isinstance(value, list):
        words = [word for word in value if isinstance(word, str)]
        return words[-1] if len(words) == 3 and words[1].startswith("-") else " ".join(words)
    return value if isinstance(value, str) else ""


def runs_tests(command: str) -> bool:
    """Whether some part of the command is a test runner; the text of a heredoc is none."""
    return any(_TEST_RUN.match(segment) for segment in _segments(command.partition("<<")[0]))


def only_reads(command: str) -> bool:
    """Whether every part of the command only looks."""
    segments = _segments(command)
    return bool(segments) and not _REDIRECT.search(command) and all(_reads(segment) for segment in segments)


def written_file(command: str) -> str | None:
    """The file a heredoc or an in-place edit writes, None when there is none."""
    heredoc = _HEREDOC.search(command[:_HEREDOC_HEAD]) if "<<" in command else None
    if heredoc:
        return heredoc[1] or heredoc[2]
    in_place = (
        segment.split() for segment in _segments(command) if segment.startswith("sed ") and " -i" in segment
    )
    return next((words[-1].strip("\"'") for words in in_place), None)


def _segments(command: str) -> tuple[str, ...]:
    parts = (part[_lead_end(part) :].strip() for part in _SEGMENT.split(command[:_LONGEST]))
    return tuple(part for part in parts if part)


def _lead_end(segment: str) -> int:
    lead = _LEAD.match(segment)
    return lead.end() if lead else 0


def _reads(segment: str) -> bool:
    words = segment.split(maxsplit=2)
    first = words[0].lower()
    if first == "git":
        return len(words) > 1 and words[1] in _READING_GIT
    return first in _READING and " -i" not in segment
