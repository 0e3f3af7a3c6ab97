"""Canonical events as the ``chat.completion.chunk`` stream a client reads.

Validated against the types of openai 3.54. A failure is written as ``data: {"error": ...}`` without
``[DONE]``, on which that SDK raises.
"""

from dataclasses import dataclass

from coderouter_cli.domain.conversation import JsonObject, Reasoning, Refusal, Text, ToolCall
from coderouter_cli.domain.events import (
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Ping,
    Started,
    Stopped,
    StopReason,
    Unreadable,
    UsageSeen,
)
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.formats.openai_chat.callshape import CallShapes, Shape, call_entry, more_text
from coderouter_cli.wire.formats.openai_chat.errors import error_object
from coderouter_cli.wire.formats.openai_chat.stops import finish_reason
from coderouter_cli.wire.formats.openai_chat.thoughts import DETAILS, Details
from coderouter_cli.wire.formats.openai_chat.usage import write_usage
from coderouter_cli.wire.sse import format_event

PING = b": ping\n\n"
_DONE = b"data: [DONE]\n\n"
_FIELDS = {Text: "content", Reasoning: "reasoning_content", Refusal: "refusal"}


@dataclass(frozen=True, slots=True)
class _OpenCall:
    """A tool call being written; ``index`` is None for the old ``function_call``."""

    index: int | None
    shape: Shape


class ChatEncoder:
    """One streamed answer. See `StreamEncoder` for the contract."""

    def __init__(self, context: ReplyContext) -> None:
        self._context = context
        self._shapes = CallShapes(context.tools)
        self._details = Details(context.maker)
        self._prose: dict[int, str] = {}
        self._calls: dict[int, _OpenCall] = {}
        self._indexes = 0
        self._legacy_call = False
        self._refusal_shown = False
        self._introduced = False
        self._ended = False
        self._usage: UsageSeen | None = None

    def feed(self, event: Event) -> bytes:
        """Bytes for one event."""
        if self._ended or isinstance(event, Unreadable):
            return b""
        match event:
            case Started():
                return self._introduction()
            case PartStarted():
                return self._begin(event)
            case PartDelta():
                return self._more(event)
            case PartEnded():
                return self._end(event)
            case UsageSeen():
                self._usage = event
                return b""
            case Stopped():
                return self._stop(event)
            case Failed():
                self._ended = True
                return format_event(error_object(event.failure), None)
            case Ping():
                return PING

    def _begin(self, event: PartStarted) -> bytes:
        part = event.part
        if isinstance(part, ToolCall):
            return self._begin_call(event.key, part)
        field = _FIELDS.get(type(part))
        if field is not None:
            self._prose[event.key] = field
        return self._introduction()

    def _end(self, event: PartEnded) -> bytes:
        """What only its maker can read of the reasoning, once it is whole."""
        entry = self._details.entry(event.part) if isinstance(event.part, Reasoning) else None
        return b"" if entry is None else self._introduction() + self._chunk({DETAILS: [entry]})

    def _begin_call(self, key: int, call: ToolCall) -> bytes:
        self._details.call()
        shape = self._shapes.shape(call)
        if self._shapes.is_legacy(call) and not self._legacy_call:
            self._legacy_call = True
            self._calls[key] = _OpenCall(None, shape)
            return self._introduction() + self._chunk({"function_call": call_entry(call, shape)[shape]})
        self._calls[key] = _OpenCall(self._indexes, shape)
        self._indexes += 1
        entry = {"index": self._calls[key].index, **call_entry(call, shape)}
        return self._introduction() + self._chunk({"tool_calls": [entry]})

    def _more(self, event: PartDelta) -> bytes:
        field = self._prose.get(event.key)
        if field is not None:
            self._refusal_shown = self._refusal_shown or field == "refusal"
            if field == "content":
                self._details.text(event.text)
            return self._chunk({field: event.text})
        call = self._calls.get(event.key)
        if call is None:
            return b""  # a part that Chat has no place for
        if call.index is None:
            return self._chunk({"function_call": more_text(call.shape, event.text)[call.shape]})
        return self._chunk({"tool_calls": [{"index": call.index, **more_text(call.shape, event.text)}]})

    def _stop(self, event: Stopped) -> bytes:
        self._ended = True
        explanation = b""
        if event.reason is StopReason.REFUSAL and event.detail and not self._refusal_shown:
            explanation = self._chunk({"refusal": event.detail})
        reason = finish_reason(event.reason, refusal_shown=self._refusal_shown, legacy_call=self._legacy_call)
        end = self._introduction() + explanation + self._chunk({}, reason)
        return end + self._usage_chunk() + _DONE

    def _usage_chunk(self) -> bytes:
        if self._usage is None or not self._context.include_usage:
            return b""
        return self._event([], write_usage(self._usage.usage))

    def _introduction(self) -> bytes:
        """The first chunk, once: the role."""
        if self._introduced:
            return b""
        self._introduced = True
        return self._chunk({"role": "assistant", "content": ""})

    def _chunk(self, delta: JsonObject, reason: str | None = None) -> bytes:
        return self._event([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": reason}], None)

    def _event(self, choices: list[JsonObject], usage: JsonObject | None) -> bytes:
        event: JsonObject = {
            "id": self._context.response_id,
            "object": "chat.completion.chunk",
            "created": self._context.created,
            "model": self._context.model,
            "choices": choices,
        }
        if self._context.include_usage:
            event["usage"] = usage
        return format_event(event, None)
