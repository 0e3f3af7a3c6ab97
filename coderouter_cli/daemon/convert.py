"""A provider's streamed bytes, as the client will see them.

Both converters give whole server-sent events only, so that a ping or an error may follow anything
they have given.
"""

import re
from typing import Protocol

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.events import Event, Failed, Ping, Stopped
from coderouter_cli.wire.afterend import Tail, event_pieces, tells_error
from coderouter_cli.wire.beginning import Beginning
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.modelname import ModelNameRewriter
from coderouter_cli.wire.registry import format_of
from coderouter_cli.wire.sse import format_event
from coderouter_cli.wire.startusage import StartFiller

_ENDINGS = {
    FormatName.ANTHROPIC_MESSAGES: format_event({"type": "message_stop"}, "message_stop"),
    FormatName.OPENAI_RESPONSES: b"",
    FormatName.OPENAI_CHAT: b"data: [DONE]\n\n",
}
_DONE = re.compile(rb"^data: ?\[DONE\]", re.MULTILINE)


class Converter(Protocol):
    """One streamed answer on its way to the client."""

    def convert(self, chunk: bytes, events: list[Event], /) -> bytes:
        """Bytes for the client; ``events`` are what was decoded from ``chunk``."""
        ...

    def finish(self, events: list[Event]) -> bytes:
        """The last bytes; ``events`` are those of the stream's end that no bytes stand for."""
        ...

    def ping(self) -> bytes:
        """Bytes that mean nothing; only for a stream of which the client has seen the beginning."""
        ...


class Relaying:
    """Passes the bytes on; only the model's name is put back to what the client asked for, and a prompt
    that the provider does not count at first is estimated.

    An answer that is complete but for the format's last event gets it: clients take a stream without one
    for broken and send their request again. To know where the answer ends, `convert` must be given no more
    than one event at a time (`event_pieces`).
    """

    def __init__(self, client_format: FormatName, context: ReplyContext) -> None:
        self._format = format_of(client_format)
        self._names = ModelNameRewriter(client_format, context.model)
        messages = client_format is FormatName.ANTHROPIC_MESSAGES
        self._start = StartFiller(context.input_estimate if messages else 0)
        self._errors = self._format.encoder(context)
        self._incomplete = bytearray()
        self._ending = _ENDINGS[client_format]
        self._stopped = False
        self._own = 0
        self._beginning = Beginning(client_format)
        self._tail = Tail(client_format)

    def convert(self, chunk: bytes, events: list[Event], /) -> bytes:
        self._incomplete += self._names.feed(chunk)
        if any(isinstance(event, Stopped) for event in events):
            self._stopped = True
            self._own = len(self._incomplete)
        end = max(_after(self._incomplete, b"\n\n"), _after(self._incomplete, b"\r\n\r\n"))
        whole = self._kept(end)
        if _has_ended(self._format.name, whole, stopped=self._stopped):
            self._ending = b""
        return whole

    def _kept(self, end: int) -> bytes:
        """What is held up to ``end``; behind the answer's last event only what the format allows there."""
        whole = bytes(self._incomplete[:end])
        del self._incomplete[:end]
        if not self._stopped:
            whole = self._beginning.once(whole)
            return self._start.fill(whole)
        own, self._own = min(self._own, end), max(self._own - end, 0)
        if own and whole[own - 1 : own + 1] == b"\r\n":
            own += 1  # its last line end, cut in two
        last = whole[:own]
        if self._format.name is FormatName.OPENAI_CHAT and b'"error"' in last:
            # An error after the answer was complete does not undo it, nor is it the client's.
            last = b"".join(piece for piece in event_pieces(last) if not tells_error(piece))
        self._tail.own(last)
        return self._start.fill(last) + self._tail.passed(whole[own:])

    def finish(self, events: list[Event]) -> bytes:
        """The provider's own error event was relayed; an end without one needs one of ours."""
        failures = [event for event in events if isinstance(event, Failed)]
        if failures:
            return b"".join(self._errors.feed(event) for event in failures)
        self._incomplete += self._names.close()
        rest = self._kept(len(self._incomplete))
        stopped = self._stopped or any(isinstance(event, Stopped) for event in events)
        return rest or (self._ending if stopped else b"")

    def ping(self) -> bytes:
        """The format's own."""
        return self._format.ping()


class Reencoding:
    """Writes the events anew in the client's format."""

    def __init__(self, client_format: FormatName, context: ReplyContext) -> None:
        self._encoder = format_of(client_format).encoder(context)

    def convert(self, _chunk: bytes, events: list[Event], /) -> bytes:
        return self.finish(events)

    def finish(self, events: list[Event]) -> bytes:
        return b"".join(self._encoder.feed(event) for event in events)

    def ping(self) -> bytes:
        """The encoder's, which counts its events."""
        return self._encoder.feed(Ping())


def _has_ended(name: FormatName, passed: bytes, *, stopped: bool) -> bool:
    """Whether the format's last event has passed. Chat's says nothing that an event stands for."""
    return _DONE.search(passed) is not None if name is FormatName.OPENAI_CHAT else stopped


def _after(data: bytearray, separator: bytes) -> int:
    found = data.rfind(separator)
    return 0 if found < 0 else found + len(separator)
