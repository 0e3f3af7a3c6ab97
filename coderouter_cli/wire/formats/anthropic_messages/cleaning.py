"""A client's own messages made fit for a provider's dialect.

Only what the dialect asks for is touched, each block by itself, and a folded system message joins the
turn it stands behind: the same prefix gives the same messages, whatever comes after it.
"""

from collections.abc import Callable
from typing import Any

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.customtools import object_text
from coderouter_cli.wire.envelope import is_envelope, opened
from coderouter_cli.wire.formats.anthropic_messages.blocks import TOOL_CHANGES, as_text, reasoning_of
from coderouter_cli.wire.formats.anthropic_messages.history import restored, thinking_floor
from coderouter_cli.wire.formats.anthropic_messages.media import (
    NO_DOCUMENT,
    context_of,
    document_block,
    document_from,
)
from coderouter_cli.wire.media import NO_IMAGE
from coderouter_cli.wire.natives import is_anthropic
from coderouter_cli.wire.read import as_str, parse_lenient
from coderouter_cli.wire.reminder import reminder
from coderouter_cli.wire.toolids import safe_id

_FORMAT = FormatName.ANTHROPIC_MESSAGES
_CALL_FIELDS = frozenset({"type", "id", "name", "input", "cache_control"})
_TEXT_FIELDS = frozenset({"type", "text", "cache_control"})
_THINKING = frozenset({"thinking", "redacted_thinking"})


def clean_messages(messages: list[Any], dialect: Dialect, *, provider: str, fold: bool) -> list[Any]:
    """The messages for a provider, without those that are empty now; ``fold`` leaves no system message."""
    cleaner = _Cleaner(dialect, provider, fold=fold)
    for message in messages:
        cleaner.add(message)
    return cleaner.finish()


def without_mark(block: JsonObject, dialect: Dialect) -> JsonObject:
    """The block, or tool, without its cache mark where the provider knows none."""
    if dialect.cache_control or "cache_control" not in block:
        return block
    return {key: value for key, value in block.items() if key != "cache_control"}


class _Cleaner:
    def __init__(self, dialect: Dialect, provider: str, *, fold: bool) -> None:
        self._dialect = dialect
        self._provider = provider
        self._fold = fold
        self._done: list[Any] = []
        self._held: list[Any] = []

    def add(self, message: Any) -> None:
        """One more message."""
        if not isinstance(message, dict):
            # Not a message: the provider's own error is the truth about it.
            self._done.append(message)
        elif message.get("role") == "system" and self._fold:
            self._add_folded(_folded(message, self._dialect))
        else:
            self._add_turn(_cleaned(message, self._dialect, self._provider))

    def finish(self) -> list[Any]:
        """All messages."""
        self._release()
        return self._done

    def _add_folded(self, blocks: list[Any]) -> None:
        """Behind the user's turn it follows; else it waits for the turn it can open."""
        before = self._done[-1] if self._done else None
        if not blocks:
            return
        if not self._held and isinstance(before, dict) and before.get("role") == "user":
            self._done[-1] = {**before, "content": [*_as_blocks(before.get("content")), *blocks]}
        else:
            self._held += blocks

    def _add_turn(self, message: JsonObject | None) -> None:
        if message is None:
            return
        if self._held and message.get("role") == "user":
            blocks = _as_blocks(message.get("content"))
            first = [block for block in blocks if _type(block) == "tool_result"]
            rest = [block for block in blocks if _type(block) != "tool_result"]
            message = {**message, "content": [*first, *self._held, *rest]}
            self._held = []
        self._release()
        self._done.append(message)

    def _release(self) -> None:
        if self._held:
            self._done.append({"role": "user", "content": self._held})
            self._held = []


def _type(block: Any) -> Any:
    return block.get("type") if isinstance(block, dict) else None


def _as_blocks(content: Any) -> list[Any]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return content if isinstance(content, list) else []


def _folded(message: JsonObject, dialect: Dialect) -> list[Any]:
    blocks = _blocks(_as_blocks(message.get("content")), dialect)
    return [
        {**block, "text": reminder(block["text"])} if _type(block) == "text" else block
        for block in blocks
        if _type(block) != "text" or as_str(block.get("text")).strip()
    ]


def _cleaned(message: JsonObject, dialect: Dialect, provider: str) -> JsonObject | None:
    """The message; None when nothing is left of it."""
    content = message.get("content")
    if not isinstance(content, list):
        return message
    thought = [
        _thinking(block, dialect, provider) if _type(block) in _THINKING else block for block in content
    ]
    blocks = _blocks([block for block in thought if block is not None], dialect)
    if dialect.reasoning_content and message.get("role") == "assistant":
        blocks = thinking_floor(blocks)
    if blocks == content:
        return message
    return {**message, "content": blocks} if blocks else None


def _blocks(content: list[Any], dialect: Dialect) -> list[Any]:
    blocks = [_block(block, dialect) if isinstance(block, dict) else block for block in content]
    return [block for block in blocks if block is not None]


def _block(block: JsonObject, dialect: Dialect) -> JsonObject | None:
    """The block as the provider takes it; None for one it must not see."""
    clean = _CLEAN.get(as_str(block.get("type")))
    cleaned = block if clean is None else clean(block, dialect)
    return None if cleaned is None else without_mark(cleaned, dialect)


def _is_vendor(dialect: Dialect) -> bool:
    return dialect.vendor is _FORMAT


def _only(block: JsonObject, fields: frozenset[str], dialect: Dialect) -> JsonObject:
    """Without the fields that only the vendor knows (citations, callers)."""
    if _is_vendor(dialect) or block.keys() <= fields:
        return block
    return {key: value for key, value in block.items() if key in fields}


def _text(block: JsonObject, dialect: Dialect) -> JsonObject:
    return _only(block, _TEXT_FIELDS, dialect)


def _thinking(block: JsonObject, dialect: Dialect, provider: str) -> JsonObject | None:
    """As its maker gave it where an envelope tells; dropped whole where it would be refused.

    No provider takes a block without any signature (https://github.com/anomalyco/opencode/issues/25005),
    though most take an empty one.
    """
    redacted = block.get("type") == "redacted_thinking"
    carrier = block.get("data" if redacted else "signature")
    if is_envelope(carrier):
        return restored(opened(reasoning_of(block)), dialect, provider)
    native = is_anthropic(carrier)
    if _is_vendor(dialect):
        return block if native else None
    if dialect.foreign_thinking == "drop" and (native or redacted):
        return None
    return block if redacted or "signature" in block else {**block, "signature": ""}


def _call(block: JsonObject, dialect: Dialect) -> JsonObject:
    given = block.get("input")
    if isinstance(given, str):
        block = {**block, "input": parse_lenient(object_text(given)) or {}}
    return _only(_with_safe_id(block, "id"), _CALL_FIELDS, dialect)


def _with_safe_id(block: JsonObject, key: str) -> JsonObject:
    raw = block.get(key)
    if not isinstance(raw, str) or not raw or safe_id(raw) == raw:
        return block
    return {**block, key: safe_id(raw)}


def _result(block: JsonObject, dialect: Dialect) -> JsonObject:
    block = _with_safe_id(block, "tool_use_id")
    content = block.get("content")
    if not isinstance(content, list):
        return block
    cleaned = _blocks(content, dialect)
    return block if cleaned == content else {**block, "content": cleaned}


def _image(block: JsonObject, dialect: Dialect) -> JsonObject:
    return block if dialect.images else {"type": "text", "text": NO_IMAGE}


def _document(block: JsonObject, dialect: Dialect) -> JsonObject:
    """Only the vendor reads documents; a text document is text to anyone."""
    if _is_vendor(dialect):
        return block
    document = document_from(block)
    if document is None:
        return {"type": "text", "text": NO_DOCUMENT}
    written, context = document_block(document, accepted=False), context_of(block)
    return written if context is None else {**written, "text": f"{context}\n\n{written['text']}"}


def _in_words(block: JsonObject, dialect: Dialect) -> JsonObject:
    return block if _is_vendor(dialect) else {"type": "text", "text": as_text(block)}


def _tool_change(block: JsonObject, dialect: Dialect) -> JsonObject | None:
    return block if _is_vendor(dialect) else None


_CLEAN: dict[str, Callable[[JsonObject, Dialect], JsonObject | None]] = {
    "text": _text,
    "tool_use": _call,
    "tool_result": _result,
    "image": _image,
    "document": _document,
    "tool_reference": _in_words,
    "search_result": _in_words,
    **dict.fromkeys(TOOL_CHANGES, _tool_change),
}
