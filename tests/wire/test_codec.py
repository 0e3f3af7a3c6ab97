"""What every format's record of functions gives its callers."""

import dataclasses

import pytest

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.wire.formats.anthropic_messages import ANTHROPIC_MESSAGES
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT
from coderouter_cli.wire.formats.openai_responses import OPENAI_RESPONSES
from coderouter_cli.wire.registry import FORMATS


def test_each_format_has_its_own_name_and_keep_alive() -> None:
    codecs = (ANTHROPIC_MESSAGES, OPENAI_RESPONSES, OPENAI_CHAT)
    assert [codec.name for codec in codecs] == list(FormatName)
    assert [codec.ping() for codec in codecs] == [
        b'event: ping\ndata: {"type": "ping"}\n\n',
        b'event: keepalive\ndata: {"type":"keepalive","sequence_number":0}\n\n',
        b": ping\n\n",
    ]
    assert codecs == FORMATS


def test_every_decoder_is_a_new_one() -> None:
    for wire_format in FORMATS:
        first = wire_format.decoder()
        assert len(first.close()) == len(wire_format.decoder(()).close()) == 1
        assert first.close() == []


def test_nobody_changes_a_format() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        OPENAI_CHAT.name = FormatName.OPENAI_RESPONSES  # type: ignore[misc]  # what must not work
