"""The client's cache marks as OpenAI's breakpoints, for models that take them (gpt-5.6 and later).

OpenAI sets one breakpoint itself, at the end, and writes the latest three of the request's own (openai 3.54
types); it finds any of the latest 80 again. So the growing end of a history needs none, but the prompt that
many sessions and subagents begin with does: the first mark is kept, and the last two.
"""

from collections.abc import Iterable
from typing import Any

from coderouter_cli.domain.conversation import JsonObject, Text
from coderouter_cli.wire.estimate import BILLING_PREFIX

_FIELD = "prompt_cache_breakpoint"
_LAST = 2


def text_part(text: Text) -> JsonObject:
    """The client's text, with its mark."""
    part: JsonObject = {"type": "input_text", "text": text.text}
    return part if text.cache is None else {**part, _FIELD: {"mode": "explicit"}}


def marked_prompt(system: Iterable[Text]) -> list[JsonObject]:
    """The system prompt as a message that can hold a mark, which ``instructions`` cannot; nothing without
    a mark."""
    texts = [text for text in system if text.text and not text.text.startswith(BILLING_PREFIX)]
    if not any(text.cache for text in texts):
        return []
    return [{"type": "message", "role": "developer", "content": [text_part(text) for text in texts]}]


def with_marks(items: list[JsonObject], *, accepted: bool) -> list[JsonObject]:
    """The items with the marks that count; with none where the model takes none."""
    marked = [
        (at, index)
        for at, item in enumerate(items)
        for index, part in enumerate(_parts(item))
        if isinstance(part, dict) and _FIELD in part
    ]
    kept = {*marked[:1], *marked[-_LAST:]} if accepted else set[tuple[int, int]]()
    dropped = set(marked) - kept
    changed = {at for at, _ in dropped}
    return [_without(item, at, dropped) if at in changed else item for at, item in enumerate(items)]


def _parts(item: JsonObject) -> list[Any]:
    parts = item.get("content")
    return parts if isinstance(parts, list) else []


def _without(item: JsonObject, at: int, dropped: set[tuple[int, int]]) -> JsonObject:
    parts = [
        {key: value for key, value in part.items() if key != _FIELD} if (at, index) in dropped else part
        for index, part in enumerate(_parts(item))
    ]
    return {**item, "content": parts}
