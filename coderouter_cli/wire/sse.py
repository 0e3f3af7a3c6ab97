"""Server-sent events, both ways.

The reader follows the living standard (https://html.spec.whatwg.org/multipage/server-sent-events.html)
with one liberty: an event that the end of the stream leaves without its blank line is given all the
same, because several providers end with ``data: [DONE]`` and nothing after it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from coderouter_cli.domain.conversation import JsonObject

MAX_EVENT_BYTES = 8 * 1024 * 1024
"""Cap of one line, and of the data of one event. The largest events known are whole images in base64
and `response.completed`, which repeats the whole answer: both stay under 4 MiB."""

_LINE_END = re.compile(rb"\r\n?|\n")
_BOM = b"\xef\xbb\xbf"


class SseLimitError(ValueError):
    """A line or an event is longer than `MAX_EVENT_BYTES`: not an event stream we can read."""


@dataclass(frozen=True, slots=True)
class SseEvent:
    """One event. ``event`` is None when the stream did not name it; ``data`` has its lines joined."""

    event: str | None
    data: str


class SseParser:
    """Bytes at any split to events. Comments, ``id`` and ``retry`` give nothing."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._searched = 0
        self._first = True
        self._skip_lf = False
        self._event: str | None = None
        self._data: list[str] = []
        self._size = 0

    def feed(self, data: bytes) -> list[SseEvent]:
        """Events that are complete with these bytes.

        Raises:
            SseLimitError: a line or an event is too long; the parser is of no use any more.
        """
        events = [found for line in self._lines(data) if (found := self._take(line)) is not None]
        if len(self._line) > MAX_EVENT_BYTES:
            raise SseLimitError(f"a line of more than {MAX_EVENT_BYTES} bytes")
        return events

    def close(self) -> list[SseEvent]:
        """The event that the end of the stream completes, if any."""
        line, self._line, self._searched = bytes(self._line), bytearray(), 0
        if line:
            self._take(self._without_bom(line))
        last = self._take(b"")
        return [] if last is None else [last]

    def _lines(self, data: bytes) -> Iterator[bytes]:
        """Whole lines without their ends; a CR ends its line at once, an LF after it is skipped."""
        if self._skip_lf and data:
            self._skip_lf = False
            data = data.removeprefix(b"\n")
        self._line += data
        start = 0
        for end in _LINE_END.finditer(self._line, self._searched):
            yield self._without_bom(bytes(self._line[start : end.start()]))
            start = end.end()
            self._skip_lf = end.group() == b"\r" and start == len(self._line)
        del self._line[:start]
        self._searched = len(self._line)

    def _without_bom(self, line: bytes) -> bytes:
        first, self._first = self._first, False
        return line.removeprefix(_BOM) if first else line

    def _take(self, line: bytes) -> SseEvent | None:
        """Note one line; the event that a blank one ends."""
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        if name == b"data":
            self._size += len(value) + 1
            if self._size > MAX_EVENT_BYTES:
                raise SseLimitError(f"an event of more than {MAX_EVENT_BYTES} bytes")
            self._data.append(_text(value))
        elif name == b"event":
            self._event = _text(value)
        return None

    def _dispatch(self) -> SseEvent | None:
        event, data = self._event, self._data
        self._event, self._data, self._size = None, [], 0
        return SseEvent(event or None, "\n".join(data)) if data else None


def _text(value: bytes) -> str:
    return value.removeprefix(b" ").decode("utf-8", "replace")


def compact_json(value: object) -> bytes:
    """JSON without spaces as UTF-8; text stays as it is.

    Half of a surrogate pair (``"\\ud83d"`` is valid JSON, but no UTF-8) makes the whole text ASCII.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


def format_event(data: JsonObject, event: str | None) -> bytes:
    """One event as bytes, blank line included."""
    head = b"" if event is None else f"event: {event}\n".encode()
    return b"%sdata: %s\n\n" % (head, compact_json(data))
