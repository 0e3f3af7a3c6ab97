"""The HTTP surface: one handler, which the guard sends on. No framework routing decides anything."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from aiohttp import web

from coderouter_cli import __version__
from coderouter_cli.daemon.body import read_body
from coderouter_cli.daemon.counting import COUNTED_BY, count, countable
from coderouter_cli.daemon.guard import (
    Door,
    Head,
    Route,
    Service,
    admit,
    format_of_head,
    model_in,
    wants_websocket,
)
from coderouter_cli.daemon.listing import decoded, model_entry, model_list
from coderouter_cli.daemon.pipeline import Pipeline
from coderouter_cli.daemon.plan import Moment
from coderouter_cli.daemon.replies import ErrorResponse, broken_stream, refusal
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.errors import BadRequestError, BusyError, CodeRouterError, NotFoundError
from coderouter_cli.providers.contract import ClientRequest
from coderouter_cli.providers.headers import Headers
from coderouter_cli.wire.read import parse_object
from coderouter_cli.wire.registry import format_of
from coderouter_cli.wire.unread import unread

log = logging.getLogger(__name__)

_KEEPALIVE_S = 75.0
_MAX_HEADER_BYTES = 64 * 1024
"""Codex puts a turn's metadata into a header."""
_SURROGATE = re.compile("[\ud800-\udfff]")
"""What aiohttp makes of header bytes that are not UTF-8; it cannot send them on."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one daemon takes at once; bytes and seconds."""

    max_body: int
    max_exchanges: int
    body_deadline_s: float = 60.0


@dataclass(slots=True)
class Gate:
    """How many exchanges run, and whether new ones are still let in."""

    limit: int
    running: int = 0
    draining: bool = False

    def enter(self) -> None:
        """Count one in.

        Raises:
            BusyError: the daemon is full, or is stopping.
        """
        if self.draining:
            raise BusyError("CodeRouter is stopping.", next_step="Try again in a moment.")
        if self.running >= self.limit:
            raise BusyError(
                f"CodeRouter already serves {self.limit} requests.",
                means="More are let in as soon as one of them ends (`limits.max_exchanges` in config.toml).",
            )
        self.running += 1

    def leave(self) -> None:
        """Count one out."""
        self.running -= 1


class HttpClientEnd:
    """A client's end over aiohttp."""

    def __init__(self, request: web.Request) -> None:
        self._request = request
        self._response: web.StreamResponse | None = None

    @property
    def response(self) -> web.StreamResponse:
        """What the handler must return."""
        return self._response or web.Response(status=500)

    @property
    def streaming(self) -> bool:
        """Whether the client has been sent the beginning of a stream."""
        return self._response is not None and self._response.prepared

    async def start(self, headers: Headers) -> None:
        response = web.StreamResponse(status=200, headers=dict(headers))
        response.content_type = "text/event-stream"
        response.headers["cache-control"] = "no-cache"
        self._response = response
        await response.prepare(self._request)

    async def write(self, data: bytes) -> None:
        if self._response is not None:
            await self._response.write(data)

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        self._response = web.Response(status=status, headers=dict(headers), body=body)


@dataclass(slots=True)
class Front:
    """Serves every request of one daemon. ``instance`` tells one daemon from another."""

    pipeline: Pipeline
    door: Door
    limits: Limits
    instance: str
    moment: Callable[[], Moment]
    status: Callable[[], JsonObject]
    reload: Callable[[], Awaitable[None]]
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        self.gate = Gate(self.limits.max_exchanges)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """The outermost edge: nothing that goes wrong inside leaves as anything but an error reply."""
        moment, client = self.moment(), HttpClientEnd(request)
        head = Head(request.method, request.raw_path, _header_pairs(request))
        try:
            if wants_websocket(head):
                return web.Response(status=426, headers={"upgrade": "websocket"})
            return await self._serve(admit(head, self.door), request, moment, client)
        except CodeRouterError as error:
            log.info("refused id=%s code=%s", moment.id, error.code)
            return await _tell(client, head, error, moment)
        except ConnectionResetError:
            return web.Response(status=499)  # the client has gone: nobody will read this
        except Exception as error:  # noqa: BLE001 - the outermost edge of the daemon
            # The type only: an exception's text may quote what the client sent.
            log.error("failed id=%s error=%s", moment.id, type(error).__name__)  # noqa: TRY400
            broken = CodeRouterError(
                "CodeRouter failed on this request.",
                next_step="Its log says more: `coderouter status` names the file.",
            )
            return await _tell(client, head, broken, moment)

    async def _serve(
        self, route: Route, request: web.Request, moment: Moment, client: HttpClientEnd
    ) -> web.StreamResponse:
        if route.service is Service.EXCHANGE:
            return await self._exchange(route, request, moment, client)
        if route.service is Service.COUNT_TOKENS:
            return await self._count_tokens(route, request)
        if route.service is Service.RELOAD:
            await self.reload()
            return web.json_response({"reloaded": True})
        if route.service is Service.SHUTDOWN:
            self.stopping.set()
            return web.json_response({"stopping": True})
        simple = {
            Service.MODELS: lambda: self._models(request.raw_path),
            Service.MODEL: lambda: self._model(request.raw_path),
            Service.STATUS: self.status,
            Service.HEALTH: self._health,
            Service.HELLO: dict,
        }
        return web.json_response(simple[route.service]())

    async def _exchange(
        self, route: Route, request: web.Request, moment: Moment, client: HttpClientEnd
    ) -> web.StreamResponse:
        self.gate.enter()
        try:
            parsed = await self._read(route, request)
            await self.pipeline.run(parsed, moment, client)
            return client.response
        finally:
            self.gate.leave()

    async def _read(self, route: Route, request: web.Request) -> ClientRequest:
        body = await self._body(request)
        value = parse_object(body)
        return self._understood(route.format, _headers(request), body, value)

    def _understood(
        self, name: FormatName, headers: dict[str, str], body: bytes, value: JsonObject
    ) -> ClientRequest:
        """The request as far as we can read it: what we cannot may still go to its vendor as it came.

        Raises:
            BadRequestError: it cannot be read, and its vendor is out of reach.
        """
        try:
            return ClientRequest(name, headers, body, value, format_of(name).parse(value))
        except BadRequestError as error:
            request = ClientRequest(name, headers, body, value, unread(name, value, error))
            if not self.pipeline.around.market.takes_as_it_is(request):
                raise
            return request

    async def _body(self, request: web.Request) -> bytes:
        encoding = ",".join(request.headers.getall("content-encoding", ()))
        return await read_body(request.content, encoding, self.limits.max_body, self.limits.body_deadline_s)

    async def _count_tokens(self, route: Route, request: web.Request) -> web.StreamResponse:
        body = await self._body(request)
        parsed = await asyncio.to_thread(self._countable, route.format, _headers(request), body)
        counted = await count(parsed, self.pipeline)
        return web.json_response(counted.body, headers={COUNTED_BY: counted.by})

    def _countable(self, name: FormatName, headers: dict[str, str], body: bytes) -> ClientRequest:
        return self._understood(name, headers, body, countable(name, parse_object(body)))

    def _models(self, target: str) -> JsonObject:
        return model_list((model for _, model in self.pipeline.around.market.models()), target)

    def _model(self, target: str) -> JsonObject:
        """One model that a direct-lane client may name, by any of its names."""
        market = self.pipeline.around.market
        model = market.catalog.resolve(decoded(model_in(target)))
        if model is None or model.provider not in market.keyed:
            raise NotFoundError("There is no such model within reach.")
        return model_entry(model)

    def _health(self) -> JsonObject:
        return {"status": "ok", "instance": self.instance, "version": __version__}


async def _without_versions(_request: web.Request, response: web.StreamResponse) -> None:
    """The library would tell its own version and Python's."""
    response.headers["server"] = "coderouter"


def make_app(front: Front) -> web.Application:
    """The aiohttp application; every method and path ends in `Front.handle`."""
    app = web.Application()
    app.on_response_prepare.append(_without_versions)
    app.router.add_route("*", "/{path:.*}", front.handle)
    return app


def make_runner(front: Front, drain_s: float) -> web.AppRunner:
    """What serves the application; when it is cleaned up, running answers may finish for ``drain_s``."""
    return web.AppRunner(
        make_app(front),
        access_log=None,
        # A client that leaves cancels its handler at once: nobody pays for an answer nobody reads.
        handler_cancellation=True,
        auto_decompress=False,
        keepalive_timeout=_KEEPALIVE_S,
        max_field_size=_MAX_HEADER_BYTES,
        shutdown_timeout=drain_s,
    )


def _header_pairs(request: web.Request) -> tuple[tuple[str, str], ...]:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.raw_headers)


def _headers(request: web.Request) -> dict[str, str]:
    """The headers by lower-case name: repeated ones joined (RFC 9110, 5.2); what is no text is left out."""
    found: dict[str, str] = {}
    for name, text in request.headers.items():
        if not _SURROGATE.search(text):
            lower = name.lower()
            found[lower] = f"{found[lower]}, {text}" if lower in found else text
    return found


async def _tell(
    client: HttpClientEnd, head: Head, error: CodeRouterError, moment: Moment
) -> web.StreamResponse:
    """Answer with an error: inside the stream where one has begun."""
    format_name = format_of_head(head)
    if not client.streaming:
        return _response(refusal(format_name, error, moment.id))
    with suppress(ConnectionResetError):
        await client.write(broken_stream(format_name, error, moment.id))
    return client.response


def _response(error: ErrorResponse) -> web.Response:
    return web.Response(status=error.status, headers=dict(error.headers), body=error.body)
