"""A request's input items as messages."""

from collections.abc import Callable, Iterator
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
from coderouter_cli.wire.envelope import opened
from coderouter_cli.wire.formats.openai_responses.clienttools import (
    CLIENT_CALLS,
    CLIENT_OUTPUTS,
    client_call,
    client_result,
    is_client_run,
)
from coderouter_cli.wire.formats.openai_responses.compaction import ORDER, TRIGGER, summary_of
from coderouter_cli.wire.formats.openai_responses.media import document_from, image_from
from coderouter_cli.wire.formats.openai_responses.outputs import GAP
from coderouter_cli.wire.formats.openai_responses.tools import parse_tools
from coderouter_cli.wire.natives import is_openai
from coderouter_cli.wire.read import objects, opt_list, opt_object, opt_str, path_to, req_list, req_str, wrong
from coderouter_cli.wire.turns import Role, Turn, merged
from coderouter_cli.wire.vendorneeds import COMPACTIONS, SEALED

_FORMAT = FormatName.OPENAI_RESPONSES
_ROLES: dict[str, Role] = {
    "user": "user",
    "assistant": "assistant",
    "system": "system",
    "developer": "system",
}
_TEXTS = frozenset({"input_text", "output_text", "text", "summary_text", "reasoning_text"})
DECLARING = frozenset({"additional_tools", "tool_search_output"})
"""The types of items that declare tools."""
_SAYING_NOTHING = frozenset(
    {"additional_tools", "configuration_update", "mcp_list_tools", "tool_search_call", "tool_search_output"}
    | {"web_search_call"}
)
"""Items that need no counterpart: settings and declarations are read elsewhere (`request`), a search by the
provider for tools is over once they are declared, and a search of the web left its findings in the answer."""
_FROM_CLIENT = frozenset({"mcp_approval_response"})
_TTLS: dict[str, Literal["5m", "1h"]] = {"30m": "5m", "12h": "1h"}
"""OpenAI's cache lifetimes as the nearest that a canonical mark has."""


def parse_items(values: list[Any], at: str) -> tuple[tuple[Message, ...], tuple[Tool, ...]]:
    """Messages, and the tools that ``additional_tools`` items and the outputs of tool searches declare.

    Codex declares all its tools in the first kind for its newest models; providers that do not know the
    item ignore it and then see no tools (https://github.com/Wei-Shaw/sub2api/issues/7285).

    Raises:
        BadRequestError: an item is not as the format says, or refers to one that OpenAI keeps.
    """
    turns: list[Turn] = []
    tools: list[Tool] = []
    for index, item in enumerate(objects(values, at)):
        where = path_to(at, index)
        kind = _kind(item, where)
        if kind in DECLARING:
            tools += parse_tools(req_list(item, "tools", where), path_to(where, "tools"))
        turns += [turn for turn in read_item(item, kind, where) if turn[1]]
    return merged(turns), tuple(tools)


def read_item(item: JsonObject, kind: str, at: str) -> list[Turn]:
    """What one item of this type says; nothing for one that needs no counterpart in a history."""
    if kind in CLIENT_CALLS and is_client_run(item):
        return [("assistant", (client_call(item, at),))]
    if kind in CLIENT_OUTPUTS and (is_client_run(item) or kind != "tool_search_output"):
        return [("user", (client_result(item, at),))]
    if kind in _SAYING_NOTHING:
        return []
    return [_READERS.get(kind, _unknown)(item, at)]


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
    if kind == SEALED and not is_openai(part.get(SEALED)):
        # What a model of another provider wrote to another agent: Codex puts it there as it is.
        return Text(req_str(part, SEALED, at))
    known: Part | None = None
    if kind == "input_image":
        known = image_from(part)
    elif kind == "input_file":
        known = document_from(part)
    return known or Unknown(_FORMAT, kind, part)


def _cache_mark(part: JsonObject, at: str) -> Literal["5m", "1h"] | None:
    breakpoint_ = opt_object(part, "prompt_cache_breakpoint", at)
    if breakpoint_ is None:
        return None
    ttl = breakpoint_.get("ttl")
    return _TTLS.get(ttl, "5m") if isinstance(ttl, str) else "5m"


def _reasoning(item: JsonObject, at: str) -> Turn:
    texts = [
        req_str(part, "text", path_to(at, key))
        for key in ("summary", "content")
        for part in objects(opt_list(item, key, at) or [], path_to(at, key))
    ]
    encrypted = opt_str(item, "encrypted_content", at)
    # Beside open reasoning it is another provider's, which OpenAI cannot read (see `outputs.carrier`).
    opaque = Opaque(_FORMAT, "encrypted", encrypted) if encrypted and not item.get("content") else None
    return "assistant", (opened(Reasoning(GAP.join(texts), opaque, opt_str(item, "id", at))),)


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
    return "user", tuple(_result(item, at, ToolKind.FUNCTION))


def _custom_output(item: JsonObject, at: str) -> Turn:
    return "user", tuple(_result(item, at, ToolKind.CUSTOM))


def _result(item: JsonObject, at: str, kind: ToolKind) -> Iterator[Part]:
    """The result; parts of it that only OpenAI can read (files by id) follow it as parts of their own."""
    parts = parse_content(item.get("output"), path_to(at, "output"))
    readable = tuple(part for part in parts if isinstance(part, Text | Image | Document))
    yield ToolResult(opt_str(item, "call_id", at) or "", readable, kind=kind)
    yield from (part for part in parts if isinstance(part, Unknown))


def _compaction(item: JsonObject, at: str) -> Turn:
    """A summary in place of the history: ours in words, OpenAI's as it is."""
    summary = summary_of(item)
    return _unknown(item, at) if summary is None else ("user", (Text(summary),))


def _trigger(_: JsonObject, __: str) -> Turn:
    return "user", (Text(ORDER),)


def _agent_message(item: JsonObject, at: str) -> Turn:
    """What another of Codex's agents wrote; the text names sender and task (measured, 0.169.0)."""
    return "user", parse_content(item.get("content"), path_to(at, "content"))


def _generated_image(item: JsonObject, at: str) -> Turn:
    """An image that OpenAI made, shown to a model that did not make it."""
    data = opt_str(item, "result", at)
    if not data:
        return "assistant", ()
    media_type = f"image/{opt_str(item, 'output_format', at) or 'png'}"
    return "user", (Text("[Generated image]"), Image(media_type=media_type, data=data))


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
    "agent_message": _agent_message,
    "image_generation_call": _generated_image,
    TRIGGER: _trigger,
    **dict.fromkeys(COMPACTIONS, _compaction),
}
