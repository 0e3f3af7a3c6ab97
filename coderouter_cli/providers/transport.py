"""The only door out: one aiohttp session with the defaults that keep keys and prompts home.

Measured with aiohttp 3.14: a followed redirect drops ``Authorization`` but sends ``x-api-key``, and
on 307 and 308 the whole prompt, to the foreign host. So redirects are never followed: a 3xx is a
failed attempt. No proxy is taken from the environment, nor credentials from ``.netrc``; a proxy is
used when the user's own configuration names one. TLS is always verified; there is no switch.
"""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Self

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.providers.contract import AttemptFailedError, Call

MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""A whole (not streamed) answer larger than this is a broken provider's."""
_CHUNK = 64 * 1024
_MAX_AT_ONCE = 1024 * 1024
"""A request's body up to here is written in one go; aiohttp warns of larger ones."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. A thinking model may be silent for long, so there is no total.

    ``first_event_s`` is from the request to the first event of a stream, ``gap_s`` between two of its
    chunks. ``whole_s`` is from the request to the first byte of an answer that is not streamed: it comes
    when all of it is written. The SDKs wait ten minutes for one (anthropic 2.12, openai 3.54).
    """

    connect_s: float = 5.0
    first_event_s: float = 120.0
    gap_s: float = 120.0
    whole_s: float = 600.0


class Response:
    """An open answer: status, headers (lower-case names) and the body as it arrives.

    ``sent_at`` is when its request was sent, on the event loop's clock.
    """

    def __init__(self, response: aiohttp.ClientResponse, timeouts: Timeouts, sent_at: float) -> None:
        self._response = response
        self.timeouts = timeouts
        self.sent_at = sent_at
        self.status = response.status
        self.headers = tuple((name.lower(), value) for name, value in response.headers.items())

    async def next_chunk(self, patience_s: float | None = None) -> bytes:
        """The next bytes of the body, b"" at its end.

        Raises:
            AttemptFailedError: silence for longer than ``patience_s`` (default: the gap timeout), or a
                connection that broke.
        """
        limit = self.timeouts.gap_s if patience_s is None else patience_s
        try:
            async with asyncio.timeout(limit):
                return await self._response.content.readany()
        except TimeoutError as error:
            raise AttemptFailedError(_broken() if self._closed else silent(limit)) from error
        except (aiohttp.ClientError, HttpProcessingError) as error:
            # The second is a body whose own framing is wrong (a bad chunk).
            raise AttemptFailedError(_broken()) from error

    @property
    def _closed(self) -> bool:
        """A body with broken framing ends the connection, and its reader is not told (aiohttp 3.14.5).

        A body that has arrived whole gives its connection back as well, read or not.
        """
        if self._response.content.is_eof():
            return False
        connection = self._response.connection
        return connection is None or connection.transport is None or connection.transport.is_closing()

    async def read(self, limit: int = MAX_ANSWER_BYTES) -> bytes:
        """The whole body, at most ``limit`` bytes.

        Raises:
            AttemptFailedError: as `next_chunk`, or the body is longer.
        """
        body = bytearray()
        while chunk := await self.next_chunk():
            body += chunk
            if len(body) > limit:
                raise AttemptFailedError(
                    Failure(FailureKind.INTERNAL, f"the answer is longer than {limit} bytes", self.status)
                )
        return bytes(body)


class Transport:
    """Sends calls; to be used as an async context manager by the daemon, once."""

    def __init__(self, timeouts: Timeouts = Timeouts(), proxy: str | None = None) -> None:
        self._timeouts = timeouts
        self._proxy = proxy
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=60, keepalive_timeout=30),
            timeout=aiohttp.ClientTimeout(
                total=None, connect=None, sock_connect=self._timeouts.connect_s, sock_read=None
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding"),
            trace_configs=[_reuse_tracer()],
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    @asynccontextmanager
    async def send(self, call: Call, *, stream: bool = True) -> AsyncIterator[Response]:
        """Send the call; leaving the context closes the connection, which ends the provider's work.

        ``stream`` is whether the answer will be streamed; one that is not may take longer to begin.

        Raises:
            AttemptFailedError: no connection, no answer in time, or a redirect.
        """
        sent_at = asyncio.get_running_loop().time()
        response = await self._post(call, self._timeouts.first_event_s if stream else self._timeouts.whole_s)
        try:
            if 300 <= response.status < 400:
                raise AttemptFailedError(
                    Failure(FailureKind.INTERNAL, "the provider redirected; not followed", response.status)
                )
            yield Response(response, self._timeouts, sent_at)
        finally:
            # Not release(): a body that was not read to its end must not be drained for nobody.
            response.close()

    async def _post(self, call: Call, patience_s: float) -> aiohttp.ClientResponse:
        """A pooled connection that the provider closed at the moment of reuse is tried once more."""
        seen = SimpleNamespace(reused=False)
        try:
            return await self._post_once(call, patience_s, seen)
        except aiohttp.ServerDisconnectedError as error:
            if not seen.reused:
                raise AttemptFailedError(_broken()) from error
        try:
            return await self._post_once(call, patience_s, SimpleNamespace(reused=False))
        except aiohttp.ServerDisconnectedError as error:
            raise AttemptFailedError(_broken()) from error

    async def _post_once(
        self, call: Call, patience_s: float, seen: SimpleNamespace
    ) -> aiohttp.ClientResponse:
        if self._session is None:
            msg = "the transport is not open"
            raise RuntimeError(msg)
        try:
            async with asyncio.timeout(patience_s):
                return await self._session.request(
                    call.method,
                    URL(call.url, encoded=True),
                    data=_payload(call.body),
                    headers=call.headers,
                    allow_redirects=False,
                    proxy=self._proxy,
                    trace_request_ctx=seen,
                )
        except aiohttp.ServerDisconnectedError:
            raise
        except aiohttp.ConnectionTimeoutError as error:
            raise AttemptFailedError(_unreachable(call, "no connection in time")) from error
        except TimeoutError as error:
            raise AttemptFailedError(silent(patience_s)) from error
        except (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.InvalidURL) as error:
            raise AttemptFailedError(_unreachable(call, _plain(error))) from error
        except (aiohttp.ClientResponseError, HttpProcessingError) as error:
            said = f"{_host(call)} answered with something that is not HTTP"
            raise AttemptFailedError(Failure(FailureKind.UNREACHABLE, said)) from error
        except aiohttp.ClientError as error:
            said = f"{_host(call)} broke off the connection before it answered"
            raise AttemptFailedError(Failure(FailureKind.TRUNCATED, said)) from error


def _payload(body: bytes) -> bytes | io.BytesIO | None:
    """The body as aiohttp writes it best: a large one as a file, which goes out in pieces, because megabytes
    at once would hold up every other answer."""
    if not body:
        return None
    return body if len(body) <= _MAX_AT_ONCE else io.BytesIO(body)


def _reuse_tracer() -> aiohttp.TraceConfig:
    async def reused(
        _session: aiohttp.ClientSession,
        context: SimpleNamespace,
        _params: aiohttp.TraceConnectionReuseconnParams,
    ) -> None:
        if context.trace_request_ctx is not None:
            context.trace_request_ctx.reused = True

    tracer = aiohttp.TraceConfig()
    tracer.on_connection_reuseconn.append(reused)
    return tracer


def _plain(error: aiohttp.ClientError) -> str:
    """The reason without the request: aiohttp's own texts may quote URLs and headers."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its TLS certificate is not valid"
    if isinstance(error, aiohttp.ClientSSLError):
        return "it does not speak TLS as it should"
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its name does not resolve"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return "the proxy refused to connect"
    return "connection refused" if isinstance(error, aiohttp.ClientConnectorError) else "no such address"


def _unreachable(call: Call, why: str) -> Failure:
    return Failure(FailureKind.UNREACHABLE, f"{_host(call)} cannot be reached: {why}")


def _host(call: Call) -> str | None:
    return URL(call.url).host


def _broken() -> Failure:
    return Failure(FailureKind.TRUNCATED, "the provider closed the connection before its answer was complete")


def silent(seconds: float) -> Failure:
    """The failure of a provider that said nothing for so long."""
    return Failure(FailureKind.TIMEOUT, f"the provider was silent for {seconds:g} seconds")
