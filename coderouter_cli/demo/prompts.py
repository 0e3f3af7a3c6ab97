"""What of a request is prompt, in the order the providers hash it: tools, system, messages."""

import json
from collections.abc import Iterator
from typing import Any

from coderouter_cli.demo.cache import Mark, Segment
from coderouter_cli.domain.conversation import FormatName, JsonObject

_FIELDS = {
    FormatName.OPENAI_RESPONSES: ("tools", "instructions", "input"),
    FormatName.OPENAI_CHAT: ("tools", "messages"),
}


def dump(value: object) -> bytes:
    """Compact JSON in UTF-8, keys in their own order."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def as_blocks(content: object) -> list[JsonObject]:
    """The content of an Anthropic message or system prompt as blocks; a string is one text block."""
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    if not isinstance(content, list):
        return []
    return [block for block in content if isinstance(block, dict)]


def unmarked(value: Any) -> Any:
    """The value without cache marks, at any depth: they are no part of what is hashed."""
    if isinstance(value, dict):
        return {key: unmarked(item) for key, item in value.items() if key != "cache_control"}
    if isinstance(value, list):
        return [unmarked(item) for item in value]
    return value


def shown_tools(body: JsonObject) -> list[JsonObject]:
    """The tools at the head of an Anthropic prompt.

    A deferred one stands where a search has found it, so that finding one changes nothing before it
    (https://platform.claude.com/docs/en/agents-and-tools/tool-use/tool-use-with-prompt-caching).
    """
    return [tool for tool in body.get("tools") or () if not tool.get("defer_loading")]


def segments(body: JsonObject) -> list[Segment]:
    """An Anthropic prompt, block by block. A top-level ``cache_control`` marks the last block."""
    found = list(_segments(body))
    auto = _mark(body)
    if found and auto:
        found[-1] = Segment(found[-1].text, auto)
    return found


def flat_prompt(body: JsonObject, format_name: FormatName) -> bytes:
    """An OpenAI or DeepSeek prompt as one run of bytes."""
    if format_name is FormatName.ANTHROPIC_MESSAGES:
        return b"".join(segment.text for segment in _segments(body))
    return b"".join(dump(body[name]) for name in _FIELDS[format_name] if body.get(name))


def _segments(body: JsonObject) -> Iterator[Segment]:
    for tool in shown_tools(body):
        yield _segment(b"tool", tool)
    for block in as_blocks(body.get("system")):
        yield _segment(b"system", block)
    for message in body.get("messages") or ():
        for block in as_blocks(message.get("content")):
            yield _segment(str(message.get("role")).encode(), block)


def _segment(role: bytes, block: JsonObject) -> Segment:
    return Segment(role + dump(unmarked(block)), _mark(block))


def _mark(value: JsonObject) -> Mark | None:
    control = value.get("cache_control")
    if not isinstance(control, dict):
        return None
    return "1h" if control.get("ttl") == "1h" else "5m"
