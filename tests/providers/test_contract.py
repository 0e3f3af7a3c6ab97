"""What passes between the daemon and a provider shows nobody's secrets."""

import json

from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.providers.contract import AttemptFailedError, Call, ClientRequest, RawReply
from coderouter_cli.wire.registry import format_of
from tests.daemon.kit import MESSAGES


def test_a_request_shows_its_format_and_size_alone() -> None:
    body = MESSAGES.body("canary prompt")
    data = json.dumps(body).encode()
    headers = {"authorization": "Bearer crt_canary"}
    request = ClientRequest(MESSAGES.format, headers, data, body, format_of(MESSAGES.format).parse(body))
    assert repr(request) == f"ClientRequest(anthropic_messages, {len(data)} bytes)"


def test_a_call_shows_where_it_goes_and_its_size_alone() -> None:
    call = Call("https://api.example/v1", (("x-api-key", "sk-canary"),), b"canary")
    assert repr(call) == "Call(url='https://api.example/v1', 6 bytes)"


def test_a_failed_attempt_is_its_failure() -> None:
    failure = Failure(FailureKind.OVERLOADED, "too many requests", 529)
    reply = RawReply(529, (), b"{}")
    error = AttemptFailedError(failure, reply)
    assert (str(error), error.failure, error.reply) == ("too many requests", failure, reply)
    assert (error.code, error.http_status) == ("provider_failed", 502)
