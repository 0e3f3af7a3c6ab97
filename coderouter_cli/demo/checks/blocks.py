"""What Anthropic and DeepSeek refuse of the content blocks of a Messages request."""

import re
from collections.abc import Iterator
from typing import Any

from coderouter_cli.demo.checks.base import as_object, extras, invalid, unexpected_tag, word
from coderouter_cli.demo.script import HttpError, ProviderName
from coderouter_cli.domain.conversation import JsonObject

_FIELDS = {
    "text": "text cache_control citations",
    "image": "source cache_control",
    "document": "source cache_control citations context title",
    "thinking": "thinking signature",
    "redacted_thinking": "data",
    "tool_use": "id name input cache_control caller toolset_name",
    "tool_result": "tool_use_id content is_error cache_control toolset_name",
    "search_result": "source title content cache_control citations",
    "server_tool_use": "id name input cache_control caller",
    "web_search_tool_result": "tool_use_id content cache_control caller",
    "tool_reference": "tool_name cache_control",
}
_KNOWN = {kind: frozenset(names.split()) | {"type"} for kind, names in _FIELDS.items()}
_BY_ROLE = {
    "user": {"text", "image", "document", "tool_result", "search_result"},
    "assistant": {
        "text",
        "thinking",
        "redacted_thinking",
        "tool_use",
        "server_tool_use",
        "web_search_tool_result",
    },
    "system": {"text"},
}
_IN_RESULT = {"text", "image", "document", "search_result", "tool_reference"}
_REQUIRED = {
    "text": ("text",),
    "image": ("source",),
    "document": ("source",),
    "thinking": ("thinking", "signature"),
    "redacted_thinking": ("data",),
    "tool_use": ("id", "name", "input"),
    "tool_result": ("tool_use_id",),
}
_TOOL_ID = re.compile(r"[a-zA-Z0-9_-]+")
_IMAGE_TYPES = {"image/jpeg", "image/png", "image/gif", "image/webp"}


def block_problems(body: JsonObject, provider: ProviderName, *, images: bool = True) -> Iterator[HttpError]:
    """What is wrong with the roles, the blocks of every message and the system prompt.

    DeepSeek ignores fields it does not know, and refuses images where the model sees none.
    """
    strict = provider == "anthropic"
    for i, message in enumerate(body["messages"]):
        if word(as_object(message).get("role")) not in _BY_ROLE:
            yield invalid(f"messages.{i}.role: Input should be 'user', 'assistant' or 'system'")
        if strict:
            yield from extras(message, frozenset({"role", "content", "output_config"}), f"messages.{i}.")
        if "content" not in message:
            yield invalid(f"messages.{i}.content: Field required")
        where = f"messages.{i}.content"
        if strict and _only_sets_effort(message):
            continue
        yield from _content(
            where, message["content"], _BY_ROLE[message["role"]], strict=strict, images=images
        )
    if body.get("system") is not None:
        yield from _content("system", body["system"], _BY_ROLE["system"], strict=strict, images=images)


def _only_sets_effort(message: JsonObject) -> bool:
    """A system turn without words, which sets the effort from there on.

    Measured with Claude Code 2.1.330 after a compaction (beta per-turn-control-2026-07-01).
    """
    return message["role"] == "system" and message["content"] == [] and "output_config" in message


def _content(where: str, content: Any, kinds: set[str], *, strict: bool, images: bool) -> Iterator[HttpError]:
    if isinstance(content, str):
        if not content and where != "system":
            yield invalid(f"{where}: text content must be non-empty")
        return
    if not isinstance(content, list):
        yield invalid(f"{where}: Input should be a valid string or list")
    if not content and where != "system":
        yield invalid(f"{where}: content must not be empty")
    for j, block in enumerate(content):
        place = f"{where}.{j}"
        kind = word(as_object(block).get("type"))
        if kind not in kinds:
            yield unexpected_tag(place, kind, kinds)
        if strict:
            yield from extras(block, _KNOWN[kind], f"{place}.{kind}.")
        yield from _required(place, block)
        yield from _BLOCKS.get(kind, _nothing)(place, block)
        if kind == "image" and not images:
            yield invalid(f"{place}: unknown variant `image`, expected `text`: this model has no vision")
        if kind == "tool_result":
            yield from _result(place, block, strict=strict, images=images)


def _required(place: str, block: JsonObject) -> Iterator[HttpError]:
    for name in _REQUIRED.get(block["type"], ()):
        if name not in block:
            yield invalid(f"{place}.{block['type']}.{name}: Field required")


def _text(place: str, block: JsonObject) -> Iterator[HttpError]:
    del place
    if not isinstance(block["text"], str) or not block["text"]:
        yield invalid("messages: text content blocks must be non-empty")
    if not block["text"].strip():
        yield invalid("messages: text content blocks must contain non-whitespace text")


def _tool_use(place: str, block: JsonObject) -> Iterator[HttpError]:
    if not isinstance(block["id"], str) or not _TOOL_ID.fullmatch(block["id"]):
        yield invalid(f"{place}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'")
    if not isinstance(block["name"], str) or not 1 <= len(block["name"]) <= 200:
        yield invalid(f"{place}.tool_use.name: String should have at least 1 character")
    if not isinstance(block["input"], dict):
        yield invalid(f"{place}.tool_use.input: Input should be a valid dictionary")


def _image(place: str, block: JsonObject) -> Iterator[HttpError]:
    source = as_object(block["source"])
    kind = word(source.get("type"))
    if kind == "base64":
        if word(source.get("media_type")) not in _IMAGE_TYPES or not source.get("data"):
            yield invalid(f"{place}.image.source.base64.media_type: Input should be an image type")
    elif kind not in {"url", "file"}:
        yield unexpected_tag(f"{place}.image.source", kind, ("base64", "url", "file"))


def _result(place: str, block: JsonObject, *, strict: bool, images: bool) -> Iterator[HttpError]:
    """A tool result's own content, which may be empty."""
    if not isinstance(block.get("is_error", False), bool):
        yield invalid(f"{place}.tool_result.is_error: Input should be a valid boolean")
    content = block.get("content")
    if content:
        inner = f"{place}.tool_result.content"
        yield from _content(inner, content, _IN_RESULT, strict=strict, images=images)


def _nothing(place: str, block: JsonObject) -> Iterator[HttpError]:
    del place, block
    return iter(())


_BLOCKS = {"text": _text, "tool_use": _tool_use, "image": _image}
