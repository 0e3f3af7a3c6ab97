"""What clients get wrong about an address, a credential or a protocol, and get an answer all the same."""

import asyncio
import gzip
import itertools
import json
from collections.abc import Callable
from pathlib import Path

import aiohttp
import anthropic
import brotli  # type: ignore[import-untyped]  # the library ships no type hints
import openai
import pytest

from coderouter_cli.demo.script import Call, Reply, Say
from coderouter_cli.domain.conversation import JsonObject
from tests.daemon.kit import CHAT, CLIENTS, MESSAGES, Client, ask, each_client
from tests.daemon.test_body import COMPRESS, raw_deflate
from tests.harness import Daemon, daemon_with

BASES = {
    MESSAGES: ["", "/", "/v1", "/v1/", "/anthropic", "/anthropic/", "/anthropic/v1"],
    CHAT: ["/v1", "/v1/", "//v1", "/openai/v1", ""],
}


async def connected(daemon: Daemon) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection("127.0.0.1", daemon.front.door.port)


async def answer_of(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    """Head and body of one answer with a length."""
    async with asyncio.timeout(10):
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        return head, await reader.readexactly(length)


@pytest.mark.parametrize("base", BASES[MESSAGES])
async def test_anthropics_sdk_finds_us_below_any_base_url(base: str, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply((Say("Here."),)), keys=("anthropic",)) as daemon:
        sdk = anthropic.AsyncAnthropic(base_url=daemon.url + base, api_key=daemon.token, max_retries=0)
        async with sdk:
            said = await sdk.messages.create(
                model="claude-opus-5-5", max_tokens=9, messages=[{"role": "user", "content": "Hi"}]
            )
            names = [model.id async for model in sdk.models.list(limit=2)]
            one = await sdk.models.retrieve(names[0])
            with pytest.raises(anthropic.NotFoundError, match="no such model"):
                await sdk.models.retrieve("gpt-5.5")
    assert said.content[0].type == "text"
    assert len(names) > 2
    assert all("claude" in name for name in names)
    assert (one.id, one.lifecycle) == (names[0], "active")


@pytest.mark.parametrize("base", BASES[CHAT])
async def test_openais_sdk_finds_us_below_any_base_url(base: str, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply((Say("Here."),)), keys=("openai",)) as daemon:
        sdk = openai.AsyncOpenAI(base_url=daemon.url + base, api_key=daemon.token, max_retries=0)
        async with sdk:
            chat = await sdk.chat.completions.create(
                model="gpt-6.1-sol", messages=[{"role": "user", "content": "Hi"}]
            )
            response = await sdk.responses.create(model="gpt-6.1-sol", input="Hi")
            names = [model.id async for model in sdk.models.list()]
            one = await sdk.models.retrieve(names[0])
            with pytest.raises(openai.NotFoundError, match="no such model"):
                await sdk.models.retrieve("claude-opus-5-5")
    assert (chat.choices[0].message.content, response.output_text) == ("Here.", "Here.")
    assert (one.id, one.owned_by) == (names[0], "openai")


async def test_codex_asks_for_its_catalogue(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon, aiohttp.ClientSession() as http:
        url = f"{daemon.url}/v1/models?client_version=0.169.0"
        async with http.get(url, headers=daemon.auth) as response:
            assert (response.status, await response.json()) == (200, {"models": []})


@pytest.mark.parametrize("base", ["", "/anthropic", "/v1"])
async def test_claude_code_looks_whether_we_are_there(base: str, daemon_home: Path) -> None:
    async with (
        daemon_with(daemon_home, Reply()) as daemon,
        aiohttp.ClientSession() as http,
        http.head(f"{daemon.url}{base}/api/hello") as response,
    ):
        assert response.status == 200


CREDENTIALS: dict[str, Callable[[str], dict[str, str]]] = {
    "bearer": lambda token: {"authorization": f"Bearer {token}"},
    "lower-case bearer": lambda token: {"authorization": f"bearer {token}"},
    "api key": lambda token: {"x-api-key": token},
    "both": lambda token: {"authorization": f"Bearer {token}", "x-api-key": token},
    "a key of its own beside it": lambda token: {"authorization": f"Bearer {token}", "x-api-key": "sk-own"},
    "a login of its own beside it": lambda token: {"authorization": "Bearer sk-oat", "x-api-key": token},
}


@each_client
@pytest.mark.parametrize("how", sorted(CREDENTIALS))
async def test_the_local_token_opens_the_door_however_it_comes(
    client: Client, how: str, daemon_home: Path
) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon, aiohttp.ClientSession() as http:
        headers = {"content-type": "application/json", **CREDENTIALS[how](daemon.token)}
        data = json.dumps(client.body()).encode()
        async with http.post(daemon.url + client.path, data=data, headers=headers) as response:
            assert client.finished(await response.read())
        (seen,) = daemon.provider.seen
    sent = str(dict(seen.headers))
    assert "sk-o" not in sent
    assert daemon.token not in sent


@pytest.mark.parametrize("version", [None, "2023-06-01", "2026-10-21", "2031-01-01-preview"])
async def test_a_version_of_the_protocol_is_passed_on_or_filled_in(
    version: str | None, daemon_home: Path
) -> None:
    headers = {} if version is None else {"anthropic-version": version}
    async with daemon_with(daemon_home, Reply(), keys=("anthropic",)) as daemon:
        got = await ask(daemon, MESSAGES, headers=headers)
        (seen,) = daemon.provider.seen
    assert MESSAGES.finished(got.body)
    assert seen.headers["anthropic-version"] == (version or "2023-06-01")


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("target", ["/v1/responses", "/v1/messages", "/v1/realtime", "/", "/api/hello"])
async def test_a_websocket_is_refused_at_once_and_the_connection_lives_on(
    method: str, target: str, daemon_home: Path
) -> None:
    asking = (
        f"{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
        "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-websocket-version: 13\r\n"
        "content-length: 0\r\n\r\n"
    )
    async with daemon_with(daemon_home, Reply()) as daemon:
        reader, writer = await connected(daemon)
        for _ in range(2):
            writer.write(asking.encode())
            head, _ = await answer_of(reader)
            assert head.startswith(b"HTTP/1.1 426 ")
            assert b"\r\nupgrade: websocket\r\n" in head.lower()
        writer.write(b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n")
        head, body = await answer_of(reader)
        writer.close()
        assert daemon.provider.seen == []
    assert head.startswith(b"HTTP/1.1 200 ")
    assert json.loads(body)["status"] == "ok"


async def test_javas_offer_of_http2_is_not_taken(daemon_home: Path) -> None:
    body = json.dumps(CHAT.body(stream=False)).encode()
    async with daemon_with(daemon_home, Reply()) as daemon:
        reader, writer = await connected(daemon)
        writer.write(
            b"POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\n"
            b"connection: Upgrade, HTTP2-Settings\r\n"
            b"upgrade: h2c\r\nhttp2-settings: AAEAAEAAAAIAAAAA\r\ncontent-type: application/json\r\n"
            b"authorization: Bearer %s\r\ncontent-length: %d\r\n\r\n%s"
            % (daemon.token.encode(), len(body), body)
        )
        head, said = await answer_of(reader)
        writer.close()
        (seen,) = daemon.provider.seen
    assert head.startswith(b"HTTP/1.1 200 ")
    assert CHAT.whole_text(said) == "Done."
    assert not {"upgrade", "http2-settings", "connection"} & {*seen.headers}


async def test_a_preflight_of_a_web_page_gets_nothing_it_could_use(daemon_home: Path) -> None:
    headers = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    async with daemon_with(daemon_home, Reply()) as daemon, aiohttp.ClientSession() as http:
        for client, origin in itertools.product(CLIENTS, [{}, {"origin": "https://evil.example"}]):
            async with http.options(daemon.url + client.path, headers={**headers, **origin}) as response:
                assert response.status == (403 if origin else 405)
                assert not any(name.lower().startswith("access-control") for name in response.headers)


ENCODINGS: dict[str, Callable[[bytes], bytes]] = {
    **COMPRESS,
    "x-gzip": gzip.compress,
    "GZIP": gzip.compress,
    "gzip, zstd": lambda data: COMPRESS["zstd"](gzip.compress(data)),
    "identity, br": lambda data: bytes(brotli.compress(data)),
    "Deflate": raw_deflate,
}


@each_client
@pytest.mark.parametrize("encoding", sorted(ENCODINGS))
async def test_every_coding_is_taken_off_before_the_body_travels_on(
    client: Client, encoding: str, daemon_home: Path
) -> None:
    plain = json.dumps(client.body(), indent=1).encode()
    headers = {"content-encoding": encoding, "x-coderouter-lane": "direct"}
    async with daemon_with(daemon_home, Reply(), keys=(client.vendor,)) as daemon:
        got = await ask(daemon, client, ENCODINGS[encoding](plain), headers)
        (seen,) = daemon.provider.seen
    assert client.finished(got.body)
    assert seen.body == plain
    assert "content-encoding" not in seen.headers
    assert seen.headers["content-length"] == str(len(plain))


async def test_two_headers_of_codings_are_one_list(daemon_home: Path) -> None:
    plain = json.dumps(MESSAGES.body(stream=False)).encode()
    packed = COMPRESS["zstd"](gzip.compress(plain))
    async with daemon_with(daemon_home, Reply()) as daemon:
        answer = await daemon.raw(
            b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            b"authorization: Bearer %s\r\ncontent-encoding: gzip\r\ncontent-encoding: zstd\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%s"
            % (daemon.token.encode(), len(packed), packed)
        )
    assert answer.startswith(b"HTTP/1.1 200 ")


@each_client
@pytest.mark.parametrize("encoding", sorted(COMPRESS))
async def test_a_bomb_is_refused_while_others_are_served(
    client: Client, encoding: str, daemon_home: Path
) -> None:
    bomb = COMPRESS[encoding](bytes(200 * 1024 * 1024))
    assert len(bomb) < 1024 * 1024
    async with daemon_with(daemon_home, Reply(), config="[limits]\nmax_body_mib = 8") as daemon:
        refused = asyncio.create_task(ask(daemon, client, bomb, {"content-encoding": encoding}))
        served = await ask(daemon, client)
        assert client.finished(served.body)
        got = await refused
        assert len(daemon.rows()) == 1
    assert got.status == 413
    assert "8 MiB" in client.error(got.body)


TOOL: JsonObject = {"type": "object", "properties": {"path": {"type": "string"}}}
CURSOR: JsonObject = {
    "model": "gpt-6.1-sol",
    "stream": True,
    "input": [
        {"role": "system", "content": "You edit code."},
        {"role": "user", "content": [{"type": "input_text", "text": "Read a.py"}]},
        {"type": "function_call", "call_id": "call_1", "name": "read_file", "arguments": '{"path":"a.py"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "print(1)"},
        {"role": "user", "content": "And b.py"},
    ],
    "tools": [
        {"type": "function", "name": "read_file", "parameters": TOOL},
        {"type": "function", "function": {"name": "write_file", "parameters": TOOL}},
        {"type": "custom", "name": "apply_patch", "description": "Patches."},
    ],
    "tool_choice": {"type": "function", "name": "read_file"},
    "reasoning": {"effort": "low", "summary": "auto"},
    "include": ["reasoning.encrypted_content"],
    "store": False,
}
"""What Cursor's agent posts to Chat's path: a Responses body, with tools of both shapes."""


@pytest.mark.parametrize("provider", ["openai", "anthropic", "deepseek"])
async def test_a_body_of_responses_on_chats_path_is_answered_as_chat(
    provider: str, daemon_home: Path
) -> None:
    reply = Reply((Call("read_file", {"path": "b.py"}),))
    async with daemon_with(daemon_home, reply, keys=(provider,)) as daemon:
        got = await ask(daemon, CHAT, CURSOR)
        (seen,) = daemon.provider.seen
        whole = await ask(daemon, CHAT, {**CURSOR, "stream": False})
    assert seen.rejected is None
    assert CHAT.finished(got.body)
    assert b'"tool_calls"' in got.body
    call = json.loads(whole.body)["choices"][0]["message"]["tool_calls"][0]["function"]
    assert (call["name"], json.loads(call["arguments"])) == ("read_file", {"path": "b.py"})
