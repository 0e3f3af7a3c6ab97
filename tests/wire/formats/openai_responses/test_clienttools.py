"""Tools of the Responses format that the client runs, as functions and back."""

import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject, Text, ToolCall, ToolKind, ToolResult
from coderouter_cli.wire.formats.openai_responses.clienttools import (
    client_call,
    client_item,
    client_result,
    client_tool,
    is_client_run,
)

SEARCH = {
    "type": "tool_search",
    "execution": "client",
    "description": "# Tool discovery",
    "parameters": {"type": "object", "properties": {"query": {"type": "string"}}, "required": ["query"]},
}
CALLS: list[tuple[JsonObject, str, str]] = [
    (
        {"type": "tool_search_call", "execution": "client", "arguments": {"query": "agents", "limit": 3}},
        "tool_search",
        '{"query": "agents", "limit": 3}',
    ),
    (
        {"type": "local_shell_call", "action": {"type": "exec", "command": ["ls", "-l"], "env": {}}},
        "local_shell",
        '{"command": ["ls", "-l"], "env": {}}',
    ),
    ({"type": "shell_call", "action": {"commands": ["ls"]}}, "shell", '{"commands": ["ls"]}'),
    (
        {"type": "apply_patch_call", "operation": {"type": "update_file", "path": "a", "diff": "+b"}},
        "apply_patch",
        '{"type": "update_file", "path": "a", "diff": "+b"}',
    ),
]


@pytest.mark.parametrize(("item", "name", "arguments"), CALLS)
def test_a_call_is_a_function_call_and_the_same_item_again(
    item: JsonObject, name: str, arguments: str
) -> None:
    whole = {"id": "x_1", "status": "completed", "call_id": "c", **item}
    call = client_call(whole, "input[0]")
    assert call == ToolCall("c", name, arguments, ToolKind.CLIENT)
    assert client_item(call, "x_1", "completed") == whole


def test_what_codex_sends_as_null_is_not_an_argument() -> None:
    action = {"type": "exec", "command": ["ls"], "timeout_ms": None, "working_directory": None, "env": None}
    call = client_call({"type": "local_shell_call", "id": "lsh_1", "action": action}, "input[0]")
    assert call == ToolCall("lsh_1", "local_shell", '{"command": ["ls"]}', ToolKind.CLIENT)


@pytest.mark.parametrize(
    ("name", "arguments", "body"),
    [
        ("tool_search", "{", {"execution": "client", "arguments": {}}),
        (
            "local_shell",
            '{"command": "ls | wc"}',
            {"action": {"type": "exec", "command": ["bash", "-lc", "ls | wc"], "env": {}}},
        ),
        ("shell", '{"commands": "ls"}', {"action": {"commands": ["ls"]}}),
        ("shell", "[]", {"action": {"commands": []}}),
    ],
)
def test_odd_arguments_still_make_an_item(name: str, arguments: str, body: JsonObject) -> None:
    item = client_item(ToolCall("c", name, arguments, ToolKind.CLIENT), "x", "completed")
    assert {key: value for key, value in item.items() if key in {"execution", "arguments", "action"}} == body


def test_a_search_keeps_its_own_words_and_schema() -> None:
    tool = client_tool(SEARCH, "tools[0]")
    assert (tool.name, tool.kind, tool.origin) == (
        "tool_search",
        ToolKind.CLIENT,
        FormatName.OPENAI_RESPONSES,
    )
    assert (tool.description, tool.schema) == (SEARCH["description"], SEARCH["parameters"])


@pytest.mark.parametrize("kind", ["local_shell", "shell", "apply_patch"])
def test_a_tool_without_a_schema_gets_one(kind: str) -> None:
    tool = client_tool({"type": kind}, "tools[0]")
    assert tool.description
    assert tool.schema is not None
    assert set(tool.schema["required"]) <= set(tool.schema["properties"])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"type": "tool_search", "execution": "client"}, True),
        ({"type": "tool_search", "execution": "server"}, False),
        ({"type": "tool_search"}, False),
        ({"type": "shell"}, True),
        ({"type": "shell", "environment": {"type": "local"}}, True),
        ({"type": "shell", "environment": {"type": "container_auto"}}, False),
        ({"type": "shell_call", "environment": {"type": "container_reference", "container_id": "x"}}, False),
        ({"type": "web_search"}, False),
        ({"type": None}, False),
    ],
)
def test_who_runs_it(value: JsonObject, expected: bool) -> None:
    assert is_client_run(value) is expected


@pytest.mark.parametrize(
    ("item", "text", "is_error"),
    [
        ({"type": "local_shell_call_output", "output": "a"}, "a", False),
        (
            {
                "type": "shell_call_output",
                "output": [
                    {"stdout": "a\n", "stderr": "", "outcome": {"type": "exit", "exit_code": 1}},
                    {"stdout": "", "stderr": "b", "outcome": {"type": "timeout"}},
                ],
            },
            "a\n[exit code 1]\nb\n[timed out]",
            False,
        ),
        ({"type": "apply_patch_call_output", "status": "completed", "output": "done"}, "done", False),
        ({"type": "apply_patch_call_output", "status": "failed", "output": "no"}, "no", True),
        ({"type": "tool_search_output", "tools": []}, "No tools were found.", False),
        (
            {
                "type": "tool_search_output",
                "tools": [
                    {"type": "function", "name": "a"},
                    {"type": "namespace", "name": "n", "tools": [{"name": "b"}, {"name": "c"}]},
                ],
            },
            "These tools can be called now: a, n--b, n--c.",
            False,
        ),
    ],
)
def test_outputs_are_read_as_words(item: JsonObject, text: str, is_error: bool) -> None:
    result = client_result({"id": "c", **item}, "input[0]")
    assert result == ToolResult("c", (Text(text),), is_error, ToolKind.CLIENT)
