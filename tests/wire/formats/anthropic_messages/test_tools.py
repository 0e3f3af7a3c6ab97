from dataclasses import replace
from typing import Any

import pytest

from coderouter_cli.domain.conversation import Message, Text, Tool, ToolCall, ToolChoice, ToolKind
from coderouter_cli.wire.customtools import as_function_description, as_function_schema
from coderouter_cli.wire.formats.anthropic_messages.tools import (
    inline_tools,
    is_server_tool,
    offered_names,
    parse_choice,
    parse_tools,
    tool_fields,
)
from tests.wire.formats.anthropic_messages.kit import COMPATIBLE, MESSAGES, RESPONSES, VENDOR, conversation

SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}}
READ = Tool("read", "Reads", SCHEMA)
CALL = Message(
    "assistant", (ToolCall("t", "read", "{}", namespace="ns"), ToolCall("u", "read", "{}", namespace="ns"))
)


def written(*tools: Tool, **fields: Any) -> Any:
    return tool_fields(conversation(tools=tools, **fields), VENDOR).get("tools")


def test_a_function() -> None:
    assert written(READ) == [{"name": "read", "description": "Reads", "input_schema": SCHEMA}]
    assert written(Tool("read")) == [{"name": "read", "input_schema": {"type": "object", "properties": {}}}]


def test_names_are_flat_and_unique() -> None:
    tools = written(replace(READ, namespace="fs"), READ, replace(READ, description="Again"), Tool("a b"))
    assert [tool["name"] for tool in tools[:2]] == ["fs--read", "read"]
    assert tools[1]["description"] == "Reads"
    assert len(tools) == 3
    assert " " not in tools[2]["name"]


def test_a_custom_tool_is_a_function_of_one_text() -> None:
    patch = Tool(
        "apply_patch", "Patches", kind=ToolKind.CUSTOM, grammar={"syntax": "lark", "definition": "g"}
    )
    described = {"description": as_function_description(patch), "input_schema": as_function_schema(patch)}
    assert written(patch) == [{"name": "apply_patch", **described}]
    assert "as its one argument" in described["description"]


def test_server_tools_go_home_only() -> None:
    raw = {"type": "web_search_20250305", "name": "web_search"}
    own = Tool("web_search", kind=ToolKind.SERVER, raw=raw, origin=MESSAGES)
    assert written(own) == [raw]
    assert written(replace(own, origin=RESPONSES)) is None
    assert tool_fields(conversation(tools=(own,)), COMPATIBLE) == {}


def test_deferred_tools_wait_until_they_are_loaded() -> None:
    assert written(replace(READ, deferred=True, origin=MESSAGES)) is None
    assert len(written(replace(READ, deferred=True, origin=RESPONSES))) == 1


def test_strict_is_the_vendors_own_word() -> None:
    assert written(replace(READ, strict=True, origin=MESSAGES))[0]["strict"] is True
    assert "strict" not in written(replace(READ, strict=True, origin=RESPONSES))[0]
    strict = conversation(tools=(replace(READ, strict=True, origin=MESSAGES),))
    assert "strict" not in tool_fields(strict, COMPATIBLE)["tools"][0]


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        (None, {"type": "object", "properties": {}}),
        ({}, {"type": "object", "properties": {}}),
        ({"properties": {}}, {"properties": {}, "type": "object"}),
        (
            {"anyOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}}], "x": 1},
            {"x": 1, "type": "object", "properties": {"a": {}, "b": {}}},
        ),
        (
            {
                "type": "object",
                "properties": {"c": {"type": "string"}},
                "required": ["c"],
                "allOf": [{"properties": {"a": {}, "c": {}}, "required": ["a", "c"]}],
            },
            {"type": "object", "properties": {"c": {"type": "string"}, "a": {}}, "required": ["c", "a"]},
        ),
    ],
)
def test_a_schema_is_one_object(schema: dict[str, Any] | None, expected: dict[str, Any]) -> None:
    assert written(Tool("t", schema=schema))[0]["input_schema"] == expected


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        (None, None, None),
        (None, True, None),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        (ToolChoice("auto"), None, None),
        (ToolChoice("none"), False, {"type": "none"}),
        (ToolChoice("required"), None, {"type": "any"}),
        (
            ToolChoice("tool", "read"),
            False,
            {"type": "tool", "name": "ns--read", "disable_parallel_tool_use": True},
        ),
        (ToolChoice("tool", "gone"), None, {"type": "tool", "name": "gone"}),
    ],
)
def test_the_choice(
    choice: ToolChoice | None, parallel: bool | None, expected: dict[str, Any] | None
) -> None:
    tools = (replace(READ, namespace="ns"),)
    asked = conversation(tools=tools, tool_choice=choice, parallel_tool_calls=parallel)
    assert tool_fields(asked, VENDOR).get("tool_choice") == expected


def test_a_history_with_calls_has_tools_that_cannot_be_called() -> None:
    stub = {"name": "ns--read", "input_schema": {"type": "object", "properties": {}}}
    expected = {"tools": [stub], "tool_choice": {"type": "none"}}
    assert tool_fields(conversation(CALL), VENDOR) == expected
    assert tool_fields(conversation(CALL, tools=(READ,)), replace(VENDOR, tools=False)) == expected
    assert tool_fields(conversation(Message("user", (Text("Hi"),))), VENDOR) == {}


def test_tools_are_loaded_and_withdrawn_in_order() -> None:
    def change(kind: str, name: str) -> dict[str, Any]:
        return {"type": kind, "tool": {"type": "tool_reference", "name": name}}

    body = {
        "messages": [
            {"role": "user", "content": "x"},
            3,
            {"content": [{"type": "tool_result", "content": [{"type": "tool_reference", "tool_name": "a"}]}]},
            {"content": [{"type": "tool_result", "content": "x"}, change("tool_addition", "b")]},
            {"content": [change("tool_addition", "c"), change("tool_removal", "b")]},
        ]
    }
    assert offered_names(body) == {"a", "c"}
    assert offered_names({"messages": None}) == frozenset()


def test_inline_definitions_are_tools() -> None:
    definition = {"name": "x", "input_schema": {}, "defer_loading": True}
    addition = {"type": "tool_addition", "tool": {"type": "tool_definition", "definition": definition}}
    body = {
        "messages": [
            {"role": "system", "content": [addition, {"type": "tool_removal", "tool": {"definition": {}}}]}
        ]
    }
    assert inline_tools(body) == [definition]
    (tool,) = parse_tools(body)
    assert tool.name == "x"


def test_kinds_of_tools() -> None:
    assert [
        is_server_tool(tool) for tool in ({}, {"type": None}, {"type": "custom"}, {"type": "bash_20250124"})
    ] == [
        False,
        False,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, (None, None)),
        ({"type": "auto"}, (ToolChoice("auto"), None)),
        ({"type": "any", "disable_parallel_tool_use": False}, (ToolChoice("required"), True)),
        ({"type": "none"}, (ToolChoice("none"), None)),
        ({"type": "tool", "name": "x", "disable_parallel_tool_use": True}, (ToolChoice("tool", "x"), False)),
    ],
)
def test_choices_are_read(choice: Any, expected: tuple[ToolChoice | None, bool | None]) -> None:
    assert parse_choice({"tool_choice": choice}) == expected
