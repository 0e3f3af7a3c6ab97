"""A request without the thinking of earlier turns.

For a provider that refuses what it cannot verify. The blocks go whole: one without its signature is
refused as well (https://github.com/anomalyco/opencode/issues/25005).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Reasoning
from coderouter_cli.wire.read import as_list, as_object

_BLOCKS = frozenset({"thinking", "redacted_thinking"})
_FIELDS = frozenset({"reasoning_content", "reasoning", "reasoning_details"})


def without_thinking(conversation: Conversation) -> Conversation:
    """The conversation without its reasoning; a message that held nothing else is gone."""
    messages = (
        replace(message, parts=tuple(part for part in message.parts if not isinstance(part, Reasoning)))
        for message in conversation.messages
    )
    return replace(conversation, messages=tuple(message for message in messages if message.parts))


def body_without_thinking(body: JsonObject, format_name: FormatName) -> JsonObject:
    """The same for a client's own body; a copy, in which key order is kept."""
    key, change = _IN_BODY[format_name]
    if not isinstance(body.get(key), list):
        return body
    return {**body, key: [left for one in as_list(body[key]) for left in change(one)]}


def _message(message: Any) -> list[Any]:
    """What is left of a message of the Messages format."""
    content = as_object(message).get("content")
    if not isinstance(content, list):
        return [message]
    kept = [block for block in content if as_object(block).get("type") not in _BLOCKS]
    if len(kept) == len(content):
        return [message]
    return [{**message, "content": kept}] if kept else []


def _item(item: Any) -> list[Any]:
    return [] if as_object(item).get("type") == "reasoning" else [item]


def _turn(turn: Any) -> list[Any]:
    """A message of the Chat format."""
    if not isinstance(turn, dict):
        return [turn]
    return [{key: value for key, value in turn.items() if key not in _FIELDS}]


_IN_BODY: Mapping[FormatName, tuple[str, Callable[[Any], list[Any]]]] = {
    FormatName.ANTHROPIC_MESSAGES: ("messages", _message),
    FormatName.OPENAI_RESPONSES: ("input", _item),
    FormatName.OPENAI_CHAT: ("messages", _turn),
}
