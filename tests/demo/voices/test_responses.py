"""The official openai SDK reads what the provider says in Responses."""

import openai
import pytest
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
    Tokens,
)
from tests.demo.voices.sdk import MODELS, PIECES, SCHEMA, sdk

TOOL: FunctionToolParam = {
    "type": "function",
    "name": "get_weather",
    "parameters": SCHEMA,
    "strict": False,
}


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
