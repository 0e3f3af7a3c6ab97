"""Models nobody should choose: another of the same provider is no dearer and no worse at anything.

Capabilities are not looked at. A dominated model may still be the only one that can serve a request,
so this is a rule for choosing among the models that can, and a hint for people.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from coderouter_cli.domain.model import Model
from coderouter_cli.domain.rates import RateCard, Rates

_A_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_WEEKDAYS = (0, 5)
"""Prices know working days and weekends; one of each stands for all."""


def dominated_pairs(models: Iterable[Model]) -> tuple[tuple[str, str], ...]:
    """(model, the better one) for every model that is dominated, in the given order.

    Prices are those in force once every dated change known today has happened. Models without a price
    are left out, and a model that is legacy dominates nobody.
    """
    known = [model for model in models if model.card is not None]
    pairs = []
    for model in known:
        better = [other for other in known if not other.legacy and _dominates(other, model)]
        if better:
            pairs.append((model.id, max(better, key=_total_quality).id))
    return tuple(pairs)


def _dominates(one: Model, other: Model) -> bool:
    if one.id == other.id or one.provider != other.provider or one.card is None or other.card is None:
        return False
    gains = [one.quality[phase].score - quality.score for phase, quality in other.quality.items()]
    prices = list(_prices(one, one.card, other.card))
    theirs = list(_prices(other, one.card, other.card))
    no_dearer = all(mine <= yours for mine, yours in zip(prices, theirs, strict=True))
    return no_dearer and min(gains, default=0) >= 0 and (max(gains, default=0) > 0 or prices != theirs)


def _prices(model: Model, one: RateCard, other: RateCard) -> Iterator[float]:
    """What the same text costs on the model, at every prompt length and moment where a price changes."""
    card = one if one.model == model.id else other
    for over in sorted({0} | {rule.over_tokens for rule in (*one.rules, *other.rules)}):
        for moment in _moments(one, other):
            yield from (rate * model.token_factor for rate in _classes(card.rates_for(over + 1, moment)))


def _classes(rates: Rates) -> tuple[int, ...]:
    return (rates.input, rates.cache_read, rates.cache_write, rates.cache_write_long, rates.output)


def _moments(*cards: RateCard) -> Iterator[datetime]:
    rules = [rule for card in cards for rule in card.rules]
    latest = max((rule.since for rule in rules if rule.since is not None), default=_A_MONDAY)
    weeks = (latest - _A_MONDAY) // timedelta(weeks=1) + 1
    minutes = {0} | {rule.minutes_utc[0] for rule in rules if rule.minutes_utc is not None}
    for weekday in _WEEKDAYS:
        for minute in sorted(minutes):
            yield _A_MONDAY + timedelta(weeks=weeks, days=weekday, minutes=minute)


def _total_quality(model: Model) -> int:
    return sum(quality.score for quality in model.quality.values())
