"""A conversation's messages as input items."""

from collections.abc import Iterable

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
    ToolKind,
    ToolResult,
    Unknown,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.customtools import as_arguments
from coderouter_cli.wire.envelope import is_envelope, is_for, open_text, split
from coderouter_cli.wire.formats.openai_responses.caching import text_part
from coderouter_cli.wire.formats.openai_responses.media import (
    CONTENT_KINDS,
    document_part,
    image_part,
    plain_text,
)
from coderouter_cli.wire.formats.openai_responses.outputs import GAP
from coderouter_cli.wire.formats.openai_responses.pairing import reasoning_item, settle
from coderouter_cli.wire.media import NO_MEDIA
from coderouter_cli.wire.reminder import reminder
from coderouter_cli.wire.toolids import safe_id
from coderouter_cli.wire.toolnames import flat_name

_FORMAT = FormatName.OPENAI_RESPONSES
_FAILED = "[The tool reported an error]"


def history(conversation: Conversation, dialect: Dialect, provider: str) -> list[JsonObject]:
    """The messages as items for a provider, tool calls and outputs paired (see `pairing`)."""
    items = [item for message in conversation.messages for item in _items(message, dialect, provider)]
    return settle(items, reasoning_floor=dialect.reasoning_content)


def _items(message: Message, dialect: Dialect, provider: str) -> Iterable[JsonObject]:
    content: list[JsonObject] = []
    for part in message.parts:
        piece = _content(part, message.role, dialect)
        if piece is not None:
            content.append(piece)
            continue
        if content:
            yield _message(message.role, content, dialect)
            content = []
        item = restored(part, dialect, provider) if isinstance(part, Reasoning) else _item(part, dialect)
        if item is not None:
            yield item
    if content:
        yield _message(message.role, content, dialect)


def _message(role: str, content: list[JsonObject], dialect: Dialect) -> JsonObject:
    item: JsonObject = {"type": "message", "role": role, "content": content}
    if role != "system":
        return item
    if dialect.fold_system:
        return folded(item)
    return {**item, "role": "developer"} if dialect.developer_role else item


def folded(message: JsonObject) -> JsonObject:
    """A system message in the user's voice, in place, for providers that take none in the history."""
    content = message.get("content")
    parts = content if isinstance(content, list) else [{"type": "input_text", "text": content}]
    return {**message, "role": "user", "content": [_reminder(part) for part in parts]}


def _reminder(part: JsonObject) -> JsonObject:
    if part.get("type") != "input_text":
        return part
    return {**part, "text": reminder(part["text"])}


def _content(part: Part, role: str, dialect: Dialect) -> JsonObject | None:
    """The part as content of a message; None when it is an item of its own."""
    if isinstance(part, Text):
        return {"type": "output_text", "text": part.text} if role == "assistant" else text_part(part)
    if isinstance(part, Refusal):
        return {"type": "refusal", "refusal": part.text}
    if isinstance(part, Image | Document):
        if role == "assistant":
            return {"type": "output_text", "text": NO_MEDIA}
        return _media(part, dialect)
    if isinstance(part, Unknown) and part.origin is _FORMAT and part.kind in CONTENT_KINDS:
        return part.value
    return None


def _media(part: Image | Document, dialect: Dialect) -> JsonObject:
    if isinstance(part, Image):
        return image_part(part, accepted=dialect.images)
    return document_part(part)


def _item(part: Part, dialect: Dialect) -> JsonObject | None:
    if isinstance(part, ToolCall):
        return _call(part, dialect)
    if isinstance(part, ToolResult):
        return _output(part, dialect)
    return part.value if isinstance(part, Unknown) and part.origin is _FORMAT else None


def _call(call: ToolCall, dialect: Dialect) -> JsonObject:
    head = {"call_id": safe_id(call.id), "name": flat_name(call.name, call.namespace)}
    if call.kind is ToolKind.CUSTOM and dialect.custom_tools:
        return {"type": "custom_tool_call", **head, "input": call.arguments}
    return {"type": "function_call", **head, "arguments": as_arguments(call)}


def _output(result: ToolResult, dialect: Dialect) -> JsonObject:
    """The format has no flag for a failed call: the text says it."""
    parts = (Text(_FAILED), *result.parts) if result.is_error else result.parts
    text = plain_text(parts)
    output = text if text is not None else [_output_part(part, dialect) for part in parts]
    return {"type": "function_call_output", "call_id": safe_id(result.call_id), "output": output}


def _output_part(part: Text | Image | Document, dialect: Dialect) -> JsonObject:
    return {"type": "input_text", "text": part.text} if isinstance(part, Text) else _media(part, dialect)


def restored(part: Reasoning, dialect: Dialect, provider: str) -> JsonObject | None:
    """Reasoning as its maker gave it, for its maker; open text to who asks for its own. None for all else."""
    if dialect.reasoning_content:
        text = open_text(part, provider)
        return reasoning_item(text) if text.strip() else None
    opaque = part.opaque
    if opaque is None or not (is_for(opaque, provider, _FORMAT) or _is_bare(opaque)):
        return None
    summary = [{"type": "summary_text", "text": text} for text in split(part.text, opaque.cuts, GAP)]
    return {"type": "reasoning", "summary": summary, "encrypted_content": opaque.data}


def _is_bare(opaque: Opaque) -> bool:
    """Whether it stands in a history of this very format as its provider gave it."""
    bare = opaque.maker is None and not is_envelope(opaque.data)
    return bare and opaque.origin is _FORMAT and opaque.kind == "encrypted"
