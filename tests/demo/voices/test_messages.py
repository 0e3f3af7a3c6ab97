"""The official anthropic SDK reads what the provider says in the Messages format."""

from collections.abc import AsyncIterator

import anthropic
import pytest

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import (
    Call,
    HttpError,
    Refuse,
    Reply,
    ReplyQueue,
    Say,
    StreamError,
    Think,
    Tokens,
)

MODEL = "claude-opus-5-5"
WEATHER: anthropic.types.ToolParam = {
    "name": "get_weather",
    "description": "The weather of a city.",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}},
}


@pytest.fixture
async def client(provider: ScriptedProvider) -> AsyncIterator[anthropic.AsyncAnthropic]:
    async with anthropic.AsyncAnthropic(
        api_key="dummy", base_url=provider.roots["anthropic"], max_retries=0
    ) as made:
        yield made


async def test_a_whole_answer_has_text_thinking_and_calls(
    client: anthropic.AsyncAnthropic, replies: ReplyQueue
) -> None:
    replies.add(Reply((Think("Hm."), Say("Let me look."), Call("get_weather", {"city": "Bern"}))))
    message = await client.messages.create(
        model=MODEL, max_tokens=100, tools=[WEATHER], messages=[{"role": "user", "content": "Weather?"}]
    )
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use"]
    call = message.content[2]
    assert call.type == "tool_use"
    assert call.input == {"city": "Bern"}
    assert message.stop_reason == "tool_use"
    assert message.usage.input_tokens > 0
    assert message.usage.output_tokens_details is not None
    assert message.usage.output_tokens_details.thinking_tokens == 1


async def test_a_stream_adds_up_to_the_same_answer(
    client: anthropic.AsyncAnthropic, replies: ReplyQueue
) -> None:
    pieces = (
        Think("A long thought, in several deltas."),
        Say("I shall look at the weather in two cities at once."),
        Call("get_weather", {"city": "Bern"}),
        Call("get_weather", {}),
    )
    replies.add(Reply(pieces, chunk=7))
    async with client.messages.stream(
        model=MODEL, max_tokens=100, tools=[WEATHER], messages=[{"role": "user", "content": "Weather?"}]
    ) as stream:
        kinds = [event.type async for event in stream]
        message = await stream.get_final_message()
    assert kinds[0] == "message_start"
    assert kinds[-1] == "message_stop"
    assert [block.type for block in message.content] == ["thinking", "text", "tool_use", "tool_use"]
    first, second = message.content[2], message.content[3]
    assert first.type == second.type == "tool_use"
    assert (first.input, second.input) == ({"city": "Bern"}, {})
    assert first.id != second.id
    assert message.usage.output_tokens > 20


async def test_the_ping_follows_the_first_block(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(Reply((Say("Hello."),)))
    client = anthropic.AsyncAnthropic(api_key="dummy", base_url=provider.roots["anthropic"])
    async with (
        client,
        client.messages.with_streaming_response.create(
            model=MODEL, max_tokens=100, messages=[{"role": "user", "content": "Hi"}], stream=True
        ) as response,
    ):
        lines = [line async for line in response.iter_lines() if line.startswith("event: ")]
    assert lines == [
        "event: message_start",
        "event: content_block_start",
        "event: ping",
        "event: content_block_delta",
        "event: content_block_stop",
        "event: message_delta",
        "event: message_stop",
    ]


async def test_thinking_can_be_left_out_of_sight(
    client: anthropic.AsyncAnthropic, replies: ReplyQueue
) -> None:
    replies.add(Reply((Think("Secret."), Say("Hello."))))
    message = await client.messages.create(
        model=MODEL,
        max_tokens=100,
        thinking={"type": "adaptive", "display": "omitted"},
        messages=[{"role": "user", "content": "Hi"}],
    )
    block = message.content[0]
    assert block.type == "thinking"
    assert block.thinking == ""
    assert block.signature


async def test_a_refusal_has_details(client: anthropic.AsyncAnthropic, replies: ReplyQueue) -> None:
    replies.add(Reply((Refuse("I cannot help with that.", "cyber"),)))
    async with client.messages.stream(
        model=MODEL, max_tokens=100, messages=[{"role": "user", "content": "Hi"}]
    ) as stream:
        message = await stream.get_final_message()
    assert message.stop_reason == "refusal"
    assert message.stop_details is not None
    assert message.stop_details.category == "cyber"


async def test_usage_can_be_told_and_raised_at_the_end(
    client: anthropic.AsyncAnthropic, replies: ReplyQueue
) -> None:
    told = Tokens(input=43, cache_read=7, cache_write=5, cache_write_long=3, output=11, late_input=61)
    replies.add(Reply(tokens=told))
    async with client.messages.stream(
        model=MODEL, max_tokens=100, messages=[{"role": "user", "content": "Hi"}]
    ) as stream:
        events = [event async for event in stream]
    start = next(event for event in events if event.type == "message_start").message.usage
    end = next(event for event in events if event.type == "message_delta").usage
    assert (start.input_tokens, end.input_tokens) == (43, 61)
    assert start.cache_creation is not None
    assert start.cache_creation.ephemeral_5m_input_tokens == 5
    assert start.cache_creation.ephemeral_1h_input_tokens == 3
    assert (end.cache_read_input_tokens, end.cache_creation_input_tokens, end.output_tokens) == (7, 8, 11)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, anthropic.BadRequestError),
        (401, anthropic.AuthenticationError),
        (403, anthropic.PermissionDeniedError),
        (404, anthropic.NotFoundError),
        (429, anthropic.RateLimitError),
        (529, anthropic.InternalServerError),
    ],
)
async def test_errors_have_the_shape_of_anthropic(
    client: anthropic.AsyncAnthropic,
    replies: ReplyQueue,
    status: int,
    error: type[anthropic.APIStatusError],
) -> None:
    replies.add(HttpError(status, "No.", headers=(("retry-after", "7"),)))
    with pytest.raises(error) as caught:
        await client.messages.create(
            model=MODEL, max_tokens=100, messages=[{"role": "user", "content": "Hi"}]
        )
    assert caught.value.status_code == status
    assert caught.value.response.headers["retry-after"] == "7"
    assert caught.value.request_id is not None
    assert "No." in str(caught.value)


async def test_an_error_inside_the_stream(client: anthropic.AsyncAnthropic, replies: ReplyQueue) -> None:
    replies.add(Reply((Say("A text that breaks off."),), fault=StreamError(events=3)))
    stream = await client.messages.create(
        model=MODEL, max_tokens=100, messages=[{"role": "user", "content": "Hi"}], stream=True
    )
    with pytest.raises(anthropic.APIStatusError, match="overloaded_error"):
        async for _ in stream:
            pass


@pytest.mark.parametrize("stream", [True, False])
async def test_calls_are_judged_where_the_request_asks_for_it(
    client: anthropic.AsyncAnthropic, replies: ReplyQueue, stream: bool
) -> None:
    guarded = {"safeguards": [{"type": "dangerous_tool_use", "classifier_context": {"v": 1}}]}
    beta = {"anthropic-beta": "dangerous-tool-use-2026-09-03"}
    replies.add(Reply((Call("get_weather", id="toolu_01"),), verdict="flagged"), Reply())
    found = []
    for body in (guarded, {}):
        answer = await client.messages.with_raw_response.create(
            model=MODEL,
            max_tokens=100,
            tools=[WEATHER],
            messages=[{"role": "user", "content": "Weather?"}],
            extra_headers=beta,
            extra_body=body,
            stream=stream,
        )
        found.append(await answer.http_response.aread())
    assert b'"toolu_01":{"type":"evaluated","outcome":"flagged"}' in found[0].replace(b": ", b":").replace(
        b", ", b","
    )
    assert b"safeguard_results" not in found[1]


async def test_models_and_token_counts(client: anthropic.AsyncAnthropic) -> None:
    names = [model.id async for model in client.models.list()]
    assert MODEL in names
    counted = await client.messages.count_tokens(
        model=MODEL, messages=[{"role": "user", "content": "x" * 4000}]
    )
    assert 1000 < counted.input_tokens < 1020


async def test_deepseek_speaks_it_too(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(Reply((Think("Hm."), Say("Hello."))))
    root = f"{provider.roots['deepseek']}/anthropic"
    async with anthropic.AsyncAnthropic(api_key="dummy", base_url=root, max_retries=0) as client:
        message = await client.messages.create(
            model="deepseek-flash", max_tokens=100, messages=[{"role": "user", "content": "Hi"}]
        )
        assert [block.type for block in message.content] == ["thinking", "text"]
        assert message.usage.cache_creation is None
        with pytest.raises(anthropic.BadRequestError, match="Model Not Exist"):
            await client.messages.create(
                model="gpt-5.5", max_tokens=100, messages=[{"role": "user", "content": "Hi"}]
            )
