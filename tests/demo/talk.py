"""Talks to the scripted provider without an SDK."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.domain.conversation import JsonObject

PATHS = {
    "messages": "/anthropic/v1/messages",
    "responses": "/openai/v1/responses",
    "chat": "/openai/v1/chat/completions",
    "deepseek-messages": "/deepseek/anthropic/v1/messages",
    "deepseek-responses": "/deepseek/responses",
    "deepseek-chat": "/deepseek/chat/completions",
}
HEADERS: dict[str, str | None] = {"authorization": "Bearer dummy", "anthropic-version": "2023-06-01"}
MINIMAL: dict[str, JsonObject] = {
    "messages": {
        "model": "claude-opus-5-5",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hi"}],
    },
    "responses": {"model": "gpt-6.1-sol", "input": "Hi"},
    "chat": {"model": "gpt-6.1-sol", "messages": [{"role": "user", "content": "Hi"}]},
    "deepseek-messages": {
        "model": "deepseek-flash",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": "Hi"}],
    },
    "deepseek-responses": {"model": "deepseek-flash", "input": "Hi"},
    "deepseek-chat": {"model": "deepseek-flash", "messages": [{"role": "user", "content": "Hi"}]},
}


@asynccontextmanager
async def opened(
    provider: ScriptedProvider, surface: str, body: JsonObject | bytes, **headers: str | None
) -> AsyncIterator[aiohttp.ClientResponse]:
    """An open answer; a header that is None is not sent."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = HEADERS | {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {name: value for name, value in named.items() if value is not None}
    url = f"http://127.0.0.1:{provider.port}{PATHS[surface]}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, data=data, headers={"content-type": "application/json", **sent}) as got,
    ):
        yield got


async def send(
    provider: ScriptedProvider, surface: str, body: JsonObject, **headers: str | None
) -> tuple[int, Any]:
    """Status and JSON of an answer that is not streamed."""
    async with opened(provider, surface, body, **headers) as response:
        return response.status, await response.json()


async def ask(provider: ScriptedProvider, surface: str, **fields: Any) -> Any:
    """The JSON of the answer to a minimal request with these fields, which must succeed."""
    status, answer = await send(provider, surface, MINIMAL[surface] | fields)
    assert status == 200, answer
    return answer


async def complaint(provider: ScriptedProvider, surface: str, **fields: Any) -> str:
    """Why a minimal request with these fields is refused; it must be."""
    status, answer = await send(provider, surface, MINIMAL[surface] | fields)
    assert status in {400, 404}, answer
    message: str = answer["error"]["message"]
    assert provider.seen[-1].rejected == message
    return message
