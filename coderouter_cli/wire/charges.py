"""What a provider says it charged, beside its token counts."""

from decimal import Decimal
from fractions import Fraction

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.money import PICO_PER_USD, Picodollars
from coderouter_cli.wire.read import as_int, as_object

_TICKS_PER_USD = 10**10
_MOST_USD = 10**6


def stated_charge(raw: JsonObject) -> Picodollars | None:
    """The charge a usage object states; None when it states none, or in a currency nobody names.

    OpenRouter has it as ``cost``, in dollars, and apart what it charges a user's own key
    (https://openrouter.ai/docs/use-cases/usage-accounting); xAI in ticks of 10**-10 dollars
    (https://github.com/Wei-Shaw/sub2api/issues/5771).
    """
    if "cost_in_usd_ticks" in raw:
        ticks = as_int(raw["cost_in_usd_ticks"], -1)
        believed = 0 <= ticks <= _MOST_USD * _TICKS_PER_USD
        return Picodollars(ticks * (PICO_PER_USD // _TICKS_PER_USD)) if believed else None
    if "cost_details" not in raw and "is_byok" not in raw:
        return None
    charge = _dollars(raw.get("cost"))
    if charge is None or raw.get("is_byok") is not True:
        return charge
    own = _dollars(as_object(raw.get("cost_details")).get("upstream_inference_cost"))
    return None if own is None else Picodollars(charge + own)


def _dollars(value: object) -> Picodollars | None:
    """A JSON number of dollars, to the nearest picodollar."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= _MOST_USD:
        return None
    return Picodollars(round(Fraction(Decimal(repr(value))) * PICO_PER_USD))
