"""Carries one answer from a provider to the client.

Until the first meaningful event nothing is sent, so that another model may still answer. From then
on the client belongs to this one: whatever breaks is told in the client's own format, and no second
model's text is ever spliced in.

Silence has two sides. A provider is given up when it has not begun to answer by its first-event limit,
or pauses for longer than its gap limit. A client is never left without a byte for long: before any
provider has begun it hears what means nothing (`daemon.outlet`), after that the answer's own pings. An
answer that has begun but thinks for that long before its first content is therefore committed to, because
its pings need a stream to stand in.

A refusal without a word of content is no answer yet where another model may be asked (``may_escalate``).
"""

import asyncio
from dataclasses import dataclass

from coderouter_cli.daemon.convert import Converter, Reencoding, Relaying
from coderouter_cli.daemon.outlet import Outlet
from coderouter_cli.daemon.whole import (
    Terms,
    coding_of,
    declined,
    decoded,
    is_streamed,
    own_words,
    says_nothing,
    whole_body,
)
from coderouter_cli.domain.conversation import Refusal
from coderouter_cli.domain.events import (
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Started,
    Stopped,
    StopReason,
    Unreadable,
    is_meaningful,
)
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.providers.contract import AttemptFailedError, ClientRequest, Prepared
from coderouter_cli.providers.headers import Headers, reply_headers
from coderouter_cli.providers.scrub import Scrub
from coderouter_cli.providers.transport import Response, silent
from coderouter_cli.wire.afterend import event_pieces
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.registry import format_of
from coderouter_cli.wire.whole import UNREADABLE, events_of

PING_AFTER_S = 10.0
"""Silence toward the client after which a ping is sent (clients show a banner from 20 s on)."""
_REST_S = 1.0
MAX_HELD_BYTES = 8 * 1024 * 1024
"""More than this before any content is not an answer."""
_NO_ANSWER = Failure(FailureKind.INTERNAL, "the provider's stream holds no answer", 200)


class StreamRelay:
    """One streamed answer."""

    def __init__(
        self, request: ClientRequest, prepared: Prepared, context: ReplyContext, terms: Terms
    ) -> None:
        self._request = request
        self._prepared = prepared
        self._context = context
        self._decoder = format_of(prepared.format).decoder(request.conversation.tools)
        converter = Reencoding if prepared.reencode else Relaying
        self._converter: Converter = converter(request.format, context)
        self._scrub = Scrub(prepared.call)
        self._terms = terms
        self._declining: set[int] = set()
        self._held = bytearray()
        self._begun = False
        self._committed = False
        self._terminal: Stopped | Failed | None = None

    async def run(self, response: Response, outlet: Outlet, headers: Headers) -> Failure | None:
        """Relay to the end: None when the answer was complete, else why it broke off.

        Raises:
            AttemptFailedError: it failed before the client was sent anything of it.
        """
        told = reply_headers(response.headers, codex=self._prepared.codex)
        out = _Addressed(outlet, (*headers, *told))
        try:
            with self._terms.drain.told():
                events = await self._carry(response, out)
        except AttemptFailedError as error:
            if not self._committed:
                raise
            events = self._note([Failed(error.failure)])
        await self._forward(self._converter.finish(events), events, out)
        return self._terminal.failure if isinstance(self._terminal, Failed) else None

    async def _carry(self, response: Response, out: "_Addressed") -> list[Event]:
        """Pass on what comes; the events at the end for which no bytes came."""
        chunk = await self._opening(response, out)
        if not is_streamed(response, chunk, asked=True):
            context = self._context if self._prepared.reencode else own_words(self._context)
            self._converter = Reencoding(self._request.format, context)
            body = await whole_body(response, chunk)
            return self._note(events_of(decoded(body, self._request, self._prepared)))
        if coding_of(response):
            said = "the provider compressed its stream, which it was asked not to do"
            raise AttemptFailedError(Failure(FailureKind.INTERNAL, said, response.status))
        while chunk:
            data, events = self._pass(chunk)
            await self._forward(data, events, out)
            chunk = await self._next(response, out)
        return self._note([] if self._terminal else self._decoder.close())

    async def _opening(self, response: Response, out: "_Addressed") -> bytes:
        """The first bytes that say something."""
        opening = b""
        while says_nothing(opening) and (chunk := await self._next(response, out)):
            opening += chunk
            if len(opening) > MAX_HELD_BYTES:
                raise AttemptFailedError(_NO_ANSWER)
        return opening

    def _pass(self, chunk: bytes) -> tuple[bytes, list[Event]]:
        """The client's bytes for a chunk, and its events. One event after the other, so that what follows
        the last is known; an error is told without our key."""
        data, events = bytearray(), []
        for piece in event_pieces(chunk):
            seen = self._note(self._decoder.feed(piece))
            passed = self._converter.convert(piece, seen)
            trouble = isinstance(self._terminal, Failed) or any(isinstance(one, Unreadable) for one in seen)
            data += self._scrub.clean(passed) if trouble else passed
            events += seen
        return bytes(data), events

    def _note(self, events: list[Event]) -> list[Event]:
        """Take note of events. Those that follow the end, and in a stream that we write anew those that
        follow a piece which is lost, are none."""
        if self._terminal:
            return []
        events = list(map(self._fit, events))
        ends = (at for at, event in enumerate(events) if isinstance(event, Stopped | Failed))
        events = events[: next(ends, len(events)) + 1]
        self._terms.meter.see(events)
        for event in events:
            self._begun = self._begun or isinstance(event, Started | PartStarted)
            if isinstance(event, PartStarted) and isinstance(event.part, Refusal):
                self._declining.add(event.key)
            if isinstance(event, Stopped | Failed):
                self._terminal = event
        return events

    def _fit(self, event: Event) -> Event:
        """The event as it may be told."""
        if isinstance(event, Failed):
            return Failed(self._scrub.failure(event.failure))
        lost = isinstance(event, Unreadable) and self._prepared.reencode
        return Failed(UNREADABLE) if lost else event

    async def _forward(self, data: bytes, events: list[Event], out: "_Addressed") -> None:
        self._held += data
        if self._committed or any(map(self._commits, events)):
            await self._send(out)
        elif isinstance(self._terminal, Failed):
            raise AttemptFailedError(self._terminal.failure)
        elif isinstance(self._terminal, Stopped):
            raise AttemptFailedError(declined(self._terminal.detail))
        elif len(self._held) > MAX_HELD_BYTES:
            raise AttemptFailedError(_NO_ANSWER)

    def _commits(self, event: Event) -> bool:
        """Whether the client must see this event; a refusal only where nobody else may be asked."""
        if not is_meaningful(event) or not self._terms.may_escalate:
            return is_meaningful(event)
        if isinstance(event, Stopped):
            return event.reason is not StopReason.REFUSAL
        return not isinstance(event, PartDelta | PartEnded) or event.key not in self._declining

    async def _send(self, out: "_Addressed") -> None:
        """Send what is held; from the first time on there is no way back."""
        if not self._committed:
            self._committed = True
            await self._terms.on_commit()
        data = bytes(self._held)
        self._held.clear()
        await out.send(data)

    async def _next(self, response: Response, out: "_Addressed") -> bytes:
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
            wake = min(deadline, out.ping_at) if self._pings(out) else deadline
            try:
                return await response.next_chunk(max(wake - now, 0.0))
            except AttemptFailedError as error:
                if error.failure.kind is not FailureKind.TIMEOUT:
                    raise
            if clock() >= out.ping_at and self._pings(out):
                self._held += self._converter.ping() if self._committed else b""
                await self._send(out)
        raise AttemptFailedError(silent(limit))

    def _pings(self, out: "_Addressed") -> bool:
        """Whether there is a stream for pings to stand in; until then the outlet speaks."""
        ready = self._committed or (self._begun and bool(self._held))
        if ready:
            out.take()
        return ready


@dataclass(frozen=True, slots=True)
class _Addressed:
    """The outlet, with the headers of this answer."""

    outlet: Outlet
    headers: Headers

    @property
    def ping_at(self) -> float:
        return self.outlet.ping_at

    def take(self) -> None:
        self.outlet.take()

    async def send(self, data: bytes) -> None:
        await self.outlet.send(data, self.headers)


async def _rest(response: Response) -> bytes:
    """What follows the last event; a provider that leaves the connection open does not hold up the client."""
    try:
        return await response.next_chunk(_REST_S)
    except AttemptFailedError:
        return b""
