"""Tool definitions and tool choice, both ways.

Read: Chat's nested shape, the flat one of Responses that Cursor mixes in
(https://github.com/gabrii/Cursor-Azure-GPT-5/issues/69), and the old ``functions``. Written: functions
only, which every server knows.
"""

from collections.abc import Iterator
from typing import Any

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    JsonObject,
    Tool,
    ToolChoice,
    ToolKind,
)
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.customtools import as_function_description, as_function_schema
from coderouter_cli.wire.fitting import is_forceable
from coderouter_cli.wire.read import (
    objects,
    opt_bool,
    opt_list,
    opt_object,
    opt_str,
    path_to,
    req_list,
    req_object,
    req_str,
    wrong,
)
from coderouter_cli.wire.schema import portable_schema
from coderouter_cli.wire.schemarules import fitted
from coderouter_cli.wire.toolnames import flat_name

_CHAT, _RESPONSES = FormatName.OPENAI_CHAT, FormatName.OPENAI_RESPONSES
WEB_SEARCH = "web_search_options"


def parse_tools(body: JsonObject) -> tuple[Tool, ...]:
    """Every tool a request declares.

    ``origin`` tells the shape: Responses for a flat custom tool and for hosted tools, which Chat's
    ``tools`` do not have. A tool of ``functions`` keeps its definition in ``raw``.

    Raises:
        BadRequestError: a definition is not as the format says.
    """
    tools = [*_parse_each(opt_list(body, "tools") or [], "tools", None)]
    functions = objects(opt_list(body, "functions") or [], "functions")
    tools += [
        _function(value, path_to("functions", index), None, value) for index, value in enumerate(functions)
    ]
    search = opt_object(body, WEB_SEARCH)
    if search is not None:
        tools.append(Tool("web_search", kind=ToolKind.SERVER, raw={WEB_SEARCH: search}, origin=_CHAT))
    return tuple(tools)


def _parse_each(values: list[Any], at: str, namespace: str | None) -> Iterator[Tool]:
    for index, value in enumerate(objects(values, at)):
        where = path_to(at, index)
        kind = opt_str(value, "type", where) or "function"
        if kind == "namespace":
            inner = req_list(value, "tools", where)
            yield from _parse_each(inner, path_to(where, "tools"), req_str(value, "name", where))
        elif kind == "function":
            is_nested = "function" in value
            inside = path_to(where, "function") if is_nested else where
            yield _function(req_object(value, "function", where) if is_nested else value, inside, namespace)
        elif kind == "custom":
            yield _custom(value, where, namespace)
        else:
            yield Tool(kind, kind=ToolKind.SERVER, raw=value, origin=_RESPONSES)


def _function(value: JsonObject, at: str, namespace: str | None, raw: JsonObject | None = None) -> Tool:
    return Tool(
        name=req_str(value, "name", at),
        description=opt_str(value, "description", at) or "",
        schema=opt_object(value, "parameters", at),
        namespace=namespace,
        strict=opt_bool(value, "strict", at),
        raw=raw,
        origin=_CHAT,
    )


def _custom(value: JsonObject, at: str, namespace: str | None) -> Tool:
    nested = opt_object(value, "custom", at)
    inside, where = (value, at) if nested is None else (nested, path_to(at, "custom"))
    grammar = opt_object(inside, "format", where)
    return Tool(
        name=req_str(inside, "name", where),
        description=opt_str(inside, "description", where) or "",
        kind=ToolKind.CUSTOM,
        namespace=namespace,
        grammar=_flat_grammar(grammar),
        origin=_RESPONSES if nested is None else _CHAT,
    )


def _flat_grammar(grammar: JsonObject | None) -> JsonObject | None:
    """Chat nests syntax and definition one level deeper than the canonical (Responses) shape."""
    if grammar is None or not isinstance(grammar.get("grammar"), dict):
        return grammar
    return {"type": grammar.get("type", "grammar"), **grammar["grammar"]}


def parse_choice(body: JsonObject) -> tuple[ToolChoice | None, frozenset[str] | None]:
    """The tool choice, and the names it allows (None: all).

    Raises:
        BadRequestError: not one of the shapes the format has.
    """
    key = "tool_choice" if body.get("tool_choice") is not None else "function_call"
    value = body.get(key)
    if value is None:
        return None, None
    if value in ("auto", "none", "required"):
        return ToolChoice(value), None
    if not isinstance(value, dict):
        raise wrong(key, '"auto", "none", "required" or an object')
    if value.get("type") != "allowed_tools":
        return ToolChoice("tool", _chosen_name(value, key)), None
    allowed = opt_object(value, "allowed_tools", key) or value
    at = path_to(path_to(key, "allowed_tools"), "tools")
    listed = objects(req_list(allowed, "tools", path_to(key, "allowed_tools")), at)
    names = frozenset(_chosen_name(tool, path_to(at, index)) for index, tool in enumerate(listed))
    return ToolChoice("required" if allowed.get("mode") == "required" else "auto"), names


def _chosen_name(value: JsonObject, at: str) -> str:
    kind = opt_str(value, "type", at) or "function"
    if kind not in ("function", "custom"):
        return kind
    nested = opt_object(value, kind, at)
    return req_str(value, "name", at) if nested is None else req_str(nested, "name", path_to(at, kind))


def write_tools(conversation: Conversation, dialect: Dialect) -> list[JsonObject]:
    """Tool definitions for a provider; of two with one name the first.

    Left out are hosted tools (see `losses`), and those that Claude Code has not loaded yet: it asks for
    them by another tool.
    """
    if not dialect.tools:
        return []
    offered: dict[str, Tool] = {}
    for tool in conversation.tools:
        is_waiting = tool.deferred and tool.origin is FormatName.ANTHROPIC_MESSAGES
        if tool.kind is not ToolKind.SERVER and not is_waiting:
            offered.setdefault(flat_name(tool.name, tool.namespace), tool)
    return [write_tool(tool, dialect) for tool in offered.values()]


def write_tool(tool: Tool, dialect: Dialect) -> JsonObject:
    """One tool as a function. ``strict`` is off unless asked for; Anthropic's means another thing."""
    is_custom = tool.kind is ToolKind.CUSTOM
    function: JsonObject = {"name": flat_name(tool.name, tool.namespace)}
    description = as_function_description(tool)
    if description:
        function["description"] = description
    schema = as_function_schema(tool) if is_custom else portable_schema(tool.schema)
    function["parameters"] = fitted(schema, dialect.schema)
    if tool.strict and tool.origin is not FormatName.ANTHROPIC_MESSAGES:
        function["strict"] = True
    kept = {key: value for key, value in function.items() if not dialect.refuses_in_tool(key)}
    return {"type": "function", "function": kept}


def write_custom(tool: Tool) -> JsonObject:
    """A custom tool as OpenAI's Chat declares it."""
    custom: JsonObject = {"name": flat_name(tool.name, tool.namespace)}
    if tool.description:
        custom["description"] = tool.description
    if tool.grammar is not None:
        custom["format"] = _nested_grammar(tool.grammar)
    return {"type": "custom", "custom": custom}


def _nested_grammar(grammar: JsonObject) -> JsonObject:
    if grammar.get("type") != "grammar":
        return grammar
    return {"type": "grammar", "grammar": {key: grammar[key] for key in grammar if key != "type"}}


def write_choice(conversation: Conversation, model: Model, dialect: Dialect) -> str | JsonObject | None:
    """The tool choice for a provider; None when the client made none.

    A model that cannot be forced is asked instead; the router offers it only to requests that do not force.
    """
    choice = conversation.tool_choice
    if choice is None:
        return None
    if not is_forceable(choice.mode, model, dialect):
        return "auto"
    if choice.mode != "tool":
        return choice.mode
    tool = next((known for known in conversation.tools if known.name == choice.name), None)
    if tool is None or tool.kind is ToolKind.SERVER:
        return "auto"
    return {"type": "function", "function": {"name": flat_name(tool.name, tool.namespace)}}
