"""What a client is told when there is no answer."""

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
