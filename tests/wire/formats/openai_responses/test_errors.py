import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.formats.openai_responses import OPENAI_RESPONSES
from coderouter_cli.wire.formats.openai_responses.errors import decode_failure, encode_failure, stream_error

K = FailureKind


def read(status: int, error: object, headers: dict[str, str] | None = None) -> Failure:
    return decode_failure(status, headers or {}, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"message": "Bad.", "type": "invalid_request_error", "code": None}, K.INVALID),
        (400, {"message": "m", "code": "context_length_exceeded"}, K.TOO_LONG),
        (400, {"message": "This model's maximum context length is 1000 tokens.", "code": "x"}, K.TOO_LONG),
        (400, {"message": "Your input exceeds the context window of this model."}, K.TOO_LONG),
        (401, {"message": "m", "code": "invalid_api_key"}, K.AUTH),
        (401, {"message": "m", "type": "invalid_request_error"}, K.AUTH),
        (402, {"message": "Insufficient Balance", "type": "unknown_error"}, K.BILLING),
        (401, {"message": "m", "code": "invalid_request_error"}, K.AUTH),
        (402, {"message": "m", "code": "invalid_request_error"}, K.BILLING),
        (429, {"message": "m", "code": "invalid_request_error"}, K.RATE_LIMITED),
        (500, {"message": "m", "code": "invalid_request_error"}, K.INTERNAL),
        (403, {"message": "m", "code": "unsupported_country_region_territory"}, K.PERMISSION),
        (404, {"message": "m", "code": "model_not_found"}, K.NOT_FOUND),
        (408, {"message": "m"}, K.TIMEOUT),
        (413, {"message": "m"}, K.TOO_LARGE),
        (422, {"message": "m"}, K.INVALID),
        (429, {"message": "m", "code": "rate_limit_exceeded", "type": "tokens"}, K.RATE_LIMITED),
        (429, {"message": "m", "code": "insufficient_quota"}, K.BILLING),
        (429, {"message": "m", "type": "insufficient_quota", "code": None}, K.BILLING),
        (429, {"message": "m", "type": "usage_limit_reached"}, K.BILLING),
        (500, {"message": "m", "type": "server_error"}, K.INTERNAL),
        (500, {"message": "m", "code": "server_is_overloaded"}, K.OVERLOADED),
        (503, {"message": "m"}, K.OVERLOADED),
        (504, {"message": "m"}, K.TIMEOUT),
        (529, {"message": "m"}, K.OVERLOADED),
        (418, {"message": "m"}, K.INVALID),
        (599, {"message": "m"}, K.INTERNAL),
        (400, "a plain string", K.INVALID),
    ],
)
def test_providers_errors(status: int, error: object, kind: FailureKind) -> None:
    failure = read(status, error)
    assert failure.kind is kind
    assert failure.status == status


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error":{"message":"Bad."}}', "Bad."),
        (b'{"error":"Bad."}', "Bad."),
        (b'{"message":"Bad."}', "Bad."),
        (b'{"detail":"Bad."}', "Bad."),
        (b"<html>", "the provider answered with status 502"),
        (b"", "the provider answered with status 502"),
        (b'{"error":{"message":7}}', "the provider answered with status 502"),
        (b"\xff\xfe", "the provider answered with status 502"),
    ],
)
def test_the_message_is_found_or_made(body: bytes, message: str) -> None:
    assert decode_failure(502, {}, body).message == message


def test_a_key_in_a_message_is_not_repeated() -> None:
    failure = read(401, {"message": "Incorrect API key provided: sk-abc**********wxyz. See the docs."})
    assert failure.message == "Incorrect API key provided: [key] See the docs."


def test_a_long_message_is_cut() -> None:
    assert len(read(400, {"message": "x" * 100_000}).message) == 1000


@pytest.mark.parametrize(
    ("headers", "message", "wait"),
    [
        ({"retry-after": "7"}, "m", 7.0),
        ({"retry-after": "1.5"}, "m", 1.5),
        ({"retry-after-ms": "250", "retry-after": "7"}, "m", 0.25),
        ({"retry-after": "Mon, 23 Nov 2026 10:00:00 GMT"}, "m", None),
        ({"retry-after": "-1"}, "m", None),
        ({"retry-after": "inf"}, "m", None),
        ({}, "Please try again in 1.2s. Visit ...", 1.2),
        ({}, "Please try again in 20ms.", 0.02),
        ({}, "Please try again in 6m0s.", 360.0),
        ({}, "try again in 5 seconds", 5.0),
        ({}, "m", None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], message: str, wait: float | None) -> None:
    assert read(429, {"message": message}, headers).retry_after_s == wait


def test_the_code_is_kept() -> None:
    assert read(400, {"message": "m", "code": "odd_code", "type": "odd_type"}).code == "odd_code"
    assert read(400, {"message": "m", "type": "odd_type"}).code == "odd_type"
    assert read(400, {"message": "m"}).code is None


@pytest.mark.parametrize("kind", list(FailureKind))
def test_without_a_retry_codex_shows_the_message_at_once(kind: FailureKind) -> None:
    """Measured with Codex 0.169.0: any status but 400 is tried six times or more."""
    reply = encode_failure(Failure(kind, "Readable.", 500, retry_after_s=3), request_id="req_1", retry=False)
    assert reply.status == 400
    assert reply.body["error"]["message"] == "Readable."
    assert dict(reply.headers) == {"x-request-id": "req_1", "x-should-retry": "false"}


@pytest.mark.parametrize("kind", list(FailureKind))
def test_with_a_retry_the_status_says_what_it_is(kind: FailureKind) -> None:
    reply = encode_failure(Failure(kind, "m"), request_id="req_1", retry=True)
    assert reply.status != 500, "Codex drops its message"
    assert dict(reply.headers)["x-should-retry"] == "true"
    assert set(reply.body["error"]) == {"message", "type", "param", "code"}
    again = OPENAI_RESPONSES.decode_failure(reply.status, {}, json.dumps(reply.body).encode())
    same = {K.UNREACHABLE: K.INTERNAL, K.TRUNCATED: K.INTERNAL, K.OVERLOADED: K.INTERNAL}
    assert again.kind is same.get(kind, kind)


@pytest.mark.parametrize(("wait", "header"), [(7.0, "7"), (0.2, "1"), (3600.0, "60"), (0.0, "0")])
def test_a_client_never_waits_for_long(wait: float, header: str) -> None:
    failure = Failure(K.RATE_LIMITED, "m", retry_after_s=wait)
    assert dict(encode_failure(failure, request_id="r", retry=True).headers)["retry-after"] == header


def test_codex_knows_a_full_context_by_its_code() -> None:
    failure = Failure(K.TOO_LONG, "m")
    for retry in (True, False):
        reply = encode_failure(failure, request_id="r", retry=retry)
        assert (reply.status, reply.body["error"]["code"]) == (400, "context_length_exceeded")


@pytest.mark.parametrize(
    ("failure", "error"),
    [
        (Failure(K.INVALID, "m"), {"code": "invalid_prompt", "message": "m"}),
        (Failure(K.AUTH, "m"), {"code": "invalid_prompt", "message": "m"}),
        (Failure(K.TOO_LONG, "m"), {"code": "context_length_exceeded", "message": "m"}),
        (Failure(K.BILLING, "m"), {"code": "insufficient_quota", "message": "m"}),
        (Failure(K.OVERLOADED, "m"), {"code": "server_error", "message": "m"}),
        (Failure(K.RATE_LIMITED, "m"), {"code": "rate_limit_exceeded", "message": "m"}),
        (
            Failure(K.RATE_LIMITED, "m.", retry_after_s=1.2),
            {"code": "rate_limit_exceeded", "message": "m. Please try again in 2s."},
        ),
        (
            Failure(K.RATE_LIMITED, "try again in 3s", retry_after_s=3),
            {"code": "rate_limit_exceeded", "message": "try again in 3s"},
        ),
    ],
)
def test_errors_inside_a_stream(failure: Failure, error: JsonObject) -> None:
    assert stream_error(failure) == error


VALUES = (
    st.none() | st.booleans() | st.integers() | st.text(max_size=30) | st.lists(st.integers(), max_size=2)
)


@given(
    st.integers(100, 599),
    st.dictionaries(st.sampled_from(["message", "code", "type", "detail"]), VALUES),
    st.dictionaries(st.sampled_from(["retry-after", "retry-after-ms"]), st.text(max_size=8)),
)
def test_any_error_is_read(status: int, error: JsonObject, headers: dict[str, str]) -> None:
    failure = read(status, error, headers)
    assert failure.message
    assert failure.retry_after_s is None or failure.retry_after_s >= 0


@given(st.binary(max_size=100))
def test_any_body_is_read(body: bytes) -> None:
    assert decode_failure(500, {}, body).kind is K.INTERNAL
