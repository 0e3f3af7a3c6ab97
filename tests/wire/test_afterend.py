"""What is passed on behind the end of an answer."""

import pytest

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.wire.afterend import Tail, event_pieces, tells_error

MESSAGES, RESPONSES, CHAT = FormatName


@pytest.mark.parametrize("end", [b"\n\n", b"\r\n\r\n", b"\r\r", b"\n\r\n"])
def test_pieces_end_one_event_each_and_lose_nothing(end: bytes) -> None:
    chunk = b"data: 1" + end + b"event: x\ndata: 2" + end + b"data: half"
    pieces = list(event_pieces(chunk))
    assert b"".join(pieces) == chunk
    assert [piece.count(b"data") for piece in pieces] == [1, 1, 1]


def test_a_line_end_is_no_end_of_an_event() -> None:
    assert list(event_pieces(b"event: x\r\ndata: 1\r\n")) == [b"event: x\r\ndata: 1\r\n"]


@pytest.mark.parametrize(
    ("name", "event"),
    [
        (MESSAGES, b": comment\n\n"),
        (MESSAGES, b'event: ping\ndata: {"type": "ping"}\n\n'),
        (MESSAGES, b"data: [DONE]\n\n"),
        (RESPONSES, b"data: [DONE]"),
        (RESPONSES, b'event: codex.rate_limits\ndata: {"type": "codex.rate_limits"}\n\n'),
        (CHAT, b'data: {"choices": [], "usage": {"prompt_tokens": 1}}\n\n'),
        (CHAT, b'data: {"choices": [{"index": 1, "delta": {"content": "the other choice"}}]}\n\n'),
    ],
)
def test_what_a_provider_may_say_after_the_end(name: FormatName, event: bytes) -> None:
    assert Tail(name).passed(event) == event


@pytest.mark.parametrize(
    ("name", "event"),
    [
        (MESSAGES, b'event: message_start\ndata: {"type": "message_start", "message": {}}\n\n'),
        (MESSAGES, b'event: content_block_delta\ndata: {"index": 0, "delta": {}}\n\n'),
        (MESSAGES, b'data: {"type": "error", "error": {"message": "late"}}\n\n'),
        (RESPONSES, b'data: {"type": "response.created", "response": {}}\n\n'),
        (RESPONSES, b'data: {"type": "error", "message": "late"}\n\n'),
        (CHAT, b'data: {"choices": [{"delta": {"role": "assistant", "content": ""}}]}\n\n'),
        (CHAT, b'data: {"error": {"message": "late"}}\n\n'),
        (CHAT, b'data: {"choices": [{"index": 0, "delta": {"cont\n\n'),
    ],
)
def test_what_is_another_answer(name: FormatName, event: bytes) -> None:
    assert Tail(name).passed(b": before\n\n" + event + b": after\n\n") == b": before\n\n: after\n\n"


def test_nothing_of_another_answer_passes_not_even_its_usage() -> None:
    begun = b'data: {"choices": [{"delta": {"content": "x"}}]}\n\n'
    assert Tail(CHAT).passed(begun + b'data: {"choices": [], "usage": {}}\n\n') == b""


def test_an_end_that_was_said_within_is_not_said_again() -> None:
    tail = Tail(CHAT)
    tail.own(b'data: {"choices": []}\n\ndata: [DONE]\n\n')
    assert tail.passed(b"data: [DONE]\n\n") == b""


def test_the_end_is_said_once() -> None:
    tail = Tail(CHAT)
    assert tail.passed(b"data: [DONE]\n\n") == b"data: [DONE]\n\n"
    assert tail.passed(b'data: {"choices": []}\n\ndata: [DONE]\n\n: bye\n\n') == b": bye\n\n"


def test_which_chat_event_is_an_error() -> None:
    assert tells_error(b'data: {"error": {"message": "x"}}\n\n')
    assert not tells_error(b'data: {"error": null, "choices": []}\n\n')
    assert not tells_error(b"data: [DONE]\n\n")
