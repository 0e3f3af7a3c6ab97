"""A client's own Chat request, made fit for another provider's dialect of the format.

It works on the JSON, so that what needs no change stays as it is. OpenAI's own dialect changes the
model, what that model does not take, and what is not Chat at all: Cursor's Responses-shaped bodies and
flat tools.
"""

from collections.abc import Collection
from typing import Any

from coderouter_cli.domain.conversation import JsonObject, Tool, ToolChoice, ToolKind
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.customtools import wrap
from coderouter_cli.wire.formats.openai_chat.effort import effort_fields, has_thinking_switch
from coderouter_cli.wire.formats.openai_chat.history import NO_THOUGHT
from coderouter_cli.wire.formats.openai_chat.media import is_vendor
from coderouter_cli.wire.formats.openai_chat.messages import read_call
from coderouter_cli.wire.formats.openai_chat.render import clamped
from coderouter_cli.wire.formats.openai_chat.request import asked_thinking
from coderouter_cli.wire.formats.openai_chat.responses_shape import as_chat_body, is_responses_shaped
from coderouter_cli.wire.formats.openai_chat.tools import (
    WEB_SEARCH,
    parse_choice,
    parse_tools,
    write_custom,
    write_tool,
)
from coderouter_cli.wire.read import as_list, as_object, as_str
from coderouter_cli.wire.reminder import reminder
from coderouter_cli.wire.toolids import MAX_CHAT_ID, safe_id
from coderouter_cli.wire.toolnames import ToolNames, flat_name

_LIMITS = ("max_completion_tokens", "max_tokens")
_THOUGHTS = ("reasoning_content", "reasoning", "reasoning_details")
_TOOL_FIELDS = frozenset({"tools", "tool_choice", "parallel_tool_calls"})


def sanitise(body: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
    """A changed copy of ``body``, which `parse` has accepted; key order is kept."""
    chat = as_chat_body(body)
    out = {key: value for key, value in chat.items() if key not in dialect.drop_fields}
    out["model"] = model.name_on_wire
    out["messages"] = _messages(as_list(chat["messages"]), parse_tools(chat), dialect)
    out = _with_tools(out, chat, model, dialect)
    out = _with_limit(out, model, dialect)
    out = _with_effort(out, model, dialect)
    if not model.capabilities.sampling:
        out.pop("temperature", None)
        out.pop("top_p", None)
    return force_usage(out) or out


def force_usage(body: JsonObject) -> JsonObject | None:
    """A copy of a streamed request that asks for usage; None when nothing has to change.

    Without it a provider reports no usage at all for a stream.
    """
    options = as_object(body.get("stream_options"))
    if body.get("stream") is not True or options.get("include_usage") is True:
        return None
    return {**body, "stream_options": {**options, "include_usage": True}}


def needs_repair(body: JsonObject) -> bool:
    """Whether OpenAI itself would refuse the body, so that it must be sanitised and cannot travel raw.

    Cursor sends Responses' shapes; thinking and odd call ids of other providers stay in a client's history.
    """
    if is_responses_shaped(body) or _has_flat_tools(body):
        return True
    return any(map(_is_foreign, map(as_object, as_list(body.get("messages")))))


def renames_tools(body: JsonObject, dialect: Dialect) -> bool:
    """Whether `sanitise` gives tools other kinds, so that the answer must be decoded with the client's
    tools and encoded again. ``body`` is one that `parse` has accepted."""
    tools = parse_tools(as_chat_body(body))
    is_custom = any(tool.kind is ToolKind.CUSTOM for tool in tools)
    return is_custom and (not dialect.custom_tools or is_responses_shaped(body) or _has_flat_tools(body))


def _has_flat_tools(body: JsonObject) -> bool:
    tools = map(as_object, as_list(body.get("tools")))
    return any(tool.get("type", "function") not in tool for tool in tools)


def _is_foreign(message: JsonObject) -> bool:
    ids = [as_object(entry).get("id") for entry in as_list(message.get("tool_calls"))]
    has_odd_id = any(_safe(given) != given for given in (*ids, message.get("tool_call_id")))
    return has_odd_id or any(key in message for key in _THOUGHTS)


def _safe(call_id: Any) -> Any:
    return safe_id(call_id, MAX_CHAT_ID) if isinstance(call_id, str) else call_id


# Messages


def _messages(values: list[Any], tools: tuple[Tool, ...], dialect: Dialect) -> list[Any]:
    names = ToolNames(tools)
    opening = True
    out: list[Any] = []
    for message in map(as_object, values):
        is_system = message.get("role") in ("system", "developer")
        opening = opening and is_system
        if is_system:
            out.append(_system(message, dialect, opening=opening))
        elif message.get("role") == "assistant":
            out.append(_assistant(message, names, dialect))
        elif "tool_call_id" in message:
            out.append({**message, "tool_call_id": _safe(message["tool_call_id"])})
        else:
            out.append(message)
    return out


def _system(message: JsonObject, dialect: Dialect, *, opening: bool) -> JsonObject:
    if dialect.fold_system and not opening:
        return {**message, "role": "user", "content": _reminder(message.get("content"))}
    if message.get("role") == "developer" and not dialect.developer_role:
        return {**message, "role": "system"}
    return message


def _reminder(content: Any) -> Any:
    if isinstance(content, list):
        return [_reminder_part(as_object(part)) for part in content]
    return reminder(as_str(content))


def _reminder_part(part: JsonObject) -> JsonObject:
    return {**part, "text": _reminder(part["text"])} if isinstance(part.get("text"), str) else part


def _assistant(message: JsonObject, names: ToolNames, dialect: Dialect) -> JsonObject:
    calls = as_list(message.get("tool_calls"))
    out = {key: value for key, value in message.items() if key not in _THOUGHTS}
    if calls:
        out["tool_calls"] = [_call(as_object(entry), names, dialect) for entry in calls]
    if calls and dialect.reasoning_content:
        thought = as_str(message.get("reasoning_content")) or as_str(message.get("reasoning"))
        out["reasoning_content"] = thought or NO_THOUGHT
    return out


def _call(entry: JsonObject, names: ToolNames, dialect: Dialect) -> JsonObject:
    """A call in the shape its tool is declared in to this provider."""
    call = read_call(entry, names, "tool_calls")
    call_id = _safe(call.id)
    if call.kind is not ToolKind.CUSTOM:
        return {**entry, "id": call_id}
    inner = as_object(entry.get("custom")) or as_object(entry.get("function"))
    name = as_str(inner.get("name"))
    if dialect.custom_tools:
        return {"id": call_id, "type": "custom", "custom": {"name": name, "input": call.arguments}}
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": wrap(call.arguments)}}


# Tools


def _with_tools(out: JsonObject, chat: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
    if dialect.drop_server_tools:
        out.pop(WEB_SEARCH, None)
    choice, allowed = parse_choice(chat)
    if is_vendor(dialect) and allowed is not None:
        choice, allowed = None, None  # OpenAI knows the shape itself
    listed = [shown for value in as_list(out.get("tools")) for shown in _definition(value, dialect)]
    tools = [shown for shown in listed if allowed is None or _name(shown) in allowed]
    if not tools and not out.get("functions"):
        return {key: value for key, value in out.items() if key not in _TOOL_FIELDS}
    if "tools" in out:
        out["tools"] = tools
    if choice is not None and "tool_choice" in out:
        out["tool_choice"] = _choice(choice, parse_tools(chat), model, dialect)
    return out


def _definition(value: JsonObject, dialect: Dialect) -> list[JsonObject]:
    if value.get("type", "function") == "function" and "function" in value:
        inner = _kept(as_object(value["function"]), dialect)
        return [{**_kept(value, dialect), "type": "function", "function": inner}]
    return [shown for tool in parse_tools({"tools": [value]}) for shown in _written(tool, dialect)]


def _written(tool: Tool, dialect: Dialect) -> list[JsonObject]:
    if tool.kind is ToolKind.SERVER:
        return [] if dialect.drop_server_tools or tool.raw is None else [tool.raw]
    if tool.kind is ToolKind.CUSTOM and dialect.custom_tools:
        return [write_custom(tool)]
    return [write_tool(tool, dialect)]


def _kept(value: JsonObject, dialect: Dialect) -> JsonObject:
    return {key: inner for key, inner in value.items() if key not in dialect.drop_tool_fields}


def _name(tool: JsonObject) -> str:
    return as_str(as_object(tool.get(as_str(tool.get("type")))).get("name"))


def _choice(choice: ToolChoice, tools: tuple[Tool, ...], model: Model, dialect: Dialect) -> Any:
    if choice.mode in ("required", "tool") and not model.capabilities.forced_tool_choice:
        return "auto"
    if choice.mode != "tool":
        return choice.mode
    tool = next((known for known in tools if known.name == choice.name), None)
    if tool is None or tool.kind is ToolKind.SERVER:
        return "auto"
    shape = "custom" if tool.kind is ToolKind.CUSTOM and dialect.custom_tools else "function"
    return {"type": shape, shape: {"name": flat_name(tool.name, tool.namespace)}}


# What the model takes


def _with_limit(out: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
    limit = next((out[key] for key in _LIMITS if out.get(key) is not None), None)
    fields: JsonObject = {} if limit is None else {dialect.max_tokens_field: clamped(limit, model)}
    return _replaced(out, _LIMITS, fields)


def _with_effort(out: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
    """How hard to think, in the provider's words; ``thinking`` stays for servers that may know it."""
    effort, thinking = asked_thinking(out)
    if effort is None and thinking is None:
        return out
    fields = effort_fields(effort, thinking=thinking, model=model, dialect=dialect)
    keys = {"reasoning_effort"}
    if has_thinking_switch(dialect) or is_vendor(dialect):
        keys.add("thinking")
    if "effort" in as_object(out.get("reasoning")):
        keys.add("reasoning")
    return _replaced(out, keys, fields)


def _replaced(out: JsonObject, keys: Collection[str], fields: JsonObject) -> JsonObject:
    """The object with ``fields`` in the place of the first of ``keys``, and none of the others."""
    first = next((key for key in out if key in keys), None)
    changed: JsonObject = {}
    for key, value in out.items():
        if key == first:
            changed |= fields
        elif key not in keys:
            changed[key] = value
    return changed
