"""The official openai SDK reads what the provider says in Responses and Chat Completions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import openai
import pytest
from openai.types.chat import ChatCompletionFunctionToolParam
from openai.types.responses import FunctionToolParam

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import (
    Call,
    HttpError,
    ProviderName,
    Refuse,
    Reply,
    ReplyQueue,
    Say,
    StreamError,
    Think,
    Tokens,
)

MODELS: dict[ProviderName, str] = {"openai": "gpt-6.1-sol", "deepseek": "deepseek-flash"}
SCHEMA: dict[str, object] = {"type": "object", "properties": {"city": {"type": "string"}}}
TOOL: FunctionToolParam = {
    "type": "function",
    "name": "get_weather",
    "parameters": SCHEMA,
    "strict": False,
}
CHAT_TOOL: ChatCompletionFunctionToolParam = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": SCHEMA},
}
PIECES = (
    Think("A thought."),
    Say("I shall look."),
    Call("get_weather", {"city": "Bern"}),
    Call("get_weather", {"city": "Zürich"}),
)


@asynccontextmanager
async def sdk(provider: ScriptedProvider, name: ProviderName) -> AsyncIterator[openai.AsyncOpenAI]:
    root = provider.roots[name]
    async with openai.AsyncOpenAI(api_key="dummy", base_url=root, max_retries=0) as made:
        yield made


@pytest.mark.parametrize("name", ["openai", "deepseek"])
async def test_a_whole_response(provider: ScriptedProvider, replies: ReplyQueue, name: ProviderName) -> None:
    replies.add(Reply(PIECES, tokens=Tokens(input=10, cache_read=20, output=30)))
    async with sdk(provider, name) as client:
        response = await client.responses.create(
            model=MODELS[name],
            input="Weather?",
            tools=[TOOL],
            store=False,
            include=["reasoning.encrypted_content"],
            reasoning={"summary": "auto"},
        )
    assert [item.type for item in response.output] == [
        "reasoning",
        "message",
        "function_call",
        "function_call",
    ]
    assert response.output_text == "I shall look."
    assert response.status == "completed"
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.input_tokens_details.cached_tokens) == (30, 20)
    thought = response.output[0]
    assert thought.type == "reasoning"
    if name == "openai":
        assert thought.summary[0].text == "A thought."
        assert thought.encrypted_content
    else:
        assert thought.content is not None
        assert thought.content[0].text == "A thought."
        assert thought.encrypted_content is None


@pytest.mark.parametrize("interleave", [False, True])
@pytest.mark.parametrize("name", ["openai", "deepseek"])
async def test_a_streamed_response(
    provider: ScriptedProvider, replies: ReplyQueue, name: ProviderName, *, interleave: bool
) -> None:
    replies.add(Reply(PIECES, chunk=3, interleave=interleave))
    async with (
        sdk(provider, name) as client,
        client.responses.stream(
            model=MODELS[name], input="Weather?", tools=[TOOL], reasoning={"summary": "auto"}
        ) as stream,
    ):
        events = [event async for event in stream]
        response = await stream.get_final_response()
    kinds = [event.type for event in events]
    assert kinds[:2] == ["response.created", "response.in_progress"]
    assert kinds[-1] == "response.completed"
    assert response.output_text == "I shall look."
    calls = [item for item in response.output if item.type == "function_call"]
    assert [call.arguments for call in calls] == ['{"city":"Bern"}', '{"city":"Zürich"}']
    deltas = [
        event.output_index for event in events if event.type == "response.function_call_arguments.delta"
    ]
    assert (deltas != sorted(deltas)) is interleave


async def test_sequence_numbers_count_up(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(Reply(PIECES))
    async with sdk(provider, "openai") as client:
        stream = await client.responses.create(model="gpt-6.1-sol", input="Hi", tools=[TOOL], stream=True)
        numbers = [event.sequence_number async for event in stream]
    assert numbers == list(range(len(numbers)))


async def test_a_custom_tool_is_called_with_text(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    patch = "*** Begin Patch\n*** End Patch"
    replies.add(Reply((Call("apply_patch", patch),)))
    async with (
        sdk(provider, "openai") as client,
        client.responses.stream(
            model="gpt-6.1-sol", input="Patch it", tools=[{"type": "custom", "name": "apply_patch"}]
        ) as stream,
    ):
        kinds = {event.type async for event in stream}
        response = await stream.get_final_response()
    call = response.output[0]
    assert call.type == "custom_tool_call"
    assert call.input == patch
    assert "response.custom_tool_call_input.delta" in kinds


async def test_an_incomplete_response(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(Reply((Say("Half a"),), stop="max_tokens"))
    async with sdk(provider, "openai") as client:
        stream = await client.responses.create(model="gpt-6.1-sol", input="Hi", stream=True)
        last = [event async for event in stream][-1]
    assert last.type == "response.incomplete"
    assert last.response.incomplete_details is not None
    assert last.response.incomplete_details.reason == "max_output_tokens"


async def test_a_refusal_in_a_response(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(Reply((Refuse("No."),)))
    async with sdk(provider, "openai") as client:
        response = await client.responses.create(model="gpt-6.1-sol", input="Hi")
    message = response.output[0]
    assert message.type == "message"
    assert message.content[0].type == "refusal"
    assert message.content[0].refusal == "No."


async def test_an_error_event_in_a_response(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(Reply(fault=StreamError(2, "server_error", "It broke.")))
    async with sdk(provider, "openai") as client:
        stream = await client.responses.create(model="gpt-6.1-sol", input="Hi", stream=True)
        last = [event async for event in stream][-1]
    assert last.type == "error"
    assert (last.code, last.message, last.sequence_number) == ("server_error", "It broke.", 2)


@pytest.mark.parametrize("name", ["openai", "deepseek"])
async def test_a_whole_completion(
    provider: ScriptedProvider, replies: ReplyQueue, name: ProviderName
) -> None:
    replies.add(Reply(PIECES, tokens=Tokens(input=10, cache_read=20, output=30, reasoning=5)))
    async with sdk(provider, name) as client:
        completion = await client.chat.completions.create(
            model=MODELS[name],
            messages=[{"role": "user", "content": "Weather?"}],
            tools=[CHAT_TOOL],
            reasoning_effort="none" if name == "openai" else "high",
        )
    choice = completion.choices[0]
    assert choice.finish_reason == "tool_calls"
    assert choice.message.content == "I shall look."
    assert len(choice.message.tool_calls or []) == 2
    usage = completion.usage
    assert usage is not None
    assert (usage.prompt_tokens, usage.completion_tokens, usage.total_tokens) == (30, 30, 60)
    assert usage.prompt_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == 20
    extra = usage.model_extra or {}
    if name == "deepseek":
        assert (extra["prompt_cache_hit_tokens"], extra["prompt_cache_miss_tokens"]) == (20, 10)
        assert (choice.message.model_extra or {})["reasoning_content"] == "A thought."
    else:
        assert "prompt_cache_hit_tokens" not in extra


@pytest.mark.parametrize("interleave", [False, True])
@pytest.mark.parametrize("name", ["openai", "deepseek"])
async def test_a_streamed_completion(
    provider: ScriptedProvider, replies: ReplyQueue, name: ProviderName, *, interleave: bool
) -> None:
    replies.add(Reply(PIECES, chunk=4, interleave=interleave))
    async with (
        sdk(provider, name) as client,
        client.chat.completions.stream(
            model=MODELS[name],
            messages=[{"role": "user", "content": "Weather?"}],
            tools=[CHAT_TOOL],
            reasoning_effort="none" if name == "openai" else "high",
            stream_options={"include_usage": True},
        ) as stream,
    ):
        chunks = [event.chunk async for event in stream if event.type == "chunk"]
        completion = await stream.get_final_completion()
    calls = completion.choices[0].message.tool_calls or []
    assert [call.function.arguments for call in calls] == ['{"city":"Bern"}', '{"city":"Zürich"}']
    assert completion.choices[0].message.content == "I shall look."
    assert completion.usage is not None
    assert bool(chunks[-1].choices) is (name == "deepseek")


async def test_openai_sends_no_usage_unless_asked(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    async with sdk(provider, "openai") as client:
        stream = await client.chat.completions.create(
            model="gpt-6.1-sol", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        chunks = [chunk async for chunk in stream]
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, openai.BadRequestError),
        (401, openai.AuthenticationError),
        (404, openai.NotFoundError),
        (429, openai.RateLimitError),
        (503, openai.InternalServerError),
    ],
)
async def test_errors_have_the_shape_of_openai(
    provider: ScriptedProvider, replies: ReplyQueue, status: int, error: type[openai.APIStatusError]
) -> None:
    replies.add(HttpError(status, "No.", code="some_code", param="model"))
    async with sdk(provider, "openai") as client:
        with pytest.raises(error) as caught:
            await client.responses.create(model="gpt-6.1-sol", input="Hi")
    assert (caught.value.code, caught.value.param) == ("some_code", "model")
    assert caught.value.request_id is not None


async def test_an_error_inside_a_chat_stream(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(Reply(fault=StreamError(1, "server_error", "It broke.")))
    async with sdk(provider, "openai") as client:
        stream = await client.chat.completions.create(
            model="gpt-6.1-sol", messages=[{"role": "user", "content": "Hi"}], stream=True
        )
        with pytest.raises(openai.APIError, match=r"It broke\."):
            async for _ in stream:
                pass


@pytest.mark.parametrize("name", ["openai", "deepseek"])
async def test_models(provider: ScriptedProvider, name: ProviderName) -> None:
    async with sdk(provider, name) as client:
        names = [model.id async for model in await client.models.list()]
    assert MODELS[name] in names
