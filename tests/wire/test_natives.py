import base64

import pytest

from coderouter_cli.wire.natives import is_anthropic, is_openai, is_vendors
from tests.wire.formats.anthropic_messages.kit import NATIVE, UUID


@pytest.mark.parametrize("size", [60, 90, 91, 92, 500])
def test_long_base64_can_be_anthropics(size: int) -> None:
    assert is_anthropic(base64.b64encode(bytes(range(18, 18 + 60)) + b"\xff" * (size - 60)).decode())


@pytest.mark.parametrize(
    "other", [None, 3, "", " ", UUID, "ab" * 32, "AB12" * 40, NATIVE[:40], NATIVE + "!", "cr1." + NATIVE]
)
def test_the_rest_cannot_be_anthropics(other: object) -> None:
    assert not is_anthropic(other)


@pytest.mark.parametrize(
    ("carrier", "expected"), [("gAAAAABo-_x", True), ("gAAAAAGk", True), ("rsn_1", False)]
)
def test_fernet_tokens_can_be_openais(carrier: str, expected: bool) -> None:
    assert is_openai(carrier) is expected
    assert is_vendors(carrier) is expected


@pytest.mark.parametrize("other", [None, 3, "", UUID, NATIVE, "cr1.openai/openai_responses.0.gAAAA"])
def test_the_rest_cannot_be_openais(other: object) -> None:
    assert not is_openai(other)
    assert is_vendors(other) is (other == NATIVE)
