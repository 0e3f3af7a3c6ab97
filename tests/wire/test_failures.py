"""What is the same in every format's errors."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.failures import (
    BY_STATUS,
    kind_of_status,
    reply_headers,
    retry_after_s,
    said_nothing,
    says_no_money,
    says_too_long,
    shown_message,
    stated_error,
    told_wait_s,
)

K = FailureKind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, K.INTERNAL),
        (400, K.INVALID),
        (418, K.INVALID),
        (429, K.RATE_LIMITED),
        (502, K.INTERNAL),
        (529, K.OVERLOADED),
    ],
)
def test_what_a_status_means(status: int, kind: FailureKind) -> None:
    assert kind_of_status(status) is kind


@given(st.integers(100, 999))
def test_every_status_means_something(status: int) -> None:
    assert kind_of_status(status) is BY_STATUS.get(status, kind_of_status(status))


@pytest.mark.parametrize(
    ("message", "too_long"),
    [
        ("prompt is too long: 210000 tokens > 200000 maximum", True),
        ("Input is too long for requested model.", True),
        ("capability_rejected: prompt_too_long", True),
        ("This model's maximum context length is 131072 tokens.", True),
        ("Your input exceeds the context window of this model.", True),
        ("input length and `max_tokens` exceed context limit", True),
        ("context_length_exceeded", True),
        ("too many prompt tokens", True),
        ("max_tokens: 5 > 3, which is the maximum", False),
        ("The context is missing.", False),
    ],
)
def test_words_about_a_prompt_that_does_not_fit(message: str, too_long: bool) -> None:
    assert says_too_long(message) is too_long


@pytest.mark.parametrize(
    ("message", "no_money"),
    [
        ("Your credit balance is too low to access the API.", True),
        ("Insufficient Balance", True),
        ("You exceeded your current quota", True),
        ("You have reached your spend limit.", True),
        ("insufficient permissions", False),
    ],
)
def test_words_about_an_empty_account(message: str, no_money: bool) -> None:
    assert says_no_money(message) is no_money


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"error": {"message": "m"}}, {"message": "m"}),
        ({"error": "m"}, {"message": "m"}),
        ({"message": "m"}, {"message": "m"}),
        ({"error": None, "detail": "d"}, {"error": None, "detail": "d"}),
    ],
)
def test_where_the_error_stands(body: JsonObject, found: JsonObject) -> None:
    assert stated_error(body) == found


@pytest.mark.parametrize(
    "key",
    [
        "sk-ant-api03-abcdef",
        "sk-proj-abc*****wxyz",
        "sk-abc\u2026wxyz",
        "gsk-abcd",
        "AIzaSyA1234567890abc",
        "Bearer abc.def",
    ],
)
def test_no_key_is_shown(key: str) -> None:
    assert shown_message(f"Wrong: {key} here", otherwise="") == "Wrong: [key] here"


def test_a_message_is_cut_or_made() -> None:
    assert len(shown_message("x" * 5000, otherwise="")) == 1000
    assert len(shown_message("x" * 5000, otherwise="", limit=7)) == 7
    assert shown_message("", otherwise=said_nothing(502)) == "the provider answered with status 502"
    assert said_nothing(None) == "the provider answered with an error without a message"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}, None),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({}, None),
    ],
)
def test_how_long_to_wait(headers: dict[str, str], wait: float | None) -> None:
    assert retry_after_s(headers) == wait


@pytest.mark.parametrize(("wait", "told"), [(None, None), (0.0, 0), (0.2, 1), (7.0, 7), (3600.0, 60)])
def test_no_client_is_told_to_wait_for_long(wait: float | None, told: int | None) -> None:
    failure = Failure(K.RATE_LIMITED, "Slow down.", retry_after_s=wait)
    assert told_wait_s(failure) == told
    last = () if told is None else (("retry-after", str(told)),)
    name = ("request-id", "r")
    assert reply_headers(failure, name, retry=True) == (name, ("x-should-retry", "true"), *last)
    assert reply_headers(failure, name, retry=False) == (name, ("x-should-retry", "false"))
