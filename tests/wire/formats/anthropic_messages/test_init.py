from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.wire.formats.anthropic_messages import ANTHROPIC_MESSAGES
from coderouter_cli.wire.sse import SseEvent, SseParser


def test_it_is_a_wire_format() -> None:
    assert ANTHROPIC_MESSAGES.name is FormatName.ANTHROPIC_MESSAGES


def test_a_ping_is_anthropics_own() -> None:
    assert ANTHROPIC_MESSAGES.ping() == b'event: ping\ndata: {"type": "ping"}\n\n'
    assert SseParser().feed(ANTHROPIC_MESSAGES.ping()) == [SseEvent("ping", '{"type": "ping"}')]


def test_every_decoder_and_encoder_is_a_new_one() -> None:
    decoder = ANTHROPIC_MESSAGES.decoder()
    assert decoder.close() != []
    assert ANTHROPIC_MESSAGES.decoder().close() != []
    assert decoder.close() == []
