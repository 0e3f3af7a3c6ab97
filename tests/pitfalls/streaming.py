"""Pieces of streams, and what is read in them."""

from typing import Any

from coderouter_cli.domain.conversation import JsonObject, Reasoning, Text, ToolCall
from coderouter_cli.domain.events import Event, PartEnded, PartStarted, Stopped, UsageSeen
from coderouter_cli.domain.usage import Usage
from tests.pitfalls.kit import CHAT, MESSAGES, RESPONSES, block, response_event, text

Named = tuple[str, JsonObject]
"""An event with a name."""
PAIR = [("read", '{"a":1}'), ("run", '{"b":2}')]
"""Two calls: their names and arguments."""
FORMATS = [MESSAGES, RESPONSES, CHAT]
DONE = "data: [DONE]"
CREATED = response_event("response.created", response={"id": "r1"})
SAID = block(0, text(""), {"type": "text_delta", "text": "Hi"})
"""Two letters as a block of a Messages stream."""
HI: JsonObject = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Hi"}],
}
"""The same as an item of a response."""


def calls_of(events: list[Event]) -> list[ToolCall]:
    """The calls, in the order in which they began."""
    order = [e.key for e in events if isinstance(e, PartStarted) and isinstance(e.part, ToolCall)]
    ended = {e.key: e.part for e in events if isinstance(e, PartEnded)}
    found = [ended.get(key) for key in order]
    return [part for part in found if isinstance(part, ToolCall)]


def read(events: list[Event]) -> list[tuple[str, str]]:
    """The calls' names and arguments."""
    return [(call.name, call.arguments.replace(" ", "")) for call in calls_of(events)]


def texts_of(events: list[Event]) -> list[str]:
    return [e.part.text for e in events if isinstance(e, PartEnded) and isinstance(e.part, Text | Reasoning)]


def last_usage(events: list[Event]) -> Usage:
    """The last word on usage, which came before the end and says that it is the last."""
    assert isinstance(events[-1], Stopped)
    seen = [event for event in events if isinstance(event, UsageSeen)]
    assert [event.final for event in seen][-1:] == [True]
    return seen[-1].usage


# Events of a Responses stream; a place of None leaves the index out


def placed(index: int | None) -> JsonObject:
    return {} if index is None else {"output_index": index}


def added(index: int | None, item: JsonObject) -> Named:
    return response_event("response.output_item.added", **placed(index), item=item)


def finished(index: int | None, item: JsonObject) -> Named:
    return response_event("response.output_item.done", **placed(index), item=item)


def more(index: int | None, delta: str, **fields: Any) -> Named:
    return response_event("response.function_call_arguments.delta", **placed(index), delta=delta, **fields)


def all_said(index: int | None, arguments: str) -> Named:
    return response_event("response.function_call_arguments.done", **placed(index), arguments=arguments)
