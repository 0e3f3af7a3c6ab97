import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.wire import sse
from coderouter_cli.wire.sse import SseEvent, SseLimitError, SseParser, compact_json, format_event

STREAM = (
    "\ufeff: hello\n"
    'event: message_start\r\ndata: {"a":"é"}\r\n\r\n'
    "data:one\rdata: two\rdata:  three\r\r"
    "id: 7\nretry: 10\n\n"
    ":ping\n\n"
    "event: only a name\n\n"
    "data\n\n"
    "event: last\ndata: 漢字🙂"
).encode()
EVENTS = [
    SseEvent("message_start", '{"a":"é"}'),
    SseEvent(None, "one\ntwo\n three"),
    SseEvent(None, ""),
    SseEvent("last", "漢字🙂"),
]


def read(chunks: list[bytes]) -> list[SseEvent]:
    parser = SseParser()
    return [event for chunk in chunks for event in parser.feed(chunk)] + parser.close()


def test_reads_the_events_of_a_stream() -> None:
    assert read([STREAM]) == EVENTS


@pytest.mark.parametrize("at", range(len(STREAM) + 1))
def test_a_split_anywhere_changes_nothing(at: int) -> None:
    assert read([STREAM[:at], b"", STREAM[at:]]) == EVENTS


def test_single_bytes_change_nothing() -> None:
    assert read([bytes([byte]) for byte in STREAM]) == EVENTS


@given(st.binary(), st.data())
def test_any_bytes_read_the_same_at_any_split(stream: bytes, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)))))
    bounds = [0, *cuts, len(stream)]
    chunks = [stream[start:end] for start, end in itertools.pairwise(bounds)]
    assert read(chunks) == read([stream])


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
def test_an_event_is_given_as_soon_as_its_blank_line_has_begun(end: str) -> None:
    parser = SseParser()
    assert parser.feed(f"data: x{end}".encode()) == []
    assert parser.feed(end[:1].encode()) == [SseEvent(None, "x")]
    assert parser.feed(end[1:].encode()) == []
    assert parser.close() == []


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert read([b"data: \xff\n\n"]) == [SseEvent(None, "\ufffd")]


def test_a_line_over_the_cap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 10)
    parser = SseParser()
    assert parser.feed(b"data: 1234") == []
    with pytest.raises(SseLimitError):
        parser.feed(b"5")


def test_an_event_of_many_lines_over_the_cap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 10)
    parser = SseParser()
    assert parser.feed(b"data:123\ndata:123\n\n") == [SseEvent(None, "123\n123")]
    with pytest.raises(SseLimitError):
        parser.feed(b"data:123\ndata:123\ndata:123\n\n")


def test_writes_an_event() -> None:
    assert format_event({"type": "ping", "t": "é"}, "ping") == (
        'event: ping\ndata: {"type":"ping","t":"é"}\n\n'.encode()
    )
    assert format_event({}, None) == b"data: {}\n\n"


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.none()), st.none() | st.just("name"))
def test_what_is_written_reads_back(data: dict[str, object], name: str | None) -> None:
    assert [(e.event, json.loads(e.data)) for e in read([format_event(data, name)])] == [(name, data)]


def test_half_a_surrogate_pair_is_written_as_an_escape() -> None:
    value = json.loads('{"a": "\\ud83d é"}')
    assert compact_json(value) == b'{"a":"\\ud83d \\u00e9"}'
