"""Tokens counted for whoever asks, without an exchange and, unless it is wished, without a provider."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import openai
import pytest
from aiohttp import web

from coderouter_cli.demo.script import Reply, Say, Tokens
from coderouter_cli.domain.conversation import JsonObject
from tests.daemon.kit import CHAT, MESSAGES, RESPONSES, Client, Got, ask
from tests.harness import daemon_with
from tests.wire.formats.anthropic_messages.claude_code import request
from tests.wire.pictures import png

COUNT = replace(MESSAGES, path="/v1/messages/count_tokens?beta=true")
COUNT_INPUT = replace(RESPONSES, path="/v1/responses/input_tokens")
EXACT = "[count_tokens]\nexact = true"
WORDS = "Rewrite the settings parser so that it names the line. "
BY = "x-coderouter-counted-by"


def body(client: Client, size: int = 4_000, **more: Any) -> JsonObject:
    prompt = WORDS * (size // len(WORDS) + 1)
    made = client.body(prompt[:size], max_tokens=None, **more)
    return {name: value for name, value in made.items() if name != "stream"}


def tokens(got: Got) -> int:
    assert got.status == 200
    return int(json.loads(got.body)["input_tokens"])


async def test_thirty_at_once_are_counted_each_by_itself(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply(), config="[limits]\nmax_exchanges = 1") as daemon:
        sizes = [1_000 * number for number in range(1, 31)]
        got = await asyncio.gather(*(ask(daemon, COUNT, body(COUNT, size)) for size in sizes))
        counts = [tokens(one) for one in got]
        alone = tokens(await ask(daemon, COUNT, body(COUNT, sizes[7])))
        assert (daemon.rows(), daemon.provider.seen) == ([], [])
    assert counts == sorted(counts)
    assert counts[7] == alone
    assert all(0.2 < count / size < 0.4 for count, size in zip(counts, sizes, strict=True))
    assert {one.headers[BY] for one in got} == {"estimate"}


@pytest.mark.parametrize("model", ["claude-opus-5-5", "gpt-6-luna", "deepseek-flash", "coderouter-auto"])
async def test_any_model_is_counted_with_its_own_tokenizer(model: str, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply(), keys=()) as daemon:
        named = tokens(await ask(daemon, COUNT, body(COUNT, model=model)))
        unknown = tokens(await ask(daemon, COUNT, body(COUNT, model="nobody-knows")))
        known = daemon.front.pipeline.around.market.catalog.resolve(model)
    assert named == pytest.approx(unknown * (1.0 if known is None else known.token_factor), abs=1)


async def test_what_the_meter_is_told_is_what_was_counted(daemon_home: Path) -> None:
    """The estimate in `message_start`, while a provider has not said anything, is the same number."""
    late = Reply((Say("Hello."),), usage=False)
    async with daemon_with(daemon_home, late) as daemon:
        direct = {"x-coderouter-lane": "direct"}
        asked = body(MESSAGES) | {"max_tokens": 100, "model": "gpt-6-luna"}
        counted = tokens(await ask(daemon, COUNT, asked))
        got = await ask(daemon, MESSAGES, {**asked, "stream": True}, direct)
    start = next(json.loads(line[6:]) for line in got.body.splitlines() if b'"message_start"' in line[6:])
    assert start["message"]["usage"]["input_tokens"] == counted


async def test_a_vendor_that_is_denied_is_not_asked_to_count(daemon_home: Path) -> None:
    denying = f'deny_providers = ["anthropic"]\n{EXACT}'
    async with daemon_with(daemon_home, Reply(), config=denying) as daemon:
        got = await ask(daemon, COUNT, body(COUNT))
        assert daemon.provider.seen == []
    assert (tokens(got) > 0, got.headers[BY]) == (True, "estimate")


async def test_images_tools_and_documents_count(daemon_home: Path) -> None:
    data = {"type": "base64", "media_type": "image/png", "data": png(1920, 1080)}
    page = base64.b64encode(b"<< /Type /Page >>").decode()
    blocks = [
        {"type": "image", "source": data},
        {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": page}},
    ]
    tools = [{"name": "Read", "description": WORDS, "input_schema": {"type": "object"}}]
    async with daemon_with(daemon_home, Reply()) as daemon:
        plain = tokens(await ask(daemon, COUNT, body(COUNT)))
        armed = tokens(await ask(daemon, COUNT, body(COUNT, tools=tools)))
        shown = body(COUNT, messages=[{"role": "user", "content": [*blocks, {"type": "text", "text": "x"}]}])
        seen = tokens(await ask(daemon, COUNT, shown))
    assert 346 * 1.3 < armed - plain < 500
    assert seen == pytest.approx(2_691 + 3_000 * 1.3, abs=20)


async def test_a_whole_session_of_claude_code_is_counted(daemon_home: Path) -> None:
    whole = request() | {"max_tokens": None, "stream": None}
    async with daemon_with(daemon_home, Reply()) as daemon:
        got = await ask(daemon, COUNT, {name: value for name, value in whole.items() if value is not None})
    assert tokens(got) > 500


async def test_responses_are_counted_for_the_sdk(daemon_home: Path) -> None:
    async with (
        daemon_with(daemon_home, Reply()) as daemon,
        openai.AsyncOpenAI(api_key=daemon.token, base_url=f"{daemon.url}/v1", max_retries=0) as client,
    ):
        counted = await client.responses.input_tokens.count(
            model="gpt-6-luna", instructions=WORDS, input=[{"role": "user", "content": WORDS * 100}]
        )
        nothing = await client.responses.input_tokens.count()
        assert daemon.provider.seen == []
    assert counted.object == "response.input_tokens"
    assert 800 < counted.input_tokens < 1_200
    assert nothing.input_tokens == 0


@pytest.mark.parametrize("client", [COUNT, COUNT_INPUT], ids=["messages", "responses"])
async def test_what_is_no_request_is_told_so(client: Client, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        for wrong in (b"{", b"[]", json.dumps({"model": 3, "messages": 3, "input": 3}).encode()):
            got = await ask(daemon, client, wrong)
            assert got.status == 400
            assert client.error(got.body)


@pytest.mark.parametrize(
    ("client", "provider"), [(COUNT, "anthropic"), (COUNT_INPUT, "openai")], ids=["messages", "responses"]
)
async def test_the_vendor_counts_when_it_is_wished(client: Client, provider: str, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply(), config=EXACT) as daemon:
        got = await ask(daemon, client, body(client))
        (asked,) = daemon.provider.seen
        assert daemon.rows() == []
    assert got.headers[BY] == provider
    assert 1_000 < tokens(got) < 1_050
    assert (asked.provider, asked.key) == (provider, f"dummy-{provider}")
    assert asked.json == body(client)


@pytest.mark.parametrize("name", ["gpt-6-luna", "deepseek-flash", "coderouter-auto"])
async def test_other_models_are_counted_here_all_the_same(name: str, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply(), config=EXACT, keys=("openai", "deepseek")) as daemon:
        got = await ask(daemon, COUNT, body(COUNT, model=name))
        assert daemon.provider.seen == []
    assert got.headers[BY] == "estimate"


async def _refused(_: web.Request) -> web.Response:
    return web.json_response({"type": "error"}, status=429)


async def _noise(_: web.Request) -> web.Response:
    return web.Response(text="<html>")


async def _no_number(_: web.Request) -> web.Response:
    return web.json_response({"input_tokens": "many"})


async def _cut(asked: web.Request) -> web.Response:
    assert asked.transport is not None
    asked.transport.abort()
    return web.Response()


@pytest.mark.parametrize("answer", [_refused, _noise, _no_number, _cut])
async def test_a_vendor_that_does_not_count_is_replaced_by_the_estimate(
    answer: Callable[[web.Request], Awaitable[web.Response]], daemon_home: Path
) -> None:
    app = web.Application()
    app.router.add_post("/v1/messages/count_tokens", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    roots = {"anthropic": f"http://127.0.0.1:{runner.addresses[0][1]}"}
    try:
        async with daemon_with(daemon_home, Reply(), config=EXACT, roots=roots) as daemon:
            got = await ask(daemon, COUNT, body(COUNT))
    finally:
        await runner.cleanup()
    assert got.headers[BY] == "estimate"
    assert tokens(got) > 1_000


async def test_without_a_key_the_estimate_stands_in(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply(), config=EXACT, keys=()) as daemon:
        got = await ask(daemon, COUNT, body(COUNT))
        assert daemon.provider.seen == []
    assert got.headers[BY] == "estimate"


async def test_a_server_without_a_key_may_count_too(daemon_home: Path) -> None:
    async def counted(asked: web.Request) -> web.Response:
        assert not {"authorization", "x-api-key"} & {name.lower() for name in asked.headers}
        return web.json_response({"input_tokens": 7})

    app = web.Application()
    app.router.add_post("/v1/messages/count_tokens", counted)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    own = f"""{EXACT}
[providers.own]
url = "http://127.0.0.1:{runner.addresses[0][1]}"
formats = ["anthropic_messages"]
keyless = true
anthropic_messages = {{ inherit = "anthropic" }}
models = [{{ id = "mine", max_input = 100_000, max_output = 1_000 }}]
"""
    try:
        async with daemon_with(daemon_home, Reply(), config=own, keys=()) as daemon:
            got = await ask(daemon, COUNT, body(COUNT, model="mine"))
    finally:
        await runner.cleanup()
    assert (tokens(got), got.headers[BY]) == (7, "own")


async def test_answers_go_on_while_tokens_are_counted(daemon_home: Path) -> None:
    """Counting happens beside the loop: exchanges between the counts are served like any other."""
    reply = Reply((Say("Done."),), tokens=Tokens(input=5))
    async with daemon_with(daemon_home, reply) as daemon:
        counts = [ask(daemon, COUNT, body(COUNT, 150_000)) for _ in range(10)]
        served = [ask(daemon, client) for client in (MESSAGES, RESPONSES, CHAT)]
        got = await asyncio.gather(*counts, *served)
        assert len(daemon.rows()) == len(served)
    assert {one.status for one in got} == {200}
