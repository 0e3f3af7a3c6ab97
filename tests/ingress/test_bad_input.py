"""Bytes that are no request, on every endpoint: an answer in the endpoint's format, or a clean close."""

import asyncio
import json
import logging
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.daemon.guard import ROUTES, format_of_head
from coderouter_cli.daemon.guard import Head as GuardHead
from coderouter_cli.demo.script import Reply
from coderouter_cli.domain.conversation import FormatName
from tests.daemon.kit import CHAT, CLIENTS, MESSAGES, RESPONSES, Client, ask, each_client
from tests.harness import Daemon, daemon_with
from tests.ingress.shapes import WRONG, changed, places, shapes

BY_FORMAT = {client.format: client for client in CLIENTS}
DEEP = 100_000
BODIES: dict[str, bytes] = {
    "nothing": b"",
    "a zero byte": b"\x00",
    "noise": bytes(range(256)) * 40,
    "half a character": b'{"model":"m","x":"\xe2\x82"}',
    "UTF-16": '{"model":"m"}'.encode("utf-16"),
    "a byte order mark": b'\xef\xbb\xbf{"model":"m"}',
    "half of a pair, raw": b'{"model":"\xed\xa0\xbd"}',
    "half of a pair, escaped": b'{"model":"\\ud83d"}',
    "deep lists": b'{"model":"m","messages":' + b"[" * DEEP + b"]" * DEEP + b"}",
    "deep objects": b'{"model":"m","input":' + b'{"a":' * DEEP + b"1" + b"}" * DEEP + b"}",
    "deep and open": b'{"a":' * DEEP,
    "infinity": b'{"model":"m","temperature":Infinity}',
    "not a number": b'{"model":"m","temperature":NaN}',
    "a huge exponent": b'{"model":"m","temperature":1e999999}',
    "a huge number": b'{"model":"m","max_tokens":' + b"9" * 5000 + b"}",
    "a huge key": b'{"model":"m","' + b"k" * 1_000_000 + b'":1}',
    "a huge string": b'{"model":"' + b"m" * 1_000_000 + b'"}',
    "two models": b'{"model":"a","model":"b"}',
    "many keys of one name": b'{"model":"m",' + b'"a":1,' * 100_000 + b'"a":1}',
    "another end": b'{"model":"m"}{"model":"m"}',
    "a comment": b'{"model":"m" /* no */}',
}


@pytest.mark.parametrize(
    "path", sorted(path for path, (route, *_) in ROUTES.items() if route.method == "POST")
)
async def test_a_body_that_is_no_request_is_refused_in_the_format_of_its_path(
    path: str, daemon_home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    client = BY_FORMAT[format_of_head(GuardHead("POST", path, ()))]
    at = Client(client.format, path, client.vendor, client.asked)
    quiet = "/_coderouter/" in path
    async with daemon_with(daemon_home, Reply(), keys=("deepseek",)) as daemon:
        for what, body in BODIES.items():
            got = await ask(daemon, at, body)
            assert got.status in ({200} if quiet else {200, 400}), what
            assert got.status == 200 or at.error(got.body), what
        assert daemon.provider.seen == []
        assert daemon.rows() == []
        assert daemon.front.gate.running == 0
    assert "Traceback" not in caplog.text
    assert "failed id=" not in caplog.text


POST = b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\n"
HEADS: dict[str, bytes] = {
    "noise": bytes(range(256)),
    "no line": b"\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(50),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "another version": b"GET / HTTP/9.9\r\nhost: localhost\r\n\r\n",
    "a long target": b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nhost: localhost\r\n\r\n",
    "a long name": b"GET / HTTP/1.1\r\n" + b"a" * 100_000 + b": b\r\n\r\n",
    "many headers": b"GET / HTTP/1.1\r\nhost: localhost\r\n" + b"a: b\r\n" * 50_000 + b"\r\n",
    "a method of its own": b"BREW / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
    "no host": b"GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n",
    "an expectation": POST + b"expect: tea\r\ncontent-length: 2\r\n\r\n{}",
    "a negative length": POST + b"content-length: -1\r\n\r\n",
    "a huge length": POST + b"content-length: " + b"9" * 5000 + b"\r\nconnection: close\r\n\r\n",
    "a bad chunk": POST + b"transfer-encoding: chunked\r\n\r\n-1\r\n",
}


async def told(daemon: Daemon, request: bytes) -> bytes:
    """What comes back until the daemon closes, or after the client has said that there is no more."""
    reader, writer = await asyncio.open_connection("127.0.0.1", daemon.front.door.port)
    try:
        writer.write(request)
        writer.write_eof()
        async with asyncio.timeout(10):
            return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


@pytest.mark.parametrize("what", sorted(HEADS))
async def test_a_head_that_is_no_request_gets_an_error_or_a_close(what: str, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        answer = await told(daemon, HEADS[what])
        assert b"Traceback" not in answer
        assert answer == b"" or answer.split(b" ", 2)[1][:1] == b"4", answer[:200]
        assert daemon.provider.seen == []
        assert MESSAGES.finished((await ask(daemon, MESSAGES)).body)


@each_client
async def test_a_head_cut_anywhere_leaves_nothing_behind(client: Client, daemon_home: Path) -> None:
    body = json.dumps(client.body(stream=False)).encode()
    async with daemon_with(daemon_home, Reply()) as daemon:
        whole = (
            b"POST %s HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
            b"authorization: Bearer %s\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%s"
            % (client.path.encode(), daemon.token.encode(), len(body), body)
        )
        for size in range(0, len(whole), 7):
            assert not (await told(daemon, whole[:size])).startswith(b"HTTP/1.1 2")
        assert daemon.provider.seen == []
        assert daemon.rows() == []
        assert daemon.front.gate.running == 0
        assert (await daemon.raw(whole)).startswith(b"HTTP/1.1 200 ")


SHAPES = {
    FormatName.ANTHROPIC_MESSAGES: MESSAGES,
    FormatName.OPENAI_RESPONSES: RESPONSES,
    FormatName.OPENAI_CHAT: CHAT,
}
EVERY = 5
"""Which of the wrong shapes go through a daemon; all of them are read by `test_shapes`."""


def wrong_bodies(body: dict[str, Any]) -> list[bytes]:
    every = [changed(body, place, wrong) for place in places(body) for wrong in WRONG]
    return [json.dumps(one).encode() for one in every[:: EVERY * len(WRONG) // 3]]


@pytest.mark.parametrize("keys", [("anthropic",), ("openai",), ("deepseek",)], ids="".join)
@pytest.mark.parametrize("name", sorted(shapes()))
async def test_a_wrong_shape_is_answered_in_the_format_of_its_path(
    name: str, keys: tuple[str, ...], daemon_home: Path
) -> None:
    format_name, body = shapes()[name]
    client = SHAPES[format_name]
    async with daemon_with(daemon_home, Reply(), keys=keys) as daemon:
        for wrong in wrong_bodies(body):
            got = await ask(daemon, client, wrong)
            assert got.status in {200, 400, 404}, (wrong, got)
            assert got.status == 200 or client.error(got.body)
        assert daemon.front.gate.running == 0
        assert not any(row.http_status and row.http_status >= 500 for row in daemon.rows())
