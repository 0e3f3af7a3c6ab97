"""Tools with item types of their own that the client runs, not the provider.

Codex's ``tool_search`` (``execution: client``), ``local_shell``, ``shell`` and ``apply_patch`` of the
Agents SDK. Other formats, and other providers of this one, know none of them: there each is a function
whose arguments are the item's own, and a call of that function is the item again. Shapes: the types of
openai 3.54 and Codex 0.169.0, measured.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from coderouter_cli.domain.conversation import (
    FormatName,
    JsonObject,
    Text,
    Tool,
    ToolCall,
    ToolKind,
    ToolResult,
)
from coderouter_cli.wire.read import (
    as_int,
    as_list,
    as_object,
    as_str,
    opt_object,
    opt_str,
    parse_lenient,
)
from coderouter_cli.wire.toolnames import flat_name

_SEARCH = "tool_search"
_STRING: JsonObject = {"type": "string"}
_STRINGS: JsonObject = {"type": "array", "items": _STRING}
_INTEGER: JsonObject = {"type": "integer"}


def _schema(required: str, **properties: JsonObject) -> JsonObject:
    return {"type": "object", "properties": properties, "required": required.split()}


@dataclass(frozen=True, slots=True)
class _Kind:
    """One such tool: where an item has the arguments, and what the model is told of it."""

    call: str
    field: str
    description: str
    schema: JsonObject


_KINDS: dict[str, _Kind] = {
    _SEARCH: _Kind(
        "tool_search_call",
        "arguments",
        "Searches for tools that are not on offer yet; those it finds can be called from the next turn on.",
        _schema("query", query=_STRING, limit=_INTEGER),
    ),
    "local_shell": _Kind(
        "local_shell_call",
        "action",
        "Runs a command on the user's machine. `command` is the program and its arguments.",
        _schema(
            "command",
            command=_STRINGS,
            working_directory=_STRING,
            timeout_ms=_INTEGER,
            env={"type": "object", "additionalProperties": _STRING},
        ),
    ),
    "shell": _Kind(
        "shell_call",
        "action",
        "Runs shell commands on the user's machine, in their order.",
        _schema("commands", commands=_STRINGS, timeout_ms=_INTEGER, max_output_length=_INTEGER),
    ),
    "apply_patch": _Kind(
        "apply_patch_call",
        "operation",
        "Creates, updates or deletes one file. `diff` is in the V4A format and is left out to delete; every "
        "line of a new file begins with a plus sign.",
        _schema(
            "type path",
            type={"type": "string", "enum": ["create_file", "update_file", "delete_file"]},
            path=_STRING,
            diff=_STRING,
        ),
    ),
}
_TOOL_OF = {kind.call: name for name, kind in _KINDS.items()}
CLIENT_CALL_OF = {name: kind.call for name, kind in _KINDS.items()}
"""The item type of each tool's call."""
CLIENT_CALLS = frozenset(_TOOL_OF)
CLIENT_OUTPUTS = frozenset(
    {"tool_search_output", "local_shell_call_output", "shell_call_output", "apply_patch_call_output"}
)


def is_client_run(value: JsonObject) -> bool:
    """Whether a tool definition, or a call or output item, is of a tool that the client runs itself."""
    kind = as_str(value.get("type")).removesuffix("_output").removesuffix("_call")
    if kind == _SEARCH:
        return value.get("execution") == "client"
    environment = as_str(as_object(value.get("environment")).get("type"))
    return kind in _KINDS and not environment.startswith("container")


def client_tool(value: JsonObject, at: str) -> Tool:
    """The tool of a definition that `is_client_run`."""
    name = value["type"]
    known = _KINDS[name]
    return Tool(
        name,
        description=opt_str(value, "description", at) or known.description,
        schema=opt_object(value, "parameters", at) or known.schema,
        kind=ToolKind.CLIENT,
        raw=value,
        origin=FormatName.OPENAI_RESPONSES,
    )


def client_call(item: JsonObject, at: str) -> ToolCall:
    """The call of an item that `is_client_run`; what is null says nothing."""
    name = _TOOL_OF[item["type"]]
    given = opt_object(item, _KINDS[name].field, at) or {}
    # The type of an action says nothing ("exec"); that of a patch's operation is its verb.
    dropped = {"type"} if name == "local_shell" else set()
    arguments = {key: value for key, value in given.items() if value is not None and key not in dropped}
    call_id = opt_str(item, "call_id", at) or opt_str(item, "id", at) or ""
    return ToolCall(call_id, name, json.dumps(arguments, ensure_ascii=False), ToolKind.CLIENT)


def client_item(call: ToolCall, identity: str, status: str) -> JsonObject:
    """The item of a call of one of these tools."""
    head = {"id": identity, "type": CLIENT_CALL_OF[call.name], "status": status, "call_id": call.id}
    return {**head, **_BODIES[call.name](parse_lenient(call.arguments) or {})}


def client_result(item: JsonObject, at: str) -> ToolResult:
    """The result of an output item that `is_client_run`."""
    call_id = opt_str(item, "call_id", at) or opt_str(item, "id", at) or ""
    if item["type"] == f"{_SEARCH}_output":
        return ToolResult(call_id, (Text(_found(as_list(item.get("tools")))),), kind=ToolKind.CLIENT)
    output = item.get("output")
    text = "\n".join(map(_shown, map(as_object, output))) if isinstance(output, list) else as_str(output)
    failed = item["type"] == "apply_patch_call_output" and item.get("status") == "failed"
    return ToolResult(call_id, (Text(text),), is_error=failed, kind=ToolKind.CLIENT)


def _found(tools: Iterable[object]) -> str:
    names: list[str] = []
    for tool in map(as_object, tools):
        name = as_str(tool.get("name"))
        inner = [as_str(as_object(one).get("name")) for one in as_list(tool.get("tools"))]
        is_group = tool.get("type") == "namespace"
        names += [flat_name(one, name) for one in inner] if is_group else [flat_name(name)]
    if not names:
        return "No tools were found."
    return f"These tools can be called now: {', '.join(names)}."


def _shown(chunk: JsonObject) -> str:
    """One command's output, and how it ended."""
    outcome = as_object(chunk.get("outcome"))
    ended = (
        "timed out" if outcome.get("type") == "timeout" else f"exit code {as_int(outcome.get('exit_code'))}"
    )
    texts = (as_str(chunk.get("stdout")), as_str(chunk.get("stderr")), f"[{ended}]")
    return "\n".join(text.rstrip("\n") for text in texts if text)


def _search_body(given: JsonObject) -> JsonObject:
    return {"execution": "client", "arguments": given}


def _local_shell_body(given: JsonObject) -> JsonObject:
    command = given.get("command")
    # A model may write the command as one line.
    words = ["bash", "-lc", command] if isinstance(command, str) else as_list(command)
    env = as_object(given.get("env"))
    return {"action": {**given, "type": "exec", "command": list(map(str, words)), "env": env}}


def _shell_body(given: JsonObject) -> JsonObject:
    commands = given.get("commands")
    lines = [commands] if isinstance(commands, str) else as_list(commands)
    return {"action": {**given, "commands": list(map(str, lines))}}


def _patch_body(given: JsonObject) -> JsonObject:
    return {"operation": given}


_BODIES: dict[str, Callable[[JsonObject], JsonObject]] = {
    _SEARCH: _search_body,
    "local_shell": _local_shell_body,
    "shell": _shell_body,
    "apply_patch": _patch_body,
}
