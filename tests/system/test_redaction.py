import copy
import dataclasses
import io
import json
import logging
import pickle
import string
import sys
import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from rich.pretty import pretty_repr

from coderouter_cli.system.redaction import REDACTED, RedactingFilter, Redactor, Secret

canaries = st.text(alphabet=string.ascii_letters + string.digits + "-_", min_size=12, max_size=80).map(
    "canary-".__add__
)
"""Secrets that no ordinary text contains."""


@dataclasses.dataclass
class Holder:
    name: str
    key: Secret


def fail(what: object) -> None:
    raise RuntimeError(what)


@settings(max_examples=1000, deadline=None)
@given(canaries)
def test_no_way_of_printing_a_secret_shows_it(value: str) -> None:
    secret = Secret(value)
    holder = Holder("anthropic", secret)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r:>80}",
        format(secret, ">200"),
        "%s %r" % (secret, secret),  # noqa: UP031 - one more way
        "{0} {0!r} {0!s}".format(secret),  # noqa: UP032 - one more way
        repr(holder),
        repr([secret, {secret: secret}]),
        str(dataclasses.asdict(holder)),
        str(ValueError(secret)),
        repr(ValueError("key", secret)),
        pretty_repr(holder),
        str(copy.copy(secret)),
        str(copy.deepcopy(holder)),
        json.dumps({"key": secret}, default=str),
        str(dir(secret)),
    ]

    assert not [text for text in shown if value in text]
    assert secret.reveal() == value


@given(canaries)
def test_a_traceback_with_local_variables_does_not_show_it(value: str) -> None:
    output = io.StringIO()
    secret = Secret(value)
    del value
    try:
        fail(secret)
    except RuntimeError as error:
        Console(file=output, width=200).print_exception(show_locals=True)
        captured = traceback.TracebackException.from_exception(error, capture_locals=True)
        output.write("".join(captured.format()))

    assert secret.reveal() not in output.getvalue()
    assert REDACTED in output.getvalue()


def test_a_secret_is_not_serialised() -> None:
    secret = Secret("canary-0123456789")

    with pytest.raises(TypeError):
        json.dumps(secret)
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="never serialised"):
            pickle.dumps(secret, protocol)
    with pytest.raises(TypeError):
        vars(secret)
    with pytest.raises(TypeError):
        list(secret)  # type: ignore[call-overload]  # what must not work


def test_a_secret_cannot_be_changed_or_empty() -> None:
    secret = Secret("canary-0123456789")

    with pytest.raises(AttributeError):
        secret.other = "x"  # what must not work
    with pytest.raises(ValueError, match="empty"):
        Secret("")


@given(st.text(min_size=1), st.text(min_size=1))
def test_secrets_are_equal_when_their_values_are(left: str, right: str) -> None:
    assert (Secret(left) == Secret(right)) is (left == right)
    assert Secret(left) == Secret(left)
    assert hash(Secret(left)) == hash(Secret(left))
    assert Secret(left) != left


@pytest.mark.parametrize(
    ("value", "tail"),
    [("sk-ant-0123456789abcd", "abcd"), ("short-one", ""), ("a" * 15, ""), ("a" * 16, "aaaa")],
)
def test_the_tail_is_shown_of_long_secrets_only(value: str, tail: str) -> None:
    assert Secret(value).tail == tail


@pytest.mark.parametrize(
    "key",
    [
        "sk-ant-api03-AbCdEf0123456789_-xyz",
        "sk-proj-AbCdEf0123456789",
        "sk-0123456789abcdef",
        "crt_AbCdEf0123456789",
        "xai-AbCdEf0123456789",
        "gsk_AbCdEf0123456789",
        "AIzaSyAbCdEf0123456789",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
    ],
)
@pytest.mark.parametrize(
    "frame", ["{}", "key={}", "'{}'", "https://x/?k={}&y=1", "a {}, b", '{{"x-api-key": "{}"}}']
)
def test_what_looks_like_a_key_is_taken_out_unknown(key: str, frame: str) -> None:
    cleaned = Redactor().clean(frame.format(key))

    assert key[8:] not in cleaned
    assert REDACTED in cleaned


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Authorization: Bearer abc.def-ghi", "abc.def-ghi"),
        ("authorization: bearer 0123456789", "0123456789"),
        ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("x-api-key: plain-key-without-prefix", "plain-key"),
        ("X-Api-Key:plain-key-without-prefix", "plain-key"),
        ("x-api-key=plain-key-without-prefix", "plain-key"),
    ],
)
def test_what_a_header_carries_is_taken_out(text: str, gone: str) -> None:
    assert gone not in Redactor().clean(text)


@pytest.mark.parametrize(
    "text",
    [
        "GET /v1/messages 200",
        "the task-oriented risk-averse desk-mounted approach",
        "claude-opus-5-5 costs 5 USD per million tokens",
        "sk-",
        "",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert Redactor().clean(text) == text


@given(st.lists(canaries, min_size=1, max_size=5), st.text())
def test_known_values_are_taken_out_wherever_they_stand(values: list[str], between: str) -> None:
    redactor = Redactor(map(Secret, values))

    cleaned = redactor.clean(between.join(values) + between)

    assert not [value for value in values if value in cleaned]


def test_a_value_inside_a_longer_one_leaves_nothing_of_it() -> None:
    redactor = Redactor([Secret("abcdefgh")])
    redactor.learn([Secret("abcdefgh-and-the-rest")])

    assert redactor.clean("abcdefgh-and-the-rest") == REDACTED


def test_a_value_too_short_to_be_a_key_does_not_black_out_the_log() -> None:
    assert Redactor([Secret("a")]).clean("a message") == "a message"


def test_the_filter_keeps_the_record_and_leaves_no_exception_to_other_handlers() -> None:
    key = "canary-0123456789"
    try:
        fail(key)
    except RuntimeError:
        record = logging.LogRecord("x", logging.ERROR, __file__, 1, "%s failed", (key,), sys.exc_info())

    assert RedactingFilter(Redactor([Secret(key)])).filter(record)
    assert key not in logging.Formatter().format(record)
    assert record.exc_info is None
