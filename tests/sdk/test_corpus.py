"""The official SDKs, streaming helpers included, read every answer of the corpus without a warning.

Each event is also checked against the SDK's own types, which the SDKs themselves do not do.
"""

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from anthropic.types import RawMessageStreamEvent
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from coderouter_cli.demo.script import Call, Refuse, Reply, Say, Think
from coderouter_cli.domain.conversation import FormatName, JsonObject, Tool, ToolKind
from coderouter_cli.domain.failure import Failure
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.registry import format_of
from tests.sdk.corpus import CHAT, CORPUS, MESSAGES, RESPONSES, SURFACES, Exchange, Surface, whole, written

SCHEMA: JsonObject = {"type": "object", "properties": {}}
FUNCTIONS = ("read_file", "run", "mcp__server__do_it", "now")
TOOLS = (
    *(Tool(name, schema=SCHEMA) for name in FUNCTIONS),
    Tool("apply_patch", "Edit files.", kind=ToolKind.CUSTOM),
)
"""What a Codex-like client offers."""
PLAIN = tuple(Tool(tool.name, schema=SCHEMA) for tool in TOOLS)
"""The same without freeform tools, which only Responses has."""
FREEFORM: list[JsonObject] = [{"type": "custom", "name": "apply_patch"}]
EVENTS: dict[FormatName, TypeAdapter[Any]] = {
    MESSAGES: TypeAdapter(RawMessageStreamEvent),
    RESPONSES: TypeAdapter(ResponseStreamEvent),
    CHAT: TypeAdapter(ChatCompletionChunk),
}


@dataclass(frozen=True)
class Got:
    """What a developer gets out of an answer."""

    text: str
    calls: tuple[tuple[str, Any], ...]
    thinking: str


def test_the_corpus_is_large_and_covers_every_kind_of_part() -> None:
    assert len(CORPUS) >= 150
    assert len({one.name for one in CORPUS}) == len(CORPUS)
    kinds = {type(piece) for one in CORPUS for piece in one.reply.pieces}
    assert kinds == {Say, Think, Call, Refuse}


@pytest.mark.parametrize("client", [MESSAGES, RESPONSES, CHAT])
@pytest.mark.parametrize("surface", SURFACES, ids=lambda s: f"{s.provider}-{s.format}")
def test_streams(surface: Surface, client: FormatName) -> None:
    tools = TOOLS if client is RESPONSES else PLAIN
    for exchange in CORPUS:
        body = translated(written(surface, exchange, offered(surface, client)), surface.format, client, tools)
        check_events(exchange, client, body)
        check(exchange, surface, client, partial(READ_STREAM[client], body))


@pytest.mark.parametrize("client", [MESSAGES, RESPONSES, CHAT])
@pytest.mark.parametrize("surface", SURFACES, ids=lambda s: f"{s.provider}-{s.format}")
def test_whole_answers(surface: Surface, client: FormatName) -> None:
    tools = TOOLS if client is RESPONSES else PLAIN
    for exchange in CORPUS:
        made = json.loads(whole(surface, exchange, offered(surface, client)))
        answer = format_of(surface.format).decode_answer(made, tools)
        assert not isinstance(answer, Failure), exchange.name
        body = json.dumps(format_of(client).encode_answer(answer, context(tools))).encode()
        check(exchange, surface, client, partial(READ_WHOLE[client], body))


def offered(surface: Surface, client: FormatName) -> list[JsonObject]:
    """The freeform tools the provider is told of: only OpenAI knows them, and only Codex has some."""
    return FREEFORM if client is RESPONSES and surface == Surface("openai", RESPONSES) else []


def translated(
    pieces: list[bytes], provider: FormatName, client: FormatName, tools: tuple[Tool, ...]
) -> bytes:
    """A provider's stream as the daemon writes it for a client of another format."""
    decoder, encoder = format_of(provider).decoder(tools), format_of(client).encoder(context(tools))
    events = [event for piece in pieces for event in decoder.feed(piece)] + decoder.close()
    return b"".join(map(encoder.feed, events))


def context(tools: tuple[Tool, ...]) -> ReplyContext:
    return ReplyContext(
        model="asked-for", response_id="id_1", created=1_790_000_000, input_estimate=77, tools=tools
    )


def check_events(exchange: Exchange, client: FormatName, body: bytes) -> None:
    """Every event is one the SDK's types know, in full."""
    for line in body.decode().split("\n"):
        data = line.removeprefix("data: ")
        if line.startswith("data: ") and data != "[DONE]":
            event = json.loads(data)
            if event.get("type") not in {"ping", "error", "keepalive"}:
                EVENTS[client].validate_python(event)
    assert body, exchange.name


def check(exchange: Exchange, surface: Surface, client: FormatName, read: Callable[[], Got]) -> None:
    """The SDK says what the model said, and does not warn."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            got = read()
        except Exception as error:
            raise AssertionError(f"{exchange.name}: {error!r}") from error
    wanted = expected(exchange.reply, surface, client)
    calls = tuple(
        (name, arguments if asked is not None else None)
        for (name, arguments), (_, asked) in zip(got.calls, wanted.calls, strict=True)
    )
    assert replace(got, calls=calls) == wanted, exchange.name


def expected(reply: Reply, surface: Surface, client: FormatName) -> Got:
    """What the model said, as far as its provider shows it."""
    shown = (
        piece.text
        for piece in reply.pieces
        if isinstance(piece, Think) and not (piece.redacted and surface.format is MESSAGES)
    )
    thinking = "" if surface == Surface("openai", CHAT) else "".join(shown)
    calls = (piece for piece in reply.pieces if isinstance(piece, Call))
    custom = client is RESPONSES
    return Got(
        text="".join(piece.text for piece in reply.pieces if isinstance(piece, Say | Refuse)),
        calls=tuple((call.name, called(call, custom=custom)) for call in calls),
        thinking=thinking,
    )


def called(call: Call, *, custom: bool) -> Any:
    """A call's arguments as the client's developer has them; None where the model's JSON was broken."""
    if call.name == "apply_patch":
        return call.arguments if custom else {"input": call.arguments}
    return None if isinstance(call.arguments, str) else dict(call.arguments)


def served(body: bytes, kind: str) -> httpx2.Client:
    """An HTTP client to which every request is answered with these bytes."""
    headers = {"content-type": kind}
    return httpx2.Client(
        transport=httpx2.MockTransport(lambda _: httpx2.Response(200, headers=headers, content=body))
    )


def messages_stream(body: bytes) -> Got:
    client = anthropic.Anthropic(api_key="dummy", http_client=served(body, "text/event-stream"))
    with client.messages.stream(
        model="m", max_tokens=9, messages=[{"role": "user", "content": "x"}]
    ) as stream:
        for _ in stream:
            pass
        return of_message(stream.get_final_message())


def messages_whole(body: bytes) -> Got:
    client = anthropic.Anthropic(api_key="dummy", http_client=served(body, "application/json"))
    return of_message(
        client.messages.create(model="m", max_tokens=9, messages=[{"role": "user", "content": "x"}])
    )


def of_message(message: Any) -> Got:
    message.model_dump_json()
    return Got(
        text="".join(block.text for block in message.content if block.type == "text"),
        calls=tuple(
            (block.name, parsed(block.input)) for block in message.content if block.type == "tool_use"
        ),
        thinking="".join(block.thinking for block in message.content if block.type == "thinking"),
    )


def parsed(value: Any) -> Any:
    """An object of arguments; None for one that was broken."""
    return value if isinstance(value, dict) else None


def responses_stream(body: bytes) -> Got:
    client = openai.OpenAI(api_key="dummy", http_client=served(body, "text/event-stream"))
    with client.responses.stream(model="m", input="x") as stream:
        *_, last = stream
        # The helper knows no final response but a completed one.
        done = last.type == "response.completed"
        response: Any = stream.get_final_response() if done else getattr(last, "response", None)
        return of_response(response)


def responses_whole(body: bytes) -> Got:
    client = openai.OpenAI(api_key="dummy", http_client=served(body, "application/json"))
    return of_response(client.responses.create(model="m", input="x"))


def of_response(response: Any) -> Got:
    response.model_dump_json()
    calls = [item for item in response.output if item.type in {"function_call", "custom_tool_call"}]
    content = [part for item in response.output if item.type == "message" for part in item.content]
    summaries = [part for item in response.output if item.type == "reasoning" for part in item.summary]
    return Got(
        text="".join(part.text if part.type == "output_text" else part.refusal for part in content),
        calls=tuple(
            (c.name, c.input if c.type == "custom_tool_call" else loaded(c.arguments)) for c in calls
        ),
        thinking="".join(part.text for part in summaries),
    )


def loaded(text: str) -> Any:
    """Arguments as an object; None for broken ones."""
    try:
        return json.loads(text)
    except ValueError:
        return None


def chat_stream(body: bytes) -> Got:
    client = openai.OpenAI(api_key="dummy", http_client=served(body, "text/event-stream"))
    asked: Any = [{"role": "user", "content": "x"}]
    with client.chat.completions.stream(model="m", messages=asked) as stream:
        thinking = [
            getattr(event.chunk.choices[0].delta, "reasoning_content", None) or ""
            for event in stream
            if event.type == "chunk" and event.chunk.choices
        ]
        snapshot: Any = stream.current_completion_snapshot
        # The helper refuses to give an answer that was cut by its length.
        cut = snapshot.choices[0].finish_reason in {"length", "content_filter"}
        return of_completion(snapshot if cut else stream.get_final_completion(), "".join(thinking))


def chat_whole(body: bytes) -> Got:
    client = openai.OpenAI(api_key="dummy", http_client=served(body, "application/json"))
    completion = client.chat.completions.create(model="m", messages=[{"role": "user", "content": "x"}])
    return of_completion(completion, getattr(completion.choices[0].message, "reasoning_content", None) or "")


def of_completion(completion: Any, thinking: str) -> Got:
    completion.model_dump_json()
    (choice,) = completion.choices
    said, refused = choice.message.content or "", choice.message.refusal or ""
    return Got(
        text=said + ("" if refused in said else refused),
        calls=tuple((c.function.name, loaded(c.function.arguments)) for c in choice.message.tool_calls or ()),
        thinking=thinking,
    )


READ_STREAM = {MESSAGES: messages_stream, RESPONSES: responses_stream, CHAT: chat_stream}
READ_WHOLE = {MESSAGES: messages_whole, RESPONSES: responses_whole, CHAT: chat_whole}
