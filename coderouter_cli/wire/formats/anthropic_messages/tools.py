"""Tool definitions and tool choice of the Messages format.

A tool with ``defer_loading`` is not on offer until a ``tool_reference`` in a tool's result, or a
``tool_addition`` in a system message, loads it
(https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages).
"""

from collections.abc import Iterable, Iterator
from typing import Literal

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    JsonObject,
    Tool,
    ToolCall,
    ToolChoice,
    ToolKind,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.customtools import as_function_description, as_function_schema
from coderouter_cli.wire.read import (
    as_list,
    as_object,
    as_str,
    objects,
    opt_bool,
    opt_list,
    opt_object,
    opt_str,
    path_to,
    req_object,
    req_str,
    wrong,
)
from coderouter_cli.wire.schemarules import fitted
from coderouter_cli.wire.toolnames import flat_name

_FORMAT = FormatName.ANTHROPIC_MESSAGES
_MODES: dict[str, Literal["auto", "none", "required"]] = {"auto": "auto", "none": "none", "any": "required"}
_STUB = {"type": "object", "properties": {}}


def is_server_tool(definition: JsonObject) -> bool:
    """Whether the provider runs the tool: any type but ``custom``."""
    return definition.get("type") not in (None, "custom")


def inline_tools(body: JsonObject) -> list[JsonObject]:
    """Definitions that ``tool_addition`` blocks carry themselves (beta inline-tools-2026-09-15)."""
    changes = (as_object(block.get("tool")) for kind, block in _references(body) if kind == "tool_addition")
    return [as_object(tool["definition"]) for tool in changes if isinstance(tool.get("definition"), dict)]


def offered_names(body: JsonObject) -> frozenset[str]:
    """Names of the deferred tools that the history has loaded, and not withdrawn again."""
    names: set[str] = set()
    for kind, block in _references(body):
        name = as_str(block.get("tool_name")) or as_str(as_object(block.get("tool")).get("name"))
        if kind == "tool_removal":
            names.discard(name)
        else:
            names.add(name)
    return frozenset(names)


def _references(body: JsonObject) -> Iterator[tuple[str, JsonObject]]:
    """Every block that loads or withdraws a tool, in order."""
    for message in map(as_object, as_list(body.get("messages"))):
        for block in map(as_object, as_list(message.get("content"))):
            kind = block.get("type")
            if kind == "tool_result":
                inner = map(as_object, as_list(block.get("content")))
                yield from (("tool_reference", b) for b in inner if b.get("type") == "tool_reference")
            elif kind in {"tool_addition", "tool_removal"}:
                yield str(kind), block


def parse_tools(body: JsonObject) -> tuple[Tool, ...]:
    """Read the tool definitions, those inside the history last.

    Raises:
        BadRequestError: a definition is not as the format says.
    """
    definitions = objects(opt_list(body, "tools") or [], "tools")
    offered = offered_names(body)
    listed = [_tool(value, path_to("tools", index), offered) for index, value in enumerate(definitions)]
    inline = [_tool(value, "messages.tool_addition.definition", offered) for value in inline_tools(body)]
    return (*listed, *inline)


def _tool(value: JsonObject, at: str, offered: frozenset[str]) -> Tool:
    if is_server_tool(value):
        kind = req_str(value, "type", at)
        name = opt_str(value, "name", at) or opt_str(value, "mcp_server_name", at) or kind
        return Tool(name, kind=ToolKind.SERVER, raw=value, origin=_FORMAT)
    name = req_str(value, "name", at)
    return Tool(
        name=name,
        description=opt_str(value, "description", at) or "",
        schema=req_object(value, "input_schema", at),
        strict=opt_bool(value, "strict", at),
        deferred=bool(opt_bool(value, "defer_loading", at)) and name not in offered,
        origin=_FORMAT,
    )


def parse_choice(body: JsonObject) -> tuple[ToolChoice | None, bool | None]:
    """The tool choice, and whether calls may be parallel (None: not said).

    Raises:
        BadRequestError: not a choice this format knows.
    """
    choice = opt_object(body, "tool_choice")
    if choice is None:
        return None, None
    kind = req_str(choice, "type", "tool_choice")
    serial = opt_bool(choice, "disable_parallel_tool_use", "tool_choice")
    parallel = None if serial is None else not serial
    if kind == "tool":
        return ToolChoice("tool", req_str(choice, "name", "tool_choice")), parallel
    if kind not in _MODES:
        raise wrong("tool_choice.type", "auto, any, tool or none")
    return ToolChoice(_MODES[kind]), parallel


def tool_fields(conversation: Conversation, dialect: Dialect) -> JsonObject:
    """``tools`` and ``tool_choice`` of a request; empty when there are none.

    A history with calls in a request without tools (Codex's compaction) gets definitions that cannot be
    called: several servers of the format refuse it otherwise, and LiteLLM adds a tool of its own for that.
    """
    tools = _definitions(conversation, dialect) if dialect.tools else []
    if not tools:
        stubs = _stubs(conversation)
        return {"tools": stubs, "tool_choice": {"type": "none"}} if stubs else {}
    choice = _choice(conversation, dialect)
    return {"tools": tools} if choice is None else {"tools": tools, "tool_choice": choice}


def _definitions(conversation: Conversation, dialect: Dialect) -> list[JsonObject]:
    """Tool definitions; of two with the same name the first stays (names must be unique)."""
    written: dict[str, JsonObject] = {}
    for tool in conversation.tools:
        definition = _write(tool, dialect)
        if definition is not None:
            written.setdefault(as_str(definition.get("name"), tool.name), definition)
    return list(written.values())


def _write(tool: Tool, dialect: Dialect) -> JsonObject | None:
    if tool.kind is ToolKind.SERVER:
        return None if tool.origin is not _FORMAT or dialect.drop_server_tools else tool.raw
    if tool.deferred and tool.origin is _FORMAT:
        return None
    schema = as_function_schema(tool) if tool.kind is ToolKind.CUSTOM else _object_schema(tool.schema)
    definition: JsonObject = {"name": flat_name(tool.name, tool.namespace)}
    description = as_function_description(tool)
    if description:
        definition["description"] = description
    definition["input_schema"] = fitted(schema, dialect.schema)
    if tool.strict and tool.origin is _FORMAT:
        # Strict means another subset of JSON schema at OpenAI, where it is also the default.
        definition["strict"] = True
    return {key: value for key, value in definition.items() if not dialect.refuses_in_tool(key)}


def _object_schema(schema: JsonObject | None) -> JsonObject:
    """The schema; Anthropic wants an object at the top, and no choice between several."""
    if not schema:
        return _STUB
    if schema.keys() & {"oneOf", "anyOf", "allOf"}:
        return _merged(schema)
    return schema if schema.get("type") == "object" else {**schema, "type": "object"}


def _merged(schema: JsonObject) -> JsonObject:
    """One object that allows the properties of every alternative; required is what all require."""
    rest = {key: value for key, value in schema.items() if key not in {"oneOf", "anyOf", "allOf"}}
    properties: JsonObject = dict(as_object(rest.get("properties")))
    for key in ("allOf", "oneOf", "anyOf"):
        for branch in map(as_object, as_list(schema.get(key))):
            for name, value in as_object(branch.get("properties")).items():
                properties.setdefault(name, value)
    every = (rest, *map(as_object, as_list(schema.get("allOf"))))
    names = (name for one in every for name in as_list(one.get("required")) if isinstance(name, str))
    required = list(dict.fromkeys(names))
    merged = {**rest, "type": "object", "properties": properties}
    return {**merged, "required": required} if required else merged


def _stubs(conversation: Conversation) -> list[JsonObject]:
    parts = (part for message in conversation.messages for part in message.parts)
    calls = (part for part in parts if isinstance(part, ToolCall))
    names = dict.fromkeys(flat_name(call.name, call.namespace) for call in calls)
    return [{"name": name, "input_schema": _STUB} for name in names]


def _choice(conversation: Conversation, dialect: Dialect) -> JsonObject | None:
    """The tool choice; None when there is nothing to say, or nothing that may be said."""
    choice = conversation.tool_choice
    mode = "auto" if choice is None or dialect.refuses_choice(choice.mode) else choice.mode
    if mode == "none":
        return {"type": "none"}
    written: JsonObject = {"type": "any" if mode == "required" else mode}
    if choice is not None and choice.name is not None and mode == "tool":
        written["name"] = _name_of(choice.name, conversation.tools)
    if conversation.parallel_tool_calls is False:
        written["disable_parallel_tool_use"] = True
    return None if written == {"type": "auto"} else written


def _name_of(name: str, tools: Iterable[Tool]) -> str:
    return next((flat_name(t.name, t.namespace) for t in tools if t.name == name), flat_name(name))
