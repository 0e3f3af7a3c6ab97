"""The frame of every format's stream decoder: bytes to server-sent events, and one end."""

from abc import ABC, abstractmethod
from collections.abc import Container

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.events import Event, Failed, Stopped, Unreadable
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.read import as_str, parse_lenient
from coderouter_cli.wire.sse import SseEvent, SseLimitError, SseParser

_CUT = Failure(FailureKind.TRUNCATED, "the provider's stream ended before the answer was complete")
_NO_STREAM = Failure(FailureKind.INTERNAL, "the provider's stream holds an event that is too long")


class SseDecoder(ABC):
    """Keeps what `StreamDecoder` promises: whole events at any split, and one terminal event, the last.

    A format's decoder reads one event at a time, and says with `_finish` when the answer is over.
    """

    def __init__(self) -> None:
        self._parser = SseParser()
        self._done = False

    def feed(self, data: bytes) -> list[Event]:
        """Events that are complete with these bytes. After the terminal event: always empty."""
        if self._done:
            return []
        try:
            return self._read(self._parser.feed(data))
        except SseLimitError:
            return self._finish(Failed(_NO_STREAM))

    def close(self) -> list[Event]:
        """The provider closed the stream: what was held back, or a failure if the answer is not whole.

        Half an event at the end is no riddle: the stream broke off.
        """
        if self._done:
            return []
        try:
            events = self._read(self._parser.close())
        except SseLimitError:
            return self._finish(Failed(_NO_STREAM))
        read = [event for event in events if not isinstance(event, Unreadable)]
        return read if self._done else [*read, *self._cut()]

    def _read(self, received: list[SseEvent]) -> list[Event]:
        events: list[Event] = []
        for one in received:
            if not self._done:
                events += self._received(one)
        return events

    @abstractmethod
    def _received(self, one: SseEvent) -> list[Event]:
        """What one event of the provider means."""

    def _cut(self) -> list[Event]:
        """The stream ended without a word."""
        return self._finish(Failed(_CUT))

    def _finish(self, terminal: Stopped | Failed) -> list[Event]:
        self._done = True
        return [terminal]


def typed(one: SseEvent) -> tuple[str, JsonObject] | None:
    """An event's type and data; the data's own ``type`` counts more than the event's name.

    None when the data is no JSON object.
    """
    data = parse_lenient(one.data)
    return None if data is None else (as_str(data.get("type")) or one.event or "", data)


def lost_in(one: SseEvent, names: Container[str]) -> list[Event]:
    """What an event without a JSON object means: something is lost where there was to be one.

    ``names`` are the names of events that say something. Anything else (``[DONE]``, ``null``, a word that
    keeps the connection alive) says nothing.
    """
    return [Unreadable()] if one.data.lstrip().startswith("{") or one.event in names else []
