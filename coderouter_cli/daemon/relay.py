"""Carries one answer from a provider to the client.

Until the first meaningful event nothing is sent, so that another model may still answer. From then
on the client belongs to this one: whatever breaks is told in the client's own format, and no second
model's text is ever spliced in.

Silence has two sides. A provider is given up when it has not begun to answer by its first-event limit,
or pauses for longer than its gap limit. A client is never left without a byte for long: a ping goes out
whatever the provider does. An answer that has begun but thinks for that long before its first content
is therefore committed to, because its pings need a stream to stand in.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

from coderouter_cli.daemon.convert import Converter, Reencoding, Relaying
from coderouter_cli.daemon.meter import Meter
from coderouter_cli.domain.events import Event, Failed, PartStarted, Started, Stopped, is_meaningful
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.errors import BadRequestError
from coderouter_cli.providers.contract import AttemptFailedError, ClientRequest, Prepared
from coderouter_cli.providers.headers import Headers, reply_headers
from coderouter_cli.providers.transport import Response, silent
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.modelname import rewrite_model
from coderouter_cli.wire.read import parse_object
from coderouter_cli.wire.registry import format_of
from coderouter_cli.wire.sse import compact_json

PING_AFTER_S = 10.0
"""Silence toward the client after which a ping is sent (clients show a banner from 20 s on)."""
_REST_S = 1.0
MAX_HELD_BYTES = 8 * 1024 * 1024
"""More than this before any content is not an answer."""


class ClientStream(Protocol):
    """The client's end of a streamed answer."""

    async def start(self, headers: Headers) -> None:
        """Send status 200 and the headers."""
        ...

    async def write(self, data: bytes) -> None:
        """Send bytes; waits while the client is slow."""
        ...


class StreamRelay:
    """One streamed answer. ``on_commit`` is awaited once, just before its first bytes are sent."""

    def __init__(
        self,
        request: ClientRequest,
        prepared: Prepared,
        context: ReplyContext,
        meter: Meter,
        on_commit: Callable[[], Awaitable[None]],
    ) -> None:
        self._decoder = format_of(prepared.format).decoder(request.conversation.tools)
        converter = Reencoding if prepared.reencode else Relaying
        self._converter: Converter = converter(request.format, context)
        self._meter = meter
        self._on_commit = on_commit
        self._held = bytearray()
        self._begun = False
        self._committed = False
        self._terminal: Stopped | Failed | None = None

    async def run(self, response: Response, client: ClientStream, headers: Headers) -> Failure | None:
        """Relay to the end: None when the answer was complete, else why it broke off.

        Raises:
            AttemptFailedError: it failed before the client was sent anything.
        """
        out = _Outlet(client, (*headers, *reply_headers(response.headers)))
        try:
            while chunk := await self._next(response, out):
                events = self._note(self._decoder.feed(chunk))
                await self._forward(self._converter.convert(chunk, events), events, out)
            events = self._note([] if self._terminal else self._decoder.close())
        except AttemptFailedError as error:
            if not self._committed:
                raise
            events = self._note([Failed(error.failure)])
        await self._forward(self._converter.finish(events), events, out)
        return self._terminal.failure if isinstance(self._terminal, Failed) else None

    def _note(self, events: list[Event]) -> list[Event]:
        self._meter.see(events)
        for event in events:
            self._begun = self._begun or isinstance(event, Started | PartStarted)
            if isinstance(event, Stopped | Failed):
                self._terminal = event
        return events

    async def _forward(self, data: bytes, events: list[Event], out: "_Outlet") -> None:
        self._held += data
        if self._committed or any(is_meaningful(event) for event in events):
            await self._send(out)
        elif isinstance(self._terminal, Failed):
            raise AttemptFailedError(self._terminal.failure)
        elif len(self._held) > MAX_HELD_BYTES:
            raise AttemptFailedError(
                Failure(FailureKind.INTERNAL, "the provider's stream holds no answer", 200)
            )

    async def _send(self, out: "_Outlet") -> None:
        """Send what is held; from the first time on there is no way back."""
        if not self._committed:
            self._committed = True
            await self._on_commit()
        data = bytes(self._held)
        self._held.clear()
        await out.send(data)

    async def _next(self, response: Response, out: "_Outlet") -> bytes:
        """The next chunk; while it does not come, the client is sent pings.

        Raises:
            AttemptFailedError: it does not come in time, or the connection broke.
        """
        if self._terminal:
            return await _rest(response)
        clock = asyncio.get_running_loop().time
        limit = response.timeouts.gap_s if self._begun else response.timeouts.first_event_s
        deadline = limit + (clock() if self._begun else response.sent_at)
        while (now := clock()) < deadline:
            try:
                return await response.next_chunk(max(min(deadline, out.ping_at) - now, 0.0))
            except AttemptFailedError as error:
                if error.failure.kind is not FailureKind.TIMEOUT:
                    raise
            if clock() >= out.ping_at:
                await self._keep_alive(out)
        raise AttemptFailedError(silent(limit))

    async def _keep_alive(self, out: "_Outlet") -> None:
        """The client has heard nothing for too long."""
        if self._committed:
            self._held += self._converter.ping()
        if self._committed or (self._begun and self._held):
            await self._send(out)
        else:
            out.wait_on()


async def _rest(response: Response) -> bytes:
    """What follows the last event; a provider that leaves the connection open does not hold up the client."""
    try:
        return await response.next_chunk(_REST_S)
    except AttemptFailedError:
        return b""


class _Outlet:
    """Where bytes go to the client, and when it is due for the next ones."""

    def __init__(self, client: ClientStream, headers: Headers) -> None:
        self._client = client
        self._headers: Headers | None = headers
        self.ping_at = 0.0
        self.wait_on()

    def wait_on(self) -> None:
        """The client's patience begins anew."""
        self.ping_at = asyncio.get_running_loop().time() + PING_AFTER_S

    async def send(self, data: bytes) -> None:
        """Send bytes; the headers go before the first ones."""
        if self._headers is not None:
            headers, self._headers = self._headers, None
            await self._client.start(headers)
        if data:
            await self._client.write(data)
            self.wait_on()


async def read_answer(
    request: ClientRequest, prepared: Prepared, response: Response, context: ReplyContext, meter: Meter
) -> bytes:
    """A whole (not streamed) answer, as the client will see it.

    Raises:
        AttemptFailedError: it is no answer.
    """
    body = await response.read()
    try:
        value = parse_object(body)
    except BadRequestError as error:
        raise AttemptFailedError(
            Failure(FailureKind.INTERNAL, "the provider's answer is not JSON", response.status)
        ) from error
    answer = format_of(prepared.format).decode_answer(value, request.conversation.tools)
    if isinstance(answer, Failure):
        raise AttemptFailedError(answer)
    meter.see_answer(answer)
    if not prepared.reencode:
        return rewrite_model(body, context.model)
    reply = format_of(request.format).encode_answer(answer, context)
    return compact_json(reply)
