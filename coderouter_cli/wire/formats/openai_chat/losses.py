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
from coderouter_cli.wire.formats.openai_chat.render import MAX_STOPS
from coderouter_cli.wire.losses import (
    Check,
    loses_choice,
    loses_functions,
    loses_images,
    loses_stops,
    lost,
    parts_in,
    unknown_in,
)
from coderouter_cli.wire.vendorneeds import VENDOR_PARTS, vendor_checks

_CHAT = FormatName.OPENAI_CHAT


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
    unknown = (part for part in unknown_in(conversation) if part.kind not in VENDOR_PARTS)
    return any(part.origin is not _CHAT or not is_vendor(dialect) for part in unknown)


def _functions(conversation: Conversation, dialect: Dialect) -> bool:
    """The old ``functions`` in a client's own body; only OpenAI is known to take them still."""
    return conversation.format is _CHAT and not is_vendor(dialect) and any(map(is_legacy, conversation.tools))


def _structured_output(conversation: Conversation, dialect: Dialect) -> bool:
    return conversation.output_schema is not None and dialect.refuses("response_format")


def _stop_sequences(conversation: Conversation, dialect: Dialect) -> bool:
    return loses_stops(conversation, dialect, "stop", MAX_STOPS)


_CHECKS: tuple[Check, ...] = (
    ("tools", loses_functions),
    ("server_tools", _server_tools),
    ("images", loses_images),
    ("documents", _documents),
    ("unknown_parts", _unknown_parts),
    ("functions", _functions),
    ("tool_choice", loses_choice),
    ("structured_output", _structured_output),
    ("stop_sequences", _stop_sequences),
    *vendor_checks(_CHAT),
)
