"""The official openai SDK reads what the provider says in Chat Completions."""

import openai
import pytest
from openai.types.chat import ChatCompletionFunctionToolParam

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import (
    ProviderName,
    Reply,
    ReplyQueue,
    StreamError,
    Tokens,
)
from tests.demo.voices.sdk import MODELS, PIECES, SCHEMA, sdk

CHAT_TOOL: ChatCompletionFunctionToolParam = {
    "type": "function",
    "function": {"name": "get_weather", "parameters": SCHEMA},
}


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
