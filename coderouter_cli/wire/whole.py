"""A whole answer as the events of a stream, and the events of a stream as a whole answer.

For providers that answer in the one way when they were asked for the other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from coderouter_cli.domain.conversation import Part, Reasoning, Refusal, Text, ToolCall
from coderouter_cli.domain.events import (
    Answer,
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Started,
    Stopped,
    Unreadable,
    UsageSeen,
)
from coderouter_cli.domain.failure import Failure, FailureKind

UNREADABLE = Failure(FailureKind.INTERNAL, "the provider's stream holds a piece that cannot be read")
_CUT = Failure(FailureKind.TRUNCATED, "the provider's stream ended before the answer was complete")


def events_of(answer: Answer) -> list[Event]:
    """The stream that says what a whole answer says; each part in one piece."""
    events: list[Event] = [Started(answer.response_id, answer.model)]
    for key, part in enumerate(answer.parts):
        events += _part(key, part)
    if answer.usage is not None:
        events.append(UsageSeen(answer.usage, answer.raw_usage or {}, final=True))
    return [*events, Stopped(answer.stop, answer.detail)]


def _part(key: int, part: Part) -> Iterator[Event]:
    skeleton, text = part, ""
    if isinstance(part, ToolCall):
        skeleton, text = replace(part, arguments=""), part.arguments
    elif isinstance(part, Text | Reasoning | Refusal):
        skeleton, text = replace(part, text=""), part.text
    yield PartStarted(key, skeleton)
    if text:
        yield PartDelta(key, text)
    yield PartEnded(key, part)


def answer_of(events: Iterable[Event]) -> Answer | Failure:
    """What a whole stream says, parts in the order in which they began; a `Failure` when it is not one."""
    order: list[int] = []
    parts: dict[int, Part] = {}
    began, usage = Started(), None
    for event in events:
        if isinstance(event, Failed):
            return event.failure
        if isinstance(event, Unreadable):
            return UNREADABLE
        if isinstance(event, Started):
            began = event
        elif isinstance(event, PartStarted):
            order.append(event.key)
        elif isinstance(event, PartEnded):
            parts[event.key] = event.part
        elif isinstance(event, UsageSeen):
            usage = event
        elif isinstance(event, Stopped):
            said = tuple(parts[key] for key in order if key in parts)
            return _answer(said, event, usage, began)
    return _CUT


def _answer(parts: tuple[Part, ...], end: Stopped, usage: UsageSeen | None, began: Started) -> Answer:
    return Answer(
        parts=parts,
        stop=end.reason,
        detail=end.detail,
        usage=None if usage is None else usage.usage,
        raw_usage=None if usage is None else usage.raw,
        response_id=began.response_id,
        model=began.model,
    )
