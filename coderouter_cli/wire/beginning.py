"""The beginning of a relayed answer, once.

A gateway that asks its own upstream again before anything was said may begin twice in one stream. Anthropic's
TypeScript SDK throws at a second ``message_start``; `SseDecoder`s take the first for the only one as well.
"""

from collections.abc import Mapping

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.wire.afterend import event_pieces
from coderouter_cli.wire.sse import SseParser
from coderouter_cli.wire.stream import typed

_BEGINS: Mapping[FormatName, str] = {
    FormatName.ANTHROPIC_MESSAGES: "message_start",
    FormatName.OPENAI_RESPONSES: "response.created",
}
"""The event of each format that no stream has twice; Chat has none."""


class Beginning:
    """One stream's: the first passes, a second one does not."""

    def __init__(self, format_name: FormatName) -> None:
        self._kind = _BEGINS.get(format_name, "")
        self._mark = self._kind.encode()
        self._begun = False

    def once(self, events: bytes) -> bytes:
        """Of whole events, those that may be passed on. Bytes that do not name the beginning pass unread."""
        if not self._kind or self._mark not in events:
            return events
        return b"".join(piece for piece in event_pieces(events) if not self._again(piece))

    def _again(self, piece: bytes) -> bool:
        parser = SseParser()
        kinds = [typed(event) for event in (*parser.feed(piece), *parser.close())]
        if not any(kind is not None and kind[0] == self._kind for kind in kinds):
            return False
        again, self._begun = self._begun, True
        return again
