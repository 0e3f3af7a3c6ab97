"""Numbers as people read them. Rounded for the eye; the JSON output has the exact figures."""

from decimal import ROUND_HALF_UP, Decimal

from coderouter_cli.domain.money import Picodollars, to_usd

_CENT = Decimal("0.01")
_FINE = Decimal("0.0001")


def dollars(amount: Picodollars | None) -> str:
    """``$12.34``; four decimals below ten cents; ``unknown`` for an unknown amount."""
    if amount is None:
        return "unknown"
    usd = to_usd(amount)
    step = _FINE if 0 < abs(usd) < Decimal("0.1") else _CENT
    sign = "-" if usd < 0 else ""
    return f"{sign}${abs(usd).quantize(step, ROUND_HALF_UP):,}"


def percent(part: float | None, *, digits: int = 1) -> str:
    """A share of 1 as ``41.7 %``; ``-`` when there is none."""
    return "-" if part is None else f"{100 * part:.{digits}f} %"


def plural(count: int, one: str, many: str | None = None) -> str:
    """``1 request``, ``2 requests``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
