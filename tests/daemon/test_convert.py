"""A provider's bytes as the client sees them: whole events only, at any split."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.daemon.convert import Converter, Reencoding, Relaying
from coderouter_cli.domain.conversation import FormatName, Text
from coderouter_cli.domain.events import (
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Started,
    Stopped,
    StopReason,
)
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.afterend import event_pieces
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.registry import format_of
from tests.daemon.kit import CHAT, CLIENTS, MESSAGES, RESPONSES, Client, each_client, events

CONTEXT = ReplyContext(model="asked-for", response_id="r1", created=1)
BROKEN = Failed(Failure(FailureKind.TRUNCATED, "it broke off"))
SAID: tuple[Event, ...] = (
    Started("r1", "other"),
    PartStarted(0, Text("")),
    PartDelta(0, "Hello"),
    PartEnded(0, Text("Hello")),
)
STOPPED = Stopped(StopReason.END_TURN)


def written(client: Client, model: str = "the-providers") -> bytes:
    """A stream as a provider of this format would write it."""
    encoder = format_of(client.format).encoder(ReplyContext(model=model, response_id="r1", created=1))
    return b"".join(encoder.feed(event) for event in (*SAID, STOPPED))


def is_whole(data: bytes) -> bool:
    return data == b"" or data.endswith((b"\n\n", b"\r\n\r\n"))


@given(data=st.data(), client=st.sampled_from(CLIENTS), crlf=st.booleans())
def test_relaying_gives_whole_events_and_all_of_them(data: st.DataObject, client: Client, crlf: bool) -> None:
    stream, expected = written(client), written(client, "asked-for")
    if crlf:
        stream, expected = stream.replace(b"\n", b"\r\n"), expected.replace(b"\n", b"\r\n")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    converter, decoder = Relaying(client.format, CONTEXT), format_of(client.format).decoder()
    out = b""
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        chunk = stream[start:end]
        piece = converter.convert(chunk, decoder.feed(chunk))
        assert is_whole(piece)
        out += piece
    assert out + converter.finish([]) == expected


@each_client
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_relayed_stream_that_breaks_off_ends_in_one_error(client: Client, share: float) -> None:
    stream = written(client)
    converter = Relaying(client.format, CONTEXT)
    out = converter.convert(stream[: int(len(stream) * share)], []) + converter.finish([BROKEN])
    assert client.errors(out) == ["it broke off"]
    assert is_whole(out)


@pytest.mark.parametrize(("client", "last"), [(MESSAGES, b"message_stop"), (CHAT, b"[DONE]")])
def test_an_answer_without_its_last_event_gets_it(client: Client, last: bytes) -> None:
    whole = written(client, "asked-for")
    cut = whole[: whole[:-2].rindex(b"\n\n") + 2]
    assert last not in cut
    converter = Relaying(client.format, CONTEXT)
    assert converter.convert(cut, []) + converter.finish([STOPPED]) == whole


@each_client
def test_an_answer_with_its_last_event_gets_no_second_one(client: Client) -> None:
    whole = written(client, "asked-for")
    converter = Relaying(client.format, CONTEXT)
    assert converter.convert(whole, [STOPPED]) + converter.finish([]) == whole


@given(data=st.data(), client=st.sampled_from(CLIENTS), crlf=st.booleans())
def test_a_second_answer_behind_the_first_is_not_passed_on(
    data: st.DataObject, client: Client, crlf: bool
) -> None:
    tail = b"data: [DONE]\n\n" if client is RESPONSES else b": bye\n\n"
    stream, expected = written(client) + written(client) + tail, written(client, "asked-for") + tail
    if crlf:
        stream, expected = stream.replace(b"\n", b"\r\n"), expected.replace(b"\n", b"\r\n")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=12)))
    converter, decoder = Relaying(client.format, CONTEXT), format_of(client.format).decoder()
    out = b""
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        for piece in event_pieces(stream[start:end]):
            out += converter.convert(piece, decoder.feed(piece))
    assert out + converter.finish([]) == expected


@pytest.mark.parametrize("client", [MESSAGES, RESPONSES])
def test_a_relayed_answer_begins_once(client: Client) -> None:
    whole, expected = written(client), written(client, "asked-for")
    beginning = next(event_pieces(whole))
    converter, decoder = Relaying(client.format, CONTEXT), format_of(client.format).decoder()
    out = b"".join(converter.convert(one, decoder.feed(one)) for one in event_pieces(beginning + whole))
    assert out + converter.finish([]) == expected


def test_a_late_error_does_not_undo_a_chat_answer() -> None:
    """A gateway that counts, and fails at that, after the last word."""
    whole = written(CHAT, "asked-for").removesuffix(b"data: [DONE]\n\n")
    late = b'data: {"error": {"message": "late"}}\n\n'
    converter, decoder = Relaying(CHAT.format, CONTEXT), format_of(CHAT.format).decoder()
    out = b"".join(converter.convert(one, decoder.feed(one)) for one in event_pieces(whole + late))
    out += converter.finish(decoder.close())
    assert CHAT.finished(out)
    assert CHAT.text(out) == "Hello"


@each_client
def test_a_last_event_that_nothing_ended_is_passed_on_as_it_is(client: Client) -> None:
    whole = written(client, "asked-for")
    converter = Relaying(client.format, CONTEXT)
    out = converter.convert(whole[:-2], []) + converter.finish([STOPPED])
    assert out == whole[:-2]


@each_client
def test_a_long_event_in_many_pieces_is_passed_on_in_no_time(client: Client) -> None:
    """Looking for a line's end in it again and again once took the square of its length."""
    event = b'data: {"type":"x","model":"y","text":"' + b"z" * 4_000_000 + b'"}\n\n'
    converter = Relaying(client.format, CONTEXT)
    out = b"".join(converter.convert(event[at : at + 50_000], []) for at in range(0, len(event), 50_000))
    assert len(out) == len(event) + (len("asked-for") - len("y") if client is CHAT else 0)


@each_client
def test_reencoding_writes_what_it_is_told(client: Client) -> None:
    converter = Reencoding(client.format, CONTEXT)
    out = b"".join(converter.convert(b"whatever", [event]) for event in SAID) + converter.finish([STOPPED])
    assert client.text(out) == "Hello"
    assert client.finished(out)
    broken = Reencoding(client.format, CONTEXT)
    assert client.errors(broken.convert(b"", list(SAID)) + broken.finish([BROKEN])) == ["it broke off"]


@each_client
@pytest.mark.parametrize("kind", [Relaying, Reencoding])
def test_a_ping_in_a_stream_that_has_begun_means_nothing(
    client: Client, kind: type[Relaying] | type[Reencoding]
) -> None:
    converter: Converter = kind(client.format, CONTEXT)
    out = converter.convert(written(client), list(SAID)) + converter.ping()
    assert is_whole(converter.ping())
    assert converter.ping()
    assert client.text(out) == "Hello"
    assert client.errors(out) == []


def test_only_names_of_models_are_changed() -> None:
    converter = Relaying(FormatName.OPENAI_CHAT, CONTEXT)
    line = {"model": "theirs", "choices": [{"index": 0, "delta": {"content": "the model is theirs"}}]}
    out = converter.convert(b"data: " + json.dumps(line).encode() + b"\n\n", [])
    assert list(events(out)) == [{**line, "model": "asked-for"}]


@pytest.mark.parametrize("estimate", [0, 77])
def test_relaying_estimates_a_prompt_that_the_provider_does_not_count_at_first(estimate: int) -> None:
    stream = written(MESSAGES)
    converter = Relaying(MESSAGES.format, replace(CONTEXT, input_estimate=estimate))
    out = b"".join(converter.convert(stream[at : at + 7], []) for at in range(0, len(stream), 7))
    (start,) = [event for event in events(out) if event["type"] == "message_start"]
    assert start["message"]["usage"]["input_tokens"] == estimate
    assert start["message"]["model"] == "asked-for"
