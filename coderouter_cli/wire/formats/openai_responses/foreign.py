"""Input items as any provider of the format reads them, and as OpenAI does.

The format's plain shapes, messages, reasoning, functions and their outputs, are known everywhere; what Codex
sends besides is OpenAI's own. In the other direction a history may hold what we, or other providers'
models, have put into OpenAI's shapes, which OpenAI would refuse.
"""

from typing import Any

from coderouter_cli.domain.conversation import Image, JsonObject, Part, Text, ToolCall, ToolResult
from coderouter_cli.wire.customtools import as_arguments
from coderouter_cli.wire.formats.openai_responses.clienttools import (
    CLIENT_CALLS,
    CLIENT_OUTPUTS,
    is_client_run,
)
from coderouter_cli.wire.formats.openai_responses.compaction import TRIGGER, summary_of
from coderouter_cli.wire.formats.openai_responses.items import read_item
from coderouter_cli.wire.formats.openai_responses.media import image_part
from coderouter_cli.wire.natives import is_openai
from coderouter_cli.wire.read import as_list, as_object, as_str
from coderouter_cli.wire.vendorneeds import COMPACTIONS, SEALED

_AGENT = "agent_message"
_IN_WORDS = COMPACTIONS | CLIENT_CALLS | CLIENT_OUTPUTS | {_AGENT, TRIGGER, "image_generation_call"}
_MESSAGE = frozenset({"type", "id", "status", "role", "content"})
"""What a message is made of; Codex adds ``phase``, and for OpenAI's own accounts times and ids of its turns
(measured, 0.169.0)."""
_TEXT = frozenset({"type", "text"})
_DETAILS = frozenset({"auto", "low", "high"})


def plain_items(items: list[Any]) -> list[JsonObject]:
    """The items in plain shapes; those that have none stay as they are."""
    return [plain for item in items for plain in _plain(item)]


def _plain(item: JsonObject) -> list[JsonObject]:
    kind = item.get("type", "message")
    if kind == "message":
        kept = {key: value for key, value in item.items() if key in _MESSAGE}
        return [_with_plain_parts(kept, "content")]
    if kind in _IN_WORDS and not _is_left(item, kind):
        parts = (part for _, parts in read_item(item, kind, "input") for part in parts)
        return _written([*parts])
    return [_with_plain_parts(item, "output")]


def _is_left(item: JsonObject, kind: str) -> bool:
    """Whether an item is the provider's own after all: a tool that it runs, a summary that only it reads."""
    if kind in CLIENT_CALLS or kind == "tool_search_output":
        return not is_client_run(item)
    return kind in COMPACTIONS and summary_of(item) is None


def _written(parts: list[Part]) -> list[JsonObject]:
    content = [shown for part in parts if (shown := _content(part)) is not None]
    items = [{"type": "message", "role": "user", "content": content}] if content else []
    for part in parts:
        if isinstance(part, ToolCall):
            arguments = as_arguments(part)
            items.append(
                {"type": "function_call", "call_id": part.id, "name": part.name, "arguments": arguments}
            )
        elif isinstance(part, ToolResult):
            text = "\n".join(one.text for one in part.parts if isinstance(one, Text))
            items.append({"type": "function_call_output", "call_id": part.call_id, "output": text})
    return items


def _content(part: Part) -> JsonObject | None:
    if isinstance(part, Text):
        return {"type": "input_text", "text": part.text}
    return image_part(part, accepted=True) if isinstance(part, Image) else None


def _with_plain_parts(item: JsonObject, key: str) -> JsonObject:
    parts = item.get(key)
    if not isinstance(parts, list):
        return item
    return {**item, key: [_plain_part(as_object(part)) for part in parts]}


def _plain_part(part: JsonObject) -> JsonObject:
    """A part without marks, annotations and degrees of detail that only OpenAI knows."""
    if isinstance(part.get("text"), str):
        return {name: value for name, value in part.items() if name in _TEXT}
    kept = {name: value for name, value in part.items() if name != "prompt_cache_breakpoint"}
    return {**kept, "detail": "high"} if as_str(kept.get("detail", "auto")) not in _DETAILS else kept


def has_foreign_items(body: JsonObject) -> bool:
    """Whether OpenAI would refuse an item that `for_openai` rewrites."""
    return any(for_openai(item) is not item for item in map(as_object, as_list(body.get("input"))))


def for_openai(item: JsonObject) -> JsonObject:
    """The item, with a summary of ours in words, and with the plain text that another provider's model wrote
    to an agent out of the place where OpenAI seals it ("The encrypted content could not be verified")."""
    kind = item.get("type")
    if kind in COMPACTIONS:
        summary = summary_of(item)
        return item if summary is None else _written([Text(summary)])[0]
    if kind != _AGENT or not any(map(_is_unsealed, as_list(item.get("content")))):
        return item
    return {**item, "content": [_opened(part) for part in item["content"]]}


def _opened(part: JsonObject) -> JsonObject:
    return {"type": "input_text", "text": part[SEALED]} if _is_unsealed(part) else part


def _is_unsealed(part: Any) -> bool:
    known = as_object(part)
    return known.get("type") == SEALED and isinstance(known.get(SEALED), str) and not is_openai(known[SEALED])
