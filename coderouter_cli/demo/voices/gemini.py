"""Chat Completions as Gemini's layer for OpenAI's clients speaks it.

Calls come whole, without an id, and the first of an answer carries a thought signature that must come back
(https://ai.google.dev/gemini-api/docs/thought-signatures). Thinking is hidden, and counted in
``total_tokens`` only.
"""

import json
from collections.abc import Iterator

from coderouter_cli.demo.prompts import dump
from coderouter_cli.demo.script import Call, HttpError, ProviderName, Reply, StreamError, Think
from coderouter_cli.demo.voices.base import Context, argument_text, data_line
from coderouter_cli.demo.voices.chat import ChatVoice
from coderouter_cli.domain.conversation import JsonObject

_PREFIX = b"data: {"


class GeminiVoice:
    """OpenAI's chunks and completions, with what is different about Gemini's."""

    def __init__(self) -> None:
        self._chat = ChatVoice()

    def whole(self, reply: Reply, context: Context) -> bytes:
        """A completion with one choice."""
        completion = json.loads(self._chat.whole(reply, context))
        message = completion["choices"][0]["message"]
        for name in ("reasoning_content", "refusal", "annotations"):
            message.pop(name, None)
        if reply.calls:
            message["tool_calls"] = list(_calls(reply, context))
        _count(completion)
        return dump(completion)

    def events(self, reply: Reply, context: Context) -> list[bytes]:
        """Chunks of text, then each call in one chunk, then the rest."""
        found: list[bytes] = []
        called = False
        for line in self._chat.events(reply, context):
            if not line.startswith(_PREFIX):
                found.append(line)
                continue
            chunk = json.loads(line.removeprefix(b"data: "))
            if any("tool_calls" in choice["delta"] for choice in chunk["choices"]):
                if not called:
                    found += [_with_call(chunk, i, call) for i, call in enumerate(_calls(reply, context))]
                called = True
                continue
            _count(chunk)
            found.append(data_line(chunk))
        return found

    def error(self, error: HttpError, provider: ProviderName, request_id: str) -> bytes:
        """A list with one error object, as Google sends it."""
        del provider, request_id
        shape = {"code": error.status, "message": error.message, "status": "INVALID_ARGUMENT"}
        return dump([{"error": shape}])

    def stream_error(self, fault: StreamError, sequence: int) -> bytes:
        """A chunk that is an error object."""
        return self._chat.stream_error(fault, sequence)


def _calls(reply: Reply, context: Context) -> Iterator[JsonObject]:
    for i, call in enumerate(reply.calls):
        function = {"name": call.name, "arguments": argument_text(call)}
        signed = {"extra_content": _seal(reply, call, context)} if i == 0 else {}
        yield {"type": "function", "function": function, **signed}


def _seal(reply: Reply, call: Call, context: Context) -> JsonObject:
    thought = "".join(piece.text for piece in reply.pieces if isinstance(piece, Think))
    return {"google": {"thought_signature": context.sign(f"{thought}/{call.name}")}}


def _with_call(chunk: JsonObject, index: int, call: JsonObject) -> bytes:
    choice = {**chunk["choices"][0], "delta": {"role": "assistant", "tool_calls": [{"index": index, **call}]}}
    return data_line({**chunk, "choices": [choice]})


def _count(body: JsonObject) -> None:
    """Take the thinking out of what is shown of the answer; the total keeps it."""
    usage = body.get("usage")
    if isinstance(usage, dict):
        hidden = usage.pop("completion_tokens_details")["reasoning_tokens"]
        usage["completion_tokens"] -= hidden
