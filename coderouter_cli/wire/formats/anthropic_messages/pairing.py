"""Puts tool calls and their results where the Messages format wants them.

Every call of an assistant's turn must be answered at the very beginning of the next user turn, once, and
ids must be unique. Histories of other formats answer calls anywhere, late, twice or not at all. So results
are taken from where they stand and put right behind their calls; a call without one gets one that says
so; a result without a call becomes a user's text. What is in order already comes out as it went in, and
appending to a conversation appends to the outcome, as long as no call is left without a result.
"""

from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, replace

from coderouter_cli.domain.conversation import Message, Part, Reasoning, Text, ToolCall, ToolResult
from coderouter_cli.wire.toolids import minted_id, safe_id

_MISSING = "No result: the call was interrupted."
_ORPHAN = "[Result of a tool call that is not part of this conversation]"

_Place = tuple[int, int]
"""Where a part stands: the index of its message, and its own in it."""


def paired(messages: tuple[Message, ...]) -> list[Message]:
    """The messages with calls and results in order, and ids that are safe and unique."""
    return list(_Pairing(messages).run())


@dataclass(slots=True)
class _Call:
    wire_id: str
    result: ToolResult | None = None


class _Pairing:
    def __init__(self, messages: tuple[Message, ...]) -> None:
        self._messages = messages
        self._calls: dict[_Place, _Call] = {}
        self._claimed: set[_Place] = set()
        self._ids: set[str] = set()
        self._match()

    def _match(self) -> None:
        """Give each call the first result for its id that stands behind it."""
        unanswered: defaultdict[str, deque[_Call]] = defaultdict(deque)
        for at, message in enumerate(self._messages):
            for index, part in enumerate(message.parts):
                if isinstance(part, ToolCall) and message.role == "assistant":
                    call = _Call(self._unique(part.id))
                    self._calls[at, index] = call
                    unanswered[part.id].append(call)
                elif isinstance(part, ToolResult) and unanswered[part.call_id]:
                    unanswered[part.call_id].popleft().result = part
                    self._claimed.add((at, index))

    def _unique(self, raw: str) -> str:
        position = len(self._calls)
        found = safe_id(raw) if raw else minted_id("call", position)
        if found in self._ids:
            found = minted_id(raw, position)
        self._ids.add(found)
        return found

    def run(self) -> Iterator[Message]:
        for at, message in enumerate(self._messages):
            if message.role != "assistant":
                yield replace(message, parts=tuple(self._others(at, message)))
                continue
            parts = list(self._said(at, message))
            if not _thinks_after_calling(parts):
                parts.sort(key=_is_call)
            yield replace(message, parts=tuple(parts))
            yield Message("user", tuple(self._results(at, message)))

    def _said(self, at: int, message: Message) -> Iterator[Part]:
        """The parts of an assistant's turn in their order, calls with the ids they get."""
        for index, part in enumerate(message.parts):
            if isinstance(part, ToolCall):
                yield replace(part, id=self._calls[at, index].wire_id)
            else:
                yield from self._other(at, index, part)

    def _results(self, at: int, message: Message) -> Iterator[ToolResult]:
        for index, part in enumerate(message.parts):
            if isinstance(part, ToolCall):
                yield _result(part, self._calls[at, index])

    def _others(self, at: int, message: Message) -> Iterator[Part]:
        """The parts that stay where they are; a call is the assistant's or nobody's."""
        for index, part in enumerate(message.parts):
            yield from self._other(at, index, part)

    def _other(self, at: int, index: int, part: Part) -> Iterator[Part]:
        if isinstance(part, ToolResult):
            yield from () if (at, index) in self._claimed else (Text(_ORPHAN), *part.parts)
        elif not isinstance(part, ToolCall):
            yield part


def _is_call(part: Part) -> bool:
    return isinstance(part, ToolCall)


def _thinks_after_calling(parts: list[Part]) -> bool:
    """Whether the calls must keep their places: thinking is bound to all that stands before it."""
    first_call = next((index for index, part in enumerate(parts) if _is_call(part)), len(parts))
    return any(isinstance(part, Reasoning) for part in parts[first_call:])


def _result(part: ToolCall, call: _Call) -> ToolResult:
    if call.result is None:
        return ToolResult(call.wire_id, (Text(_MISSING),), is_error=True, kind=part.kind)
    return replace(call.result, call_id=call.wire_id)
