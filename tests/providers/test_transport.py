"""The door out, against a real server on loopback."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from coderouter_cli.domain.failure import FailureKind
from coderouter_cli.providers.contract import AttemptFailedError, Call
from coderouter_cli.providers.transport import Timeouts, Transport

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def call(url: str, body: bytes = b"{}") -> Call:
    return Call(url, (("x-api-key", "secret"), ("content-type", "application/json")), body)


async def failure_of(url: str, timeouts: Timeouts | None = None) -> FailureKind:
    async with Transport(timeouts or Timeouts()) as transport:
        with pytest.raises(AttemptFailedError) as caught:
            async with transport.send(call(url)) as response:
                await response.read()
    return caught.value.failure.kind


async def test_what_is_sent_arrives_and_nothing_is_added() -> None:
    seen: list[tuple[dict[str, str], bytes]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(({n.lower(): v for n, v in request.headers.items()}, await request.read()))
        return web.Response(body=b"answer", headers={"x-one": "1"})

    async with (
        serving(handler) as url,
        Transport() as transport,
        transport.send(call(f"{url}/v1/messages?beta=true", b'{"a":1}')) as response,
    ):
        assert (response.status, await response.read()) == (200, b"answer")
        assert ("x-one", "1") in response.headers
    headers, body = seen[0]
    assert body == b'{"a":1}'
    assert set(headers) == {"host", "x-api-key", "content-type", "content-length"}


@pytest.mark.parametrize("size", [1, 1024 * 1024, 1024 * 1024 + 1, 5_000_000])
async def test_a_body_of_any_size_is_sent_whole_with_its_length(size: int) -> None:
    body = bytes(index % 251 for index in range(1_000)) * (size // 1_000 + 1)
    seen: list[tuple[dict[str, str], bytes]] = []

    async def handler(request: web.Request) -> web.Response:
        seen.append(({n.lower(): v for n, v in request.headers.items()}, await request.content.read()))
        return web.Response()

    async with (
        serving(handler) as url,
        Transport() as transport,
        transport.send(call(url, body[:size])) as response,
    ):
        await response.read()
    headers, arrived = seen[0]
    assert arrived == body[:size]
    assert headers["content-length"] == str(size)
    assert set(headers) == {"host", "x-api-key", "content-type", "content-length"}
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_a_failure_and_its_target_is_never_asked(status: int) -> None:
    reached: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        reached.append(request.path)
        return web.Response()

    async with serving(elsewhere) as target:

        async def handler(_: web.Request) -> web.Response:
            return web.Response(status=status, headers={"location": f"{target}/stolen"})

        async with serving(handler) as url:
            assert await failure_of(url) is FailureKind.INTERNAL
    assert reached == []


async def test_nobody_listens(unused_tcp_port: int) -> None:
    assert await failure_of(f"http://127.0.0.1:{unused_tcp_port}/x") is FailureKind.UNREACHABLE


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (b"", FailureKind.TRUNCATED, "the provider closed the connection"),
        (b"HTTP/1.1", FailureKind.TRUNCATED, "the provider closed the connection"),
        (
            b"+OK not HTTP\r\n\r\n",
            FailureKind.UNREACHABLE,
            "127.0.0.1 answered with something that is not HTTP",
        ),
    ],
)
@pytest.mark.parametrize("reset", [True, False])
async def test_a_provider_that_was_reached_is_not_called_unreachable(
    said: bytes, kind: FailureKind, words: str, reset: bool
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()
        if reset:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server, Transport() as transport:
        with pytest.raises(AttemptFailedError) as caught:
            async with transport.send(call(f"http://127.0.0.1:{port}/v1")):
                pytest.fail("there is no answer")
    failure = caught.value.failure
    assert "cannot be reached" not in failure.message
    if not reset:
        assert (failure.kind, words in failure.message) == (kind, True), failure
    else:
        assert failure.kind in {FailureKind.TRUNCATED, kind}


async def test_a_provider_that_never_answers() -> None:
    async def handler(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with serving(handler) as url:
        assert await failure_of(url, Timeouts(first_event_s=0.05)) is FailureKind.TIMEOUT


async def test_an_answer_that_is_not_streamed_may_take_longer_to_begin() -> None:
    slow = asyncio.Event()

    async def handler(_: web.Request) -> web.Response:
        await slow.wait()
        return web.Response(body=b"all of it")

    async def whole(transport: Transport, url: str) -> bytes:
        async with transport.send(call(url), stream=False) as response:
            return await response.read()

    async with serving(handler) as url, Transport(Timeouts(first_event_s=0.05, whole_s=5)) as transport:
        waiting = asyncio.create_task(whole(transport, url))
        with pytest.raises(AttemptFailedError, match=r"0\.05 seconds"):
            async with transport.send(call(url)):
                pass
        slow.set()
        assert await waiting == b"all of it"


async def test_a_whole_answer_is_not_waited_for_for_ever() -> None:
    async def handler(_: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with serving(handler) as url, Transport(Timeouts(whole_s=0.05)) as transport:
        with pytest.raises(AttemptFailedError, match=r"0\.05 seconds"):
            async with transport.send(call(url), stream=False):
                pass


async def test_a_provider_that_falls_silent() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"some")
        await asyncio.Event().wait()
        return response

    async with serving(handler) as url:
        assert await failure_of(url, Timeouts(gap_s=0.05)) is FailureKind.TIMEOUT


async def test_a_connection_that_breaks() -> None:
    async def handler(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"content-length": "100"})
        await response.prepare(request)
        await response.write(b"some")
        assert request.transport is not None
        request.transport.abort()
        return response

    async with serving(handler) as url:
        assert await failure_of(url) is FailureKind.TRUNCATED


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"SSH-2.0-OpenSSH_9.6\r\n", FailureKind.UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\ncontent-length: x\r\n\r\n", FailureKind.UNREACHABLE),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsome", FailureKind.TRUNCATED),
        (b"", FailureKind.TRUNCATED),
    ],
)
async def test_an_answer_that_is_not_framed_as_it_should(answer: bytes, kind: FailureKind) -> None:
    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(peer, "127.0.0.1", 0)
    async with server:
        assert await failure_of(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/") is kind


async def test_a_patience_that_ends_as_the_answer_does_breaks_nothing() -> None:
    """The connection of a body that has arrived whole is given back before the body is read."""

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=b"all of it")

    async with serving(handler) as url, Transport() as transport, transport.send(call(url)) as response:
        await response._response.content.wait_eof()
        assert response._response.connection is None
        assert not response._closed
        assert await response.next_chunk(0) == b"all of it"
        assert await response.next_chunk(0) == b""


async def test_a_body_whose_framing_goes_wrong() -> None:
    begun = asyncio.Event()

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsome\r\n")
        await begun.wait()
        writer.write(b"ZZ\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(peer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, Transport() as transport, transport.send(call(url)) as response:
        assert await response.next_chunk() == b"some"
        begun.set()
        with pytest.raises(AttemptFailedError) as caught:
            await response.next_chunk(0.1)
    assert caught.value.failure.kind is FailureKind.TRUNCATED


async def test_a_port_that_does_not_speak_tls() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response()

    async with serving(handler) as url, Transport() as transport:
        with pytest.raises(AttemptFailedError, match="TLS"):
            async with transport.send(call(url.replace("http:", "https:"))):
                pass


async def test_a_pooled_connection_closed_at_the_moment_of_reuse_is_tried_once_more() -> None:
    requests: list[int] = []

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers the first request of a connection and drops it at the second."""
        for turn in range(2):
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2)
            requests.append(turn)
            if turn == 0:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(peer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, Transport() as transport:
        for _ in range(2):
            async with transport.send(call(url)) as response:
                assert await response.read() == b"ok"
    assert requests == [0, 1, 0]


async def test_leaving_closes_the_connection() -> None:
    gone = asyncio.Event()

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsome\r\n")
        await writer.drain()
        while await reader.read(100):
            pass
        gone.set()
        writer.close()

    server = await asyncio.start_server(peer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    async with server, Transport() as transport:
        async with transport.send(call(url)) as response:
            assert await response.next_chunk() == b"some"
        async with asyncio.timeout(5):
            await gone.wait()


async def test_an_answer_without_end_is_cut_off() -> None:
    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=bytes(2000))

    async with serving(handler) as url, Transport() as transport, transport.send(call(url)) as response:
        with pytest.raises(AttemptFailedError, match="longer"):
            await response.read(limit=1000)


async def test_the_environment_names_no_proxy(monkeypatch: pytest.MonkeyPatch, unused_tcp_port: int) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{unused_tcp_port}")

    async def handler(_: web.Request) -> web.Response:
        return web.Response(body=b"direct")

    async with serving(handler) as url, Transport() as transport, transport.send(call(url)) as response:
        assert await response.read() == b"direct"


async def test_a_proxy_of_the_users_own_is_used() -> None:
    asked: list[str] = []

    async def handler(request: web.Request) -> web.Response:
        asked.append(f"{request.method} {request.raw_path}")
        return web.Response(body=b"by proxy")

    async with (
        serving(handler) as proxy,
        Transport(proxy=proxy) as transport,
        transport.send(call("http://provider.invalid/v1/messages")) as response,
    ):
        assert await response.read() == b"by proxy"
    assert asked == ["POST http://provider.invalid/v1/messages"]


def test_a_call_does_not_show_its_headers() -> None:
    assert "secret" not in repr(call("https://example.test/x"))
