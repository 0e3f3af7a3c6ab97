import json
from dataclasses import replace

from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.formats.anthropic_messages import ANTHROPIC_MESSAGES
from coderouter_cli.wire.sse import SseEvent, SseParser
from tests.wire.formats.anthropic_messages.claude_code import request
from tests.wire.formats.anthropic_messages.kit import VENDOR, model


def test_each_side_of_it_speaks_to_the_other() -> None:
    asked = ANTHROPIC_MESSAGES.parse(request())
    assert ANTHROPIC_MESSAGES.losses(asked, VENDOR) == ()
    assert ANTHROPIC_MESSAGES.sanitise(request(), model(), VENDOR) == request()
    rendered = ANTHROPIC_MESSAGES.render(asked, model(), replace(VENDOR, cache_control=False))
    assert ANTHROPIC_MESSAGES.parse(rendered).messages == asked.messages
    failure = Failure(FailureKind.OVERLOADED, "Overloaded")
    reply = ANTHROPIC_MESSAGES.encode_failure(failure, request_id="r", retry=True)
    body = json.dumps(reply.body).encode()
    assert ANTHROPIC_MESSAGES.decode_failure(reply.status, {}, body).kind is FailureKind.OVERLOADED


def test_a_ping_is_anthropics_own() -> None:
    assert ANTHROPIC_MESSAGES.ping() == b'event: ping\ndata: {"type": "ping"}\n\n'
    assert SseParser().feed(ANTHROPIC_MESSAGES.ping()) == [SseEvent("ping", '{"type": "ping"}')]
