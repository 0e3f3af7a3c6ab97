"""Anthropic Messages, as Anthropic and DeepSeek speak it.

Order and fields of the events: https://platform.claude.com/docs/en/build-with-claude/streaming, and the
types of the anthropic 2.12.0 SDK. DeepSeek leaves out what Anthropic alone has: the split of cache
writes by TTL, and the ``type`` of an error's envelope.
"""

import json
from collections.abc import Iterator

from coderouter_cli.demo.prompts import dump
from coderouter_cli.demo.script import (
    Call,
    HttpError,
    Piece,
    ProviderName,
    Refuse,
    Reply,
    Say,
    StreamError,
    Think,
)
from coderouter_cli.demo.voices.base import Context, Spent, argument_text, event, slices, spend
from coderouter_cli.domain.conversation import JsonObject

_KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


class MessagesVoice:
    """The Messages format."""

    def whole(self, reply: Reply, context: Context) -> bytes:
        """A message with all its blocks."""
        message = _message(context, [_block(i, piece, context) for i, piece in _blocks(reply)])
        message.update(_stop(reply))
        message.update(_safeguards(reply, context))
        if reply.usage:
            message["usage"] = _opening_usage(reply, spend(reply, context.counted), context)
            message["usage"].update(_closing_usage(spend(reply, context.counted), context))
        return dump(message)

    def events(self, reply: Reply, context: Context) -> list[bytes]:
        """From ``message_start`` to ``message_stop``, with the ping that follows the first block's start."""
        spent = spend(reply, context.counted)
        message = _message(context, [])
        if reply.usage:
            message["usage"] = _opening_usage(reply, spent, context)
        found = [event("message_start", {"type": "message_start", "message": message})]
        for index, piece in _blocks(reply):
            found.extend(_block_events(index, piece, reply, context))
        if context.provider == "anthropic":
            found.insert(min(2, len(found)), event("ping", {"type": "ping"}))
        delta = {**_stop(reply), **_safeguards(reply, context)}
        ending: JsonObject = {"type": "message_delta", "delta": delta}
        if reply.usage:
            ending["usage"] = _closing_usage(spent, context)
        found.append(event("message_delta", ending))
        found.append(event("message_stop", {"type": "message_stop"}))
        return found

    def error(self, error: HttpError, provider: ProviderName, request_id: str) -> bytes:
        """The error envelope."""
        kind = error.kind or _KINDS.get(error.status, "api_error")
        shape: JsonObject = {"error": {"type": kind, "message": error.message}}
        if provider == "anthropic":
            shape = {"type": "error", **shape, "request_id": request_id}
        return dump(shape)

    def stream_error(self, fault: StreamError, sequence: int) -> bytes:
        """The ``error`` event."""
        del sequence
        return event("error", {"type": "error", "error": {"type": fault.kind, "message": fault.message}})


def _message(context: Context, content: list[JsonObject]) -> JsonObject:
    return {
        "model": context.model,
        "id": context.new_id("msg_01", length=22),
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
    }


def _blocks(reply: Reply) -> Iterator[tuple[int, Piece]]:
    """The pieces that become blocks: a refusal without words has none."""
    yield from enumerate(p for p in reply.pieces if not isinstance(p, Refuse) or p.text)


def _stop(reply: Reply) -> JsonObject:
    stop: JsonObject = {"stop_reason": reply.reason, "stop_sequence": reply.stop_sequence}
    refusals = [piece for piece in reply.pieces if isinstance(piece, Refuse)]
    if reply.reason == "refusal":
        first = refusals[0] if refusals else Refuse("")
        explanation = first.text or None
        stop["stop_details"] = {"type": "refusal", "category": first.category, "explanation": explanation}
    return stop


def _safeguards(reply: Reply, context: Context) -> JsonObject:
    """Anthropic's check of the calls, for a request that asks for one."""
    if context.provider != "anthropic" or not context.body.get("safeguards"):
        return {}
    if reply.verdict in {"unsupported", "unavailable"}:
        status: JsonObject = {"type": reply.verdict}
    else:
        found = {"type": "evaluated", "outcome": reply.verdict}
        calls = [_empty_call(i, piece, context) for i, piece in _blocks(reply) if isinstance(piece, Call)]
        status = {"type": "available", "tool_uses": {call["id"]: found for call in calls}}
    return {"safeguard_results": [{"type": "dangerous_tool_use", "status": status}]}


def _opening_usage(reply: Reply, spent: Spent, context: Context) -> JsonObject:
    usage: JsonObject = {"input_tokens": spent.fresh, **_cache_usage(spent), "output_tokens": 1}
    if context.provider == "anthropic":
        usage["cache_creation"] = {
            "ephemeral_5m_input_tokens": spent.write,
            "ephemeral_1h_input_tokens": spent.write_long,
        }
        usage["inference_geo"] = "global"
    usage["service_tier"] = reply.service_tier or "standard"
    return usage


def _closing_usage(spent: Spent, context: Context) -> JsonObject:
    """Cumulative numbers, which may raise those of ``message_start``."""
    usage: JsonObject = {
        "input_tokens": spent.late_fresh,
        **_cache_usage(spent),
        "output_tokens": spent.output,
    }
    if context.provider == "anthropic":
        usage["output_tokens_details"] = {"thinking_tokens": spent.reasoning}
    return usage


def _cache_usage(spent: Spent) -> JsonObject:
    return {
        "cache_creation_input_tokens": spent.write + spent.write_long,
        "cache_read_input_tokens": spent.read,
    }


def _block(index: int, piece: Piece, context: Context) -> JsonObject:
    if isinstance(piece, Think):
        return _thinking_block(piece, context)
    if isinstance(piece, Call):
        return {**_empty_call(index, piece, context), "input": _input(piece)}
    return {"type": "text", "text": piece.text}


def _thinking_block(piece: Think, context: Context) -> JsonObject:
    signature = piece.signature or context.sign(piece.text)
    if piece.redacted:
        return {"type": "redacted_thinking", "data": signature}
    shown = "" if _omits_thinking(context) else piece.text
    return {"type": "thinking", "thinking": shown, "signature": signature}


def _omits_thinking(context: Context) -> bool:
    thinking = context.body.get("thinking")
    return isinstance(thinking, dict) and thinking.get("display") == "omitted"


def _empty_call(index: int, call: Call, context: Context) -> JsonObject:
    prefix = "toolu_01" if context.provider == "anthropic" else "call_00_"
    made = context.new_id(prefix, index, 22)
    name = f"{call.namespace}__{call.name}" if call.namespace else call.name
    return {"type": "tool_use", "id": made if call.id is None else call.id, "name": name, "input": {}}


def _input(call: Call) -> JsonObject:
    """A function's arguments as an object; text that is none is kept under the name of a string input."""
    if not isinstance(call.arguments, str):
        return dict(call.arguments)
    try:
        value = json.loads(call.arguments)
    except ValueError:
        return {"input": call.arguments}
    return value if isinstance(value, dict) else {"input": call.arguments}


def _block_events(index: int, piece: Piece, reply: Reply, context: Context) -> Iterator[bytes]:
    block = _block(index, piece, context)
    yield _start(index, _skeleton(index, piece, block, context))
    for delta in _deltas(piece, block, reply):
        body = {"type": "content_block_delta", "index": index, "delta": delta}
        yield event("content_block_delta", body)
    yield event("content_block_stop", {"type": "content_block_stop", "index": index})


def _start(index: int, block: JsonObject) -> bytes:
    body = {"type": "content_block_start", "index": index, "content_block": block}
    return event("content_block_start", body)


def _skeleton(index: int, piece: Piece, block: JsonObject, context: Context) -> JsonObject:
    if isinstance(piece, Call):
        return _empty_call(index, piece, context)
    if block["type"] == "thinking":
        return {"type": "thinking", "thinking": "", "signature": ""}
    if block["type"] == "text":
        return {"type": "text", "text": ""}
    return block


def _deltas(piece: Piece, block: JsonObject, reply: Reply) -> Iterator[JsonObject]:
    if isinstance(piece, Say | Refuse):
        for text in slices(piece.text, reply.chunk):
            yield {"type": "text_delta", "text": text}
    elif isinstance(piece, Call):
        yield {"type": "input_json_delta", "partial_json": ""}
        for text in slices(argument_text(piece), reply.chunk):
            yield {"type": "input_json_delta", "partial_json": text}
    elif block["type"] == "thinking":
        for text in slices(block["thinking"], reply.chunk):
            yield {"type": "thinking_delta", "thinking": text}
        yield {"type": "signature_delta", "signature": block["signature"]}
