"""What may follow the last event of a relayed answer.

A gateway that asks its own upstream again may splice a second answer in behind the first: clients read on
until the connection ends, and would take both for one.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.wire.read import as_list, as_object, as_str, parse_lenient
from coderouter_cli.wire.sse import SseEvent, SseParser

_EVENT_END = re.compile(rb"(?>\r\n|\n|\r){2}")
_DONE = "[DONE]"
_DONE_LINE = re.compile(rb"^data: ?\[DONE\]", re.MULTILINE)


def event_pieces(chunk: bytes) -> Iterator[bytes]:
    """A chunk in pieces, each of which ends no more than one event."""
    start = 0
    for end in _EVENT_END.finditer(chunk):
        yield chunk[start : end.end()]
        start = end.end()
    if start < len(chunk):
        yield chunk[start:]


class Tail:
    """What came behind the end of one answer: comments, ``[DONE]`` once, Chat's usage, and what nobody knows
    is passed on; nothing of another answer is, and no error, which cannot undo what was complete.

    `own` is given the bytes up to that end.
    """

    def __init__(self, format_name: FormatName) -> None:
        self._is_answer = _IS_ANSWER[format_name]
        self._done = False
        self._another = False

    def own(self, data: bytes) -> None:
        """Take note of the answer's own last bytes, which may have said ``[DONE]`` already."""
        self._done = self._done or _DONE_LINE.search(data) is not None

    def passed(self, data: bytes) -> bytes:
        """Of whole events, those that may be passed on."""
        return b"".join(piece for piece in event_pieces(data) if all(map(self._may_pass, _events(piece))))

    def _may_pass(self, event: SseEvent) -> bool:
        text = event.data.strip()
        if not text.startswith("{"):
            again, self._done = self._done, self._done or text.startswith(_DONE)
            return not (again and text)
        value = parse_lenient(text)
        if value is None or self._is_answer(value, event.event or ""):
            self._another = True
        return not self._another and not self._done


def tells_error(data: bytes) -> bool:
    """Whether an event of a Chat stream is an error."""
    return any(bool((parse_lenient(event.data) or {}).get("error")) for event in _events(data))


def _events(piece: bytes) -> list[SseEvent]:
    parser = SseParser()
    return [*parser.feed(piece), *parser.close()]


def _of_messages(value: JsonObject, name: str) -> bool:
    kind = as_str(value.get("type")) or name
    return kind == "error" or kind.startswith(("message_", "content_block_"))


def _of_responses(value: JsonObject, name: str) -> bool:
    kind = as_str(value.get("type")) or name
    return kind == "error" or kind.startswith("response.")


def _of_chat(value: JsonObject, _: str) -> bool:
    """Another choice of the same answer may go on; only the first one is read."""
    indexes = [as_object(choice).get("index") for choice in as_list(value.get("choices"))]
    return bool(value.get("error")) or any(not index for index in indexes)


_IS_ANSWER: Mapping[FormatName, Callable[[JsonObject, str], bool]] = {
    FormatName.ANTHROPIC_MESSAGES: _of_messages,
    FormatName.OPENAI_RESPONSES: _of_responses,
    FormatName.OPENAI_CHAT: _of_chat,
}
