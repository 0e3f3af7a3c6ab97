"""Content blocks of a request, as canonical parts."""

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any, Literal

from coderouter_cli.domain.conversation import (
    Document,
    FormatName,
    Image,
    JsonObject,
    Opaque,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolResult,
    Unknown,
)
from coderouter_cli.wire.envelope import opened
from coderouter_cli.wire.formats.anthropic_messages.media import context_of, document_from, image_from
from coderouter_cli.wire.read import (
    as_list,
    as_object,
    as_str,
    objects,
    opt_bool,
    opt_str,
    path_to,
    req_object,
    req_str,
    wrong,
)
from coderouter_cli.wire.reminder import reminder

_FORMAT = FormatName.ANTHROPIC_MESSAGES
TOOL_CHANGES = frozenset({"tool_addition", "tool_removal"})
"""Blocks of a system message that say which tools are on offer from there on: see `tools`."""


def parse_content(message: JsonObject, at: str) -> tuple[Part, ...]:
    """The parts of a message's ``content``, a string or a list of blocks.

    Raises:
        BadRequestError: the content, or a block, is not as the format says.
    """
    content = message.get("content")
    where = path_to(at, "content")
    if isinstance(content, str):
        return (Text(content),)
    if not isinstance(content, list):
        raise wrong(where, "a string or a list of blocks")
    blocks = enumerate(objects(content, where))
    return tuple(part for index, block in blocks for part in _parse_block(block, path_to(where, index)))


def parse_texts(value: Any, at: str) -> tuple[Text, ...]:
    """The texts of the top-level ``system``, a string or a list of text blocks."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (Text(value),)
    if not isinstance(value, list):
        raise wrong(at, "a string or a list of text blocks")
    return tuple(_text(block, path_to(at, index)) for index, block in enumerate(objects(value, at)))


def written_arguments(value: Any) -> str:
    """A tool call's input as the text of its arguments."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def reasoning_of(block: JsonObject) -> Reasoning:
    """The thinking of a ``thinking`` or ``redacted_thinking`` block."""
    if block.get("type") == "redacted_thinking":
        return Reasoning("", Opaque(_FORMAT, "redacted", as_str(block.get("data"))))
    signature = as_str(block.get("signature"))
    opaque = Opaque(_FORMAT, "signature", signature) if signature else None
    return Reasoning(as_str(block.get("thinking")), opaque)


def _parse_block(block: JsonObject, at: str) -> Iterator[Part]:
    kind = req_str(block, "type", at)
    if kind not in TOOL_CHANGES:
        yield from _BLOCKS.get(kind, _unknown)(block, at)


def _text(block: JsonObject, at: str) -> Text:
    return Text(req_str(block, "text", at), _cache_ttl(block))


def _cache_ttl(block: JsonObject) -> Literal["5m", "1h"] | None:
    control = block.get("cache_control")
    if not isinstance(control, dict):
        return None
    return "1h" if control.get("ttl") == "1h" else "5m"


def _texts(block: JsonObject, at: str) -> Iterator[Part]:
    yield _text(block, at)


def _thinking(block: JsonObject, at: str) -> Iterator[Part]:
    opt_str(block, "thinking", at)
    opt_str(block, "signature", at)
    yield opened(reasoning_of(block))


def _media(block: JsonObject, at: str) -> Iterator[Part]:
    req_object(block, "source", at)
    yield from _media_parts(block)


def _media_parts(block: JsonObject) -> Iterator[Text | Image | Document | Unknown]:
    """The image or document, behind the words about it; whole where Anthropic keeps it."""
    found = _media_of(block)
    if found is None:
        yield Unknown(_FORMAT, block["type"], block)
        return
    context = context_of(block)
    if context is not None:
        yield Text(context)
    yield found


def _media_of(block: JsonObject) -> Image | Document | None:
    return image_from(block) if block["type"] == "image" else document_from(block)


def _tool_use(block: JsonObject, at: str) -> Iterator[Part]:
    """A call. Some clients keep arguments that are no JSON as text, where the format has an object."""
    given = block.get("input")
    arguments = given if isinstance(given, str) else written_arguments(req_object(block, "input", at))
    yield ToolCall(req_str(block, "id", at), req_str(block, "name", at), arguments)


def _tool_result(block: JsonObject, at: str) -> Iterator[Part]:
    """The result; blocks in it that only Anthropic can read follow it as parts of their own."""
    call_id, content = req_str(block, "tool_use_id", at), block.get("content")
    is_error = opt_bool(block, "is_error", at) or False
    if content is None or isinstance(content, str):
        yield ToolResult(call_id, (Text(content),) if content else (), is_error)
        return
    if not isinstance(content, list):
        raise wrong(path_to(at, "content"), "a string or a list of blocks")
    where = path_to(at, "content")
    blocks = enumerate(objects(content, where))
    inner = [part for i, b in blocks for part in _in_result(b, path_to(where, i))]
    parts = tuple(part for part in inner if not isinstance(part, Unknown))
    yield ToolResult(call_id, parts, is_error)
    yield from (part for part in inner if isinstance(part, Unknown))


def _in_result(block: JsonObject, at: str) -> Iterator[Text | Image | Document | Unknown]:
    kind = req_str(block, "type", at)
    if kind == "text":
        yield _text(block, at)
    elif kind == "tool_reference":
        yield Text(as_text(block))
    elif kind == "search_result":
        yield _found(block)
    elif kind in {"image", "document"}:
        yield from _media_parts(block)
    else:
        yield Unknown(_FORMAT, kind, block)


def _search_result(block: JsonObject, _: str) -> Iterator[Part]:
    yield _found(block)


def _found(block: JsonObject) -> Text | Document:
    """What a search found, in words; a document where the answer is to cite it."""
    text = as_text(block)
    if as_object(block.get("citations")).get("enabled") is not True:
        return Text(text, _cache_ttl(block))
    return Document(
        "text/plain", base64.b64encode(text.encode("utf-8", "surrogatepass")).decode(), cited=True
    )


def as_text(block: JsonObject) -> str:
    """What a ``tool_reference`` or ``search_result`` says in words, for those who know no such block.

    Claude Code's tool search answers with nothing but references.
    """
    if block["type"] == "tool_reference":
        return f"Tool available: {as_str(block.get('tool_name'))}"
    texts = [as_str(as_object(piece).get("text")) for piece in as_list(block.get("content"))]
    return "\n".join([as_str(block.get("title")), as_str(block.get("source")), *texts])


def _unknown(block: JsonObject, _: str) -> Iterator[Part]:
    yield Unknown(_FORMAT, block["type"], block)


def _compaction(block: JsonObject, _: str) -> Iterator[Part]:
    """A summary that stands for the history before it, in words; one that failed stands for nothing."""
    summary = as_str(block.get("content"))
    if summary.strip():
        yield Text(summary_text(summary))


def summary_text(summary: str) -> str:
    """What a compaction's summary says to those who know no such block."""
    return reminder(f"Summary of the conversation up to here:\n\n{summary}")


_BLOCKS: dict[str, Callable[[JsonObject, str], Iterator[Part]]] = {
    "text": _texts,
    "thinking": _thinking,
    "redacted_thinking": _thinking,
    "image": _media,
    "document": _media,
    "tool_use": _tool_use,
    "tool_result": _tool_result,
    "search_result": _search_result,
    "compaction": _compaction,
}
