"""Whole answers as events, what our encoder makes of them, and what the openai SDK says to that."""

from collections.abc import Sequence
from dataclasses import replace

from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

from coderouter_cli.domain.conversation import (
    FormatName,
    JsonObject,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
)
from coderouter_cli.domain.events import (
    Event,
    PartDelta,
    PartEnded,
    PartStarted,
    Started,
    Stopped,
    StopReason,
    UsageSeen,
)
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.formats.openai_responses import OPENAI_RESPONSES
from tests.wire.formats.openai_responses.kit import context, events_of
from tests.wire.grammar import text_of

STREAM_EVENT: TypeAdapter[ResponseStreamEvent] = TypeAdapter(ResponseStreamEvent)
USAGE = UsageSeen(Usage(input=10, cache_read=60, cache_write=30, output=9, reasoning=4), {}, final=True)
ENCRYPTED = Opaque(FormatName.OPENAI_RESPONSES, "encrypted", "gAAA")


def skeleton(part: Part) -> Part:
    """The part as it begins."""
    if isinstance(part, ToolCall):
        return ToolCall(part.id, part.name, "", part.kind, part.namespace)
    return type(part)("") if isinstance(part, Text | Refusal | Reasoning) else part


def events_for(parts: Sequence[Part], stop: StopReason = StopReason.END_TURN) -> list[Event]:
    """The events of a whole answer, each text in two deltas."""
    events: list[Event] = [Started("provider's", "provider's model")]
    for key, part in enumerate(parts):
        text = text_of(part)
        deltas = [piece for piece in (text[:2], text[2:]) if piece]
        events.append(PartStarted(key, skeleton(part)))
        events += [PartDelta(key, piece) for piece in deltas]
        events.append(PartEnded(key, part))
    return [*events, USAGE, Stopped(stop)]


def encode(events: Sequence[Event], client: str = "") -> list[JsonObject]:
    """What a client reads."""
    encoder = OPENAI_RESPONSES.encoder(replace(context(), client=client))
    return events_of(b"".join(encoder.feed(event) for event in events))


def bare(events: list[JsonObject]) -> list[JsonObject]:
    """Without the numbers and the response objects, which other tests look at."""
    return [{k: v for k, v in event.items() if k not in {"sequence_number", "response"}} for event in events]


def validated(events: list[JsonObject]) -> None:
    """Each event is one the openai SDK knows, with every field it needs."""
    for event in events:
        assert STREAM_EVENT.validate_python(event).type == event["type"]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
