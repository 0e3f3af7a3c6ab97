"""One beginning for a relayed answer."""

import pytest

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.wire.beginning import Beginning

MESSAGES, RESPONSES, CHAT = (
    FormatName.ANTHROPIC_MESSAGES,
    FormatName.OPENAI_RESPONSES,
    FormatName.OPENAI_CHAT,
)
START = {
    MESSAGES: b'event: message_start\ndata: {"type":"message_start","message":{}}\n\n',
    RESPONSES: b'event: response.created\ndata: {"type":"response.created","response":{}}\n\n',
}
PING = b'event: ping\ndata: {"type":"ping"}\n\n'


@pytest.mark.parametrize("name", START)
def test_the_first_passes_and_a_second_does_not(name: FormatName) -> None:
    beginning = Beginning(name)
    assert beginning.once(START[name]) == START[name]
    assert beginning.once(PING) == PING
    assert beginning.once(START[name]) == b""


def test_two_of_them_in_one_chunk_are_one() -> None:
    assert Beginning(MESSAGES).once(START[MESSAGES] + PING + START[MESSAGES] + PING) == (
        START[MESSAGES] + PING + PING
    )


def test_windows_line_ends() -> None:
    start = START[MESSAGES].replace(b"\n", b"\r\n")
    assert Beginning(MESSAGES).once(start + start) == start


def test_what_only_speaks_of_a_beginning_passes() -> None:
    beginning = Beginning(MESSAGES)
    beginning.once(START[MESSAGES])
    spoken = b'data: {"type":"content_block_delta","delta":{"text":"event: message_start"}}\n\n'
    assert beginning.once(spoken) == spoken
    unread = b"data: message_start\n\n"
    assert beginning.once(unread) == unread


def test_chat_has_no_beginning_of_its_own() -> None:
    chunk = b'data: {"choices":[{"delta":{"role":"assistant","content":"message_start"}}]}\n\n'
    beginning = Beginning(CHAT)
    assert beginning.once(chunk) + beginning.once(chunk) == chunk * 2
