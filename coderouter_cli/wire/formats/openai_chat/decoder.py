"""A provider's ``chat.completion.chunk`` stream as canonical events.

Usage comes in its own chunk after the one that says why the model stopped, so the end is held back
until usage, ``[DONE]`` or the end of the bytes. Parts stay open until then: some servers name a
finish reason in every chunk. Prose (reasoning, text, refusal) is one part at a time; tool calls may
interleave.
"""

from itertools import count

from coderouter_cli.domain.conversation import JsonObject, Part, Reasoning, Refusal, Text, Tool
from coderouter_cli.domain.events import (
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Started,
    Unreadable,
    UsageSeen,
)
from coderouter_cli.wire.formats.openai_chat.answer import (
    NAMELESS_CALL,
    call_pieces,
    refusal_of,
    text_of,
)
from coderouter_cli.wire.formats.openai_chat.calls import CallAssembler, NamelessCallError
from coderouter_cli.wire.formats.openai_chat.errors import error_in, failure_from
from coderouter_cli.wire.formats.openai_chat.stops import failure_of, matched_stop, stopped
from coderouter_cli.wire.formats.openai_chat.thoughts import shown_reasoning
from coderouter_cli.wire.formats.openai_chat.usage import read_usage
from coderouter_cli.wire.read import as_list, as_object, as_str, parse_lenient
from coderouter_cli.wire.sse import SseEvent
from coderouter_cli.wire.stream import SseDecoder
from coderouter_cli.wire.toolnames import ToolNames

_DONE = "[DONE]"

_Prose = type[Text] | type[Reasoning] | type[Refusal]


class ChatDecoder(SseDecoder):
    """One streamed answer. See `StreamDecoder` for the contract."""

    def __init__(self, tools: tuple[Tool, ...] = ()) -> None:
        super().__init__()
        self._new_key = count().__next__
        self._calls = CallAssembler(ToolNames(tools), self._new_key, lambda: self._seed)
        self._seed = ""
        self._started = False
        self._open: tuple[int, _Prose, list[str]] | None = None
        self._spoke = False
        self._refusal = ""
        self._reason = ""
        self._matched: str | None = None
        self._usage: UsageSeen | None = None

    def _received(self, one: SseEvent) -> list[Event]:
        data = one.data.strip()
        if not data:
            return []
        if data.startswith(_DONE):
            return self._end() if self._reason or self._spoke or self._calls else super()._cut()
        chunk = parse_lenient(data)
        if chunk is None:
            return [Unreadable()]
        self._seed = self._seed or data
        return self._chunk(chunk)

    def _cut(self) -> list[Event]:
        """An answer that has told why it stopped is complete."""
        return self._end() if self._reason else super()._cut()

    def _chunk(self, chunk: JsonObject) -> list[Event]:
        choices = [as_object(choice) for choice in as_list(chunk.get("choices"))]
        choice = next((choice for choice in choices if not choice.get("index")), {})
        if error_in(chunk) or error_in(choice):
            # An error after the answer was complete does not undo it.
            error = chunk if error_in(chunk) else choice
            return self._end() if self._reason else self._finish(Failed(failure_from(error)))
        events = self._start(chunk)
        events += self._delta(as_object(choice.get("delta")) or as_object(choice.get("message")))
        reason = as_str(choice.get("finish_reason"))
        failure = failure_of(reason)
        if failure is not None:
            return events + self._finish(Failed(failure))
        self._reason = reason or self._reason
        self._matched = matched_stop(choice) or self._matched
        return events + self._count(chunk, choice)

    def _start(self, chunk: JsonObject) -> list[Event]:
        """The first chunk that says something; Azure sends one before it that does not."""
        if self._started or not (chunk.get("id") or chunk.get("choices") or chunk.get("usage")):
            return []
        self._started = True
        return [Started(as_str(chunk.get("id")) or None, as_str(chunk.get("model")) or None)]

    def _delta(self, delta: JsonObject) -> list[Event]:
        events = self._say(Reasoning, shown_reasoning(delta))
        events += self._say(Text, text_of(delta))
        events += self._say(Refusal, refusal_of(delta))
        pieces = list(call_pieces(delta))
        if pieces:
            events += [*self._hush(), *self._calls.feed(pieces)]
        return events

    def _say(self, kind: _Prose, text: str) -> list[Event]:
        """More prose; another kind of it ends the open part."""
        if not text:
            return []
        self._spoke = True
        self._refusal += text if kind is Refusal else ""
        events: list[Event] = []
        if self._open is None or self._open[1] is not kind:
            events += self._hush()
            self._open = (self._new_key(), kind, [])
            events.append(PartStarted(self._open[0], kind("")))
        key, _, texts = self._open
        texts.append(text)
        return [*events, PartDelta(key, text)]

    def _hush(self) -> list[Event]:
        """Complete the open prose, if any."""
        if self._open is None:
            return []
        key, kind, texts = self._open
        self._open = None
        part: Part = kind("".join(texts))
        return [PartEnded(key, part)]

    def _count(self, chunk: JsonObject, choice: JsonObject) -> list[Event]:
        """Usage, which with a finish reason is the last thing to wait for. Moonshot puts it in the choice."""
        raw = as_object(chunk.get("usage")) or as_object(choice.get("usage"))
        if not raw:
            return []
        usage = read_usage(raw, as_str(chunk.get("service_tier")) or None)
        self._usage = UsageSeen(usage, raw, final=bool(self._reason))
        return self._end() if self._reason else [self._usage]

    def _end(self) -> list[Event]:
        """Complete the answer: close its parts, then usage, then the reason."""
        try:
            events = [*self._hush(), *self._calls.finish()]
        except NamelessCallError:
            return self._finish(Failed(NAMELESS_CALL))
        if self._usage is not None:
            events.append(UsageSeen(self._usage.usage, self._usage.raw, final=True))
        end = stopped(self._reason, self._matched, called=bool(self._calls), refusal=self._refusal)
        return [*events, *self._finish(end)]
