"""A provider's streamed answer as canonical events."""

import itertools
from collections.abc import Callable
from typing import ClassVar

from coderouter_cli.domain.conversation import JsonObject, Part, Tool
from coderouter_cli.domain.events import Event, Failed, Ping, Started, Stopped, UsageSeen
from coderouter_cli.wire.formats.openai_responses.answer import stop_of
from coderouter_cli.wire.formats.openai_responses.building import (
    CallBuilder,
    ItemBuilder,
    MessageBuilder,
    OpaqueBuilder,
    ReasoningBuilder,
)
from coderouter_cli.wire.formats.openai_responses.calls import CALL_TYPES
from coderouter_cli.wire.formats.openai_responses.errors import stream_failure
from coderouter_cli.wire.formats.openai_responses.usage import usage_in
from coderouter_cli.wire.read import as_int, as_list, as_object, as_str
from coderouter_cli.wire.sse import SseEvent
from coderouter_cli.wire.stream import SseDecoder, lost_in, typed
from coderouter_cli.wire.toolids import minted_id
from coderouter_cli.wire.toolnames import ToolNames

# What a text event is about: the item's type and family, what the text is, and the keys of its index and
# of the whole text.
_TEXTS = {
    "response.output_text": ("message", "message", "text", "content_index", "text"),
    "response.refusal": ("message", "message", "refusal", "content_index", "refusal"),
    "response.reasoning_summary_text": ("reasoning", "reasoning", "summary", "summary_index", "text"),
    "response.reasoning_text": ("reasoning", "reasoning", "content", "content_index", "text"),
    "response.function_call_arguments": ("function_call", "call", "", "", "arguments"),
    "response.custom_tool_call_input": ("custom_tool_call", "call", "", "", "input"),
}
_TELLING = frozenset(
    {
        *(f"{family}.{step}" for family in _TEXTS for step in ("delta", "done")),
        "response.output_item.added",
        "response.output_item.done",
        "response.completed",
        "response.incomplete",
        "response.failed",
        "error",
    }
)
"""Events without whose data an answer is not whole."""


class ResponsesDecoder(SseDecoder):
    """One streamed answer. Items are told apart by ``output_index``: some providers change the ids
    between events (https://github.com/openai/codex/issues/7517)."""

    def __init__(self, tools: tuple[Tool, ...] = ()) -> None:
        super().__init__()
        self._names = ToolNames(tools)
        self._keys = itertools.count()
        self._items: dict[int, ItemBuilder] = {}
        self._closed: list[ItemBuilder] = []
        self._last_index = -1
        self._response_id = ""
        self._started = False

    def _received(self, one: SseEvent) -> list[Event]:
        event = typed(one)
        if event is None:
            return lost_in(one, _TELLING)
        kind, data = event
        handler = self._HANDLERS.get(kind)
        if handler is not None:
            return handler(self, data)
        family, _, step = kind.rpartition(".")
        if family in _TEXTS and step in {"delta", "done"}:
            return self._text(family, step, data)
        if data.get("error") and not kind.startswith("response."):
            return self._error(data)
        return []

    # The response

    def _begun(self, data: JsonObject) -> list[Event]:
        response = as_object(data.get("response"))
        if self._started:
            return []
        self._started = True
        self._response_id = as_str(response.get("id"))
        return [Started(self._response_id or None, as_str(response.get("model")) or None)]

    def _ended(self, data: JsonObject) -> list[Event]:
        response = as_object(data.get("response"))
        if response.get("status") in {"failed", "cancelled"}:
            return self._failed(data)
        if data.get("type") == "response.incomplete":
            response = {**response, "status": "incomplete"}
        events = self._finish_items(response)
        stop, detail = stop_of(response, self._parts())
        return [*events, *_usage(response), *self._finish(Stopped(stop, detail))]

    def _failed(self, data: JsonObject) -> list[Event]:
        response = as_object(data.get("response"))
        failure = stream_failure(as_object(response.get("error")))
        return [*_usage(response), *self._finish(Failed(failure))]

    def _error(self, data: JsonObject) -> list[Event]:
        error = data.get("error")
        return self._finish(Failed(stream_failure(error if isinstance(error, dict) else data)))

    def _ping(self, _: JsonObject) -> list[Event]:
        return [Ping()]

    def _finish_items(self, response: JsonObject) -> list[Event]:
        """End what is still open; a stream that named no items has them in its response only."""
        events: list[Event] = []
        if not self._items and not self._closed:
            for index, item in enumerate(map(as_object, as_list(response.get("output")))):
                events += self._item_done({"output_index": index, "item": item})
        for builder in self._items.values():
            events += [] if builder.finished else builder.finish({})
        return events

    def _parts(self) -> list[Part]:
        return [part for builder in (*self._closed, *self._items.values()) for part in builder.parts]

    # Its items

    def _item_added(self, data: JsonObject) -> list[Event]:
        item = as_object(data.get("item"))
        index = as_int(data.get("output_index"), self._last_index + 1)
        events = self._make_room(index)
        builder, started = self._builder(index, item)
        builder.identity = _identity(item)
        return [*events, *started]

    def _item_done(self, data: JsonObject) -> list[Event]:
        item = as_object(data.get("item"))
        index = as_int(data.get("output_index"), self._last_index)
        known = self._items.get(index)
        if known is not None and known.finished:
            if known.identity == _identity(item):
                return []
            self._make_room(index)
        builder, started = self._builder(index, item)
        builder.identity = _identity(item)
        return [*started, *builder.finish(item)]

    def _make_room(self, index: int) -> list[Event]:
        """Some providers give every item the same index: the one before is over then."""
        known = self._items.pop(index, None)
        if known is None:
            return []
        self._closed.append(known)
        return [] if known.finished else known.finish({})

    def _text(self, family: str, step: str, data: JsonObject) -> list[Event]:
        item_type, builder_family, what, index_key, text_key = _TEXTS[family]
        index = as_int(data.get("output_index"), max(self._last_index, 0))
        known = self._items.get(index)
        if known is not None and known.finished:
            return []
        events = self._make_room(index) if known is not None and known.family != builder_family else []
        builder, started = self._builder(index, {"type": item_type})
        place = (what, as_int(data.get(index_key)))
        events += started
        if step == "delta":
            return events + builder.delta(place, as_str(data.get("delta")))
        return events + builder.whole(place, as_str(data.get(text_key)))

    def _builder(self, index: int, item: JsonObject) -> tuple[ItemBuilder, list[Event]]:
        """The item's builder, and the events of its beginning when it is new."""
        self._started = True
        self._last_index = index
        known = self._items.get(index)
        if known is not None:
            return known, []
        kind = as_str(item.get("type"))
        if kind == "reasoning":
            reasoning = ReasoningBuilder(self._keys, item)
            self._items[index] = reasoning
            return reasoning, reasoning.start()
        if kind in CALL_TYPES:
            position = len(self._closed) + len(self._items)
            call = CallBuilder(self._keys, self._names, minted_id(self._response_id, position))
            self._items[index] = call
            return call, call.begin(item)
        builder = MessageBuilder(self._keys) if kind == "message" else OpaqueBuilder(self._keys, self._names)
        self._items[index] = builder
        return builder, []

    _HANDLERS: ClassVar[dict[str, Callable[["ResponsesDecoder", JsonObject], list[Event]]]] = {
        "response.created": _begun,
        "response.queued": _begun,
        "response.in_progress": _begun,
        "response.output_item.added": _item_added,
        "response.output_item.done": _item_done,
        "response.completed": _ended,
        "response.incomplete": _ended,
        "response.done": _ended,
        "response.failed": _failed,
        "response.cancelled": _failed,
        "error": _error,
        "response.error": _error,
        "keepalive": _ping,
        "ping": _ping,
    }


def _identity(item: JsonObject) -> object:
    """What tells an item from another one in the same place; one without any id is known by its content."""
    return item.get("call_id") or item.get("id") or item


def _usage(response: JsonObject) -> list[Event]:
    usage = usage_in(response)
    return [] if usage is None else [UsageSeen(usage[0], usage[1], final=True)]
