"""What leaves for a provider, and what reaches a client: the product's own path without sockets."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, TypeVar

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.daemon.market import Market, way_to
from coderouter_cli.domain.conversation import FormatName, JsonObject, Tool
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.domain.events import Answer, Event
from coderouter_cli.domain.failure import Failure
from coderouter_cli.domain.model import Endpoint, Model, Provider
from coderouter_cli.providers.contract import ClientRequest
from coderouter_cli.providers.prepare import prepare
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.registry import format_of
from coderouter_cli.wire.sse import format_event
from tests.wire.grammar import check_grammar

MESSAGES = FormatName.ANTHROPIC_MESSAGES
RESPONSES = FormatName.OPENAI_RESPONSES
CHAT = FormatName.OPENAI_CHAT

OPUS, LUNA, FLASH = "claude-opus-5-5", "gpt-6-luna", "deepseek-flash"
"""One model of each kind of provider: Anthropic, OpenAI, and one that is compatible with all formats."""
ELSEWHERE = [(FLASH, MESSAGES), (FLASH, RESPONSES), (FLASH, CHAT), (LUNA, RESPONSES), (LUNA, CHAT)]
"""Every kind of provider and format but Anthropic's."""
NATIVE = "EqQB" + "A" * 80 + "=="
"""A signature in the shape of Anthropic's own."""
FERNET = "gAAAAABo" + "B" * 60
"""Encrypted reasoning in the shape of OpenAI's own."""
SCHEMA: JsonObject = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}

catalog = cache(lambda: load_catalog(prices=False))
_T = TypeVar("_T")


def only(values: Iterable[_T]) -> _T:
    """The one value there is."""
    found = list(values)
    assert len(found) == 1, found
    return found[0]


@dataclass(frozen=True)
class Sent:
    """A request as it leaves; ``reencoded``: its answer is not relayed but said anew."""

    raw: bytes
    headers: dict[str, str]
    fidelity: Fidelity
    losses: tuple[str, ...]
    reencoded: bool

    @property
    def json(self) -> Any:
        return json.loads(self.raw)


def request(
    body: JsonObject | bytes, client: FormatName, headers: dict[str, str] | None = None
) -> ClientRequest:
    """A client's request, read."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    parsed = json.loads(raw)
    return ClientRequest(client, headers or {}, raw, parsed, format_of(client).parse(parsed))


def target(model: str, wanted: FormatName, provider: str | None = None) -> tuple[Provider, Model, Endpoint]:
    """A model of the catalog, its provider, and its endpoint in this format or the preferred one.

    ``provider``: the model as another one would serve it.
    """
    entry = catalog().models[model]
    entry = entry if provider is None else replace(entry, provider=provider)
    found = catalog().providers[entry.provider]
    return found, entry, found.endpoint(wanted)


def sent(
    body: JsonObject | bytes,
    client: FormatName,
    model: str,
    *,
    wanted: FormatName | None = None,
    headers: dict[str, str] | None = None,
    provider: str | None = None,
) -> Sent:
    """What leaves for a model, through its endpoint in the ``wanted`` format (None: the client's own)."""
    asked = request(body, client, headers)
    serving, entry, endpoint = target(model, wanted or client, provider)
    way = way_to(asked, serving, entry, endpoint)
    prepared = prepare(asked, way, "dummy-key")
    call = prepared.call
    losses = format_of(endpoint.format).losses(asked.conversation, endpoint.dialect)
    return Sent(call.body, dict(call.headers), way.target.fidelity, losses, prepared.reencode)


def ways(body: JsonObject, client: FormatName) -> dict[str, tuple[FormatName, tuple[str, ...]]]:
    """By which endpoint the request would reach every model, and what is lost on that way."""
    market = Market(catalog(), frozenset({"anthropic", "openai", "deepseek"}))
    found = market.ways(request(body, client))
    return {way.model.id: (way.endpoint.format, losses) for way, losses in found}


def claude(*messages: JsonObject, **more: Any) -> JsonObject:
    """A Messages request, as Claude Code asks for Opus."""
    return {"model": OPUS, "max_tokens": 32_000, "stream": True, "messages": list(messages), **more}


def codex(*items: JsonObject, **more: Any) -> JsonObject:
    """A Responses request, as Codex asks for its default."""
    return {"model": "gpt-5.5", "stream": True, "store": False, "input": list(items), **more}


def chat(*messages: JsonObject, **more: Any) -> JsonObject:
    """A Chat request that asks for usage."""
    usage = {"include_usage": True}
    return {"model": "gpt-5.5", "stream": True, "stream_options": usage, "messages": list(messages), **more}


def user(*content: Any) -> JsonObject:
    """What the user says: one text, or blocks."""
    return {"role": "user", "content": content[0] if isinstance(content[0], str) else list(content)}


def assistant(*content: Any) -> JsonObject:
    """What the model said: one text, or blocks."""
    return {"role": "assistant", "content": content[0] if isinstance(content[0], str) else list(content)}


def item(role: str, said: str) -> JsonObject:
    """What somebody said, as an item of Responses."""
    kind = "output_text" if role == "assistant" else "input_text"
    return {"type": "message", "role": role, "content": [{"type": kind, "text": said}]}


def text(said: str) -> JsonObject:
    return {"type": "text", "text": said}


def tool_use(call_id: str, name: str = "Read", **arguments: Any) -> JsonObject:
    return {"type": "tool_use", "id": call_id, "name": name, "input": arguments}


def tool_result(call_id: str, content: Any, **more: Any) -> JsonObject:
    return {"type": "tool_result", "tool_use_id": call_id, "content": content, **more}


def tool(name: str = "Read", **more: Any) -> JsonObject:
    """A tool as Claude Code declares it."""
    return {"name": name, "description": name, "input_schema": SCHEMA, **more}


def thinking(said: str, signature: str = NATIVE) -> JsonObject:
    return {"type": "thinking", "thinking": said, "signature": signature}


def reasoning(said: str = "", encrypted: str | None = None, **more: Any) -> JsonObject:
    """A reasoning item of Responses."""
    summary = [{"type": "summary_text", "text": said}] if said else []
    sealed = {} if encrypted is None else {"encrypted_content": encrypted}
    return {"id": "rs_1", "type": "reasoning", "summary": summary, **sealed, **more}


def called(call_id: str, name: str = "read", arguments: str = "{}") -> JsonObject:
    """A function's call as an item of Responses."""
    return {"type": "function_call", "call_id": call_id, "name": name, "arguments": arguments}


def output(call_id: str, said: Any = "ok") -> JsonObject:
    return {"type": "function_call_output", "call_id": call_id, "output": said}


def chat_call(call_id: str, name: str = "read", arguments: str = "{}") -> JsonObject:
    """An entry of Chat's ``tool_calls``."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def chat_result(call_id: str, said: str = "ok") -> JsonObject:
    return {"role": "tool", "tool_call_id": call_id, "content": said}


def chat_function(name: str = "read", **more: Any) -> JsonObject:
    """A function as a Chat client declares it."""
    return {"type": "function", "function": {"name": name, "parameters": SCHEMA, **more}}


def function(name: str = "read", **more: Any) -> JsonObject:
    """A function as Codex declares it."""
    return {"type": "function", "name": name, "description": name, "parameters": SCHEMA, **more}


def stream(*events: tuple[str, JsonObject] | JsonObject | str) -> bytes:
    """Server-sent events: named ones with their type inside, bare ones, and text as it stands."""
    return b"".join(_event(event) for event in events)


def _event(event: tuple[str, JsonObject] | JsonObject | str) -> bytes:
    if isinstance(event, str):
        return f"{event}\n\n".encode()
    if isinstance(event, tuple):
        return format_event({"type": event[0], **event[1]}, event[0])
    return format_event(event, None)


def decoded(data: bytes, provider: FormatName, tools: tuple[Tool, ...] = ()) -> list[Event]:
    """A provider's stream as events, the same in one piece and byte by byte."""
    events = _decode([data], provider, tools)
    check_grammar(events)
    assert _decode([data[i : i + 1] for i in range(len(data))], provider, tools) == events
    return events


def _decode(pieces: list[bytes], provider: FormatName, tools: tuple[Tool, ...]) -> list[Event]:
    decoder = format_of(provider).decoder(tools)
    return [event for piece in pieces for event in decoder.feed(piece)] + decoder.close()


def shown(events: list[Event], client: FormatName, /, **context: Any) -> list[Any]:
    """The events as the objects a client reads; ``[DONE]`` is left out."""
    encoder = format_of(client).encoder(reply_context(**context))
    written = b"".join(encoder.feed(event) for event in events).decode()
    lines = (line.removeprefix("data: ") for line in written.split("\n") if line.startswith("data: "))
    return [json.loads(line) for line in lines if line != "[DONE]"]


def reply_context(**more: Any) -> ReplyContext:
    return ReplyContext(**{"model": OPUS, "response_id": "resp_1", "created": 1, **more})


def shown_whole(whole: Answer, client: FormatName, **context: Any) -> Any:
    """A whole answer as a client reads it."""
    return format_of(client).encode_answer(whole, reply_context(**context))


def answer(body: JsonObject, provider: FormatName, tools: tuple[Tool, ...] = ()) -> Answer:
    """A provider's whole answer."""
    read = format_of(provider).decode_answer(body, tools)
    assert not isinstance(read, Failure), read
    return read


def told(
    failure: Failure, client: FormatName, *, retry: bool = False, name: str = ""
) -> tuple[int, Any, dict[str, str]]:
    """Status, body and headers of an error for a client of this format and name."""
    reply = format_of(client).encode_failure(failure, request_id="req_1", retry=retry, client=name)
    return reply.status, reply.body, dict(reply.headers)


# Streams of providers


def message_start(**usage: int) -> tuple[str, JsonObject]:
    """How a Messages stream begins."""
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": OPUS, "content": []}
    return "message_start", {
        "message": {**message, "usage": {"input_tokens": 10, "output_tokens": 1, **usage}}
    }


def block(index: int, start: JsonObject, *deltas: JsonObject) -> list[tuple[str, JsonObject]]:
    """One content block of a Messages stream."""
    return [
        ("content_block_start", {"index": index, "content_block": start}),
        *(("content_block_delta", {"index": index, "delta": delta}) for delta in deltas),
        ("content_block_stop", {"index": index}),
    ]


def message_end(stop: str = "end_turn", **more: Any) -> list[tuple[str, JsonObject]]:
    """How a Messages stream ends."""
    delta = {"stop_reason": stop, "stop_sequence": None, **more}
    return [("message_delta", {"delta": delta, "usage": {"output_tokens": 5}}), ("message_stop", {})]


def chunk(delta: JsonObject | None = None, finish: str | None = None, **more: Any) -> JsonObject:
    """One chunk of a Chat stream."""
    choices = [{"index": 0, "delta": {} if delta is None else delta, "finish_reason": finish}]
    return {"id": "c1", "object": "chat.completion.chunk", "model": "m", "choices": choices, **more}


def call_delta(index: int | None, name: str | None = None, arguments: str = "", **more: Any) -> JsonObject:
    """A piece of a tool call in a Chat stream."""
    called: JsonObject = {"arguments": arguments} if name is None else {"name": name, "arguments": arguments}
    place = {} if index is None else {"index": index}
    return {"tool_calls": [{**place, "type": "function", "function": called, **more}]}


USAGE_CHUNK: JsonObject = {
    "id": "c1",
    "object": "chat.completion.chunk",
    "model": "m",
    "choices": [],
    "usage": {"prompt_tokens": 100, "completion_tokens": 7, "total_tokens": 107},
}


def response_event(kind: str, **more: Any) -> tuple[str, JsonObject]:
    """One event of a Responses stream."""
    return kind, more


def completed(*output: JsonObject, **more: Any) -> tuple[str, JsonObject]:
    """How a Responses stream ends well."""
    usage = {"input_tokens": 100, "output_tokens": 7, "total_tokens": 107}
    response = {"id": "r1", "status": "completed", "model": "m", "output": list(output), "usage": usage}
    return "response.completed", {"response": {**response, **more}}
