"""A client's own Chat request, made fit for another provider's dialect of the format.

It works on the JSON, so that what needs no change stays as it is. OpenAI's own dialect changes the
model, what that model does not take, and what is not Chat at all: Cursor's Responses-shaped bodies and
flat tools.
"""

from collections.abc import Collection
from typing import Any

from coderouter_cli.domain.conversation import JsonObject, Tool, ToolChoice, ToolKind
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.customtools import object_text, wrap
from coderouter_cli.wire.fitting import fitted_body, fitted_name, fitted_sampling, is_forceable
from coderouter_cli.wire.formats.openai_chat.effort import effort_fields, switch_keys
from coderouter_cli.wire.formats.openai_chat.history import NO_THOUGHT
from coderouter_cli.wire.formats.openai_chat.media import is_vendor
from coderouter_cli.wire.formats.openai_chat.messages import read_call
from coderouter_cli.wire.formats.openai_chat.render import clamped
from coderouter_cli.wire.formats.openai_chat.request import asked_thinking
from coderouter_cli.wire.formats.openai_chat.responses_shape import as_chat_body, is_responses_shaped
from coderouter_cli.wire.formats.openai_chat.thoughts import (
    DETAILS,
    EXTRA,
    open_thoughts,
    signatures,
    signed,
    thoughts_in,
)
from coderouter_cli.wire.formats.openai_chat.tools import (
    WEB_SEARCH,
    parse_choice,
    parse_tools,
    write_custom,
    write_tool,
)
from coderouter_cli.wire.media import NO_IMAGE
from coderouter_cli.wire.read import as_list, as_object, as_str
from coderouter_cli.wire.reminder import reminder
from coderouter_cli.wire.schemarules import fitted
from coderouter_cli.wire.toolids import MAX_CHAT_ID, safe_id
from coderouter_cli.wire.toolnames import ToolNames, flat_name

_LIMITS = ("max_completion_tokens", "max_tokens")
_SAMPLING = ("temperature", "top_p")
_EFFORTS = frozenset({"effort", "enabled", "max_tokens"})
_THOUGHTS = ("reasoning_content", "reasoning", DETAILS)
_MESSAGE = frozenset({"role", "content"})
_OPENAI_ONLY = frozenset({"annotations", "audio"})
_CALL = frozenset({"id", "type", "function"})
_TOOL_FIELDS = frozenset({"tools", "tool_choice", "parallel_tool_calls"})


def sanitise(body: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
    """A changed copy of ``body``, which `parse` has accepted; key order is kept."""
    chat = as_chat_body(body)
    out = {**chat, "model": model.name_on_wire}
    out["messages"] = _messages(as_list(chat["messages"]), parse_tools(chat), model, dialect)
    out = _with_tools(out, chat, model, dialect)
    out = _with_limit(out, model, dialect)
    out = _with_effort(out, model, dialect)
    out = _with_output(out, dialect)
    out = fitted_sampling(out, model, dialect, _SAMPLING)
    return fitted_body(force_usage(out) or out, dialect)


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
    """Whether `sanitise` gives tools other names or kinds, so that the answer must be decoded with the
    client's tools and encoded again. ``body`` is one that `parse` has accepted."""
    tools = parse_tools(as_chat_body(body))
    if any(fitted_name(tool.name, dialect) != tool.name for tool in tools):
        return True
    is_custom = any(tool.kind is ToolKind.CUSTOM for tool in tools)
    return is_custom and (not dialect.custom_tools or is_responses_shaped(body) or _has_flat_tools(body))


def _has_flat_tools(body: JsonObject) -> bool:
    tools = map(as_object, as_list(body.get("tools")))
    return any(tool.get("type", "function") not in tool for tool in tools)


def _is_foreign(message: JsonObject) -> bool:
    ids = [as_object(entry).get("id") for entry in as_list(message.get("tool_calls"))]
    has_odd_id = any(_safe(given) != given for given in (*ids, message.get("tool_call_id")))
    is_signed = any(EXTRA in as_object(entry) for entry in as_list(message.get("tool_calls")))
    return has_odd_id or is_signed or any(key in message for key in _THOUGHTS)


def _safe(call_id: Any) -> Any:
    return safe_id(call_id, MAX_CHAT_ID) if isinstance(call_id, str) else call_id


# Messages


def _messages(values: list[Any], tools: tuple[Tool, ...], model: Model, dialect: Dialect) -> list[Any]:
    names = ToolNames(tools)
    opening = True
    out: list[Any] = []
    for message in map(as_object, values):
        is_system = message.get("role") in ("system", "developer")
        opening = opening and is_system
        if is_system:
            out.append(_system(message, dialect, opening=opening))
        elif message.get("role") == "assistant":
            out.append(_assistant(message, names, model, dialect))
        elif "tool_call_id" in message:
            out.append({**message, "tool_call_id": _safe(message["tool_call_id"])})
        else:
            out.append(_seen(message, dialect))
    return out


def _seen(message: JsonObject, dialect: Dialect) -> JsonObject:
    """A user's message without images the provider would refuse."""
    content = message.get("content")
    if not isinstance(content, list) or (dialect.images and dialect.image_urls):
        return message
    return {**message, "content": [_part(as_object(part), dialect) for part in content]}


def _part(part: JsonObject, dialect: Dialect) -> JsonObject:
    if part.get("type") != "image_url":
        return part
    inline = as_str(as_object(part.get("image_url")).get("url")).startswith("data:")
    accepted = dialect.images and (inline or dialect.image_urls)
    return part if accepted else {"type": "text", "text": NO_IMAGE}


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


def _assistant(message: JsonObject, names: ToolNames, model: Model, dialect: Dialect) -> JsonObject:
    calls, thoughts = as_list(message.get("tool_calls")), thoughts_in(message)
    out = {key: value for key, value in message.items() if key not in _THOUGHTS}
    if not is_vendor(dialect):
        out = _plain(out)
    if calls:
        entries = [_call(as_object(entry), names, dialect) for entry in calls]
        if dialect.thought_signatures:
            ids = [as_str(as_object(entry).get("id")) for entry in calls]
            entries = signed(entries, ids, signatures(thoughts, model))
        out["tool_calls"] = entries
    if calls and dialect.reasoning_content:
        out[dialect.reasoning_field] = open_thoughts(thoughts, model.provider) or NO_THOUGHT
    return out


def _plain(message: JsonObject) -> JsonObject:
    """An assistant's message without what only OpenAI puts there, which its SDK sends back as it came."""
    out = {key: value for key, value in message.items() if key in _MESSAGE or value}
    refusal = as_str(out.pop("refusal", None))
    if refusal and not out.get("content"):
        out["content"] = refusal
    return {key: value for key, value in out.items() if key not in _OPENAI_ONLY}


def _call(entry: JsonObject, names: ToolNames, dialect: Dialect) -> JsonObject:
    """A call in the shape its tool is declared in to this provider."""
    call = read_call(entry, names, "tool_calls")
    call_id = _safe(call.id)
    if call.kind is not ToolKind.CUSTOM:
        function = _function(as_object(entry.get("function")), dialect)
        known = _CALL | ({EXTRA} if dialect.thought_signatures else set())
        sent = entry.keys() - {EXTRA} if is_vendor(dialect) else known
        kept = {key: value for key, value in entry.items() if key in sent}
        return {**kept, "id": call_id, "function": function}
    inner = as_object(entry.get("custom")) or as_object(entry.get("function"))
    name = as_str(inner.get("name"))
    if dialect.custom_tools:
        custom = {"name": fitted_name(name, dialect), "input": call.arguments}
        return {"id": call_id, "type": "custom", "custom": custom}
    function = {"name": fitted_name(name, dialect), "arguments": wrap(call.arguments)}
    return {"id": call_id, "type": "function", "function": function}


def _function(given: JsonObject, dialect: Dialect) -> JsonObject:
    """What a call names, with arguments that others than OpenAI can parse."""
    function = {**given, "name": fitted_name(as_str(given.get("name")), dialect)}
    if not is_vendor(dialect):
        function["arguments"] = object_text(as_str(given.get("arguments")))
    return function


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
        if choice.mode == "none" and dialect.refuses_choice("none"):
            return {key: value for key, value in out.items() if key not in _TOOL_FIELDS}
        out["tool_choice"] = _choice(choice, parse_tools(chat), model, dialect)
    return out


def _definition(value: JsonObject, dialect: Dialect) -> list[JsonObject]:
    if value.get("type", "function") == "function" and "function" in value:
        inner = _kept(as_object(value["function"]), dialect)
        if isinstance(inner.get("parameters"), dict):
            inner["parameters"] = fitted(inner["parameters"], dialect.schema)
        if "name" in inner:
            inner["name"] = fitted_name(as_str(inner["name"]), dialect)
        return [{**_kept(value, dialect), "type": "function", "function": inner}]
    return [shown for tool in parse_tools({"tools": [value]}) for shown in _written(tool, dialect)]


def _written(tool: Tool, dialect: Dialect) -> list[JsonObject]:
    if tool.kind is ToolKind.SERVER:
        return [] if dialect.drop_server_tools or tool.raw is None else [tool.raw]
    if tool.kind is ToolKind.CUSTOM and dialect.custom_tools:
        return [write_custom(tool)]
    return [write_tool(tool, dialect)]


def _kept(value: JsonObject, dialect: Dialect) -> JsonObject:
    return {key: inner for key, inner in value.items() if not dialect.refuses_in_tool(key)}


def _name(tool: JsonObject) -> str:
    return as_str(as_object(tool.get(as_str(tool.get("type")))).get("name"))


def _choice(choice: ToolChoice, tools: tuple[Tool, ...], model: Model, dialect: Dialect) -> Any:
    if not is_forceable(choice.mode, model, dialect):
        return "auto"
    if choice.mode != "tool":
        return choice.mode
    tool = next((known for known in tools if known.name == choice.name), None)
    if tool is None or tool.kind is ToolKind.SERVER:
        return "auto"
    shape = "custom" if tool.kind is ToolKind.CUSTOM and dialect.custom_tools else "function"
    return {"type": shape, shape: {"name": fitted_name(flat_name(tool.name, tool.namespace), dialect)}}


# What the model takes


def _with_limit(out: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
    limit = next((out[key] for key in _LIMITS if out.get(key) is not None), None)
    fields: JsonObject = {} if limit is None else {dialect.max_tokens_field: clamped(limit, model, dialect)}
    return _replaced(out, _LIMITS, fields)


def _with_effort(out: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
    """How hard to think, in the provider's words; a switch of another kind stays for who may know it."""
    effort, thinking = asked_thinking(out)
    if effort is None and thinking is None:
        return out
    fields = effort_fields(effort, thinking=thinking, model=model, dialect=dialect)
    keys = {"reasoning_effort", *switch_keys(dialect)}
    if dialect.thinking_switch != "none" or is_vendor(dialect):
        keys.add("thinking")
    if dialect.effort_field == "reasoning":
        # The client's own settings beside the effort (whether the thinking is shown) are the provider's too.
        own = {k: v for k, v in as_object(out.get("reasoning")).items() if k not in _EFFORTS}
        fields = {key: own | value if key == "reasoning" else value for key, value in fields.items()}
        keys.add("reasoning")
    elif "effort" in as_object(out.get("reasoning")):
        keys.add("reasoning")
    return _replaced(out, keys, fields)


def _with_output(out: JsonObject, dialect: Dialect) -> JsonObject:
    """The schema of the answer, in the keywords the provider has."""
    wanted = as_object(out.get("response_format"))
    described = as_object(wanted.get("json_schema"))
    if isinstance(described.get("schema"), dict):
        described = {**described, "schema": fitted(described["schema"], dialect.schema)}
        out["response_format"] = {**wanted, "json_schema": described}
    stops, most = out.get("stop"), dialect.max_stops
    if most is not None and isinstance(stops, list):
        out["stop"] = stops[:most]
    return out


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
