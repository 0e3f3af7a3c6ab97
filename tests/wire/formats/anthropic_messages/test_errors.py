import json
from typing import Any

import pytest
from anthropic.types import ErrorResponse
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.formats.anthropic_messages.errors import (
    decode_failure,
    encode_failure,
    error_body,
    is_error,
    stream_failure,
)

K = FailureKind


def error(kind: str | None, message: str = "Sorry.", **more: Any) -> dict[str, Any]:
    return {"type": "error", "error": {"type": kind, "message": message, **more}, "request_id": "req"}


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, error("invalid_request_error"), K.INVALID),
        (
            400,
            error("invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
            K.TOO_LONG,
        ),
        (
            400,
            error("invalid_request_error", "input length and `max_tokens` exceed context limit"),
            K.TOO_LONG,
        ),
        (400, error("invalid_request_error", "capability_rejected: prompt_too_long"), K.TOO_LONG),
        (400, error("invalid_request_error", "Your credit balance is too low to access the API."), K.BILLING),
        (400, error("invalid_request_error", "max_tokens: 5 > 3, which is the maximum"), K.INVALID),
        (401, error("authentication_error"), K.AUTH),
        (401, error("invalid_request_error", "Authentication Fails"), K.AUTH),
        (402, error("invalid_request_error", "Insufficient Balance"), K.BILLING),
        (403, error("permission_error"), K.PERMISSION),
        (404, error("not_found_error"), K.NOT_FOUND),
        (408, {}, K.TIMEOUT),
        (413, error("request_too_large"), K.TOO_LARGE),
        (422, {"detail": "odd"}, K.INVALID),
        (418, {}, K.INVALID),
        (429, error("rate_limit_error"), K.RATE_LIMITED),
        (429, error("billing_error"), K.BILLING),
        (429, error("rate_limit_error", "You have reached your spend limit."), K.BILLING),
        (500, error("api_error"), K.INTERNAL),
        (502, {}, K.INTERNAL),
        (503, {}, K.OVERLOADED),
        (504, error("api_error"), K.TIMEOUT),
        (529, error("overloaded_error"), K.OVERLOADED),
        (529, error("api_error"), K.OVERLOADED),
        (500, error("overloaded_error"), K.OVERLOADED),
        (400, {"error": {"message": "no", "code": "context_length_exceeded"}}, K.TOO_LONG),
        (400, {"error": "This model's maximum context length is 5 tokens"}, K.TOO_LONG),
    ],
)
def test_every_kind_of_error_is_told_from_the_others(
    status: int, body: dict[str, Any], kind: FailureKind
) -> None:
    failure = decode_failure(status, {}, json.dumps(body).encode())
    assert (failure.kind, failure.status) == (kind, status)


@pytest.mark.parametrize(
    ("error_object", "kind"),
    [
        ({"type": "error", "error": {"type": "overloaded_error"}}, K.OVERLOADED),
        ({"error": {"message": "no", "code": 429}}, K.RATE_LIMITED),
        ({"error": {"message": "no", "code": 599}}, K.INTERNAL),
        ({"error": {"message": "Insufficient balance"}}, K.BILLING),
        ({"error": {}}, K.INTERNAL),
    ],
)
def test_errors_without_a_status(error_object: dict[str, Any], kind: FailureKind) -> None:
    failure = stream_failure(error_object)
    assert (failure.kind, failure.status) == (kind, None)


@given(
    st.integers(300, 599),
    st.binary(),
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text()),
)
def test_any_body_and_header_is_a_failure(status: int, body: bytes, headers: dict[str, str]) -> None:
    failure = decode_failure(status, headers, body)
    assert failure.status == status
    assert failure.message
    assert failure.retry_after_s is None or failure.retry_after_s >= 0


def test_what_a_failure_says() -> None:
    failure = decode_failure(
        529, {"retry-after": "7"}, json.dumps(error("overloaded_error", "Overloaded")).encode()
    )
    assert failure == Failure(K.OVERLOADED, "Overloaded", 529, "overloaded_error", 7.0)
    assert decode_failure(500, {}, b"").message == "the provider answered with status 500"
    assert stream_failure({}).message == "the provider answered with an error without a message"


def test_a_message_is_cut_and_holds_no_key() -> None:
    body = error("authentication_error", "invalid key sk-ant-api03-abcdef " + "x" * 5000)
    message = decode_failure(401, {}, json.dumps(body).encode()).message
    assert "sk-ant" not in message
    assert len(message) == 1000


EXPECTED = {
    K.INVALID: (400, "invalid_request_error"),
    K.AUTH: (401, "authentication_error"),
    K.PERMISSION: (403, "permission_error"),
    K.BILLING: (402, "billing_error"),
    K.NOT_FOUND: (404, "not_found_error"),
    K.TOO_LARGE: (413, "request_too_large"),
    K.TOO_LONG: (400, "invalid_request_error"),
    K.RATE_LIMITED: (429, "rate_limit_error"),
    K.OVERLOADED: (529, "overloaded_error"),
    K.TIMEOUT: (504, "timeout_error"),
    K.UNREACHABLE: (502, "api_error"),
    K.TRUNCATED: (502, "api_error"),
    K.INTERNAL: (500, "api_error"),
    K.REFUSED: (400, "policy_blocked"),
}


@pytest.mark.parametrize("kind", list(FailureKind))
def test_every_kind_is_written_and_read_back(kind: FailureKind) -> None:
    reply = encode_failure(Failure(kind, "Sorry."), request_id="req_1", retry=False)
    assert (reply.status, reply.body["error"]["type"]) == EXPECTED[kind]
    assert reply.headers == (("request-id", "req_1"), ("x-should-retry", "false"))
    assert reply.body["request_id"] == "req_1"
    if kind not in {K.TOO_LARGE, K.REFUSED}:
        # Documented, or known to Claude Code, but missing in the SDK's own union.
        ErrorResponse.model_validate(reply.body)
    again = decode_failure(reply.status, dict(reply.headers), json.dumps(reply.body).encode())
    assert again.kind is {K.UNREACHABLE: K.INTERNAL, K.TRUNCATED: K.INTERNAL}.get(kind, kind)


def test_a_prompt_that_is_too_long_says_so_in_the_words_the_client_knows() -> None:
    def message(words: str) -> str:
        return str(error_body(Failure(K.TOO_LONG, words))["error"]["message"])

    assert message("context_length_exceeded") == "prompt is too long: context_length_exceeded"
    assert message("Prompt is too long: 5 > 3") == "Prompt is too long: 5 > 3"


@pytest.mark.parametrize(
    ("wait", "retry", "expected"),
    [(None, True, None), (0.2, True, "1"), (7.0, True, "7"), (3600.0, True, "60"), (7.0, False, None)],
)
def test_how_long_a_client_is_told_to_wait(wait: float | None, retry: bool, expected: str | None) -> None:
    failure = Failure(K.RATE_LIMITED, "Slow down.", retry_after_s=wait)
    headers = dict(encode_failure(failure, request_id="r", retry=retry).headers)
    assert headers["x-should-retry"] == ("true" if retry else "false")
    assert headers.get("retry-after") == expected


def test_what_is_an_error() -> None:
    bodies: list[dict[str, Any]] = [
        {"type": "error"},
        {"error": {}},
        {"error": "x"},
        {"error": None},
        {"type": "message"},
    ]
    assert [is_error(body) for body in bodies] == [True, True, True, False, False]
