"""Errors: providers' read, ours written."""

import json

import httpx2
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT


def read(status: int, error: object, **headers: str) -> Failure:
    names = {key.replace("_", "-"): value for key, value in headers.items()}
    return OPENAI_CHAT.decode_failure(status, names, json.dumps({"error": error}).encode())


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (400, {"message": "bad", "type": "invalid_request_error", "code": None}, FailureKind.INVALID),
        (
            400,
            {"message": "x", "type": "invalid_request_error", "code": "context_length_exceeded"},
            FailureKind.TOO_LONG,
        ),
        (400, {"message": "This model's maximum context length is 131072 tokens."}, FailureKind.TOO_LONG),
        (
            400,
            {"message": "Input exceeds the context window", "type": "invalid_request_error"},
            FailureKind.TOO_LONG,
        ),
        (401, {"message": "Incorrect API key", "code": "invalid_api_key"}, FailureKind.AUTH),
        (401, {"message": "Authentication Fails"}, FailureKind.AUTH),
        (402, {"message": "Insufficient Balance", "code": "invalid_request_error"}, FailureKind.BILLING),
        (403, {"message": "Country not supported"}, FailureKind.PERMISSION),
        (404, {"message": "no such model", "code": "model_not_found"}, FailureKind.NOT_FOUND),
        (408, {"message": "slow"}, FailureKind.TIMEOUT),
        (413, {"message": "large"}, FailureKind.TOO_LARGE),
        (422, {"message": "what"}, FailureKind.INVALID),
        (429, {"message": "slow down", "code": "rate_limit_exceeded"}, FailureKind.RATE_LIMITED),
        (
            429,
            {"message": "You exceeded your current quota", "type": "insufficient_quota"},
            FailureKind.BILLING,
        ),
        (429, {"message": "Too many tokens per minute", "type": "tokens"}, FailureKind.RATE_LIMITED),
        (500, {"message": "x", "type": "server_error"}, FailureKind.INTERNAL),
        (502, {"message": "x"}, FailureKind.INTERNAL),
        (503, {"message": "x", "type": "server_error"}, FailureKind.OVERLOADED),
        (504, {"message": "x"}, FailureKind.TIMEOUT),
        (529, {"message": "x"}, FailureKind.OVERLOADED),
    ],
)
def test_what_providers_mean(status: int, error: object, kind: FailureKind) -> None:
    failure = read(status, error)
    assert (failure.kind, failure.status) == (kind, status)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"error": "model is loading"}', "model is loading"),
        (b'{"message": "no route"}', "no route"),
        (b'{"detail": "not found"}', "not found"),
        (b'[{"error": {"code": 400, "message": "bad schema", "status": "INVALID_ARGUMENT"}}]', "bad schema"),
        (
            b'{"error": {"message": "Provider returned error", "metadata": {"raw": "overloaded"}}}',
            "Provider returned error: overloaded",
        ),
        (b"<html>502</html>", "The provider answered 418."),
        (b"", "The provider answered 418."),
        (b"\xff\xfe", "The provider answered 418."),
        (b'{"error": null}', "The provider answered 418."),
    ],
)
def test_many_shapes_of_an_error(body: bytes, message: str) -> None:
    assert OPENAI_CHAT.decode_failure(418, {}, body).message == message


def test_no_key_gets_into_a_message() -> None:
    message = (
        "Incorrect API key provided: sk-proj-abc*****wxyz. Sent: Bearer abc.def. Or AIzaSyA1234567890abc"
    )
    shown = read(401, {"message": message}).message
    assert "Incorrect API key provided: [key]" in shown
    for secret in ("sk-proj", "wxyz", "abc.def", "AIza"):
        assert secret not in shown


def test_a_long_message_is_cut() -> None:
    assert len(read(400, {"message": "x" * 9000}).message) == 500


@given(st.integers(400, 599), st.binary(max_size=100))
def test_any_body_is_read(status: int, body: bytes) -> None:
    assert OPENAI_CHAT.decode_failure(status, {}, body).message


@pytest.mark.parametrize("kind", FailureKind)
def test_every_failure_has_a_status_and_says_whether_to_retry(kind: FailureKind) -> None:
    failure = Failure(kind, "What happened.", retry_after_s=2.4)
    final = OPENAI_CHAT.encode_failure(failure, request_id="req_1", retry=False)
    again = OPENAI_CHAT.encode_failure(failure, request_id="req_1", retry=True)
    assert 400 <= final.status < 600
    assert set(final.body["error"]) == {"message", "type", "param", "code"}
    assert dict(final.headers) == {"x-request-id": "req_1", "x-should-retry": "false"}
    assert dict(again.headers) == {"x-request-id": "req_1", "x-should-retry": "true", "retry-after": "3"}


@pytest.mark.parametrize("kind", FailureKind)
def test_what_is_written_is_read_back(kind: FailureKind) -> None:
    reply = OPENAI_CHAT.encode_failure(Failure(kind, "What happened."), request_id="r", retry=False)
    back = OPENAI_CHAT.decode_failure(reply.status, dict(reply.headers), json.dumps(reply.body).encode())
    assert back.kind is kind


def test_no_client_is_told_to_wait_for_long() -> None:
    failure = Failure(FailureKind.RATE_LIMITED, "Slow down.", retry_after_s=3600.0)
    headers = dict(OPENAI_CHAT.encode_failure(failure, request_id="r", retry=True).headers)
    assert headers["retry-after"] == "60"


def test_the_sdk_does_not_retry_what_is_final() -> None:
    reply = OPENAI_CHAT.encode_failure(Failure(FailureKind.BILLING, "No money."), request_id="r", retry=False)
    asked: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        asked.append(request)
        return httpx2.Response(reply.status, headers=list(reply.headers), json=reply.body)

    with (
        openai.OpenAI(
            api_key="x",
            base_url="http://127.0.0.1:9/v1",
            http_client=openai.DefaultHttpxClient(transport=httpx2.MockTransport(answer)),
        ) as client,
        pytest.raises(openai.RateLimitError) as raised,
    ):
        client.chat.completions.create(model="m", messages=[])
    assert len(asked) == 1
    assert raised.value.code == "insufficient_quota"
    assert raised.value.request_id == "r"
