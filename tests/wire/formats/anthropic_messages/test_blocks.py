from typing import Any

import pytest

from coderouter_cli.domain.conversation import Opaque, Part, Reasoning, Text, ToolCall, ToolResult, Unknown
from coderouter_cli.wire.formats.anthropic_messages.blocks import (
    as_text,
    parse_content,
    parse_texts,
    reasoning_of,
    written_arguments,
)
from tests.wire.formats.anthropic_messages.kit import GPT, MESSAGES, RESPONSES, sealed

FILE = {"type": "image", "source": {"type": "file", "file_id": "f"}}


def unknown(block: dict[str, Any]) -> Unknown:
    return Unknown(MESSAGES, block["type"], block)


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        ({"type": "text", "text": "a"}, [Text("a")]),
        (
            {"type": "text", "text": "a", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
            [Text("a", "1h")],
        ),
        ({"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}, [Text("a", "5m")]),
        ({"type": "text", "text": "a", "cache_control": None}, [Text("a")]),
        (
            {"type": "thinking", "thinking": "a", "signature": "s"},
            [Reasoning("a", Opaque(MESSAGES, "signature", "s"))],
        ),
        ({"type": "thinking", "thinking": "a", "signature": ""}, [Reasoning("a")]),
        (
            sealed(GPT, "a", "encrypted", "gAAAAABo"),
            [Reasoning("a", Opaque(RESPONSES, "encrypted", "gAAAAABo", GPT))],
        ),
        (
            {"type": "thinking", "thinking": "a", "signature": "cr1.damaged"},
            [Reasoning("a", Opaque(MESSAGES, "signature", "cr1.damaged"))],
        ),
        ({"type": "redacted_thinking", "data": "d"}, [Reasoning("", Opaque(MESSAGES, "redacted", "d"))]),
        (
            {"type": "tool_use", "id": "t", "name": "n", "input": {"é": [1.5]}},
            [ToolCall("t", "n", '{"é":[1.5]}')],
        ),
        ({"type": "tool_result", "tool_use_id": "t"}, [ToolResult("t", ())]),
        ({"type": "tool_result", "tool_use_id": "t", "content": ""}, [ToolResult("t", ())]),
        ({"type": "tool_result", "tool_use_id": "t", "content": "x"}, [ToolResult("t", (Text("x"),))]),
        (
            {"type": "tool_result", "tool_use_id": "t", "content": [FILE, {"type": "text", "text": "x"}]},
            [ToolResult("t", (Text("x"),)), unknown(FILE)],
        ),
        (FILE, [unknown(FILE)]),
        ({"type": "server_tool_use", "id": "s"}, [unknown({"type": "server_tool_use", "id": "s"})]),
        ({"type": "tool_addition", "tool": {}}, []),
        ({"type": "tool_removal", "tool": {}}, []),
    ],
)
def test_every_block(block: dict[str, Any], expected: list[Part]) -> None:
    assert list(parse_content({"content": [block]}, "m")) == expected


def test_texts_of_a_system_prompt() -> None:
    assert parse_texts(None, "system") == ()
    assert parse_texts("a", "system") == (Text("a"),)
    assert parse_texts([{"type": "text", "text": "a"}], "system") == (Text("a"),)


def test_thinking_that_lacks_its_fields_is_empty() -> None:
    assert reasoning_of({"type": "thinking"}) == Reasoning("")


def test_arguments_are_compact_and_keep_their_text() -> None:
    assert written_arguments({"b": 1, "a": "é"}) == '{"b":1,"a":"é"}'


def test_references_and_search_results_in_words() -> None:
    assert as_text({"type": "tool_reference", "tool_name": "Web"}) == "Tool available: Web"
    found = {
        "type": "search_result",
        "title": "T",
        "source": "S",
        "content": [{"type": "text", "text": "C"}, 3],
    }
    assert as_text(found) == "T\nS\nC\n"
