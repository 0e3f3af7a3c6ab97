"""What the official SDKs, left as they are, do when nobody can answer."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import anthropic
import openai
import pytest

from coderouter_cli.demo.script import HttpError, ReplyQueue
from coderouter_cli.domain.exchange import Status
from tests.harness import Daemon, daemon_with


async def by_messages(daemon: Daemon) -> None:
    async with anthropic.AsyncAnthropic(api_key=daemon.token, base_url=daemon.url) as client:
        await client.messages.create(
            model="claude-opus-4-7", max_tokens=9, messages=[{"role": "user", "content": "Hi"}]
        )


async def by_responses(daemon: Daemon) -> None:
    async with openai.AsyncOpenAI(api_key=daemon.token, base_url=f"{daemon.url}/v1") as client:
        await client.responses.create(model="gpt-6.1-sol", input="Hi")


async def by_chat(daemon: Daemon) -> None:
    async with openai.AsyncOpenAI(api_key=daemon.token, base_url=f"{daemon.url}/v1") as client:
        await client.chat.completions.create(
            model="gpt-6.1-sol", messages=[{"role": "user", "content": "Hi"}]
        )


@pytest.mark.parametrize("call", [by_messages, by_responses, by_chat])
async def test_a_provider_that_is_down_is_asked_once_per_model_and_never_again(
    call: Callable[[Daemon], Awaitable[None]], daemon_home: Path
) -> None:
    async with daemon_with(daemon_home, ReplyQueue(default=HttpError(503))) as daemon:
        with pytest.raises((anthropic.APIStatusError, openai.APIStatusError)) as caught:
            await call(daemon)
        (row,) = daemon.rows()
        assert len(daemon.provider.seen) == 3
    assert "No model could answer" in str(caught.value)
    assert row.status is Status.FAILED
