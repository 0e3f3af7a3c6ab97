"""The grammar of `domain.events`, checked; and a whole answer read off an event list."""

from collections.abc import Callable, Iterable, Sequence

from coderouter_cli.domain.conversation import Part, Reasoning, Refusal, Text, ToolCall
from coderouter_cli.domain.events import (
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Ping,
    Started,
    Stopped,
    Unreadable,
    UsageSeen,
)
from coderouter_cli.wire.format import StreamDecoder


def text_of(part: Part) -> str:
    """What a part's deltas add up to."""
    if isinstance(part, ToolCall):
        return part.arguments
    return part.text if isinstance(part, Text | Reasoning | Refusal) else ""


def check_grammar(events: Sequence[Event]) -> None:
    """Fail unless the events are one answer as `domain.events` describes it."""
    assert events, "an answer has at least its terminal event"
    assert isinstance(events[-1], Stopped | Failed)
    open_parts: dict[int, list[str]] = {}
    ended: set[int] = set()
    for position, event in enumerate(events):
        if isinstance(event, Started):
            assert all(isinstance(before, Ping | Unreadable) for before in events[:position])
        elif isinstance(event, PartStarted):
            assert event.key not in open_parts
            assert event.key not in ended
            assert text_of(event.part) == ""
            open_parts[event.key] = []
        elif isinstance(event, PartDelta):
            open_parts[event.key].append(event.text)
        elif isinstance(event, PartEnded):
            assert "".join(open_parts.pop(event.key)) == text_of(event.part)
            ended.add(event.key)
        elif isinstance(event, Stopped | Failed):
            assert position == len(events) - 1
    if isinstance(events[-1], Stopped):
        assert not open_parts


def feed_all(decoder: StreamDecoder, pieces: Iterable[bytes]) -> list[Event]:
    """Everything a decoder says to these pieces and the end of the stream."""
    events = [event for piece in pieces for event in decoder.feed(piece)]
    events += decoder.close()
    assert decoder.feed(b"data: {}\n\n") == []
    assert decoder.close() == []
    return events


def decode_whole(new_decoder: Callable[[], StreamDecoder], data: bytes) -> list[Event]:
    """The events of a stream, the same in one piece and byte by byte."""
    whole = feed_all(new_decoder(), [data])
    check_grammar(whole)
    assert feed_all(new_decoder(), [data[i : i + 1] for i in range(len(data))]) == whole
    return whole


def decode_at_every_split(new_decoder: Callable[[], StreamDecoder], data: bytes) -> list[Event]:
    """The events of a stream, the same wherever its bytes are cut in two."""
    whole = decode_whole(new_decoder, data)
    for cut in range(len(data) + 1):
        assert feed_all(new_decoder(), [data[:cut], data[cut:]]) == whole
    return whole


def parts_of(events: Iterable[Event]) -> list[Part]:
    """The complete parts, in the order in which they were announced."""
    order: list[int] = []
    parts: dict[int, Part] = {}
    for event in events:
        if isinstance(event, PartStarted):
            order.append(event.key)
        elif isinstance(event, PartEnded):
            parts[event.key] = event.part
    return [parts[key] for key in order if key in parts]


def usage_of(events: Iterable[Event]) -> UsageSeen | None:
    """The last word on usage."""
    seen = [event for event in events if isinstance(event, UsageSeen)]
    return seen[-1] if seen else None
