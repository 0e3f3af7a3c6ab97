"""Blocks of a streamed answer while they grow, each as the events of one part."""

from dataclasses import replace
from typing import Protocol

from coderouter_cli.domain.conversation import (
    FormatName,
    JsonObject,
    Opaque,
    Part,
    Reasoning,
    Text,
    ToolCall,
    ToolKind,
    Unknown,
)
from coderouter_cli.domain.events import Event, PartDelta, PartEnded, PartStarted
from coderouter_cli.wire.customtools import Unwrapper
from coderouter_cli.wire.formats.anthropic_messages.answer import arguments_of
from coderouter_cli.wire.formats.anthropic_messages.blocks import reasoning_of, written_arguments
from coderouter_cli.wire.read import as_str, parse_lenient

_FORMAT = FormatName.ANTHROPIC_MESSAGES


class Growing(Protocol):
    """One block: its beginning, its deltas, its end."""

    def start(self) -> list[Event]: ...

    def add(self, delta: JsonObject) -> list[Event]: ...

    def end(self) -> list[Event]: ...


class GrowingText:
    """A ``text`` block; some servers put its first words into the beginning."""

    def __init__(self, key: int, block: JsonObject) -> None:
        self._key = key
        self._text = as_str(block.get("text"))

    def start(self) -> list[Event]:
        first: list[Event] = [PartDelta(self._key, self._text)] if self._text else []
        return [PartStarted(self._key, Text("")), *first]

    def add(self, delta: JsonObject) -> list[Event]:
        text = as_str(delta.get("text"))
        self._text += text
        return [PartDelta(self._key, text)] if text else []

    def end(self) -> list[Event]:
        return [PartEnded(self._key, Text(self._text))]


class GrowingThinking:
    """A ``thinking`` or ``redacted_thinking`` block."""

    def __init__(self, key: int, block: JsonObject) -> None:
        self._key = key
        self._part = reasoning_of(block)
        self._signature = as_str(block.get("signature"))

    def start(self) -> list[Event]:
        text = self._part.text
        first: list[Event] = [PartDelta(self._key, text)] if text else []
        return [PartStarted(self._key, replace(self._part, text="")), *first]

    def add(self, delta: JsonObject) -> list[Event]:
        self._signature += as_str(delta.get("signature"))
        text = as_str(delta.get("thinking"))
        self._part = replace(self._part, text=self._part.text + text)
        return [PartDelta(self._key, text)] if text else []

    def end(self) -> list[Event]:
        part: Reasoning = self._part
        if self._signature:
            part = replace(part, opaque=Opaque(_FORMAT, "signature", self._signature))
        return [PartEnded(self._key, part)]


class GrowingCall:
    """A ``tool_use`` block.

    Some servers put the whole input into the beginning (https://github.com/AntSeed/antseed/pull/15). The
    text of a custom tool is taken out of its JSON as it comes.
    """

    def __init__(self, key: int, call: ToolCall, block: JsonObject) -> None:
        self._key = key
        self._call = call
        self._text = ""
        self._passed_on = ""
        self._unwrapper = Unwrapper() if call.kind is ToolKind.CUSTOM else None
        given = block.get("input")
        self._given = written_arguments(given) if isinstance(given, dict) and given else ""

    def start(self) -> list[Event]:
        return [PartStarted(self._key, self._call)]

    def add(self, delta: JsonObject) -> list[Event]:
        text = as_str(delta.get("partial_json"))
        self._text += text
        return self._pass_on(text if self._unwrapper is None else self._unwrapper.feed(text))

    def end(self) -> list[Event]:
        last = self._pass_on(self._rest())
        return [*last, PartEnded(self._key, replace(self._call, arguments=self._passed_on))]

    def _rest(self) -> str:
        if not self._text:
            return arguments_of(self._call, self._given)
        return "" if self._unwrapper is None else self._unwrapper.finish()

    def _pass_on(self, text: str) -> list[Event]:
        self._passed_on += text
        return [PartDelta(self._key, text)] if text else []


class GrowingUnknown:
    """Any other block, kept whole: a server tool's call or result, a compaction."""

    def __init__(self, key: int, block: JsonObject) -> None:
        self._key = key
        self._block = block
        self._json = ""

    def start(self) -> list[Event]:
        return [PartStarted(self._key, self._part())]

    def add(self, delta: JsonObject) -> list[Event]:
        self._json += as_str(delta.get("partial_json"))
        content = delta.get("content")
        if isinstance(content, str):
            self._block = {**self._block, "content": as_str(self._block.get("content")) + content}
        return []

    def end(self) -> list[Event]:
        given = parse_lenient(self._json)
        if given is not None:
            self._block = {**self._block, "input": given}
        return [PartEnded(self._key, self._part())]

    def _part(self) -> Part:
        return Unknown(_FORMAT, as_str(self._block.get("type")), self._block)
