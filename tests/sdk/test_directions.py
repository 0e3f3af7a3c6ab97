"""The official SDKs through the daemon, in every direction: same text, same tools, same usage."""

import json
from dataclasses import dataclass
from typing import Any

import anthropic
import openai
import pytest

from coderouter_cli.demo.script import Call, Reply, Say, Tokens
from tests.harness import Daemon, daemon_with

TEXT = "I will look at both files. Größe: 3 µm, 完了 🎉"
CALLS = (("read_file", {"path": "a.py", "lines": [1, 2]}), ("run", {"command": "pytest -q 'x y'"}))
TOKENS = Tokens(input=700, cache_read=1_300, cache_write=0, output=60)
PARAMETERS = {"type": "object", "properties": {"path": {"type": "string"}}}
PROVIDERS = ("anthropic", "openai", "deepseek")


@dataclass(frozen=True)
class Got:
    """An answer as a client's developer sees it."""

    text: str
    calls: tuple[tuple[str, dict[str, Any]], ...]
    prompt: int
    cached: int
    output: int
    model: str
    stop: str


def reply(*, tools: bool) -> Reply:
    calls = tuple(Call(name, arguments) for name, arguments in CALLS) if tools else ()
    return Reply((Say(TEXT), *calls), tokens=TOKENS)


async def by_messages(daemon: Daemon, *, stream: bool) -> Got:
    tools = [{"name": name, "description": name, "input_schema": PARAMETERS} for name, _ in CALLS]
    asked: dict[str, Any] = {
        "model": "claude-opus-4-7",
        "max_tokens": 1000,
        "system": "You are careful.",
        "messages": [{"role": "user", "content": "Why does a.py fail?"}],
        "tools": tools,
    }
    async with anthropic.AsyncAnthropic(api_key=daemon.token, base_url=daemon.url, max_retries=0) as client:
        if stream:
            async with client.messages.stream(**asked) as events:
                message = await events.get_final_message()
        else:
            message = await client.messages.create(**asked)
    usage = message.usage
    prompt = (
        usage.input_tokens + (usage.cache_read_input_tokens or 0) + (usage.cache_creation_input_tokens or 0)
    )
    return Got(
        text="".join(block.text for block in message.content if block.type == "text"),
        calls=tuple((b.name, dict(b.input)) for b in message.content if b.type == "tool_use"),
        prompt=prompt,
        cached=usage.cache_read_input_tokens or 0,
        output=usage.output_tokens,
        model=message.model,
        stop=str(message.stop_reason),
    )


async def by_responses(daemon: Daemon, *, stream: bool) -> Got:
    tools = [
        {"type": "function", "name": name, "description": name, "parameters": PARAMETERS, "strict": False}
        for name, _ in CALLS
    ]
    asked: dict[str, Any] = {
        "model": "claude-opus-4-7",
        "instructions": "You are careful.",
        "input": "Why does a.py fail?",
        "tools": tools,
    }
    async with openai.AsyncOpenAI(api_key=daemon.token, base_url=f"{daemon.url}/v1", max_retries=0) as client:
        if stream:
            async with client.responses.stream(**asked) as events:
                response: Any = await events.get_final_response()
        else:
            response = await client.responses.create(**asked)
    usage = response.usage
    return Got(
        text=response.output_text,
        calls=tuple((i.name, json.loads(i.arguments)) for i in response.output if i.type == "function_call"),
        prompt=usage.input_tokens,
        cached=usage.input_tokens_details.cached_tokens,
        output=usage.output_tokens,
        model=response.model,
        stop=response.status,
    )


async def by_chat(daemon: Daemon, *, stream: bool) -> Got:
    tools = [
        {"type": "function", "function": {"name": name, "description": name, "parameters": PARAMETERS}}
        for name, _ in CALLS
    ]
    asked: dict[str, Any] = {
        "model": "claude-opus-4-7",
        "messages": [
            {"role": "system", "content": "You are careful."},
            {"role": "user", "content": "Why does a.py fail?"},
        ],
        "tools": tools,
    }
    async with openai.AsyncOpenAI(api_key=daemon.token, base_url=f"{daemon.url}/v1", max_retries=0) as client:
        if stream:
            asked["stream_options"] = {"include_usage": True}
            async with client.chat.completions.stream(**asked) as events:
                completion: Any = await events.get_final_completion()
        else:
            completion = await client.chat.completions.create(**asked)
    (choice,) = completion.choices
    return Got(
        text=choice.message.content or "",
        calls=tuple(
            (c.function.name, json.loads(c.function.arguments)) for c in choice.message.tool_calls or ()
        ),
        prompt=completion.usage.prompt_tokens,
        cached=completion.usage.prompt_tokens_details.cached_tokens,
        output=completion.usage.completion_tokens,
        model=completion.model,
        stop=choice.finish_reason,
    )


CLIENTS = {"messages": by_messages, "responses": by_responses, "chat": by_chat}
STOPS = {
    "messages": ("end_turn", "tool_use"),
    "responses": ("completed", "completed"),
    "chat": ("stop", "tool_calls"),
}


@pytest.mark.parametrize("tools", [False, True], ids=["text", "tools"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", sorted(CLIENTS))
async def test_same_text_tools_and_usage(
    client: str, provider: str, stream: bool, tools: bool, daemon_home: Any
) -> None:
    async with daemon_with(daemon_home, reply(tools=tools), keys=(provider,)) as daemon:
        got = await CLIENTS[client](daemon, stream=stream)
        (row,) = daemon.rows()
    assert got.text == TEXT
    assert got.calls == (CALLS if tools else ())
    assert (got.prompt, got.cached, got.output) == (2_000, 1_300, 60)
    assert got.model == "claude-opus-4-7", "the client is answered with the name it asked for"
    assert got.stop == STOPS[client][tools]
    assert row.usage is not None
    assert (row.usage.prompt, row.usage.cache_read, row.usage.output) == (2_000, 1_300, 60)
    assert (row.provider, row.status.value) == (provider, "done")
