from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st
from openai import AsyncOpenAI
from openai.types.responses import Response

from coderouter_cli.domain.conversation import (
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolKind,
)
from coderouter_cli.domain.events import (
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Ping,
    Started,
    Stopped,
    StopReason,
    UsageSeen,
)
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.formats.openai_responses import OPENAI_RESPONSES
from tests.wire.formats.openai_responses.kit import TOOLS, context, decode, events_of
from tests.wire.formats.openai_responses.streams import ENCRYPTED, encode, events_for, skeleton, validated
from tests.wire.grammar import parts_of


def test_the_response_speaks_of_the_model_that_was_asked_for() -> None:
    first, *_, last = encode(events_for([Text("yes")]))
    begun, finished = Response.model_validate(first["response"]), Response.model_validate(last["response"])
    assert (begun.id, begun.model, begun.status, begun.output) == (
        "resp_9",
        "wished-model",
        "in_progress",
        [],
    )
    assert (finished.id, finished.model, finished.status) == ("resp_9", "wished-model", "completed")
    assert finished.created_at == 1764000001
    assert finished.output_text == "yes"
    assert "provider's" not in str(last)


def test_usage_counts_cached_tokens_as_input() -> None:
    usage = Response.model_validate(encode(events_for([Text("x")]))[-1]["response"]).usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (100, 9, 109)
    assert usage.input_tokens_details.cached_tokens == 60
    assert usage.input_tokens_details.cache_write_tokens == 30
    assert usage.output_tokens_details.reasoning_tokens == 4


def test_without_usage_the_input_is_our_estimate() -> None:
    last = encode([Started(), Stopped(StopReason.END_TURN)])[-1]
    assert last["response"]["usage"]["input_tokens"] == 1000


def test_items_may_interleave() -> None:
    one, two = ToolCall("c1", "shell", "{}"), ToolCall("c2", "shell", "[]")
    events = encode(
        [
            PartStarted(7, skeleton(one)),
            PartStarted(3, skeleton(two)),
            PartDelta(3, "[]"),
            PartDelta(7, "{}"),
            PartEnded(3, two),
            PartEnded(7, one),
            Stopped(StopReason.TOOL_USE),
        ]
    )
    validated(events)
    deltas = {e["output_index"]: e["delta"] for e in events if "delta" in e}
    assert deltas == {0: "{}", 1: "[]"}
    assert [item["call_id"] for item in events[-1]["response"]["output"]] == ["c1", "c2"]


def test_an_answer_cut_at_its_limit_is_incomplete() -> None:
    last = encode(events_for([Text("x")], StopReason.MAX_TOKENS))[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["status"] == "incomplete"
    assert last["response"]["incomplete_details"] == {"reason": "max_output_tokens"}


def test_a_refusal_in_words_is_a_complete_answer() -> None:
    events = encode(events_for([Refusal("I cannot")], StopReason.REFUSAL))
    validated(events)
    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"]["output"][0]["content"] == [{"type": "refusal", "refusal": "I cannot"}]


def test_the_words_of_a_refusal_beside_an_answer_are_a_message() -> None:
    """Anthropic explains a refusal outside of the content."""
    events = encode([*events_for([Text("x")])[:-1], Stopped(StopReason.REFUSAL, "Not this.")])
    validated(events)
    text, refusal = (item["content"][0] for item in events[-1]["response"]["output"])
    assert (text["text"], refusal) == ("x", {"type": "refusal", "refusal": "Not this."})
    assert (events[-1]["type"], events[-1]["response"]["status"]) == ("response.completed", "completed")


@pytest.mark.parametrize(
    ("reason", "told"),
    [(StopReason.REFUSAL, "content_filter"), (StopReason.CONTEXT_EXCEEDED, "max_output_tokens")],
)
def test_an_end_without_words_is_incomplete(reason: StopReason, told: str) -> None:
    last = encode([*events_for([Text("x")])[:-1], Stopped(reason)])[-1]
    assert last["type"] == "response.incomplete"
    assert last["response"]["incomplete_details"] == {"reason": told}


@pytest.mark.parametrize(
    ("parts", "stopped", "code", "message"),
    [
        ([], Stopped(StopReason.REFUSAL, "Not this."), "content_policy_violation", "Not this."),
        ([Refusal("No.")], Stopped(StopReason.REFUSAL), "content_policy_violation", "No."),
        ([], Stopped(StopReason.REFUSAL), "content_policy_violation", "The model declined to answer."),
        (
            [],
            Stopped(StopReason.CONTEXT_EXCEEDED),
            "context_length_exceeded",
            "The answer does not fit into the model's context window.",
        ),
    ],
)
def test_codex_is_told_by_a_failure_what_it_would_ask_again_or_not_show(
    parts: list[Part], stopped: Stopped, code: str, message: str
) -> None:
    events = [*events_for([Text("x"), *parts])[:-1], stopped]
    last = encode(events, client="codex")[-1]
    assert last["type"] == "response.failed"
    assert last["response"]["error"] == {"code": code, "message": message}
    assert last["response"]["usage"]["output_tokens"] == 9


def test_a_failure_stands_alone() -> None:
    """It may follow events of a provider that were relayed as they came."""
    only = encode([Failed(Failure(FailureKind.TRUNCATED, "Cut off."))])
    assert [event["type"] for event in only] == ["response.failed"]
    assert only[0]["response"]["status"] == "failed"
    assert only[0]["response"]["error"] == {"code": "server_error", "message": "Cut off."}


def test_a_failure_in_mid_answer_adds_nothing_else() -> None:
    events = encode(
        [Started(), PartStarted(0, Text("")), PartDelta(0, "x"), Failed(Failure(FailureKind.INTERNAL, "?"))]
    )
    assert [event["type"] for event in events[-2:]] == ["response.output_text.delta", "response.failed"]


def test_pings_begin_the_stream_and_then_keep_it_alive() -> None:
    """Codex counts events toward its idle limit, and the SDKs want `response.created` first."""
    events = encode([Ping(), Ping(), Started(), Started(), Ping(), Stopped(StopReason.END_TURN)])
    assert [event["type"] for event in events] == [
        "response.created",
        "response.in_progress",
        "keepalive",
        "keepalive",
        "response.completed",
    ]
    assert [event["sequence_number"] for event in events] == list(range(5))


WORDS = st.text(max_size=12)
NAMES = st.sampled_from([("shell", None, ToolKind.FUNCTION), ("sleep", "clock", ToolKind.FUNCTION)])
CALLS = st.builds(
    lambda number, name, value: ToolCall(f"c{number}", name[0], f'{{"v":{value}}}', name[2], name[1]),
    st.integers(0, 99),
    NAMES,
    st.integers(),
) | st.builds(lambda text: ToolCall("c", "apply_patch", text, ToolKind.CUSTOM), WORDS)
PARTS = (
    WORDS.map(Text)
    | WORDS.map(Refusal)
    | CALLS
    | st.builds(Reasoning, WORDS, st.sampled_from([None, ENCRYPTED]))
)


@given(st.lists(PARTS, max_size=5), st.sampled_from([StopReason.END_TURN, StopReason.MAX_TOKENS]))
def test_what_we_write_we_read_back(parts: list[Part], stop: StopReason) -> None:
    encoder = OPENAI_RESPONSES.encoder(context())
    written = b"".join(encoder.feed(event) for event in events_for(parts, stop))
    validated(events_of(written))
    decoder = OPENAI_RESPONSES.decoder(TOOLS)
    read = decoder.feed(written)
    assert [Reasoning(p.text, p.opaque) if isinstance(p, Reasoning) else p for p in parts_of(read)] == parts
    assert read[0] == Started("resp_9", "wished-model")
    assert read[-2] == UsageSeen(
        Usage(input=10, cache_read=60, cache_write=30, output=9, reasoning=4, tier="default"),
        events_of(written)[-1]["response"]["usage"],
        final=True,
    )
    if stop is StopReason.MAX_TOKENS:
        assert read[-1] == Stopped(stop)


def test_our_own_stream_is_read_the_same_at_every_split() -> None:
    encoder = OPENAI_RESPONSES.encoder(context())
    parts: list[Part] = [Reasoning("hm"), Text("é"), ToolCall("c", "shell", "{}")]
    assert decode(b"".join(encoder.feed(event) for event in events_for(parts)), *TOOLS)


Ask = Callable[[Sequence[bytes]], Awaitable[AsyncOpenAI]]


@pytest.fixture
async def ask() -> AsyncIterator[Ask]:
    """The real SDK, talking to a server that answers with these bytes."""
    servers: list[TestServer] = []
    clients: list[AsyncOpenAI] = []

    async def client_of(pieces: Sequence[bytes]) -> AsyncOpenAI:
        async def answer(request: web.Request) -> web.StreamResponse:
            reply = web.StreamResponse(headers={"content-type": "text/event-stream"})
            await reply.prepare(request)
            for piece in pieces:
                await reply.write(piece)
            await reply.write_eof()
            return reply

        app = web.Application()
        app.router.add_post("/v1/responses", answer)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        clients.append(AsyncOpenAI(base_url=str(server.make_url("/v1")), api_key="none", max_retries=0))
        return clients[-1]

    yield client_of
    for client in clients:
        await client.close()
    for server in servers:
        await server.close()


async def test_the_sdk_reads_a_stream_with_pings(ask: Ask) -> None:
    encoder = OPENAI_RESPONSES.encoder(context())
    call = ToolCall("c", "shell", '{"cmd":"ls"}')
    events = events_for([Reasoning("hm"), Text("Hello"), call], StopReason.TOOL_USE)
    pieces = [encoder.feed(Ping())]
    for event in events:
        pieces += [encoder.feed(event), OPENAI_RESPONSES.ping()]
    client = await ask(pieces)
    async with client.responses.stream(model="wished-model", input="hi") as stream:
        kinds = [str(event.type) async for event in stream]
        response = await stream.get_final_response()
    assert kinds[0] == "response.created"
    assert kinds.count("keepalive") > 1
    assert response.output_text == "Hello"
    assert response.status == "completed"
    assert [item.type for item in response.output] == ["reasoning", "message", "function_call"]


async def test_the_sdk_sees_why_a_stream_failed(ask: Ask) -> None:
    encoder = OPENAI_RESPONSES.encoder(context())
    events: list[Event] = [Started(), Failed(Failure(FailureKind.RATE_LIMITED, "Slow.", retry_after_s=3))]
    client = await ask([encoder.feed(event) for event in events])
    seen = [event async for event in await client.responses.create(model="m", input="hi", stream=True)]
    assert seen[-1].type == "response.failed"
    assert seen[-1].response.error is not None
    assert seen[-1].response.error.message == "Slow. Please try again in 3s."
