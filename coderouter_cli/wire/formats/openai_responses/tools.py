"""Tool definitions and tool choice of the Responses format."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    JsonObject,
    Tool,
    ToolChoice,
    ToolKind,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.customtools import as_function_description, as_function_schema
from coderouter_cli.wire.formats.openai_responses.clienttools import client_tool, is_client_run
from coderouter_cli.wire.read import (
    as_object,
    as_str,
    objects,
    opt_bool,
    opt_object,
    opt_str,
    path_to,
    req_list,
    req_str,
    wrong,
)
from coderouter_cli.wire.schema import portable_schema
from coderouter_cli.wire.schemarules import fitted
from coderouter_cli.wire.toolnames import flat_name

_FORMAT = FormatName.OPENAI_RESPONSES
_CHOICE_SHAPES = '"auto", "none", "required" or an object'


def parse_tools(values: list[Any], at: str) -> tuple[Tool, ...]:
    """Read tool definitions; a namespace's tools come out flat, each with the namespace's name, and with
    the namespace itself in ``raw`` when it says what it is for.

    A search for tools by the provider is left out: what it would find is offered at once.

    Raises:
        BadRequestError: a definition is not as the format says.
    """
    return tuple(_parse_each(values, at, None))


def distinct(tools: Iterable[Tool]) -> tuple[Tool, ...]:
    """Each tool once, in the place where it was declared first and as it was declared last.

    Codex's searches find the same tools again and again. What a namespace is for is told with its first
    tool, as no other format has a place for it.
    """
    found: dict[tuple[str | None, str], Tool] = {}
    for tool in tools:
        found[tool.namespace, tool.name] = tool
    told: set[str | None] = {None}
    return tuple(_telling(tool, told) for tool in found.values())


def _telling(tool: Tool, told: set[str | None]) -> Tool:
    purpose = as_str(as_object(tool.raw).get("description")).strip()
    if tool.namespace in told or not purpose:
        return tool
    told.add(tool.namespace)
    return replace(tool, description=f"[{tool.namespace}: {purpose}]\n{tool.description}")


def _parse_each(values: list[Any], at: str, namespace: JsonObject | None) -> Iterator[Tool]:
    for index, value in enumerate(objects(values, at)):
        where = path_to(at, index)
        kind = req_str(value, "type", where)
        if kind == "namespace":
            group = {"type": kind, "name": req_str(value, "name", where)}
            group |= {"description": opt_str(value, "description", where) or ""}
            yield from _parse_each(req_list(value, "tools", where), path_to(where, "tools"), group)
        elif is_client_run(value):
            yield client_tool(value, where)
        elif kind == "tool_search":
            continue
        elif kind == "function":
            yield _function(value, where, namespace)
        elif kind == "custom":
            yield _custom(value, where, namespace)
        else:
            yield Tool(kind, kind=ToolKind.SERVER, raw=value, origin=_FORMAT)


def _function(value: JsonObject, at: str, namespace: JsonObject | None) -> Tool:
    if "name" not in value and "function" in value:
        # Chat's nested shape; Cursor mixes the two (https://github.com/gabrii/Cursor-Azure-GPT-5/issues/69).
        value = opt_object(value, "function", at) or value
    return Tool(
        name=req_str(value, "name", at),
        description=opt_str(value, "description", at) or "",
        schema=opt_object(value, "parameters", at),
        namespace=None if namespace is None else namespace["name"],
        strict=opt_bool(value, "strict", at),
        deferred=opt_bool(value, "defer_loading", at) or False,
        raw=namespace,
        origin=_FORMAT,
    )


def _custom(value: JsonObject, at: str, namespace: JsonObject | None) -> Tool:
    return Tool(
        name=req_str(value, "name", at),
        description=opt_str(value, "description", at) or "",
        kind=ToolKind.CUSTOM,
        namespace=None if namespace is None else namespace["name"],
        grammar=opt_object(value, "format", at),
        deferred=opt_bool(value, "defer_loading", at) or False,
        raw=namespace,
        origin=_FORMAT,
    )


def parse_choice(body: JsonObject) -> tuple[ToolChoice | None, frozenset[str] | None]:
    """The tool choice, and the names it allows (None: all).

    A forced hosted tool is named by its type.

    Raises:
        BadRequestError: not one of the shapes the format has.
    """
    value = body.get("tool_choice")
    if value is None:
        return None, None
    if value in ("auto", "none", "required"):
        return ToolChoice(value), None
    if not isinstance(value, dict):
        raise wrong("tool_choice", _CHOICE_SHAPES)
    kind = req_str(value, "type", "tool_choice")
    if kind != "allowed_tools":
        return ToolChoice("tool", _chosen_name(value, kind)), None
    allowed = objects(req_list(value, "tools", "tool_choice"), "tool_choice.tools")
    names = frozenset(_chosen_name(tool, req_str(tool, "type", "tool_choice.tools")) for tool in allowed)
    return ToolChoice("required" if value.get("mode") == "required" else "auto"), names


def _chosen_name(value: JsonObject, kind: str) -> str:
    name = value.get("name") if kind in {"function", "custom"} else None
    return name if isinstance(name, str) else kind


def write_tools(tools: Iterable[Tool], dialect: Dialect) -> list[JsonObject]:
    """Tool definitions for a provider; hosted tools of other formats are left out (see `losses`).

    Deferred tools are offered at once: the search that would load them later is the client's vendor's.
    """
    offered = (tool for tool in tools if not (tool.deferred and tool.origin is FormatName.ANTHROPIC_MESSAGES))
    return [written for tool in offered if (written := _write(tool, dialect)) is not None]


def _write(tool: Tool, dialect: Dialect) -> JsonObject | None:
    if tool.kind is ToolKind.SERVER:
        return tool.raw if is_hosted_here(tool, dialect) else None
    written = (
        custom_tool(tool) if tool.kind is ToolKind.CUSTOM and dialect.custom_tools else function_tool(tool)
    )
    kept = {key: value for key, value in written.items() if not dialect.refuses_in_tool(key)}
    if "parameters" in kept:
        kept["parameters"] = fitted(kept["parameters"], dialect.schema)
    return kept


def is_hosted_here(tool: Tool, dialect: Dialect) -> bool:
    """Whether the provider itself runs this hosted tool."""
    return tool.origin is _FORMAT and not dialect.drop_server_tools


def function_tool(tool: Tool) -> JsonObject:
    """A function tool. ``strict`` is off unless asked for: left out, OpenAI turns it on and refuses
    schemas with optional properties."""
    custom = tool.kind is ToolKind.CUSTOM
    return {
        "type": "function",
        "name": flat_name(tool.name, tool.namespace),
        "description": as_function_description(tool),
        "parameters": as_function_schema(tool) if custom else portable_schema(tool.schema),
        "strict": tool.strict or False,
    }


def custom_tool(tool: Tool) -> JsonObject:
    """A custom tool, with its grammar when it has one."""
    written: JsonObject = {
        "type": "custom",
        "name": flat_name(tool.name, tool.namespace),
        "description": tool.description,
    }
    if tool.grammar is not None:
        written["format"] = tool.grammar
    return written


def write_choice(conversation: Conversation, dialect: Dialect) -> str | JsonObject | None:
    """The tool choice for a provider; None when the client made none."""
    choice = conversation.tool_choice
    if choice is None or choice.mode != "tool":
        return None if choice is None else choice.mode
    tool = next((known for known in conversation.tools if known.name == choice.name), None)
    if tool is None:
        return "required"
    if tool.kind is ToolKind.SERVER:
        return {"type": tool.name} if is_hosted_here(tool, dialect) else "auto"
    is_custom = tool.kind is ToolKind.CUSTOM and dialect.custom_tools
    return {"type": "custom" if is_custom else "function", "name": flat_name(tool.name, tool.namespace)}
