"""A provider's streamed answer as canonical events."""

from collections.abc import Callable
from typing import ClassVar

from coderouter_cli.domain.conversation import JsonObject, Tool
from coderouter_cli.domain.events import Event, Failed, Ping, Started, Stopped, UsageSeen
from coderouter_cli.wire.formats.anthropic_messages.answer import call_of, stop_of
from coderouter_cli.wire.formats.anthropic_messages.building import (
    Growing,
    GrowingCall,
    GrowingText,
    GrowingThinking,
    GrowingUnknown,
)
from coderouter_cli.wire.formats.anthropic_messages.errors import stream_failure
from coderouter_cli.wire.formats.anthropic_messages.usage import merged_usage, read_usage
from coderouter_cli.wire.read import as_object, as_str
from coderouter_cli.wire.sse import SseEvent
from coderouter_cli.wire.stream import SseDecoder, lost_in, typed
from coderouter_cli.wire.toolnames import ToolNames

_IMPLIED = {"text_delta": {"type": "text"}, "thinking_delta": {"type": "thinking"}}
"""The block a delta without one belongs to."""
_TELLING = frozenset({"content_block_start", "content_block_delta", "message_delta", "error"})
"""Events without whose data an answer is not whole."""


class MessagesDecoder(SseDecoder):
    """One streamed answer. A block is what stands between its start and its stop; an index that is
    missing means the block that was begun last."""

    def __init__(self, tools: tuple[Tool, ...] = ()) -> None:
        super().__init__()
        self._names = ToolNames(tools)
        self._open: dict[int, Growing] = {}
        self._last_index = -1
        self._keys = 0
        self._started = False
        self._called = False
        self._response_id = ""
        self._usage: JsonObject = {}
        self._ending: JsonObject = {}

    def _cut(self) -> list[Event]:
        """An answer that has told why it stopped is complete."""
        return self._message_stop({}) if self._ending.get("stop_reason") else super()._cut()

    def _received(self, one: SseEvent) -> list[Event]:
        event = typed(one)
        if event is None:
            return lost_in(one, _TELLING)
        kind, data = event
        handler = self._HANDLERS.get(kind)
        if handler is not None:
            return handler(self, data)
        return self._error(data) if data.get("error") else []

    # The message

    def _message_start(self, data: JsonObject) -> list[Event]:
        """The first counts; a second one is another answer spliced in by somebody's retry."""
        if self._started:
            return []
        self._started = True
        message = as_object(data.get("message"))
        self._response_id = as_str(message.get("id"))
        started = Started(self._response_id or None, as_str(message.get("model")) or None)
        return [started, *self._seen(as_object(message.get("usage")), final=False)]

    def _message_delta(self, data: JsonObject) -> list[Event]:
        delta, usage = as_object(data.get("delta")), as_object(data.get("usage"))
        self._ending |= {key: value for key, value in delta.items() if value is not None}
        return self._seen(usage, final=bool(delta.get("stop_reason")) and "output_tokens" in usage)

    def _seen(self, usage: JsonObject, *, final: bool) -> list[Event]:
        if not usage:
            return []
        self._usage = merged_usage(self._usage, usage)
        return [UsageSeen(read_usage(self._usage), self._usage, final=final)]

    def _message_stop(self, _: JsonObject) -> list[Event]:
        ended = [event for index in list(self._open) for event in self._end(index)]
        stop, detail = stop_of(self._ending, called=self._called)
        return [*ended, *self._finish(Stopped(stop, detail))]

    def _error(self, data: JsonObject) -> list[Event]:
        return self._finish(Failed(stream_failure(data)))

    def _ping(self, _: JsonObject) -> list[Event]:
        return [Ping()]

    # Its blocks

    def _block_start(self, data: JsonObject) -> list[Event]:
        given = data.get("index")
        index = given if isinstance(given, int) else self._last_index + 1
        return [*self._end(index), *self._begin(index, as_object(data.get("content_block")))]

    def _block_delta(self, data: JsonObject) -> list[Event]:
        index, delta = self._index(data), as_object(data.get("delta"))
        implied = _IMPLIED.get(as_str(delta.get("type")))
        begun = self._begin(index, implied) if index not in self._open and implied is not None else []
        return [*begun, *self._open[index].add(delta)] if index in self._open else []

    def _block_stop(self, data: JsonObject) -> list[Event]:
        return self._end(self._index(data))

    def _index(self, data: JsonObject) -> int:
        given = data.get("index")
        return given if isinstance(given, int) else max(self._last_index, 0)

    def _begin(self, index: int, block: JsonObject) -> list[Event]:
        key, self._keys, self._last_index = self._keys, self._keys + 1, index
        growing = self._growing(key, block)
        self._open[index] = growing
        return growing.start()

    def _growing(self, key: int, block: JsonObject) -> Growing:
        kind = as_str(block.get("type"))
        if kind == "text":
            return GrowingText(key, block)
        if kind in {"thinking", "redacted_thinking"}:
            return GrowingThinking(key, block)
        if kind == "tool_use":
            self._called = True
            return GrowingCall(key, call_of(block, self._names, self._response_id, key), block)
        return GrowingUnknown(key, block)

    def _end(self, index: int) -> list[Event]:
        growing = self._open.pop(index, None)
        return [] if growing is None else growing.end()

    _HANDLERS: ClassVar[dict[str, Callable[["MessagesDecoder", JsonObject], list[Event]]]] = {
        "message_start": _message_start,
        "content_block_start": _block_start,
        "content_block_delta": _block_delta,
        "content_block_stop": _block_stop,
        "message_delta": _message_delta,
        "message_stop": _message_stop,
        "error": _error,
        "ping": _ping,
    }
