"""Whole (not streamed) answers: ``chat.completion`` objects, both ways."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count

from coderouter_cli.domain.conversation import JsonObject, Part, Reasoning, Refusal, Text, Tool, ToolCall
from coderouter_cli.domain.events import Answer, PartEnded, StopReason
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.formats.openai_chat.calls import CallAssembler, NamelessCallError, Piece, read_piece
from coderouter_cli.wire.formats.openai_chat.callshape import CallShapes, call_entry
from coderouter_cli.wire.formats.openai_chat.errors import error_in, failure_from
from coderouter_cli.wire.formats.openai_chat.stops import failure_of, finish_reason, matched_stop, stopped
from coderouter_cli.wire.formats.openai_chat.thoughts import DETAILS, details_of, shown_reasoning
from coderouter_cli.wire.formats.openai_chat.usage import read_usage, write_usage
from coderouter_cli.wire.read import as_list, as_object, as_str
from coderouter_cli.wire.toolnames import ToolNames

_NO_ANSWER = Failure(FailureKind.INTERNAL, "The provider's answer holds no choice.")
NAMELESS_CALL = Failure(FailureKind.INTERNAL, "The provider called a tool without naming it.")


def decode_answer(body: JsonObject, tools: tuple[Tool, ...]) -> Answer | Failure:
    """Read a provider's whole answer; a `Failure` when it is not one."""
    choice = _first([as_object(choice) for choice in as_list(body.get("choices"))])
    for place in (body, choice):
        if error_in(place):
            return failure_from(place)
    reason = as_str(choice.get("finish_reason"))
    if not as_object(choice.get("message")):
        return _NO_ANSWER
    try:
        parts = _parts(choice["message"], ToolNames(tools), f"{body.get('id')}:{body.get('created')}")
    except NamelessCallError:
        return NAMELESS_CALL
    return failure_of(reason) or _answer(body, choice, parts, reason)


def _first(choices: list[JsonObject]) -> JsonObject:
    """The choice a stream would be read for, wherever it stands; the first one where none is called that."""
    return next((choice for choice in choices if not choice.get("index")), choices[0] if choices else {})


def _answer(body: JsonObject, choice: JsonObject, parts: tuple[Part, ...], reason: str) -> Answer:
    raw_usage = as_object(body.get("usage")) or None
    end = stopped(
        reason,
        matched_stop(choice),
        called=any(isinstance(part, ToolCall) for part in parts),
        refusal="".join(part.text for part in parts if isinstance(part, Refusal)),
    )
    return Answer(
        parts=parts,
        stop=end.reason,
        detail=end.detail,
        usage=None if raw_usage is None else read_usage(raw_usage, as_str(body.get("service_tier")) or None),
        raw_usage=raw_usage,
        response_id=as_str(body.get("id")) or None,
        model=as_str(body.get("model")) or None,
    )


def _parts(message: JsonObject, names: ToolNames, seed: str) -> tuple[Part, ...]:
    said = ((Reasoning, shown_reasoning(message)), (Text, text_of(message)), (Refusal, refusal_of(message)))
    calls = CallAssembler(names, count().__next__, lambda: seed)
    fed = calls.feed([replace(piece, index=index) for index, piece in enumerate(call_pieces(message))])
    ended = [event.part for event in (*fed, *calls.finish()) if isinstance(event, PartEnded)]
    return (*(kind(text) for kind, text in said if text), *_signed_calls(ended))


def _signed_calls(parts: list[Part]) -> Iterator[Part]:
    """Calls, each behind the signature that belongs to it."""
    thoughts = {part.opaque.call_id: part for part in parts if isinstance(part, Reasoning) and part.opaque}
    for part in parts:
        if isinstance(part, ToolCall):
            yield from (thoughts[part.id],) if part.id in thoughts else ()
            yield part


def text_of(message: JsonObject) -> str:
    """The text in a message or a delta; a few servers send a list of parts."""
    content = message.get("content")
    if not isinstance(content, list):
        return as_str(content)
    parts = (as_object(part) for part in content)
    return "".join(as_str(part.get("text")) for part in parts if part.get("type") == "text")


def refusal_of(message: JsonObject) -> str:
    """The refusal in a message or a delta."""
    return as_str(message.get("refusal"))


def call_pieces(message: JsonObject) -> Iterator[Piece]:
    """The tool calls in a message or a delta, the old ``function_call`` among them."""
    for entry in as_list(message.get("tool_calls")):
        yield read_piece(as_object(entry))
    legacy = as_object(message.get("function_call"))
    if legacy:
        yield read_piece({"index": 0, "function": legacy})


def encode_answer(answer: Answer, context: ReplyContext) -> JsonObject:
    """Write a whole answer for a client. What Chat has no place for (images, hosted calls) is left out."""
    message, legacy_call = _message(answer, context)
    reason = finish_reason(answer.stop, refusal_shown=message["refusal"] is not None, legacy_call=legacy_call)
    if answer.stop is StopReason.REFUSAL and message["refusal"] is None:
        message["refusal"] = answer.detail
    body: JsonObject = {
        "id": context.response_id,
        "object": "chat.completion",
        "created": context.created,
        "model": context.model,
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": reason}],
    }
    if answer.usage is not None:
        body["usage"] = write_usage(answer.usage)
    return body


def _message(answer: Answer, context: ReplyContext) -> tuple[JsonObject, bool]:
    """The message, and whether it calls by the old ``function_call``."""
    shapes = CallShapes(context.tools)
    calls = [part for part in answer.parts if isinstance(part, ToolCall)]
    legacy = next((call for call in calls if shapes.is_legacy(call)), None)
    entries = [call_entry(call, shapes.shape(call)) for call in calls if call is not legacy]
    message: JsonObject = {
        "role": "assistant",
        "content": _joined(answer.parts, Text),
        "refusal": _joined(answer.parts, Refusal),
    }
    reasoning = _joined(answer.parts, Reasoning)
    if reasoning:
        message["reasoning_content"] = reasoning
    details = details_of(answer.parts, context.maker)
    if details:
        message[DETAILS] = details
    if entries:
        message["tool_calls"] = entries
    if legacy is not None:
        message["function_call"] = call_entry(legacy, "function")["function"]
    if not calls and message["refusal"] is None:
        message["content"] = message["content"] or ""
    return message, legacy is not None


def _joined(parts: tuple[Part, ...], kind: type[Text | Refusal | Reasoning]) -> str | None:
    texts = [part.text for part in parts if isinstance(part, kind)]
    return "".join(texts) if texts else None
