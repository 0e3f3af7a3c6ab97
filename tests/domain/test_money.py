from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.money import Picodollars, from_usd, per_token, to_usd, usd_string

amounts = st.integers(min_value=-(10**40), max_value=10**40).map(Picodollars)


@pytest.mark.parametrize(
    ("usd", "pico"),
    [
        ("0", 0),
        ("1", 10**12),
        ("-0.005", -5 * 10**9),
        ("0.000000000001", 1),
        ("254.89", 254_890_000_000_000),
        ("1E+3", 10**15),
    ],
)
def test_from_usd_is_exact(usd: str, pico: int) -> None:
    assert from_usd(Decimal(usd)) == pico


@pytest.mark.parametrize("usd", ["0.0000000000005", "1.0000000000000000000000000000000000001"])
def test_from_usd_refuses_what_it_cannot_hold(usd: str) -> None:
    with pytest.raises(ValueError, match="finer than a picodollar"):
        from_usd(Decimal(usd))


@pytest.mark.parametrize("usd", ["NaN", "Infinity", "-Infinity"])
def test_from_usd_refuses_what_is_no_amount(usd: str) -> None:
    with pytest.raises(ValueError, match="is not an amount"):
        from_usd(Decimal(usd))


@pytest.mark.parametrize(
    ("usd_per_million", "pico"),
    [("5", 5_000_000), ("0.003625", 3625), ("0.01", 10_000), ("0.0000005", 0), ("0.0000015", 2), ("0", 0)],
)
def test_per_token(usd_per_million: str, pico: int) -> None:
    assert per_token(Decimal(usd_per_million)) == pico


@given(amounts)
def test_dollars_and_back(amount: Picodollars) -> None:
    assert from_usd(to_usd(amount)) == amount


@given(amounts)
def test_string_says_the_exact_amount(amount: Picodollars) -> None:
    text = usd_string(amount)
    assert Decimal(text) == to_usd(amount)
    whole, _, fraction = text.removeprefix("-").partition(".")
    assert whole.isdigit()
    assert fraction.isdigit()
    assert 2 <= len(fraction) <= 12
    assert len(fraction) == 2 or not fraction.endswith("0")


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0.00"),
        (15 * 10**11, "1.50"),
        (1, "0.000000000001"),
        (-1, "-0.000000000001"),
        (-5 * 10**11, "-0.50"),
        (10**12 * 1234, "1234.00"),
        (123_456_000_000, "0.123456"),
    ],
)
def test_string_examples(amount: int, text: str) -> None:
    assert usd_string(Picodollars(amount)) == text
