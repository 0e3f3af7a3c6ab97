"""The command line's questions to a daemon, and to whatever else listens on its port."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from coderouter_cli import __version__
from coderouter_cli.daemon import control
from coderouter_cli.daemon.control import Health
from coderouter_cli.demo.script import Reply
from tests.harness import daemon_with


@asynccontextmanager
async def listening(answer: bytes) -> AsyncIterator[tuple[int, list[bytes]]]:
    """A program that gives every connection the same answer: its port, and what it was sent."""
    heard: list[bytes] = []

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(await reader.read(65_536))
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(peer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], heard


def reply(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%s" % (status, len(body), body)


async def test_a_daemon_says_who_it_is_and_obeys_its_token(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        port = daemon.front.door.port
        assert await asyncio.to_thread(control.health, port) == Health("test", __version__)
        assert await asyncio.to_thread(control.status, port, daemon.token) == {}
        assert await asyncio.to_thread(control.request_reload, port, daemon.token)
        assert await asyncio.to_thread(control.request_shutdown, port, daemon.token)
        for asking in (control.status, control.request_reload, control.request_shutdown):
            assert not await asyncio.to_thread(asking, port, "crt_wrong")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        reply(b"<html>hello</html>"),
        reply(b"[]"),
        reply(b'{"status": "ok"}'),
        reply(b'{"instance": 7, "version": 1}'),
        reply(b'{"instance": "i", "version": "v"}', b"500 Internal Server Error"),
        reply(b'{"instance": "i", "version": "' + b"v" * 100_000 + b'"}'),
        b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{",
    ],
)
async def test_anything_else_is_no_daemon_and_learns_nothing(answer: bytes) -> None:
    async with listening(answer) as (port, heard):
        assert await asyncio.to_thread(control.health, port) is None
    assert len(heard) == 1
    assert b"authorization" not in heard[0].lower()


async def test_nobody_listens(unused_tcp_port: int) -> None:
    assert await asyncio.to_thread(control.health, unused_tcp_port) is None
    assert not await asyncio.to_thread(control.request_shutdown, unused_tcp_port, "crt_x")


async def test_questions_that_need_the_token_carry_it_and_nothing_else() -> None:
    async with listening(reply(json.dumps({"stopping": True}).encode())) as (port, heard):
        assert await asyncio.to_thread(control.request_shutdown, port, "crt_mine")
    head, _, body = heard[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /_coderouter/shutdown HTTP/1.1\r\n")
    assert b"authorization: Bearer crt_mine" in head
    assert b"content-type: application/json" in head
    assert body in {b"", b"{}"}
