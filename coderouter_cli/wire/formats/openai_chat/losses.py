"""What a conversation needs that Chat, in some dialect of it, cannot carry.

A client's own Chat body travels as it is, or sanitised; a conversation of another format is written
anew. The same part may be carried one way and lost the other.
"""

from collections.abc import Callable, Iterator

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    FormatName,
    Image,
    Part,
    ToolKind,
    ToolResult,
    Unknown,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.openai_chat.callshape import is_legacy
from coderouter_cli.wire.formats.openai_chat.media import is_carried, is_vendor

_CHAT = FormatName.OPENAI_CHAT
_MAX_STOPS = 4
"""OpenAI's limit; the smallest of the servers we know."""


def losses(conversation: Conversation, dialect: Dialect) -> tuple[str, ...]:
    """Stable codes, in a fixed order; empty when nothing is lost."""
    return tuple(code for code, is_lost in _CHECKS if is_lost(conversation, dialect))


def _parts(conversation: Conversation) -> Iterator[Part]:
    for message in conversation.messages:
        for part in message.parts:
            yield part
            if isinstance(part, ToolResult):
                yield from part.parts


def _tools(conversation: Conversation, dialect: Dialect) -> bool:
    return not dialect.tools and any(tool.kind is not ToolKind.SERVER for tool in conversation.tools)


def _server_tools(conversation: Conversation, dialect: Dialect) -> bool:
    return any(
        tool.kind is ToolKind.SERVER and (tool.origin is not _CHAT or dialect.drop_server_tools)
        for tool in conversation.tools
    )


def _images(conversation: Conversation, dialect: Dialect) -> bool:
    return not dialect.images and any(isinstance(part, Image) for part in _parts(conversation))


def _documents(conversation: Conversation, dialect: Dialect) -> bool:
    return any(isinstance(part, Document) and not is_carried(part, dialect) for part in _parts(conversation))


def _unknown_parts(conversation: Conversation, dialect: Dialect) -> bool:
    """Parts of another format, and Chat's own (audio, file ids) anywhere but at OpenAI."""
    return any(
        isinstance(part, Unknown) and (part.origin is not _CHAT or not is_vendor(dialect))
        for part in _parts(conversation)
    )


def _functions(conversation: Conversation, dialect: Dialect) -> bool:
    """The old ``functions`` in a client's own body; only OpenAI is known to take them still."""
    return conversation.format is _CHAT and not is_vendor(dialect) and any(map(is_legacy, conversation.tools))


def _tool_choice(conversation: Conversation, dialect: Dialect) -> bool:
    choice = conversation.tool_choice
    return choice is not None and choice.mode in ("required", "tool") and "tool_choice" in dialect.drop_fields


def _structured_output(conversation: Conversation, dialect: Dialect) -> bool:
    return conversation.output_schema is not None and "response_format" in dialect.drop_fields


def _stop_sequences(conversation: Conversation, dialect: Dialect) -> bool:
    return bool(conversation.stop) and ("stop" in dialect.drop_fields or len(conversation.stop) > _MAX_STOPS)


def _prefill(conversation: Conversation, dialect: Dialect) -> bool:  # noqa: ARG001 - one signature for all checks
    """The answer is to continue the assistant's last words, which only Messages can say."""
    return (
        conversation.format is FormatName.ANTHROPIC_MESSAGES
        and bool(conversation.messages)
        and conversation.messages[-1].role == "assistant"
    )


_CHECKS: tuple[tuple[str, Callable[[Conversation, Dialect], bool]], ...] = (
    ("tools", _tools),
    ("server_tools", _server_tools),
    ("images", _images),
    ("documents", _documents),
    ("unknown_parts", _unknown_parts),
    ("functions", _functions),
    ("tool_choice", _tool_choice),
    ("structured_output", _structured_output),
    ("stop_sequences", _stop_sequences),
    ("prefill", _prefill),
)
