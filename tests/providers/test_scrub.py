"""Our key in what a provider says of an error."""

import json

import pytest

from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.providers.contract import AttemptFailedError, Call, RawReply
from coderouter_cli.providers.scrub import Scrub

KEY = "dummy/key+of-the-user"


def scrub(*headers: tuple[str, str]) -> Scrub:
    return Scrub(Call("https://provider.test/v1", headers, b""))


@pytest.mark.parametrize(
    "header", [("authorization", f"Bearer {KEY}"), ("x-api-key", KEY), ("Authorization", f"Bearer {KEY}")]
)
def test_a_key_is_replaced_however_it_is_written(header: tuple[str, str]) -> None:
    one = scrub(header)
    slashed = json.dumps({"message": f"no {KEY}"}).replace("/", "\\/")
    for body in (f"no {KEY}", json.dumps({"message": f"no {KEY}"}), slashed):
        cleaned = one.clean(body.encode())
        assert b"[redacted]" in cleaned
        assert b"key+of" not in cleaned
    failure = one.failure(Failure(FailureKind.AUTH, f"no {KEY}, no", 401, f"bad {KEY}"))
    assert failure == Failure(FailureKind.AUTH, "no [redacted], no", 401, "bad [redacted]")


@pytest.mark.parametrize("size", [6, 10, len(KEY) - 1])
def test_a_key_at_which_a_message_was_cut_is_replaced(size: int) -> None:
    failure = scrub(("x-api-key", KEY)).failure(Failure(FailureKind.AUTH, f"no {KEY[:size]}"))
    assert failure.message == "no [redacted]"


def test_what_is_no_credential_stays() -> None:
    body = b"the anthropic-version 2023-06-01 needs none"
    assert scrub(("anthropic-version", "2023-06-01"), ("x-api-key", "none")).clean(body) == body
    assert scrub().failure(Failure(FailureKind.INTERNAL, "as it was")).message == "as it was"


def test_no_failed_attempt_tells_of_it() -> None:
    one, failure = scrub(("x-api-key", KEY)), Failure(FailureKind.AUTH, f"bad {KEY}")
    with pytest.raises(AttemptFailedError) as caught, one.told():
        raise AttemptFailedError(failure, RawReply(401, (), KEY.encode()))
    assert KEY not in str(caught.value)
    assert KEY not in caught.value.failure.message
    assert caught.value.reply == RawReply(401, (), b"[redacted]")
