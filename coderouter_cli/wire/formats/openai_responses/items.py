"""A request's input items as messages."""

from collections.abc import Callable
from typing import Any, Literal

from coderouter_cli.domain.conversation import (
    Document,
    FormatName,
    Image,
    JsonObject,
    Message,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolKind,
    ToolResult,
    Unknown,
)
from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire.formats.openai_responses.media import document_from, image_from
from coderouter_cli.wire.formats.openai_responses.tools import parse_tools
from coderouter_cli.wire.read import objects, opt_list, opt_object, opt_str, path_to, req_list, req_str, wrong
from coderouter_cli.wire.turns import Role, Turn, merged

_FORMAT = FormatName.OPENAI_RESPONSES
_ROLES: dict[str, Role] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
    "developer": "system",
}
_TEXTS = frozenset({"input_text", "output_text", "text", "summary_text", "reasoning_text"})
_FROM_CLIENT = frozenset({"compaction_trigger", "mcp_approval_response"})
_TTLS: dict[object, Literal["5m", "1h"]] = {None: "5m", "30m": "5m", "12h": "1h"}
"""OpenAI's cache lifetimes as the nearest that a canonical mark has."""


def parse_items(values: list[Any], at: str) -> tuple[tuple[Message, ...], tuple[Tool, ...]]:
    """Messages, and the tools that ``additional_tools`` items declare.

    Codex declares all its tools that way for its newest models; providers that do not know the item
    ignore it and then see no tools (https://github.com/Wei-Shaw/sub2api/issues/7285).

    Raises:
        BadRequestError: an item is not as the format says, or refers to one that OpenAI keeps.
    """
    turns: list[Turn] = []
    tools: list[Tool] = []
    for index, item in enumerate(objects(values, at)):
        where = path_to(at, index)
        kind = _kind(item, where)
        if kind == "additional_tools":
            tools += parse_tools(req_list(item, "tools", where), path_to(where, "tools"))
        else:
            turns.append(_READERS.get(kind, _unknown)(item, where))
    return merged(turns), tuple(tools)


def _kind(item: JsonObject, at: str) -> str:
    kind = opt_str(item, "type", at)
    if kind is None:
        kind = "message" if "role" in item else "item_reference" if "id" in item else None
    if kind is None:
        raise BadRequestError(f"`{path_to(at, 'type')}` is required.")
    if kind == "item_reference":
        raise BadRequestError(
            f"`{at}` refers to an item that is kept elsewhere.",
            means="CodeRouter keeps no conversations.",
            next_step="Send the item itself.",
        )
    return kind


def _message(item: JsonObject, at: str) -> Turn:
    role = _ROLES.get(req_str(item, "role", at))
    if role is None:
        raise wrong(path_to(at, "role"), "one of user, assistant, system, developer")
    if item.get("content") is None:
        raise BadRequestError(f"`{path_to(at, 'content')}` is required.")
    return role, parse_content(item["content"], path_to(at, "content"))


def parse_content(value: Any, at: str) -> tuple[Part, ...]:
    """A message's or a tool output's content: a string or a list of parts."""
    if isinstance(value, str):
        return (Text(value),)
    if not isinstance(value, list):
        raise wrong(at, "a string or a list")
    return tuple(_content(part, path_to(at, index)) for index, part in enumerate(objects(value, at)))


def _content(part: JsonObject, at: str) -> Part:
    kind = req_str(part, "type", at)
    if kind in _TEXTS:
        return Text(req_str(part, "text", at), _cache_mark(part, at))
    if kind == "refusal":
        return Refusal(req_str(part, "refusal", at))
    known: Part | None = None
    if kind == "input_image":
        known = image_from(part)
    elif kind == "input_file":
        known = document_from(part)
    return known or Unknown(_FORMAT, kind, part)


def _cache_mark(part: JsonObject, at: str) -> Literal["5m", "1h"] | None:
    breakpoint_ = opt_object(part, "prompt_cache_breakpoint", at)
    return None if breakpoint_ is None else _TTLS.get(breakpoint_.get("ttl"), "5m")


def _reasoning(item: JsonObject, at: str) -> Turn:
    texts = [
        req_str(part, "text", path_to(at, key))
        for key in ("summary", "content")
        for part in objects(opt_list(item, key, at) or [], path_to(at, key))
    ]
    encrypted = opt_str(item, "encrypted_content", at)
    # Beside open reasoning it is another provider's, which OpenAI cannot read (see `outputs.carrier`).
    opaque = Opaque(_FORMAT, "encrypted", encrypted) if encrypted and not item.get("content") else None
    return "assistant", (Reasoning("\n\n".join(texts), opaque, opt_str(item, "id", at)),)


def _function_call(item: JsonObject, at: str) -> Turn:
    return "assistant", (_call(item, at, "arguments", ToolKind.FUNCTION),)


def _custom_call(item: JsonObject, at: str) -> Turn:
    return "assistant", (_call(item, at, "input", ToolKind.CUSTOM),)


def _call(item: JsonObject, at: str, field: str, kind: ToolKind) -> ToolCall:
    return ToolCall(
        id=opt_str(item, "call_id", at) or opt_str(item, "id", at) or "",
        name=req_str(item, "name", at),
        arguments=req_str(item, field, at),
        kind=kind,
        namespace=opt_str(item, "namespace", at),
    )


def _function_output(item: JsonObject, at: str) -> Turn:
    return "user", (_result(item, at, ToolKind.FUNCTION),)


def _custom_output(item: JsonObject, at: str) -> Turn:
    return "user", (_result(item, at, ToolKind.CUSTOM),)


def _result(item: JsonObject, at: str, kind: ToolKind) -> ToolResult:
    parts = parse_content(item.get("output"), path_to(at, "output"))
    return ToolResult(opt_str(item, "call_id", at) or "", tuple(map(_result_part, parts)), kind=kind)


def _result_part(part: Part) -> Text | Image | Document:
    if isinstance(part, Text | Image | Document):
        return part
    return Text(f"[{part.kind}]" if isinstance(part, Unknown) else "")


def _unknown(item: JsonObject, at: str) -> Turn:
    """An item we do not know, on the side that made it: outputs come from the client."""
    kind = req_str(item, "type", at)
    role: Role = "user" if kind in _FROM_CLIENT or kind.endswith("_output") else "assistant"
    return role, (Unknown(_FORMAT, kind, item),)


_READERS: dict[str, Callable[[JsonObject, str], Turn]] = {
    "message": _message,
    "reasoning": _reasoning,
    "function_call": _function_call,
    "custom_tool_call": _custom_call,
    "function_call_output": _function_output,
    "custom_tool_call_output": _custom_output,
}
