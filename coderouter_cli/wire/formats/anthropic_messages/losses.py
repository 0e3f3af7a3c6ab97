"""What a conversation needs that Messages, in some dialect of it, cannot carry."""

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    JsonObject,
    Part,
    Reasoning,
    ToolCall,
    ToolKind,
    Unknown,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.anthropic_messages.media import is_pdf
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
from coderouter_cli.wire.media import needs_files
from coderouter_cli.wire.natives import is_anthropic
from coderouter_cli.wire.read import as_list, as_object
from coderouter_cli.wire.toolids import safe_id
from coderouter_cli.wire.vendorneeds import VENDOR_PARTS, vendor_checks

_FORMAT = FormatName.ANTHROPIC_MESSAGES
_SERVER_CALLS = frozenset({"server_tool_use", "mcp_tool_use"})


def losses(conversation: Conversation, dialect: Dialect) -> tuple[str, ...]:
    """Stable codes, each at most once, in a fixed order.

    ``server_tools``: a hosted tool that this provider does not run, or one's call in the history.
    ``unknown_parts``: parts of another format without a counterpart, and Anthropic's own (files by id)
    anywhere else. ``images``, ``documents``, ``tools``, ``tool_choice``, ``structured_output``,
    ``stop_sequences``: the dialect refuses them. The other codes: `wire.vendorneeds`.

    A request to the vendor in the vendor's own format loses nothing.
    """
    if conversation.format is _FORMAT and dialect.vendor is _FORMAT:
        return ()
    return lost(_CHECKS, conversation, dialect)


def needs_repair(conversation: Conversation) -> bool:
    """Whether the vendor would refuse this history of its own format as it is.

    Thinking that another provider signed, or nobody, or that came in an envelope, and tool ids with
    characters Anthropic refuses, stay in a client's history for ever; `sanitise` takes them out, or gives
    back what was in the envelope, where a raw body keeps them.
    """
    return any(_is_foreign(part) for part in parts_in(conversation))


def has_written_inputs(body: JsonObject) -> bool:
    """Whether a call in the history has text as its input: "Input should be a valid dictionary"
    (https://github.com/IBM/AssetOpsBench/pull/478). `sanitise` makes an object of it."""
    messages = map(as_object, as_list(body.get("messages")))
    blocks = (as_object(block) for message in messages for block in as_list(message.get("content")))
    return any(block.get("type") == "tool_use" and isinstance(block.get("input"), str) for block in blocks)


def _is_foreign(part: Part) -> bool:
    if isinstance(part, Reasoning):
        opaque = part.opaque
        return opaque is None or opaque.maker is not None or not is_anthropic(opaque.data)
    return isinstance(part, ToolCall) and safe_id(part.id) != part.id


def _is_hosted(part: Unknown) -> bool:
    return part.origin is _FORMAT and (part.kind in _SERVER_CALLS or part.kind.endswith("_tool_result"))


def _server_tools(conversation: Conversation, dialect: Dialect) -> bool:
    offered = (tool for tool in conversation.tools if tool.kind is ToolKind.SERVER)
    if any(tool.origin is not _FORMAT or dialect.drop_server_tools for tool in offered):
        return True
    return dialect.drop_server_tools and any(map(_is_hosted, unknown_in(conversation)))


def _unknown_parts(conversation: Conversation, dialect: Dialect) -> bool:
    return any(
        part.origin is not _FORMAT or (dialect.vendor is not _FORMAT and not _is_hosted(part))
        for part in unknown_in(conversation)
        if part.kind not in VENDOR_PARTS
    )


def _documents(conversation: Conversation, dialect: Dialect) -> bool:
    """Documents that are no text: only the vendor reads them, and of those only PDF."""
    files = filter(needs_files, parts_in(conversation))
    return any(dialect.vendor is not _FORMAT or not is_pdf(part) for part in files)


def _structured_output(conversation: Conversation, dialect: Dialect) -> bool:
    return conversation.output_schema is not None and dialect.refuses("output_config")


def _stop_sequences(conversation: Conversation, dialect: Dialect) -> bool:
    return loses_stops(conversation, dialect, "stop_sequences")


_CHECKS: tuple[Check, ...] = (
    ("server_tools", _server_tools),
    ("unknown_parts", _unknown_parts),
    ("images", loses_images),
    ("documents", _documents),
    ("tools", loses_functions),
    ("tool_choice", loses_choice),
    ("structured_output", _structured_output),
    ("stop_sequences", _stop_sequences),
    *vendor_checks(_FORMAT),
)
