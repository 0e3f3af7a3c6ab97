"""A conversation's messages, as the Messages format wants them.

The first message is the user's and so is the last (current Claude models continue no text of the
assistant), turns alternate, tool results come first in their turn, no text is blank. A system message
may stand inside the history only behind a user's turn, and before an assistant's or at the end
(https://platform.claude.com/docs/en/build-with-claude/mid-conversation-system-messages); anywhere else,
and for providers that take none, it becomes the user's text in the same place.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from coderouter_cli.domain.conversation import (
    Conversation,
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
    ToolCall,
    ToolResult,
    Unknown,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.customtools import as_arguments
from coderouter_cli.wire.envelope import is_for, open_text
from coderouter_cli.wire.formats.anthropic_messages.caching import mark
from coderouter_cli.wire.formats.anthropic_messages.media import document_block, image_block
from coderouter_cli.wire.formats.anthropic_messages.pairing import paired
from coderouter_cli.wire.media import NO_MEDIA
from coderouter_cli.wire.natives import is_anthropic
from coderouter_cli.wire.read import parse_lenient
from coderouter_cli.wire.reminder import reminder
from coderouter_cli.wire.toolnames import flat_name

_FORMAT = FormatName.ANTHROPIC_MESSAGES
_Turn = tuple[str, list[JsonObject]]
"""Role and blocks."""
GO_ON = "Continue."
_FLOOR = " "
"""Stands for thinking that was lost, where a provider asks for some."""


def leading_system(conversation: Conversation) -> tuple[Text, ...]:
    """The texts before the first turn: the system prompt, and system messages that open the history."""
    opening = conversation.messages[: _first_turn(conversation)]
    return (*conversation.system, *(part for m in opening for part in m.parts if isinstance(part, Text)))


def history(conversation: Conversation, dialect: Dialect, *, provider: str, fold: bool) -> list[JsonObject]:
    """The messages behind `leading_system`, never empty, for a provider.

    ``fold`` leaves no system message in it.
    """
    turns: list[_Turn] = [
        (message.role, _blocks(message, dialect, provider))
        for message in paired(_bound(conversation, dialect)[_first_turn(conversation) :])
    ]
    turns = _merged(turn for turn in turns if turn[1])
    turns = _framed(_merged(_placed(turns, fold=fold)))
    floored = dialect.reasoning_content
    return [
        {"role": role, "content": thinking_floor(blocks) if floored and role == "assistant" else blocks}
        for role, blocks in turns
    ]


def _bound(conversation: Conversation, dialect: Dialect) -> tuple[Message, ...]:
    """The messages without thinking that is bound to tools which are gone.

    Anthropic checks thinking against all before it, and the tools are first. Codex has its history summed
    up by a request that has the calls and offers no tools (measured with 0.169.0).
    """
    messages = conversation.messages
    called = any(isinstance(part, ToolCall) for message in messages for part in message.parts)
    if conversation.tools or not called or dialect.reasoning_content:
        return messages
    return tuple(
        replace(m, parts=tuple(part for part in m.parts if not isinstance(part, Reasoning))) for m in messages
    )


def thinking_floor(blocks: list[JsonObject]) -> list[JsonObject]:
    """An assistant's blocks with thinking before a call that has none.

    DeepSeek refuses such a call, and validates no signature
    (https://github.com/QwenLM/qwen-code/pull/3788).
    """
    kinds = {block.get("type") for block in blocks}
    if "tool_use" not in kinds or kinds & {"thinking", "redacted_thinking"}:
        return blocks
    return [{"type": "thinking", "thinking": _FLOOR, "signature": ""}, *blocks]


def _first_turn(conversation: Conversation) -> int:
    roles = [message.role for message in conversation.messages]
    return next((index for index, role in enumerate(roles) if role != "system"), len(roles))


def _placed(turns: list[_Turn], *, fold: bool) -> list[_Turn]:
    """System turns where the format allows them; the others in the user's voice."""
    return [
        _folded(turn) if turn[0] == "system" and (fold or not _is_allowed(turns, index)) else turn
        for index, turn in enumerate(turns)
    ]


def _is_allowed(turns: list[_Turn], index: int) -> bool:
    before = turns[index - 1][0] if index else ""
    after = turns[index + 1][0] if index + 1 < len(turns) else "assistant"
    only_text = all(block["type"] == "text" for block in turns[index][1])
    return before == "user" and after == "assistant" and only_text


def _folded(turn: _Turn) -> _Turn:
    return "user", [
        {**block, "text": reminder(block["text"])} if block["type"] == "text" else block for block in turn[1]
    ]


def _merged(turns: Iterable[_Turn]) -> list[_Turn]:
    """Turns of one role that follow each other as one."""
    merged: list[_Turn] = []
    for role, blocks in turns:
        if merged and merged[-1][0] == role:
            merged[-1] = (role, [*merged[-1][1], *blocks])
        else:
            merged.append((role, blocks))
    return merged


def _framed(turns: list[_Turn]) -> list[_Turn]:
    """With a user's turn at the beginning, and no assistant's at the end."""
    go_on: _Turn = ("user", [{"type": "text", "text": GO_ON}])
    opening = [] if turns and turns[0][0] == "user" else [go_on]
    closing = [go_on] if turns and turns[-1][0] == "assistant" else []
    return [*opening, *turns, *closing]


def _blocks(message: Message, dialect: Dialect, provider: str) -> list[JsonObject]:
    blocks = (
        _thinking(part, message.role, dialect, provider)
        if isinstance(part, Reasoning)
        else _block(part, message.role, dialect)
        for part in message.parts
    )
    return [block for block in blocks if block is not None]


def _block(part: Part, role: str, dialect: Dialect) -> JsonObject | None:
    if isinstance(part, Text | Refusal):
        return _text(part, dialect) if part.text.strip() else None
    if isinstance(part, Image | Document):
        if role == "assistant":
            return {"type": "text", "text": NO_MEDIA}
        return _media(part, dialect)
    if isinstance(part, ToolCall):
        name = flat_name(part.name, part.namespace)
        return {"type": "tool_use", "id": part.id, "name": name, "input": as_input(part)}
    if isinstance(part, ToolResult):
        return _result(part, dialect)
    return part.value if isinstance(part, Unknown) and part.origin is _FORMAT else None


def _text(part: Text | Refusal, dialect: Dialect) -> JsonObject:
    """A text with the client's cache mark (see `caching`)."""
    block: JsonObject = {"type": "text", "text": part.text}
    cache = part.cache if isinstance(part, Text) and dialect.cache_control else None
    return block if cache is None else {**block, **mark(cache)}


def _media(part: Image | Document, dialect: Dialect) -> JsonObject:
    if isinstance(part, Image):
        return image_block(part, accepted=dialect.images)
    return document_block(part, accepted=dialect.vendor is _FORMAT)


def as_input(call: ToolCall) -> JsonObject:
    """A call's arguments as the object the format wants; text that is none goes inside one."""
    return parse_lenient(as_arguments(call)) or {}


def _result(result: ToolResult, dialect: Dialect) -> JsonObject:
    block: JsonObject = {"type": "tool_result", "tool_use_id": result.call_id}
    if all(isinstance(part, Text) for part in result.parts):
        content: Any = "\n".join(part.text for part in result.parts if isinstance(part, Text))
    else:
        content = [found for part in result.parts if (found := _block(part, "user", dialect)) is not None]
    if content and (not isinstance(content, str) or content.strip()):
        block["content"] = content
    if result.is_error:
        block["is_error"] = True
    return block


def _thinking(part: Reasoning, role: str, dialect: Dialect, provider: str) -> JsonObject | None:
    return restored(part, dialect, provider) if role == "assistant" else None


def restored(part: Reasoning, dialect: Dialect, provider: str) -> JsonObject | None:
    """Thinking as its maker gave it, for its maker; open text to who asks for its own. None for all else."""
    opaque = part.opaque
    if opaque is not None and (is_for(opaque, provider, _FORMAT) or _is_vendors_own(opaque, dialect)):
        if opaque.kind == "redacted":
            return {"type": "redacted_thinking", "data": opaque.data}
        return {"type": "thinking", "thinking": part.text, "signature": opaque.data}
    text = open_text(part, provider) if dialect.reasoning_content else ""
    return {"type": "thinking", "thinking": text, "signature": ""} if text.strip() else None


def _is_vendors_own(opaque: Opaque, dialect: Dialect) -> bool:
    """Whether it stands in the client's history as Anthropic made it, and may go to this provider."""
    if opaque.maker is not None or opaque.origin is not _FORMAT or not is_anthropic(opaque.data):
        return False
    return dialect.vendor is _FORMAT or dialect.foreign_thinking == "keep"
