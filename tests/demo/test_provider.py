"""The scripted provider's doors: what it serves, to whom, and what it remembers."""

import asyncio

import aiohttp

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import Reply, Say, SeenRequest
from tests.demo.talk import MINIMAL, opened, send


async def test_requests_are_remembered_as_they_came(provider: ScriptedProvider) -> None:
    async with opened(provider, "messages", MINIMAL["messages"], x_custom="1") as response:
        await response.read()
    seen = provider.seen[0]
    assert (seen.provider, seen.method, seen.path) == ("anthropic", "POST", "/anthropic/v1/messages")
    assert seen.json == MINIMAL["messages"]
    assert seen.headers["x-custom"] == "1"
    assert (seen.key, seen.model, seen.streams) == ("dummy", "claude-opus-5-5", False)
    assert seen.done.is_set()
    assert not seen.disconnected


async def test_other_paths_are_not_found(provider: ScriptedProvider) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("/anthropic/v1/complete", "/deepseek/anthropic/v1/messages/count_tokens", "/"):
            async with session.get(f"http://127.0.0.1:{provider.port}{path}") as response:
                assert response.status == 404
                assert "Not found" in (await response.json())["error"]["message"]
    assert provider.generations() == []


async def test_a_websocket_is_told_to_use_http(provider: ScriptedProvider) -> None:
    headers = {"upgrade": "websocket", "connection": "upgrade"}
    url = f"{provider.roots['openai']}/responses"
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        assert response.status == 426
    assert provider.generations() == []


async def test_scripts_may_be_functions_and_may_wait() -> None:
    async def script(seen: SeenRequest) -> Reply:
        await asyncio.sleep(0)
        return Reply((Say(f"You are number {seen.number}."),))

    async with ScriptedProvider(script) as provider:
        for number in (1, 2):
            _, body = await send(provider, "messages", MINIMAL["messages"])
            assert body["content"][0]["text"] == f"You are number {number}."


async def test_each_provider_takes_its_own_key_only() -> None:
    async with ScriptedProvider(keys={"anthropic": "dummy", "openai": "another"}) as provider:
        for surface, expected in (("messages", 200), ("responses", 401), ("deepseek-chat", 401)):
            status, _ = await send(provider, surface, MINIMAL[surface])
            assert status == expected


async def test_nothing_is_kept_when_told_so() -> None:
    async with ScriptedProvider(remember=False) as provider:
        await send(provider, "messages", MINIMAL["messages"])
        assert provider.seen == []


async def test_a_base_url_for_each_provider(provider: ScriptedProvider) -> None:
    root = f"http://127.0.0.1:{provider.port}"
    assert provider.roots == {
        "anthropic": f"{root}/anthropic",
        "openai": f"{root}/openai/v1",
        "deepseek": f"{root}/deepseek",
    }


async def test_generations_are_told_from_the_rest(provider: ScriptedProvider) -> None:
    async with (
        aiohttp.ClientSession(headers={"authorization": "Bearer dummy"}) as session,
        session.get(f"{provider.roots['openai']}/models") as response,
    ):
        assert response.status == 200
    await send(provider, "messages", MINIMAL["messages"])
    await send(provider, "deepseek-chat", MINIMAL["deepseek-chat"])
    assert len(provider.seen) == 3
    assert [seen.provider for seen in provider.generations()] == ["anthropic", "deepseek"]
    assert len(provider.generations("deepseek")) == 1


async def test_one_connection_has_one_port(provider: ScriptedProvider) -> None:
    async with aiohttp.ClientSession(headers={"authorization": "Bearer dummy"}) as session:
        for _ in range(2):
            async with session.post(
                f"{provider.roots['openai']}/responses", json=MINIMAL["responses"]
            ) as answer:
                await answer.read()
    await send(provider, "responses", MINIMAL["responses"])
    first, second, third = (seen.port for seen in provider.seen)
    assert first == second != third


async def test_no_answer_to_a_request_that_only_warms_the_cache(provider: ScriptedProvider) -> None:
    status, body = await send(provider, "messages", MINIMAL["messages"] | {"max_tokens": 0})
    assert (status, body["content"], body["stop_reason"]) == (200, [], "max_tokens")


async def test_any_model_is_served_when_told_so() -> None:
    async with ScriptedProvider(any_model=True) as provider:
        body = MINIMAL["responses"] | {"model": "claude-opus-5-5"}
        status, answer = await send(provider, "responses", body)
    assert (status, answer["model"]) == (200, "claude-opus-5-5")
