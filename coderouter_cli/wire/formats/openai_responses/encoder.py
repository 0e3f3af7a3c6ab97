"""Canonical events as the stream that Codex and the OpenAI SDKs read."""

from coderouter_cli.domain.conversation import JsonObject, Part, Refusal
from coderouter_cli.domain.events import (
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Ping,
    Stopped,
    StopReason,
    UsageSeen,
)
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.failures import CODEX
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.formats.openai_responses.answer import (
    NO_SUMMARY,
    incomplete_reason,
    refusal_beside,
    response_object,
    with_usage,
)
from coderouter_cli.wire.formats.openai_responses.errors import stream_error
from coderouter_cli.wire.formats.openai_responses.outputs import compacted, item_id, item_type
from coderouter_cli.wire.formats.openai_responses.writing import ADDED, DONE, Wire, Writer, writer_for
from coderouter_cli.wire.sse import format_event

_TOLD_BY_FAILURE = frozenset({StopReason.REFUSAL, StopReason.CONTEXT_EXCEEDED})
_BESIDE = -1
"""The key of a part that no provider sent."""
_DECLINED = "The model declined to answer."
_NO_ROOM = "The answer does not fit into the model's context window."


class ResponsesEncoder:
    """One streamed answer. Every part becomes an output item of its own; items may interleave.

    No empty reasoning item is made up when there was no reasoning: Codex 0.169.0 does not wait for one,
    as earlier versions did (https://github.com/rynfar/meridian/issues/655).
    """

    def __init__(self, context: ReplyContext) -> None:
        self._context = context
        self._sequence = 0
        self._begun = False
        self._writers: dict[int, tuple[int, Writer]] = {}
        self._items: dict[int, JsonObject] = {}
        self._parts: list[Part] = []
        self._count = 0
        self._seen: UsageSeen | None = None

    def feed(self, event: Event) -> bytes:
        """Bytes for one event. The terminal event's bytes close the stream in the format's way."""
        if isinstance(event, Failed):
            return self._write(self._failed(event.failure))
        wire = self._begin()
        if isinstance(event, PartStarted):
            wire += self._part_started(event)
        elif isinstance(event, PartDelta):
            wire += self._part_delta(event)
        elif isinstance(event, PartEnded):
            wire += self._part_ended(event)
        elif isinstance(event, UsageSeen):
            self._seen = event
        elif isinstance(event, Stopped):
            wire += self._stopped(event)
        elif isinstance(event, Ping) and not wire:
            wire = [("keepalive", {})]
        return self._write(wire)

    def _begin(self) -> Wire:
        """The events every stream begins with. Nothing in them is the provider's, so that a ping before
        the provider has answered may begin the stream too."""
        if self._begun:
            return []
        self._begun = True
        response = response_object(self._context, "in_progress", [])
        return [
            ("response.created", {"response": response}),
            ("response.in_progress", {"response": response}),
        ]

    def _part_started(self, event: PartStarted) -> Wire:
        kind = item_type(event.part)
        if kind is None or self._context.compact:
            return []
        index, self._count = self._count, self._count + 1
        identity = item_id(kind, self._context.response_id, index)
        writer = writer_for(event.part, identity, self._context.maker)
        self._writers[event.key] = index, writer
        return _at(index, writer.begin())

    def _part_delta(self, event: PartDelta) -> Wire:
        if event.key not in self._writers:
            return []
        index, writer = self._writers[event.key]
        return _at(index, writer.delta(event.text))

    def _part_ended(self, event: PartEnded) -> Wire:
        self._parts.append(event.part)
        if event.key not in self._writers:
            return []
        index, writer = self._writers.pop(event.key)
        wire = _at(index, writer.end(event.part))
        self._items[index] = next(fields["item"] for kind, fields in wire if kind == DONE)
        return wire

    def _stopped(self, event: Stopped) -> Wire:
        """The end of the answer.

        A model that declines says so in a message, in its own words where it has any; an answer that a
        filter cut, or for which there was no room, is incomplete. Codex (measured, 0.169.0) shows no refusal
        in a message, and asks six times over for what a filter cut: it is told by failures, which it shows
        at once.
        """
        if self._context.client == CODEX and event.reason in _TOLD_BY_FAILURE:
            return self._failed(self._why(event))
        if self._context.compact and event.reason is not StopReason.REFUSAL:
            return self._compacted()
        wire = self._declined(event) if event.reason is StopReason.REFUSAL else []
        reason = incomplete_reason(event.reason, self._parts)
        status = "completed" if reason is None else "incomplete"
        details = None if reason is None else {"reason": reason}
        response = self._response(status, "incomplete_details", details)
        return [*wire, (f"response.{status}", {"response": response})]

    def _why(self, event: Stopped) -> Failure:
        if event.reason is StopReason.CONTEXT_EXCEEDED:
            return Failure(FailureKind.TOO_LONG, event.detail or _NO_ROOM)
        said = "\n".join(part.text for part in self._parts if isinstance(part, Refusal))
        return Failure(FailureKind.REFUSED, event.detail or said or _DECLINED)

    def _declined(self, event: Stopped) -> Wire:
        """The words of a refusal that came beside the answer (Anthropic's explanation) as a message."""
        part = refusal_beside(self._parts, event.detail)
        if part is None:
            return []
        return [
            *self._part_started(PartStarted(_BESIDE, Refusal(""))),
            *self._part_delta(PartDelta(_BESIDE, part.text)),
            *self._part_ended(PartEnded(_BESIDE, part)),
        ]

    def _compacted(self) -> Wire:
        """The summary alone; one that was cut short is better than none."""
        item = compacted(self._parts, self._context.response_id)
        if item is None:
            return self._failed(NO_SUMMARY)
        self._items = {0: item}
        response = self._response("completed", "incomplete_details", None)
        return [
            *_at(0, [(ADDED, {"item": item}), (DONE, {"item": item})]),
            ("response.completed", {"response": response}),
        ]

    def _failed(self, failure: Failure) -> Wire:
        """One event and nothing else: after a relayed stream's own beginning it must stand alone."""
        response = self._response("failed", "error", stream_error(failure))
        return [("response.failed", {"response": response})]

    def _response(self, status: str, key: str, value: JsonObject | None) -> JsonObject:
        output = [self._items[index] for index in sorted(self._items)]
        response = response_object(self._context, status, output)
        usage = None if self._seen is None else self._seen.usage
        return with_usage({**response, key: value}, usage, self._context)

    def _write(self, wire: Wire) -> bytes:
        return b"".join(self._one(kind, fields) for kind, fields in wire)

    def _one(self, kind: str, fields: JsonObject) -> bytes:
        numbered = {"type": kind, "sequence_number": self._sequence, **fields}
        self._sequence += 1
        return format_event(numbered, kind)


def _at(index: int, wire: Wire) -> Wire:
    return [(kind, {"output_index": index, **fields}) for kind, fields in wire]
