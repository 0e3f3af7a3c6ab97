"""Parts of a streamed answer while they grow.

One builder per output item. Each is told what the stream says (more text, the whole of a text, the
finished item) and gives the events that follow. A whole text only ever adds what its deltas left out:
what has been passed on cannot be taken back.
"""

from collections.abc import Iterator
from dataclasses import replace

from coderouter_cli.domain.conversation import JsonObject, Part, Reasoning, Refusal, Text, ToolCall
from coderouter_cli.domain.events import Event, PartDelta, PartEnded, PartStarted
from coderouter_cli.wire.customtools import Unwrapper
from coderouter_cli.wire.formats.openai_responses.calls import (
    CALL_TYPES,
    is_parallel_wrapper,
    is_wrapped,
    skeleton,
    unwrapped,
)
from coderouter_cli.wire.formats.openai_responses.outputs import GAP, carrier, parts_of
from coderouter_cli.wire.read import as_list, as_object, as_str
from coderouter_cli.wire.toolnames import ToolNames

Keys = Iterator[int]
_Place = tuple[str, int]


class Growing:
    """One part that grows."""

    def __init__(self, keys: Keys, part: Text | Refusal | Reasoning | ToolCall) -> None:
        self._key = next(keys)
        self._part: Text | Refusal | Reasoning | ToolCall = part
        self._ended = False
        self.text = ""

    def start(self) -> list[Event]:
        return [PartStarted(self._key, self._part)]

    def add(self, text: str) -> list[Event]:
        if self._ended or not text:
            return []
        self.text += text
        return [PartDelta(self._key, text)]

    def end(self) -> tuple[list[Event], list[Part]]:
        """The end of the part, and the part; nothing the second time."""
        if self._ended:
            return [], []
        self._ended = True
        if isinstance(self._part, ToolCall):
            whole: Part = replace(self._part, arguments=self.text)
        else:
            whole = replace(self._part, text=self.text)
        return [PartEnded(self._key, whole)], [whole]

    def become(self, part: Reasoning) -> None:
        """Take over what only the finished item tells."""
        self._part = part


def whole_part(keys: Keys, part: Part) -> list[Event]:
    """All events of a part that came in one piece."""
    if isinstance(part, ToolCall):
        growing = Growing(keys, replace(part, arguments=""))
        text = part.arguments
    elif isinstance(part, Text | Refusal | Reasoning):
        growing = Growing(keys, replace(part, text=""))
        text = part.text
    else:
        key = next(keys)
        return [PartStarted(key, part), PartEnded(key, part)]
    return [*growing.start(), *growing.add(text), *growing.end()[0]]


def missing(known: str, whole: str) -> str:
    """What a whole text adds to what is known of it."""
    return whole.removeprefix(known) if whole.startswith(known) else ""


class ItemBuilder:
    """One output item. ``place`` is where inside the item a text belongs: what it is, and its index.

    ``family`` is what kind of item it is; ``parts`` are those that have ended.
    """

    family = ""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self.parts: list[Part] = []
        self.finished = False
        self.identity: object = None

    def delta(self, place: _Place, text: str, /) -> list[Event]:
        """More of a text."""
        raise NotImplementedError

    def whole(self, place: _Place, text: str, /) -> list[Event]:
        """The whole of a text; the part may go on."""
        raise NotImplementedError

    def finish(self, item: JsonObject, /) -> list[Event]:
        """The item is complete; ``item`` is empty when the stream ended without saying so."""
        raise NotImplementedError

    def _end(self, growing: Growing) -> list[Event]:
        events, parts = growing.end()
        self.parts += parts
        return events


class MessageBuilder(ItemBuilder):
    """A message: one part per content index."""

    family = "message"

    def __init__(self, keys: Keys) -> None:
        super().__init__(keys)
        self._contents: dict[int, Growing] = {}

    def delta(self, place: _Place, text: str, /) -> list[Event]:
        growing, started = self._at(place)
        return [*started, *growing.add(text)]

    def whole(self, place: _Place, text: str, /) -> list[Event]:
        growing, started = self._at(place)
        return [*started, *growing.add(missing(growing.text, text)), *self._end(growing)]

    def finish(self, item: JsonObject, /) -> list[Event]:
        events: list[Event] = []
        for index, content in enumerate(map(as_object, as_list(item.get("content")))):
            kind = "refusal" if content.get("type") == "refusal" else "text"
            if isinstance(content.get(kind), str):
                events += self.whole((kind, index), content[kind])
        for growing in self._contents.values():
            events += self._end(growing)
        self.finished = True
        return events

    def _at(self, place: _Place) -> tuple[Growing, list[Event]]:
        kind, index = place
        if index in self._contents:
            return self._contents[index], []
        growing = Growing(self._keys, Refusal("") if kind == "refusal" else Text(""))
        self._contents[index] = growing
        return growing, growing.start()


class ReasoningBuilder(ItemBuilder):
    """Reasoning: summary parts and open reasoning are one text, blank lines between them."""

    family = "reasoning"

    def __init__(self, keys: Keys, item: JsonObject) -> None:
        super().__init__(keys)
        self._id = as_str(item.get("id")) or None
        self._growing = Growing(keys, Reasoning("", id=self._id))
        self._texts: dict[_Place, str] = {}

    def start(self) -> list[Event]:
        """The beginning of the part."""
        return self._growing.start()

    def delta(self, place: _Place, text: str, /) -> list[Event]:
        if not text:
            return []
        gap = "" if place in self._texts or not self._growing.text else GAP
        self._texts[place] = self._texts.get(place, "") + text
        return self._growing.add(gap + text)

    def whole(self, place: _Place, text: str, /) -> list[Event]:
        return self.delta(place, missing(self._texts.get(place, ""), text))

    def finish(self, item: JsonObject, /) -> list[Event]:
        events: list[Event] = []
        for key in ("summary", "content"):
            for index, part in enumerate(map(as_object, as_list(item.get(key)))):
                events += self.whole((key, index), as_str(part.get("text")))
        self._growing.become(Reasoning("", carrier(item, self._texts.values()), self._id))
        self.finished = True
        return [*events, *self._end(self._growing)]


class CallBuilder(ItemBuilder):
    """A tool call.

    It starts when its name is known. The text of a custom tool called as a function is taken out of its
    JSON as it comes. OpenAI's wrapper of several calls can only be read complete.
    """

    family = "call"

    def __init__(self, keys: Keys, names: ToolNames, fallback_id: str) -> None:
        super().__init__(keys)
        self._names = names
        self._fallback_id = fallback_id
        self._item: JsonObject = {}
        self._growing: Growing | None = None
        self._unwrapper: Unwrapper | None = None
        self._text = ""

    def begin(self, item: JsonObject) -> list[Event]:
        """The item was announced, or finished; only what is not known yet counts."""
        self._item = {**item, **{key: value for key, value in self._item.items() if value}}
        call = skeleton(self._item, self._names, self._fallback_id)
        if self._growing is not None or not call.name or is_parallel_wrapper(call):
            return []
        self._growing = Growing(self._keys, call)
        self._unwrapper = Unwrapper() if is_wrapped(self._item, call) else None
        return [*self._growing.start(), *self._pass_on(self._growing, self._text)]

    def delta(self, _: _Place, text: str, /) -> list[Event]:
        self._text += text
        return [] if self._growing is None else self._pass_on(self._growing, text)

    def _pass_on(self, growing: Growing, text: str) -> list[Event]:
        return growing.add(text if self._unwrapper is None else self._unwrapper.feed(text))

    def whole(self, place: _Place, text: str, /) -> list[Event]:
        return self.delta(place, missing(self._text, text))

    def finish(self, item: JsonObject, /) -> list[Event]:
        events = self.begin(item)
        field = CALL_TYPES.get(as_str(self._item.get("type")), "")
        events += self.whole(("", 0), as_str(item.get(field)) or as_str(self._item.get(field)))
        self.finished = True
        if self._growing is None:
            return [*events, *self._held_calls()]
        if self._unwrapper is not None:
            events += self._growing.add(self._unwrapper.finish())
        elif not self._text and self._item.get("type") == "function_call":
            events += self._growing.add("{}")
        return [*events, *self._end(self._growing)]

    def _held_calls(self) -> list[Event]:
        call = skeleton(self._item, self._names, self._fallback_id)
        if not call.name:
            return []
        calls = unwrapped(call, self._text, self._names)
        self.parts += calls
        return [event for inner in calls for event in whole_part(self._keys, inner)]


class OpaqueBuilder(ItemBuilder):
    """An item of a type we do not know: passed on whole when it is finished."""

    def __init__(self, keys: Keys, names: ToolNames) -> None:
        super().__init__(keys)
        self._names = names

    def delta(self, _: _Place, __: str, /) -> list[Event]:
        return []

    def whole(self, _: _Place, __: str, /) -> list[Event]:
        return []

    def finish(self, item: JsonObject, /) -> list[Event]:
        self.finished = True
        self.parts = parts_of(item, 0, self._names, "") if item else []
        return [event for part in self.parts for event in whole_part(self._keys, part)]
