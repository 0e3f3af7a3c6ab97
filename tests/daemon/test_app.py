"""The HTTP surface: what is refused and how, what is answered here, how many come in at once."""

import asyncio
import gzip
import io
import json
import sys
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest

from coderouter_cli import __version__
from coderouter_cli.daemon.app import Gate
from coderouter_cli.daemon.pipeline import ClientEnd, Pipeline
from coderouter_cli.daemon.plan import Moment
from coderouter_cli.demo.script import Hang, Reply, ReplyQueue, Say
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.exchange import Status
from coderouter_cli.errors import BusyError
from coderouter_cli.providers.contract import ClientRequest
from tests.daemon.kit import CLIENTS, MESSAGES, Client, Visitor, ask, each_client, until
from tests.harness import Daemon, daemon_with

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "deflate": zlib.compress,
    "zstd": zstd.compress,
    "identity": bytes,
}
SMALL = "[limits]\nmax_body_mib = 1"


def nothing_happened(daemon: Daemon) -> bool:
    return daemon.provider.seen == [] and daemon.rows() == []


NOT_A_REQUEST: dict[str, Callable[[Client], bytes]] = {
    "empty": lambda _: b"",
    "half": lambda client: json.dumps(client.body()).encode()[:-1],
    "a list": lambda _: b"[]",
    "a word": lambda _: b'"hello"',
    "not UTF-8": lambda client: json.dumps(client.body()).encode()[:-1] + b',"x":"\xff"}',
    "too deep": lambda _: b'{"model":"m","messages":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a number nobody can hold": lambda client: json.dumps(client.body()).encode()[:-1] + b',"n":1e999}',
    "NaN": lambda client: json.dumps(client.body()).encode()[:-1] + b',"n":NaN}',
    "two models": lambda client: json.dumps(client.body()).encode()[:-1] + b',"model":"other"}',
    "no model": lambda client: json.dumps(client.body(model=None)).encode(),
    "model is a number": lambda client: json.dumps(client.body(model=7)).encode(),
    "stream is a word": lambda client: json.dumps(client.body() | {"stream": "yes"}).encode(),
    "no prompt": lambda client: json.dumps(client.body(messages=None, input=None)).encode(),
    "a prompt of numbers": lambda client: json.dumps(client.body(messages=[1], input=[1])).encode(),
}


@each_client
@pytest.mark.parametrize("what", sorted(NOT_A_REQUEST))
async def test_what_is_no_request_is_told_so_in_its_format(
    client: Client, what: str, daemon_home: Path
) -> None:
    # Without a key for the format's vendor, who might know better what is in it.
    async with daemon_with(daemon_home, Reply(), keys=("deepseek",)) as daemon:
        got = await ask(daemon, client, NOT_A_REQUEST[what](client))
        assert nothing_happened(daemon)
    assert got.status == 400
    assert client.error(got.body)
    assert got.headers["x-should-retry"] == "false"


@dataclass(frozen=True)
class Refusal:
    """A request that goes wrong before its body counts, and the status it is answered with."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b"{}"
    method: str = "POST"
    token: bool = True


REFUSALS = {
    "no token": Refusal(401, token=False),
    "a wrong token": Refusal(401, (("authorization", "Bearer crt_wrong"),), token=False),
    "a web page": Refusal(403, (("origin", "https://evil.example"),)),
    "a form": Refusal(415, (("content-type", "application/x-www-form-urlencoded"),)),
    "an unknown encoding": Refusal(415, (("content-encoding", "compress"),)),
    "damaged gzip": Refusal(400, (("content-encoding", "gzip"),), b"not gzip"),
    "damaged zstd": Refusal(400, (("content-encoding", "zstd"),), b"not zstd"),
    "a bomb": Refusal(413, (("content-encoding", "gzip"),), gzip.compress(bytes(5_000_000))),
    "too large": Refusal(413, body=bytes(2_000_000)),
    "another method": Refusal(405, method="GET"),
    "a preflight": Refusal(405, (("access-control-request-method", "POST"),), method="OPTIONS"),
    "another host": Refusal(421, (("host", "evil.example"),)),
    "an unknown lane": Refusal(400, (("x-coderouter-lane", "fast"),)),
}


@each_client
@pytest.mark.parametrize("what", sorted(REFUSALS))
async def test_what_is_refused_is_told_why_in_its_format(
    client: Client, what: str, daemon_home: Path
) -> None:
    refusal = REFUSALS[what]
    async with daemon_with(daemon_home, Reply(), config=SMALL) as daemon, aiohttp.ClientSession() as http:
        body = io.BytesIO(json.dumps(client.body()).encode() if what == "an unknown lane" else refusal.body)
        headers = {"content-type": "application/json", **(daemon.auth if refusal.token else {})}
        headers |= dict(refusal.headers)
        async with http.request(
            refusal.method, daemon.url + client.path, headers=headers, data=body
        ) as response:
            told = await response.read()
        assert nothing_happened(daemon)
    assert response.status == refusal.status
    assert client.error(told)
    assert response.headers["x-should-retry"] == "false"
    assert not any(name.lower().startswith("access-control") for name in response.headers)


async def test_a_body_in_pieces_may_not_be_larger_either(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply(), config=SMALL) as daemon:
        head = (
            b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            b"authorization: Bearer %s\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
            % daemon.token.encode()
        )
        piece = b"100000\r\n" + bytes(0x100000) + b"\r\n"
        answer = await daemon.raw(head + piece * 2 + b"0\r\n\r\n")
        assert nothing_happened(daemon)
    assert answer.startswith(b"HTTP/1.1 413 ")


async def test_a_body_that_is_not_framed_as_it_should(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        head = (
            b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            b"authorization: Bearer %s\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n"
            % daemon.token.encode()
        )
        answer = await daemon.raw(head + b"2\r\n{}\r\nZZ\r\n")
        assert nothing_happened(daemon)
    assert answer.split(b" ", 2)[1] == b"400"


@each_client
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "identity"])
async def test_a_compressed_body_is_read_and_leaves_as_it_is_meant(
    client: Client, encoding: str, daemon_home: Path
) -> None:
    plain = json.dumps(client.body(model="claude-opus-5-5" if client is MESSAGES else "gpt-6.1-sol")).encode()
    headers = {"content-encoding": encoding, "x-coderouter-lane": "direct"}
    async with daemon_with(daemon_home, Reply()) as daemon:
        got = await ask(daemon, client, COMPRESS[encoding](plain), headers)
        (seen,) = daemon.provider.seen
    assert client.finished(got.body)
    assert seen.body == plain
    assert "content-encoding" not in seen.headers


@pytest.mark.parametrize(
    "path", ["/", "/v1/embeddings", "/v1/responses/resp_1", "/_coderouter", "/v1/messages/batches"]
)
async def test_a_path_we_do_not_serve(path: str, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon, aiohttp.ClientSession() as http:
        for method in ("GET", "POST", "DELETE"):
            async with http.request(method, daemon.url + path, headers=daemon.auth) as response:
                assert response.status == 404
                assert "error" in await response.json()
        assert nothing_happened(daemon)


async def test_codex_is_told_at_once_to_do_without_a_websocket(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon, aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await http.ws_connect(f"{daemon.url}/v1/responses", headers=daemon.auth)
        assert nothing_happened(daemon)
    assert caught.value.status == 426


async def get(daemon: Daemon, path: str, *, token: bool = True) -> tuple[int, JsonObject]:
    async with (
        aiohttp.ClientSession() as http,
        http.get(daemon.url + path, headers=daemon.auth if token else {}) as response,
    ):
        return response.status, await response.json()


async def test_what_is_answered_here(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply(), keys=("openai",)) as daemon:
        assert await get(daemon, "/healthz", token=False) == (
            200,
            {"status": "ok", "instance": "test", "version": __version__},
        )
        assert await get(daemon, "/api/hello", token=False) == (200, {})
        _, models = await get(daemon, "/v1/models")
        names = [model["id"] for model in models["data"]]
        assert names
        assert {model["owned_by"] for model in models["data"]} == {"openai"}
        assert (models["first_id"], models["last_id"]) == (names[0], names[-1])
        assert (await get(daemon, "/v1/models", token=False))[0] == 401
        assert nothing_happened(daemon)


async def test_a_models_list_without_keys_is_empty(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply(), keys=()) as daemon:
        assert await get(daemon, "/v1/models") == (200, {"object": "list", "data": [], "has_more": False})


async def test_tokens_are_counted_here(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        counts = []
        for words in (10, 1_000):
            counting = replace(MESSAGES, path="/v1/messages/count_tokens?beta=true")
            got = await ask(daemon, counting, counting.body("word " * words, max_tokens=None))
            counts.append(json.loads(got.body)["input_tokens"])
        assert nothing_happened(daemon)
    assert 5 < counts[0] < counts[1] < 3_000


@each_client
async def test_a_full_house_says_when_to_come_again(client: Client, daemon_home: Path) -> None:
    release = asyncio.Event()
    waiting = Reply((Say("At last."),), fault=Hang(release, events=None))
    script = ReplyQueue(waiting, waiting, default=Reply())
    async with daemon_with(daemon_home, script, config="[limits]\nmax_exchanges = 2") as daemon:
        inside = [asyncio.create_task(ask(daemon, client)) for _ in range(2)]
        await daemon.provider.wait_for(2)
        got = await ask(daemon, client)
        assert (got.status, got.headers["x-should-retry"], got.headers["retry-after"]) == (503, "true", "1")
        assert client.error(got.body)
        release.set()
        assert all(client.finished(answer.body) for answer in await asyncio.gather(*inside))
        assert client.finished((await ask(daemon, client)).body)
        assert [row.status for row in daemon.rows()] == [Status.DONE] * 3


@each_client
async def test_a_daemon_that_stops_lets_nobody_in(client: Client, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        daemon.front.gate.draining = True
        got = await ask(daemon, client)
        assert nothing_happened(daemon)
    assert (got.status, got.headers["retry-after"]) == (503, "1")
    assert client.error(got.body)


async def test_many_clients_that_come_and_go_leave_the_gate_as_it_was(daemon_home: Path) -> None:
    waiting = Reply(fault=Hang(asyncio.Event(), events=3))
    async with daemon_with(daemon_home, waiting) as daemon:
        visitors = [Visitor(daemon, client, client.body()) for client in CLIENTS for _ in range(10)]
        await until(lambda: daemon.front.gate.running == 30)
        for visitor in visitors:
            await visitor.leave()
        await until(lambda: daemon.front.gate.running == 0)
        assert {row.status for row in daemon.rows()} == {Status.CUT}


def test_the_gate() -> None:
    gate = Gate(1)
    gate.enter()
    with pytest.raises(BusyError, match="already serves 1"):
        gate.enter()
    gate.leave()
    gate.enter()


class Broken(Pipeline):
    """A pipeline with a bug: it fails before the answer, or in the middle of it."""

    begins = False

    async def run(self, request: ClientRequest, moment: Moment, client: ClientEnd) -> None:
        if self.begins:
            await client.start(())
            await client.write(b": the beginning\n\n")
        raise KeyError(request.conversation.model)


class BrokenLater(Broken):
    """See `Broken`."""

    begins = True


@each_client
async def test_a_bug_of_ours_is_one_error_of_the_format(client: Client, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        whole = daemon.front.pipeline
        daemon.front.pipeline = Broken(whole.around, whole.books, whole.transport, whole.keys)
        got = await ask(daemon, client)
        assert got.status == 500
        assert "`coderouter status`" in client.error(got.body)
        daemon.front.pipeline = BrokenLater(whole.around, whole.books, whole.transport, whole.keys)
        got = await ask(daemon, client)
        assert (got.status, got.broken) == (200, False)
        assert got.body.startswith(b": the beginning\n\n")
        assert len(client.errors(got.body)) == 1
        assert b"HTTP/1.1" not in got.body


async def test_a_header_as_large_as_codex_may_send(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon, aiohttp.ClientSession() as http:
        for size, status in ((60_000, 200), (70_000, 400)):
            headers = {**daemon.auth, "x-codex-turn-metadata": "m" * size}
            async with http.get(f"{daemon.url}/v1/models", headers=headers) as response:
                assert response.status == status


BODY = json.dumps(MESSAGES.body()).encode()
LENGTH = b"content-length: %d\r\n" % len(BODY)
SMUGGLED = {
    "two lengths": LENGTH + b"content-length: 3\r\n",
    "a length and chunks": LENGTH + b"transfer-encoding: chunked\r\n",
    "a signed length": b"content-length: +%d\r\n" % len(BODY),
    "chunks by another name": b"transfer-encoding: xchunked\r\n",
    "a space before the colon": LENGTH + b"x-a : b\r\n",
    "a folded line": LENGTH + b"x-a: b\r\n c\r\n",
    "two hosts": LENGTH + b"host: localhost\r\n",
    "another host": LENGTH + b"host: evil.example\r\n",
    "a zero byte": LENGTH + b"x-a: \x00\r\n",
    "an upgrade to anything": LENGTH + b"connection: upgrade\r\nupgrade: tls/1.3\r\n",
}


@pytest.mark.parametrize("what", sorted(SMUGGLED))
async def test_what_two_readers_might_read_differently_goes_nowhere(what: str, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        head = (
            b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            b"authorization: Bearer %s\r\nconnection: close\r\n" % daemon.token.encode()
        )
        answer = await daemon.raw(head + SMUGGLED[what] + b"\r\n" + BODY)
        assert nothing_happened(daemon)
    assert answer.split(b" ", 2)[1] in {b"400", b"403", b"421"}


@pytest.mark.parametrize(
    "target",
    [
        b"http://localhost/v1/messages",
        b"http://evil.example/v1/messages",
        b"//healthz",
        b"/v1/../v1/messages",
        b"/v1/%6dessages",
        b"/v1/messages;x",
        b"/_coderouter//shutdown",
        b"*",
    ],
)
async def test_no_other_way_to_write_a_path_comes_in(target: bytes, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        head = (
            b"POST %s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            b"authorization: Bearer %s\r\nconnection: close\r\n" % (target, daemon.token.encode())
        )
        answer = await daemon.raw(head + LENGTH + b"\r\n" + BODY)
        assert nothing_happened(daemon)
    assert answer.split(b" ", 2)[1] in {b"400", b"404"}
