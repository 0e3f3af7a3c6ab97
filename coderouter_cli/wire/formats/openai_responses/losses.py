"""What a provider of the Responses format cannot be told of a conversation."""

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    ToolKind,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.openai_responses.media import CONTENT_KINDS
from coderouter_cli.wire.formats.openai_responses.tools import is_hosted_here
from coderouter_cli.wire.losses import Check, loses_choice, loses_images, lost, parts_in, unknown_in
from coderouter_cli.wire.media import needs_files
from coderouter_cli.wire.vendorneeds import VENDOR_PARTS, vendor_checks

_FORMAT = FormatName.OPENAI_RESPONSES


def losses(conversation: Conversation, dialect: Dialect) -> tuple[str, ...]:
    """Stable codes, each at most once.

    ``server_tools``: a hosted tool that this provider does not run, or a hosted call in the history.
    ``unknown_parts``: parts of another format without a counterpart, audio, files by id.
    ``stop_sequences``: the format has none. ``images``, ``documents``, ``tools``, ``tool_choice``,
    ``structured_output``: the dialect refuses them. The other codes: `wire.vendorneeds`.

    A request to the vendor in the vendor's own format loses nothing.
    """
    if conversation.format is _FORMAT and dialect.vendor is _FORMAT:
        return ()
    return lost(_CHECKS, conversation, dialect)


def _server_tools(conversation: Conversation, dialect: Dialect) -> bool:
    offered = [tool for tool in conversation.tools if tool.kind is ToolKind.SERVER]
    if any(not is_hosted_here(tool, dialect) for tool in offered):
        return True
    used = (part.kind for part in unknown_in(conversation) if part.origin is _FORMAT)
    return dialect.drop_server_tools and any(kind not in VENDOR_PARTS | CONTENT_KINDS for kind in used)


def _unknown_parts(conversation: Conversation, _: Dialect) -> bool:
    """Content of our own that we do not know is a file kept at OpenAI, or audio."""
    unknown = (part for part in unknown_in(conversation) if part.kind not in VENDOR_PARTS)
    return any(part.origin is not _FORMAT or part.kind in CONTENT_KINDS for part in unknown)


def _stop_sequences(conversation: Conversation, _: Dialect) -> bool:
    return bool(conversation.stop)


def _documents(conversation: Conversation, dialect: Dialect) -> bool:
    """Documents that are no text: nobody but the vendor is known to read an ``input_file``."""
    return dialect.vendor is not _FORMAT and any(needs_files(part) for part in parts_in(conversation))


def _tools(conversation: Conversation, dialect: Dialect) -> bool:
    return not dialect.tools and bool(conversation.tools)


def _structured_output(conversation: Conversation, dialect: Dialect) -> bool:
    return conversation.output_schema is not None and dialect.refuses("text")


_CHECKS: tuple[Check, ...] = (
    ("server_tools", _server_tools),
    ("unknown_parts", _unknown_parts),
    ("stop_sequences", _stop_sequences),
    ("images", loses_images),
    ("documents", _documents),
    ("tools", _tools),
    ("tool_choice", loses_choice),
    ("structured_output", _structured_output),
    *vendor_checks(_FORMAT),
)
