"""The frame of the stream decoders."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.events import Event, Failed, Ping, Stopped, StopReason, Unreadable
from coderouter_cli.domain.failure import FailureKind
from coderouter_cli.wire.sse import MAX_EVENT_BYTES, SseEvent
from coderouter_cli.wire.stream import SseDecoder, lost_in, typed


class Counting(SseDecoder):
    """A ping for every event, an end for an event called ``end``."""

    def _received(self, one: SseEvent) -> list[Event]:
        return self._finish(Stopped(StopReason.END_TURN)) if one.event == "end" else [Ping()]


STREAM = b"data: a\n\ndata: b\n\nevent: end\ndata: c\n\ndata: after\n\n"
WHOLE = [Ping(), Ping(), Stopped(StopReason.END_TURN)]


@given(st.lists(st.integers(0, len(STREAM)), max_size=6).map(sorted))
def test_any_split_gives_the_same_events_and_nothing_after_the_end(cuts: list[int]) -> None:
    decoder = Counting()
    edges = [0, *cuts, len(STREAM)]
    events = [event for start, end in itertools.pairwise(edges) for event in decoder.feed(STREAM[start:end])]
    assert events == WHOLE
    assert decoder.feed(STREAM) == decoder.close() == []


def test_a_stream_that_ends_early_is_a_failure_said_once() -> None:
    decoder = Counting()
    assert decoder.feed(b"data: a\n\ndata: b") == [Ping()]
    *events, last = decoder.close()
    assert events == [Ping()]
    assert isinstance(last, Failed)
    assert last.failure.kind is FailureKind.TRUNCATED
    assert decoder.close() == []


def test_the_end_of_the_stream_completes_the_last_event() -> None:
    decoder = Counting()
    assert decoder.feed(b"event: end\ndata: c") == []
    assert decoder.close() == [Stopped(StopReason.END_TURN)]


@pytest.mark.parametrize("line", [b"x" * (MAX_EVENT_BYTES + 1), b"data: " + b"x" * (MAX_EVENT_BYTES - 1)])
def test_an_event_without_bounds_is_a_failure(line: bytes) -> None:
    decoder = Counting()
    events = decoder.feed(line) + decoder.feed(b"\ndata: x\n\n")
    assert [type(event) for event in events] == [Failed]
    assert decoder.close() == []


def test_no_end_of_a_stream_raises() -> None:
    decoder = Counting()
    half = b"data:" + b"x" * (MAX_EVENT_BYTES // 2)
    assert decoder.feed(half + b"\n" + half) == []
    assert [type(event) for event in decoder.close()] == [Failed]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (SseEvent("a", '{"type": "b"}'), ("b", {"type": "b"})),
        (SseEvent("a", "{}"), ("a", {})),
        (SseEvent(None, '{"type": 7}'), ("", {"type": 7})),
        (SseEvent("a", "[]"), None),
        (SseEvent("a", "half {"), None),
    ],
)
def test_what_type_an_event_has(event: SseEvent, expected: object) -> None:
    assert typed(event) == expected


@pytest.mark.parametrize(
    ("event", "lost"),
    [
        (SseEvent(None, '{"half": '), True),
        (SseEvent("ping", " {oops"), True),
        (SseEvent("text", "oops"), True),
        (SseEvent("ping", "oops"), False),
        (SseEvent(None, "[DONE]"), False),
        (SseEvent(None, ""), False),
    ],
)
def test_what_is_lost_with_an_event_that_cannot_be_read(event: SseEvent, lost: bool) -> None:
    assert lost_in(event, {"text"}) == [Unreadable()] * lost
