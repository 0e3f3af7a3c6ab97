"""Money is an integer count of picodollars (10**-12 USD).

One picodollar is small enough that every published price per token is a whole number of them
($0.01 per million tokens is 10,000), so sums are exact and no float ever holds an amount.
"""

from decimal import Decimal
from fractions import Fraction
from typing import NewType

Picodollars = NewType("Picodollars", int)
"""An amount in 10**-12 USD; negative when a saving turned into a loss."""

PICO_PER_USD = 10**12
_DIGITS = 12
_MILLION = 10**6


def from_usd(amount: Decimal) -> Picodollars:
    """Convert an exact dollar amount.

    Raises:
        ValueError: the amount is finer than a picodollar, or not a number.
    """
    if not amount.is_finite():
        msg = f"{amount} is not an amount"
        raise ValueError(msg)
    scaled = Fraction(amount) * PICO_PER_USD
    if scaled.denominator != 1:
        msg = f"{amount} USD is finer than a picodollar"
        raise ValueError(msg)
    return Picodollars(scaled.numerator)


def per_token(usd_per_million: Decimal) -> Picodollars:
    """Turn a price in USD per million tokens into picodollars per token, rounded to the nearest.

    Published prices are whole; only a computed one (a discounted share of a price) needs rounding.
    """
    return Picodollars(round(Fraction(usd_per_million) * PICO_PER_USD / _MILLION))


def to_usd(amount: Picodollars) -> Decimal:
    """The exact dollar amount."""
    return Decimal(f"{amount}E-{_DIGITS}")


def usd_string(amount: Picodollars) -> str:
    """The exact amount as a plain decimal string, at least two decimals, no exponent: ``1.50``."""
    whole, fraction = divmod(abs(amount), PICO_PER_USD)
    decimals = f"{fraction:0{_DIGITS}d}".rstrip("0").ljust(2, "0")
    return f"{'-' if amount < 0 else ''}{whole}.{decimals}"
