"""Chat Completions, as OpenAI and DeepSeek speak it.

Fields: the types of the openai 3.54.0 SDK. OpenAI sends usage in a chunk of its own, without choices, and
only if ``stream_options.include_usage`` asks for it; DeepSeek puts it into the last chunk, splits it into
cache hits and misses, sends ``reasoning_content``, and begins with a keep-alive comment
(https://api-docs.deepseek.com/api/create-chat-completion).
"""

from collections.abc import Iterator
from itertools import zip_longest

from coderouter_cli.demo.prompts import dump
from coderouter_cli.demo.script import Call, HttpError, ProviderName, Refuse, Reply, Say, StreamError, Think
from coderouter_cli.demo.voices.base import Context, argument_text, data_line, openai_error, slices, spend
from coderouter_cli.domain.conversation import JsonObject

_KINDS = {429: "requests", 500: "server_error", 503: "server_error"}
_FINISH = {
    "tool_use": "tool_calls",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
}


class ChatVoice:
    """The Chat Completions format."""

    def whole(self, reply: Reply, context: Context) -> bytes:
        """A completion with one choice."""
        choice: JsonObject = {"index": 0, "message": _message(reply, context)}
        choice |= {"logprobs": None, "finish_reason": _finish(reply)}
        completion = _envelope("chat.completion", [choice], reply, context)
        if reply.usage:
            completion["usage"] = _usage(reply, context)
        return dump(completion)

    def events(self, reply: Reply, context: Context) -> list[bytes]:
        """Chunks, the usage where the provider puts it, and ``[DONE]``."""
        deepseek = context.provider == "deepseek"
        asked = deepseek or _asks_usage(context.body)
        found = [b": keep-alive\n\n"] if deepseek else []
        chunk = _envelope("chat.completion.chunk", [], reply, context)
        if asked and not deepseek:
            chunk["usage"] = None
        deltas = _deltas(reply, context)
        found.extend(data_line({**chunk, "choices": [_choice(delta, None)]}) for delta in deltas)
        last = {**chunk, "choices": [_choice({}, _finish(reply))]}
        usage = _usage(reply, context) if asked and reply.usage else None
        if usage and deepseek:
            last["usage"] = usage
        found.append(data_line(last))
        if usage and not deepseek:
            found.append(data_line({**chunk, "usage": usage}))
        found.append(b"data: [DONE]\n\n")
        return found

    def error(self, error: HttpError, provider: ProviderName, request_id: str) -> bytes:
        """The error object."""
        del request_id
        return openai_error(error, _KINDS.get(error.status, "invalid_request_error"), provider)

    def stream_error(self, fault: StreamError, sequence: int) -> bytes:
        """A chunk that is an error object."""
        del sequence
        shape = {"message": fault.message, "type": fault.kind, "param": None, "code": fault.kind}
        return data_line({"error": shape})


def _envelope(kind: str, choices: list[JsonObject], reply: Reply, context: Context) -> JsonObject:
    envelope: JsonObject = {
        "id": context.new_id("chatcmpl-"),
        "object": kind,
        "created": context.created,
        "model": context.model,
        "choices": choices,
        "system_fingerprint": "fp_" + context.new_id("", length=10).lower(),
    }
    if context.provider == "openai":
        envelope["service_tier"] = reply.service_tier or "default"
    return envelope


def _choice(delta: JsonObject, finish: str | None) -> JsonObject:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}


def _finish(reply: Reply) -> str:
    if any(isinstance(piece, Refuse) for piece in reply.pieces):
        return "stop"
    return _FINISH.get(reply.reason, "stop")


def _asks_usage(body: JsonObject) -> bool:
    options = body.get("stream_options")
    return isinstance(options, dict) and options.get("include_usage") is True


def _message(reply: Reply, context: Context) -> JsonObject:
    said = "".join(piece.text for piece in reply.pieces if isinstance(piece, Say))
    refused = "".join(piece.text for piece in reply.pieces if isinstance(piece, Refuse))
    message: JsonObject = {"role": "assistant", "content": said or None}
    if context.provider == "openai":
        message |= {"refusal": refused or None, "annotations": []}
    else:
        message["content"] = said + refused
        message["reasoning_content"] = _thought(reply)
    if reply.calls:
        message["tool_calls"] = [_call(i, call, context) for i, call in enumerate(reply.calls)]
    return message


def _thought(reply: Reply) -> str:
    return "".join(piece.text for piece in reply.pieces if isinstance(piece, Think))


def _call(index: int, call: Call, context: Context, arguments: str | None = None) -> JsonObject:
    prefix = "call_" if context.provider == "openai" else f"call_{index:02d}_"
    made = context.new_id(prefix, index)
    text = argument_text(call) if arguments is None else arguments
    name = f"{call.namespace}__{call.name}" if call.namespace else call.name
    shape: JsonObject = {"id": made if call.id is None else call.id, "type": "function"}
    return {**shape, "function": {"name": name, "arguments": text}}


def _usage(reply: Reply, context: Context) -> JsonObject:
    """The prompt includes what was cached."""
    spent = spend(reply, context.counted)
    usage: JsonObject = {
        "prompt_tokens": spent.prompt,
        "completion_tokens": spent.output,
        "total_tokens": spent.prompt + spent.output,
        "prompt_tokens_details": {"cached_tokens": spent.read},
        "completion_tokens_details": {"reasoning_tokens": spent.reasoning},
    }
    if context.provider == "deepseek":
        usage["prompt_cache_hit_tokens"] = spent.read
        usage["prompt_cache_miss_tokens"] = spent.prompt - spent.read
    else:
        usage["prompt_tokens_details"] |= {"cache_write_tokens": spent.write, "audio_tokens": 0}
        usage["completion_tokens_details"] |= {"audio_tokens": 0}
    return usage


def _deltas(reply: Reply, context: Context) -> Iterator[JsonObject]:
    deepseek = context.provider == "deepseek"
    opening: JsonObject = {"role": "assistant", "content": None if reply.calls or deepseek else ""}
    opening |= {"reasoning_content": ""} if deepseek else {"refusal": None}
    yield opening
    for piece in reply.pieces:
        field = _field(piece, deepseek=deepseek)
        if field and not isinstance(piece, Call):
            for text in slices(piece.text, reply.chunk):
                yield {field: text}
    sides = [list(_call_deltas(i, call, reply, context)) for i, call in enumerate(reply.calls)]
    if reply.interleave:
        for row in zip_longest(*sides):
            yield from (delta for delta in row if delta is not None)
    else:
        for side in sides:
            yield from side


def _field(piece: object, *, deepseek: bool) -> str | None:
    if isinstance(piece, Say):
        return "content"
    if isinstance(piece, Refuse):
        return "content" if deepseek else "refusal"
    return "reasoning_content" if deepseek and isinstance(piece, Think) else None


def _call_deltas(index: int, call: Call, reply: Reply, context: Context) -> Iterator[JsonObject]:
    yield {"tool_calls": [{"index": index, **_call(index, call, context, "")}]}
    for text in slices(argument_text(call), reply.chunk):
        yield {"tool_calls": [{"index": index, "function": {"arguments": text}}]}
