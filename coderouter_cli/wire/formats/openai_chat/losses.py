"""What a conversation needs that Chat, in some dialect of it, cannot carry.

A client's own Chat body travels as it is, or sanitised; a conversation of another format is written
anew. The same part may be carried one way and lost the other.
"""

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    FormatName,
    ToolKind,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.openai_chat.callshape import is_legacy
from coderouter_cli.wire.formats.openai_chat.media import is_carried, is_vendor
from coderouter_cli.wire.losses import Check, loses_functions, loses_images, lost, parts_in, unknown_in

_CHAT = FormatName.OPENAI_CHAT
_MAX_STOPS = 4
"""OpenAI's limit; the smallest of the servers we know."""


def losses(conversation: Conversation, dialect: Dialect) -> tuple[str, ...]:
    """Stable codes, in a fixed order; empty when nothing is lost."""
    return lost(_CHECKS, conversation, dialect)


def _server_tools(conversation: Conversation, dialect: Dialect) -> bool:
    return any(
        tool.kind is ToolKind.SERVER and (tool.origin is not _CHAT or dialect.drop_server_tools)
        for tool in conversation.tools
    )


def _documents(conversation: Conversation, dialect: Dialect) -> bool:
    return any(
        isinstance(part, Document) and not is_carried(part, dialect) for part in parts_in(conversation)
    )


def _unknown_parts(conversation: Conversation, dialect: Dialect) -> bool:
    """Parts of another format, and Chat's own (audio, file ids) anywhere but at OpenAI."""
    return any(part.origin is not _CHAT or not is_vendor(dialect) for part in unknown_in(conversation))


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


_CHECKS: tuple[Check, ...] = (
    ("tools", loses_functions),
    ("server_tools", _server_tools),
    ("images", loses_images),
    ("documents", _documents),
    ("unknown_parts", _unknown_parts),
    ("functions", _functions),
    ("tool_choice", _tool_choice),
    ("structured_output", _structured_output),
    ("stop_sequences", _stop_sequences),
    ("prefill", _prefill),
)
