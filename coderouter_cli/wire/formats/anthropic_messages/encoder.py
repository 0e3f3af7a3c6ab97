"""Canonical events as a Messages stream.

The format has one block open at a time. Parts of other formats may grow side by side: the first is
streamed, the others wait and follow whole, in the order in which they began.
"""

from collections.abc import Callable
from typing import ClassVar

from coderouter_cli.domain.conversation import (
    JsonObject,
    Maker,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolKind,
)
from coderouter_cli.domain.events import (
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Ping,
    Stopped,
    UsageSeen,
)
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.customtools import WRAPPER, wrap, wrapped
from coderouter_cli.wire.estimate import estimate_output
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.formats.anthropic_messages.answer import answer_block, stop_fields, thinking_block
from coderouter_cli.wire.formats.anthropic_messages.errors import error_body
from coderouter_cli.wire.formats.anthropic_messages.usage import write_usage
from coderouter_cli.wire.sse import format_event
from coderouter_cli.wire.toolids import safe_id

PING = b'event: ping\ndata: {"type": "ping"}\n\n'


class MessagesEncoder:
    """One streamed answer. Nothing is written before the first part, so that the provider's own numbers
    can be in the beginning."""

    def __init__(self, context: ReplyContext) -> None:
        self._context = context
        self._usage: Usage | None = None
        self._begun = False
        self._done = False
        self._blocks = _BlockWriter(context.maker)
        self._open: int | None = None
        self._waiting: dict[int, list[Event]] = {}
        self._parts: list[Part] = []

    def feed(self, event: Event) -> bytes:
        """Bytes for one event; after the terminal one always none."""
        handler = None if self._done else self._HANDLERS.get(type(event))
        return b"" if handler is None else handler(self, event)

    def _usage_seen(self, event: UsageSeen) -> bytes:
        self._usage = event.usage
        return b""

    def _ping(self, _: Ping) -> bytes:
        return PING if self._begun else b""

    def _part_started(self, event: PartStarted) -> bytes:
        if self._open is not None:
            self._waiting[event.key] = [event]
            return b""
        self._open = event.key
        return self._begin() + self._blocks.write(event)

    def _part_grows(self, event: PartDelta | PartEnded) -> bytes:
        if isinstance(event, PartEnded):
            self._parts.append(event.part)
        if event.key != self._open:
            self._waiting.setdefault(event.key, []).append(event)
            return b""
        out = self._blocks.write(event)
        return out + self._next() if isinstance(event, PartEnded) else out

    def _next(self) -> bytes:
        """Everything that waited, up to the first part that still grows."""
        self._open = None
        out = b""
        while self._waiting and self._open is None:
            key = next(iter(self._waiting))
            events = self._waiting.pop(key)
            out += b"".join(self._blocks.write(event) for event in events)
            if not isinstance(events[-1], PartEnded):
                self._open = key
        return out

    def _begin(self) -> bytes:
        if self._begun:
            return b""
        self._begun = True
        message: JsonObject = {
            "id": self._context.response_id,
            "type": "message",
            "role": "assistant",
            "model": self._context.model,
            "content": [],
            "stop_reason": None,
            "stop_sequence": None,
            "usage": write_usage(self._usage_so_far()),
        }
        return _event("message_start", {"message": message})

    def _usage_so_far(self) -> Usage:
        """A prompt that the provider has not counted yet, or counts as nothing, is estimated."""
        if self._usage is not None and self._usage.prompt:
            return self._usage
        return Usage(input=self._context.input_estimate)

    def _stopped(self, event: Stopped) -> bytes:
        out = self._begin() + self._blocks.close()
        while self._waiting:
            out += self._next() + self._blocks.close()
        self._done = True
        called = any(isinstance(part, ToolCall) for part in self._parts)
        usage = self._usage or Usage(input=self._context.input_estimate, output=estimate_output(self._parts))
        ending = {
            "delta": stop_fields(event.reason, event.detail, called=called),
            "usage": write_usage(usage),
        }
        return out + _event("message_delta", ending) + _event("message_stop", {})

    def _failed(self, event: Failed) -> bytes:
        self._done = True
        return format_event(error_body(event.failure), "error")

    _HANDLERS: ClassVar[dict[type[Event], Callable[..., bytes]]] = {
        UsageSeen: _usage_seen,
        Ping: _ping,
        PartStarted: _part_started,
        PartDelta: _part_grows,
        PartEnded: _part_grows,
        Stopped: _stopped,
        Failed: _failed,
    }


class _BlockWriter:
    """One part after the other as blocks. A text or thinking without content gives none."""

    def __init__(self, maker: Maker | None) -> None:
        self._maker = maker
        self._index = -1
        self._is_open = False
        self._part: Part = Text("")
        self._sent = False

    def write(self, event: Event) -> bytes:
        """Bytes for an event of the part that is open, or begins."""
        if isinstance(event, PartStarted):
            return self._start(event.part)
        if isinstance(event, PartDelta):
            return self._delta(event.text)
        return self._end(event.part) if isinstance(event, PartEnded) else b""

    def close(self) -> bytes:
        """The end of a block that is still open."""
        if not self._is_open:
            return b""
        self._is_open = False
        return _event("content_block_stop", {"index": self._index})

    def _start(self, part: Part) -> bytes:
        self._part, self._sent = part, False
        if not isinstance(part, ToolCall):
            return b""
        block = {"type": "tool_use", "id": safe_id(part.id), "name": part.name, "input": {}}
        return self._open(block)

    def _open(self, block: JsonObject) -> bytes:
        self._index += 1
        self._is_open = True
        return _event("content_block_start", {"index": self._index, "content_block": block})

    def _delta(self, text: str) -> bytes:
        if not text:
            return b""
        first, self._sent = not self._sent, True
        if isinstance(self._part, ToolCall):
            return self._input(text, first=first)
        if isinstance(self._part, Reasoning):
            begun = b"" if self._is_open else self._open(dict(_EMPTY_THINKING))
            return begun + self._change({"type": "thinking_delta", "thinking": text})
        begun = b"" if self._is_open else self._open({"type": "text", "text": ""})
        return begun + self._change({"type": "text_delta", "text": text})

    def _input(self, text: str, *, first: bool) -> bytes:
        """More of a call's input; a custom tool's text stands inside an object."""
        if isinstance(self._part, ToolCall) and self._part.kind is ToolKind.CUSTOM:
            text = (WRAPPER[0] if first else "") + wrapped(text)
        return self._change({"type": "input_json_delta", "partial_json": text})

    def _change(self, delta: JsonObject) -> bytes:
        return _event("content_block_delta", {"index": self._index, "delta": delta})

    def _end(self, part: Part) -> bytes:
        if isinstance(part, Reasoning):
            out = self._end_thinking(part)
        elif isinstance(part, ToolCall):
            out = self._end_input(part)
        elif isinstance(part, Text | Refusal):
            out = b"" if self._sent else self._delta(part.text)
        else:
            block = answer_block(part, self._maker)
            out = b"" if block is None else self._open(block)
        return out + self.close()

    def _end_input(self, call: ToolCall) -> bytes:
        custom = call.kind is ToolKind.CUSTOM
        if self._sent:
            rest = WRAPPER[1] if custom else ""
        else:
            rest = wrap(call.arguments) if custom else call.arguments
        return self._change({"type": "input_json_delta", "partial_json": rest}) if rest else b""

    def _end_thinking(self, part: Reasoning) -> bytes:
        block = thinking_block(part, self._maker)
        if block is None or block["type"] == "redacted_thinking":
            return b"" if block is None else self._open(block)
        out = b"" if self._sent else self._delta(part.text)
        if not self._is_open:
            out += self._open(dict(_EMPTY_THINKING))
        if block["signature"]:
            out += self._change({"type": "signature_delta", "signature": block["signature"]})
        return out


_EMPTY_THINKING: JsonObject = {"type": "thinking", "thinking": "", "signature": ""}


def _event(kind: str, data: JsonObject) -> bytes:
    return format_event({"type": kind, **data}, kind)
