"""Tool calls in a provider's answer, in the client's terms."""

from dataclasses import replace

from coderouter_cli.domain.conversation import JsonObject, ToolCall, ToolKind
from coderouter_cli.wire.customtools import unwrap
from coderouter_cli.wire.parallelcalls import PARALLEL, inner_calls
from coderouter_cli.wire.read import as_str
from coderouter_cli.wire.toolids import minted_id, safe_id
from coderouter_cli.wire.toolnames import ToolNames, flat_name

CALL_TYPES = {"function_call": "arguments", "custom_tool_call": "input"}
"""The item types that call a client's tool, and where each has its input."""


def skeleton(item: JsonObject, names: ToolNames, fallback_id: str) -> ToolCall:
    """The call without its arguments: the client's name, namespace and kind, and an id fit for anyone."""
    name, namespace = as_str(item.get("name")), as_str(item.get("namespace")) or None
    asked = name if namespace is None else flat_name(name, namespace)
    known, known_namespace, kind = names.original(asked)
    if known == asked and namespace is not None:
        known, known_namespace = name, namespace
    if item.get("type") == "custom_tool_call":
        kind = ToolKind.CUSTOM
    raw_id = as_str(item.get("call_id"))
    return ToolCall(safe_id(raw_id) if raw_id else fallback_id, known, "", kind, known_namespace)


def is_wrapped(item: JsonObject, call: ToolCall) -> bool:
    """Whether a custom tool was called as the function that stands in for it."""
    return call.kind is ToolKind.CUSTOM and item.get("type") == "function_call"


def is_parallel_wrapper(call: ToolCall) -> bool:
    """Whether the model called OpenAI's internal wrapper of several calls, which is no tool of anyone."""
    return call.name == PARALLEL and call.kind is ToolKind.FUNCTION


def unwrapped(call: ToolCall, arguments: str, names: ToolNames) -> list[ToolCall]:
    """The client's calls in a whole one: a custom tool's text, or the calls inside a wrapper."""
    if is_parallel_wrapper(call):
        return _inner_calls(call, arguments, names) or [replace(call, arguments=arguments or "{}")]
    if call.kind is ToolKind.CUSTOM:
        return [replace(call, arguments=unwrap(arguments))]
    return [replace(call, arguments=arguments or "{}")]


def whole_calls(item: JsonObject, names: ToolNames, fallback_id: str) -> list[ToolCall]:
    """The calls of a finished item."""
    call = skeleton(item, names, fallback_id)
    text = as_str(item.get(CALL_TYPES[item["type"]]))
    if is_wrapped(item, call) or call.kind is not ToolKind.CUSTOM:
        return unwrapped(call, text, names)
    return [replace(call, arguments=text)]


def _inner_calls(call: ToolCall, arguments: str, names: ToolNames) -> list[ToolCall]:
    calls: list[ToolCall] = []
    for position, (name, text) in enumerate(inner_calls(arguments)):
        inner = skeleton({"name": name}, names, minted_id(call.id, position))
        calls += unwrapped(inner, text, names)
    return calls
