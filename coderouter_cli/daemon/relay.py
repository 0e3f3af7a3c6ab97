"""Carries one answer from a provider to the client.

Until the first meaningful event nothing is sent, so that another model may still answer. From then
on the client belongs to this one: whatever breaks is told in the client's own format, and no second
model's text is ever spliced in.
"""

import json
from collections.abc import Callable
from typing import Protocol

from coderouter_cli.daemon.convert import Converter, Reencoding, Relaying
from coderouter_cli.daemon.meter import Meter
from coderouter_cli.domain.events import Event, Failed, Stopped, is_meaningful
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.errors import BadRequestError
from coderouter_cli.providers.contract import AttemptFailedError, ClientRequest, Prepared
from coderouter_cli.providers.headers import Headers, reply_headers
from coderouter_cli.providers.transport import Response
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.modelname import rewrite_model
from coderouter_cli.wire.read import parse_object
from coderouter_cli.wire.registry import format_of

PING_AFTER_S = 10.0
"""Silence toward the client after which a ping is sent (clients show a banner from 20 s on)."""
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
    """One streamed answer. ``on_commit`` is called once, just before its first bytes are sent."""

    def __init__(
        self,
        request: ClientRequest,
        prepared: Prepared,
        context: ReplyContext,
        meter: Meter,
        on_commit: Callable[[], None],
    ) -> None:
        self._format = format_of(request.format)
        self._decoder = format_of(prepared.format).decoder(request.conversation.tools)
        converter = Reencoding if prepared.reencode else Relaying
        self._converter: Converter = converter(request.format, context)
        self._meter = meter
        self._on_commit = on_commit
        self._held = bytearray()
        self._committed = False
        self._terminal: Stopped | Failed | None = None

    async def run(self, response: Response, client: ClientStream, headers: Headers) -> Failure | None:
        """Relay to the end: None when the answer was complete, else why it broke off.

        Raises:
            AttemptFailedError: it failed before the first meaningful event; nothing was sent.
        """
        headers = (*headers, *reply_headers(response.headers))
        try:
            while chunk := await self._next(response, client):
                events = self._note(self._decoder.feed(chunk))
                await self._forward(self._converter.convert(chunk, events), events, client, headers)
            events = self._note([] if self._terminal else self._decoder.close())
        except AttemptFailedError as error:
            if not self._committed:
                raise
            events = self._note([] if self._terminal else [Failed(error.failure)])
        await self._forward(self._converter.finish(events), events, client, headers)
        return self._terminal.failure if isinstance(self._terminal, Failed) else None

    def _note(self, events: list[Event]) -> list[Event]:
        self._meter.see(events)
        for event in events:
            if isinstance(event, Stopped | Failed):
                self._terminal = event
        return events

    async def _forward(self, out: bytes, events: list[Event], client: ClientStream, headers: Headers) -> None:
        if self._committed:
            if out:
                await client.write(out)
            return
        self._held += out
        if any(is_meaningful(event) for event in events):
            self._committed = True
            self._on_commit()
            await client.start(headers)
            await client.write(bytes(self._held))
            self._held.clear()
        elif isinstance(self._terminal, Failed):
            raise AttemptFailedError(self._terminal.failure)
        elif len(self._held) > MAX_HELD_BYTES:
            raise AttemptFailedError(
                Failure(FailureKind.INTERNAL, "the provider's stream holds no answer", 200)
            )

    async def _next(self, response: Response, client: ClientStream) -> bytes:
        """The next chunk; once content flows, silence toward the client is filled with pings."""
        if not self._committed:
            return await response.next_chunk()
        silent = 0.0
        while True:
            patience = min(PING_AFTER_S, response.gap_s - silent)
            try:
                return await response.next_chunk(patience)
            except AttemptFailedError as error:
                silent += patience
                if error.failure.kind is not FailureKind.TIMEOUT or silent >= response.gap_s:
                    raise
            await client.write(self._format.ping())


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
    return json.dumps(reply, ensure_ascii=False, separators=(",", ":")).encode()
