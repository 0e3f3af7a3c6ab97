import base64

import pytest

from coderouter_cli.wire.formats.anthropic_messages.signature import is_native
from tests.wire.formats.anthropic_messages.kit import NATIVE, UUID


@pytest.mark.parametrize("size", [60, 90, 91, 92, 500])
def test_long_base64_can_be_anthropics(size: int) -> None:
    assert is_native(base64.b64encode(bytes(range(18, 18 + 60)) + b"\xff" * (size - 60)).decode())


@pytest.mark.parametrize(
    "other", [None, 3, "", " ", UUID, "ab" * 32, "AB12" * 40, NATIVE[:40], NATIVE + "!", "cr1." + NATIVE]
)
def test_the_rest_cannot(other: object) -> None:
    assert not is_native(other)
