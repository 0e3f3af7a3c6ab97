"""Rate cards from the genai-prices library, and what we know better on top.

The library is imported here and nowhere else: it costs a fifth of a second, which only whoever prices
something should pay. Its bundled data is read as data, once, into rate cards; its per-request functions
are not used, and nothing is fetched. The tests hold every card against the library's own arithmetic.

Prices of the library are lists of alternatives, the last one whose constraint holds wins, and inside one
every class of token has its own thresholds. A rate card is the same in one flat list of rules.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import genai_prices
from genai_prices.data import providers
from genai_prices.types import (
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from coderouter_cli.catalog.files import read_table
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.money import per_token
from coderouter_cli.domain.rates import RateCard, RateRule, Rates

SOURCE = f"genai-prices {genai_prices.__version__}"

_CLASSES = (
    "input_mtok",
    "cache_read_mtok",
    "cache_write_mtok",
    "cache_write_5m_mtok",
    "cache_write_1h_mtok",
    "output_mtok",
)
_TIER_KEYS = frozenset({"service_tier", "speed", "processing"})
_DAY_MINUTES = 24 * 60
_WEEKEND = frozenset({5, 6})
_SOME_DAY = date(2000, 1, 1)

_Constraint = StartDateConstraint | TimeOfDateConstraint | None
_Prices = Mapping[str, Decimal | TieredPrices]


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What the library's data cannot say about a provider's prices; see `models.toml`.

    ``long_write_factor``: the long cache's write price as a multiple of plain input, where writes are
    billed and the library has no price for it. ``peak_since``: no peak hours before this day.
    ``weekends_off_peak_since``: from this day on, none on Saturdays and Sundays (UTC).
    """

    long_write_factor: Decimal | None = None
    peak_since: date | None = None
    weekends_off_peak_since: date | None = None


@dataclass(frozen=True, slots=True)
class PriceRef:
    """Where the library keeps a model: its own id of the provider, and the provider's model name."""

    provider: str
    model: str
    adjust: Adjustments = Adjustments()


@dataclass(frozen=True, slots=True)
class _When:
    since: datetime | None = None
    minutes_utc: tuple[int, int] | None = None


def load_cards() -> dict[str, RateCard]:
    """A card for each model of the catalog that the library has a price for; the others are left out."""
    cards = {model: rate_card(model, ref) for model, ref in price_refs().items()}
    return {model: card for model, card in cards.items() if card is not None}


def price_refs() -> dict[str, PriceRef]:
    """Where the price of each model of the catalog is found."""
    stated = read_table("models.toml")
    providers = read_table("providers.toml")["providers"]
    libraries = {name: entry["prices"] for name, entry in providers.items() if "prices" in entry}
    adjust = {name: _adjustments(stated["prices"].get(name, {})) for name in libraries}
    return {
        model: PriceRef(libraries[entry["provider"]], model, adjust[entry["provider"]])
        for model, entry in stated["models"].items()
    }


def _adjustments(table: JsonObject) -> Adjustments:
    factor = table.get("long_write_factor")
    return Adjustments(
        long_write_factor=None if factor is None else Decimal(str(factor)),
        peak_since=table.get("peak_since"),
        weekends_off_peak_since=table.get("weekends_off_peak_since"),
    )


def rate_card(model: str, ref: PriceRef) -> RateCard | None:
    """One model's card; None when the library does not know it or prices no text."""
    info = _find(ref)
    if info is None:
        return None
    alternatives = list(_alternatives(info))
    standard = [rule for prices, when in alternatives for rule in _rules(prices, when, None, ref.adjust)]
    if not standard:
        return None
    base, *rules = standard
    rules = _adjusted(base.rates, rules, ref.adjust)
    rules += [
        rule for variant in info.price_variants or () for rule in _tier(variant, alternatives, ref.adjust)
    ]
    return RateCard(model=model, base=base.rates, rules=tuple(rules), source=SOURCE)


def _find(ref: PriceRef) -> ModelInfo | None:
    provider = next((provider for provider in providers if provider.id == ref.provider), None)
    return None if provider is None else provider.find_model(ref.model)


def _alternatives(info: ModelInfo) -> Iterator[tuple[_Prices, _When]]:
    """The model's prices in rising precedence. The first holds when no other does, whatever it says."""
    stated = [ConditionalPrice(prices=info.prices)] if isinstance(info.prices, ModelPrice) else info.prices
    for position, conditional in enumerate(stated):
        for when in _whens(conditional.constraint) if position else [_When()]:
            yield _price_table(conditional.prices), when


def _whens(constraint: _Constraint) -> list[_When]:
    if constraint is None:
        return [_When()]
    if isinstance(constraint, StartDateConstraint):
        return [_When(since=_midnight(constraint.start_date))]
    start, end = _minute(constraint.start_time), _minute(constraint.end_time)
    if end < start:
        return [_When(minutes_utc=(start, _DAY_MINUTES)), _When(minutes_utc=(0, end))]
    return [_When(minutes_utc=(start, end))]


def _rules(prices: _Prices, when: _When, tier: str | None, adjust: Adjustments) -> Iterator[RateRule]:
    """One rule for short prompts, and one per threshold of any class of token."""
    if "input_mtok" not in prices or "output_mtok" not in prices:
        return
    tiered = (price for price in prices.values() if isinstance(price, TieredPrices))
    thresholds = {0, *(step.start for price in tiered for step in price.tiers)}
    for over in sorted(thresholds):
        yield RateRule(
            rates=_rates(prices, over, adjust),
            over_tokens=over,
            minutes_utc=when.minutes_utc,
            since=when.since,
            tier=tier,
        )


def _rates(prices: _Prices, over: int, adjust: Adjustments) -> Rates:
    """The rates of a prompt longer than ``over``. A class without a price is billed as its parent class."""
    usd = {name: _at(price, over) for name, price in prices.items()}
    plain = usd["input_mtok"]
    write = usd.get("cache_write_mtok", plain)
    return Rates(
        input=per_token(plain),
        cache_read=per_token(usd.get("cache_read_mtok", plain)),
        cache_write=per_token(usd.get("cache_write_5m_mtok", write)),
        cache_write_long=per_token(usd.get("cache_write_1h_mtok", _long_write(usd, write, adjust))),
        output=per_token(usd["output_mtok"]),
    )


def _long_write(usd: Mapping[str, Decimal], write: Decimal, adjust: Adjustments) -> Decimal:
    """The long cache's write price where the library has none."""
    if adjust.long_write_factor is None or "cache_write_mtok" not in usd:
        return write
    return usd["input_mtok"] * adjust.long_write_factor


def _at(price: Decimal | TieredPrices, over: int) -> Decimal:
    if isinstance(price, Decimal):
        return price
    return next((step.price for step in reversed(price.tiers) if step.start <= over), price.base)


def _tier(
    variant: PriceVariant, alternatives: Iterable[tuple[_Prices, _When]], adjust: Adjustments
) -> Iterator[RateRule]:
    """Rules of one service tier: its own prices over each of the standard ones."""
    names = [value for key, value in variant.when.items() if key in _TIER_KEYS]
    own = _price_table(variant.prices)
    if len(names) != len(variant.when) or len(names) != 1 or not own:
        return
    for standard, when in alternatives:
        for own_when in _whens(variant.constraint):
            merged = _When(_later(when.since, own_when.since), when.minutes_utc or own_when.minutes_utc)
            yield from _rules({**standard, **own}, merged, names[0], adjust)


def _adjusted(base: Rates, rules: list[RateRule], adjust: Adjustments) -> list[RateRule]:
    if adjust.peak_since is not None:
        start = _midnight(adjust.peak_since)
        rules = [_not_before(rule, start) if rule.minutes_utc else rule for rule in rules]
    if adjust.weekends_off_peak_since is None:
        return rules
    off_peak = (RateRule(base), *(rule for rule in rules if rule.minutes_utc is None))
    start = _midnight(adjust.weekends_off_peak_since)
    return rules + [replace(_not_before(rule, start), weekdays=_WEEKEND) for rule in off_peak]


def _not_before(rule: RateRule, start: datetime) -> RateRule:
    return replace(rule, since=_later(rule.since, start))


def _price_table(prices: ModelPrice) -> _Prices:
    stated = {name: getattr(prices, name) for name in _CLASSES}
    return {name: price for name, price in stated.items() if price is not None}


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    stated = [moment for moment in (one, other) if moment is not None]
    return max(stated, default=None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)


def _minute(moment: time) -> int:
    """Minutes since midnight UTC; the library's windows are whole minutes, UTC unless they say so."""
    at = datetime.combine(_SOME_DAY, moment, moment.tzinfo or UTC).astimezone(UTC)
    return at.hour * 60 + at.minute
