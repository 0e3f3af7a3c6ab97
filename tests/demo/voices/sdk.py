"""A client of the official openai SDK for the scripted provider."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import openai

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import Call, ProviderName, Say, Think

MODELS: dict[ProviderName, str] = {"openai": "gpt-6.1-sol", "deepseek": "deepseek-flash"}
SCHEMA: dict[str, object] = {"type": "object", "properties": {"city": {"type": "string"}}}
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
