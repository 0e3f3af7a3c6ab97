"""What a client is told when there is no answer."""

import io
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from coderouter_cli.demo.script import HttpError, Reply, SeenRequest
from tests.harness import Daemon, daemon_with

PATHS: dict[str, dict[str, Any]] = {
    "/v1/messages": {
        "model": "claude-opus-5-5",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi"}],
    },
    "/v1/responses": {"model": "gpt-5.5", "input": "Hi"},
    "/v1/chat/completions": {"model": "gpt-5.5", "messages": [{"role": "user", "content": "Hi"}]},
}


async def ask(daemon: Daemon, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of one request."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{daemon.url}{path}", json=PATHS[path], headers={**daemon.auth, **headers}) as answer,
    ):
        return answer.status, {n.lower(): v for n, v in answer.headers.items()}, await answer.text()


@pytest.mark.parametrize("path", sorted(PATHS))
@pytest.mark.parametrize(
    ("status", "retried"), [(429, "true"), (529, "true"), (503, "false"), (500, "false")]
)
async def test_where_everybody_only_asks_for_patience_the_client_may_have_it(
    daemon_home: Path, path: str, status: int, retried: str
) -> None:
    busy = HttpError(status, headers=(("retry-after", "7"),))
    async with daemon_with(daemon_home, lambda _: busy) as daemon:
        got, headers, text = await ask(daemon, path)
    assert headers["x-should-retry"] == retried
    assert headers.get("retry-after") == ("7" if retried == "true" else None)
    assert "No model could answer" in text
    assert got in {400, 429, 500, 503, 529}


@pytest.mark.parametrize("lane", ["smart", "direct"])
@pytest.mark.parametrize("path", sorted(PATHS))
async def test_a_key_that_a_provider_repeats_goes_no_further(daemon_home: Path, path: str, lane: str) -> None:
    def repeat(seen: SeenRequest) -> HttpError:
        return HttpError(401, message=f"Incorrect API key provided: {seen.key}")

    async with daemon_with(daemon_home, repeat) as daemon:
        status, _, text = await ask(daemon, path, **{"x-coderouter-lane": lane})
        keys = {seen.key for seen in daemon.provider.seen}
    assert status in {400, 401}
    assert keys
    assert not any(key in text for key in keys if key is not None)


@pytest.mark.parametrize("name", ["a\nb", "a\r\nx-evil: 1", "ü" * 10, "m" * 9_000])
async def test_whatever_a_client_calls_its_model_it_gets_an_answer(daemon_home: Path, name: str) -> None:
    body = {**PATHS["/v1/messages"], "model": name}
    async with (
        daemon_with(daemon_home, Reply()) as daemon,
        aiohttp.ClientSession() as session,
        session.post(
            f"{daemon.url}/v1/messages", json=body, headers={**daemon.auth, "x-coderouter-lane": "direct"}
        ) as answer,
    ):
        assert answer.status in {400, 404}
        assert "x-evil" not in answer.headers
        assert (await answer.json())["type"] == "error"


@pytest.mark.parametrize("path", sorted(PATHS))
async def test_half_a_character_in_a_models_name_breaks_nothing(daemon_home: Path, path: str) -> None:
    body = {**PATHS[path], "model": "claude-\ud800"}
    async with (
        daemon_with(daemon_home, Reply()) as daemon,
        aiohttp.ClientSession() as session,
        session.post(f"{daemon.url}{path}", json=body, headers=daemon.auth) as answer,
    ):
        assert answer.status == 200
        assert "Done." in await answer.text()


CLAUDE_CODE = {"user-agent": "claude-cli/2.1.330 (external, cli)"}
PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "aGk="}}
WITH_PDF = {"messages": [{"role": "user", "content": [PDF, {"type": "text", "text": "What is this?"}]}]}
LONG = {"messages": [{"role": "user", "content": "word " * 1_500_000}]}


async def told(
    daemon: Daemon, more: dict[str, Any], headers: dict[str, str]
) -> tuple[int, dict[str, str], Any]:
    """Status, headers and error of a Messages request that nobody within reach can serve."""
    body = io.BytesIO(json.dumps({**PATHS["/v1/messages"], **more}).encode())
    sent = {**daemon.auth, **headers, "content-type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{daemon.url}/v1/messages", data=body, headers=sent) as answer,
    ):
        names = {name.lower(): value for name, value in answer.headers.items()}
        return answer.status, names, (await answer.json())["error"]


async def test_claude_code_is_told_by_token_what_no_model_within_reach_can_do(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply(), keys=("deepseek",)) as daemon:
        status, _, error = await told(daemon, WITH_PDF, CLAUDE_CODE)
        assert (status, error["message"]) == (400, "capability_rejected: document_block")
        status, headers, error = await told(daemon, WITH_PDF, {})
        assert (status, headers["x-should-retry"]) == (400, "false")
        assert "it reads no documents" in error["message"]
        assert "`coderouter keys set anthropic`" in error["message"]
        assert daemon.provider.seen == []
        assert daemon.rows() == []


async def test_a_prompt_that_no_model_takes_makes_claude_code_compact(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply(), keys=("deepseek",)) as daemon:
        status, _, error = await told(daemon, LONG, CLAUDE_CODE)
    assert status == 400
    assert "prompt is too long" in error["message"], "the words by which it knows"


async def test_what_claude_code_cannot_do_without_is_shown_at_once(daemon_home: Path) -> None:
    geo = {"inference_geo": "us"}
    async with daemon_with(daemon_home, Reply(), keys=("deepseek",)) as daemon:
        status, _, error = await told(daemon, geo, CLAUDE_CODE)
    assert (status, error["type"]) == (400, "policy_blocked")
    assert "the prompt must stay in a region" in error["message"]


@pytest.mark.parametrize("path", sorted(PATHS))
async def test_without_any_key_every_client_is_told_what_to_do(daemon_home: Path, path: str) -> None:
    async with daemon_with(daemon_home, Reply(), keys=()) as daemon:
        status, headers, text = await ask(daemon, path)
    assert (status, headers["x-should-retry"]) == (400, "false")
    assert "There is no key" in text
    assert f"`coderouter keys set {'anthropic' if path == '/v1/messages' else 'openai'}`" in text
