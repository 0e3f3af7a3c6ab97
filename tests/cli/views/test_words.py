"""Numbers for the eye."""

import pytest

from coderouter_cli.cli.views.words import dollars, percent, plural
from coderouter_cli.domain.money import Picodollars


@pytest.mark.parametrize(
    ("pico", "told"),
    [
        (0, "$0.00"), (1, "$0.0000"), (50_000_000, "$0.0001"), (99_900_000_000, "$0.0999"),
        (100_000_000_000, "$0.10"), (254_890_000_000_000, "$254.89"), (2_819_630_000_000_000, "$2,819.63"),
        (-1_500_000_000_000, "-$1.50"), (None, "unknown"),
    ],
)  # fmt: skip
def test_dollars(pico: int | None, told: str) -> None:
    assert dollars(None if pico is None else Picodollars(pico)) == told


def test_percent_and_plural() -> None:
    assert (percent(0.417), percent(None), percent(1 / 3, digits=0)) == ("41.7 %", "-", "33 %")
    assert (plural(1, "request"), plural(2094, "request"), plural(0, "reply", "replies")) == (
        "1 request",
        "2,094 requests",
        "0 replies",
    )
