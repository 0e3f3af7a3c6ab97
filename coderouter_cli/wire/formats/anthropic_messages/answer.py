"""Whole answers of the Messages format, and what they share with streamed ones."""

from collections.abc import Iterator

from coderouter_cli.domain.conversation import (
    FormatName,
    JsonObject,
    Maker,
    Part,
    Reasoning,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolKind,
    Unknown,
)
from coderouter_cli.domain.events import Answer, StopReason
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.customtools import unwrap
from coderouter_cli.wire.envelope import wrap
from coderouter_cli.wire.estimate import estimate_output
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.formats.anthropic_messages.blocks import reasoning_of, written_arguments
from coderouter_cli.wire.formats.anthropic_messages.errors import is_error, stream_failure
from coderouter_cli.wire.formats.anthropic_messages.history import as_input
from coderouter_cli.wire.formats.anthropic_messages.usage import read_usage, write_usage
from coderouter_cli.wire.read import as_list, as_object, as_str
from coderouter_cli.wire.toolids import minted_id, safe_id
from coderouter_cli.wire.toolnames import ToolNames

_FORMAT = FormatName.ANTHROPIC_MESSAGES
_STOPS = {
    "end_turn": StopReason.END_TURN,
    "max_tokens": StopReason.MAX_TOKENS,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "tool_use": StopReason.TOOL_USE,
    "pause_turn": StopReason.PAUSE,
    "compaction": StopReason.PAUSE,
    "refusal": StopReason.REFUSAL,
    "model_context_window_exceeded": StopReason.CONTEXT_EXCEEDED,
}
_WORDS = {stop: word for word, stop in reversed(_STOPS.items())}


def stop_of(message: JsonObject, *, called: bool) -> tuple[StopReason, str | None]:
    """Why the model stopped, and what goes with it; ``called`` is whether it called a tool.

    ``message`` is a whole answer, or the ``delta`` of a `message_delta`.
    """
    reason = _STOPS.get(as_str(message.get("stop_reason")))
    if reason is None:
        reason = StopReason.TOOL_USE if called else StopReason.END_TURN
    if reason is StopReason.REFUSAL:
        return reason, as_str(as_object(message.get("stop_details")).get("explanation")) or None
    return reason, as_str(message.get("stop_sequence")) or None


def stop_fields(stop: StopReason, detail: str | None, *, called: bool) -> JsonObject:
    """The fields that say why the model stopped."""
    if called and stop is StopReason.END_TURN:
        stop = StopReason.TOOL_USE
    fields: JsonObject = {"stop_reason": _WORDS[stop], "stop_sequence": None}
    if stop is StopReason.STOP_SEQUENCE:
        fields["stop_sequence"] = detail
    if stop is StopReason.REFUSAL:
        fields["stop_details"] = {"type": "refusal", "category": None, "explanation": detail}
    return fields


def call_of(block: JsonObject, names: ToolNames, seed: str, index: int) -> ToolCall:
    """The call of a ``tool_use`` block, without its arguments, in the client's terms."""
    name, namespace, kind = names.original(as_str(block.get("name")))
    raw = as_str(block.get("id"))
    call_id = safe_id(raw) if raw else minted_id(seed, index)
    return ToolCall(call_id, name, "", kind, namespace)


def arguments_of(call: ToolCall, text: str) -> str:
    """A call's arguments from the JSON the provider sent; none are an empty object."""
    return unwrap(text) if call.kind is ToolKind.CUSTOM else text if text.strip() else "{}"


def decode_answer(body: JsonObject, tools: tuple[Tool, ...]) -> Answer | Failure:
    """Read a provider's whole answer."""
    if is_error(body):
        return stream_failure(body)
    if not isinstance(body.get("content"), list):
        return Failure(FailureKind.INTERNAL, "the provider's answer is not a message")
    parts = tuple(_parts(body, ToolNames(tools)))
    stop, detail = stop_of(body, called=any(isinstance(part, ToolCall) for part in parts))
    raw = body.get("usage")
    return Answer(
        parts=parts,
        stop=stop,
        detail=detail,
        usage=read_usage(raw) if isinstance(raw, dict) else None,
        raw_usage=raw if isinstance(raw, dict) else None,
        response_id=as_str(body.get("id")) or None,
        model=as_str(body.get("model")) or None,
    )


def _parts(body: JsonObject, names: ToolNames) -> Iterator[Part]:
    seed = as_str(body.get("id"))
    for index, block in enumerate(map(as_object, as_list(body.get("content")))):
        kind = as_str(block.get("type"))
        if kind == "text":
            yield Text(as_str(block.get("text")))
        elif kind in {"thinking", "redacted_thinking"}:
            yield reasoning_of(block)
        elif kind == "tool_use":
            call = call_of(block, names, seed, index)
            text = arguments_of(call, written_arguments(as_object(block.get("input"))))
            yield ToolCall(call.id, call.name, text, call.kind, call.namespace)
        elif kind:
            yield Unknown(_FORMAT, kind, block)


def encode_answer(answer: Answer, context: ReplyContext) -> JsonObject:
    """Write a whole answer for a client."""
    blocks = (answer_block(part, context.maker) for part in answer.parts)
    called = any(isinstance(part, ToolCall) for part in answer.parts)
    usage = answer.usage or Usage(input=context.input_estimate, output=estimate_output(answer.parts))
    return {
        "id": context.response_id,
        "type": "message",
        "role": "assistant",
        "model": context.model,
        "content": [block for block in blocks if block is not None],
        **stop_fields(answer.stop, answer.detail, called=called),
        "usage": write_usage(usage),
    }


def answer_block(part: Part, maker: Maker | None) -> JsonObject | None:
    """A part of an answer as a block; None for what this format cannot show."""
    if isinstance(part, Text | Refusal):
        return {"type": "text", "text": part.text} if part.text else None
    if isinstance(part, ToolCall):
        return {"type": "tool_use", "id": safe_id(part.id), "name": part.name, "input": as_input(part)}
    if isinstance(part, Reasoning):
        return thinking_block(part, maker)
    return part.value if isinstance(part, Unknown) and part.origin is _FORMAT else None


def thinking_block(part: Reasoning, maker: Maker | None) -> JsonObject | None:
    """Thinking for a client, with what only its ``maker`` can read in an envelope as the signature.

    Without a maker the format's own carrier goes out as it is. None when there is nothing to show or
    carry. Claude Code shows a block with any signature or none, and sends it back as it is.
    """
    if maker is not None:
        signature = wrap(part, maker) or ""
    elif part.opaque is None or part.opaque.origin is not _FORMAT:
        signature = ""
    elif part.opaque.kind == "redacted":
        return {"type": "redacted_thinking", "data": part.opaque.data}
    else:
        signature = part.opaque.data
    if not signature and not part.text:
        return None
    return {"type": "thinking", "thinking": part.text, "signature": signature}
