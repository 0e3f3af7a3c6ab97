"""Models nobody should choose: another is no dearer and no less able, and no worse at anything.

Over all phases that is a hint for people. A model that undercuts another does so whatever the phase: routing
drops the other where it is no better at the phase in hand, and no warmer.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields
from datetime import UTC, datetime, timedelta

from coderouter_cli.domain.model import Capabilities, Model
from coderouter_cli.domain.rates import RateCard, Rates

_A_MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
_WEEKDAYS = (0, 5)
"""Prices know working days and weekends; one of each stands for all."""


def dominated_pairs(models: Iterable[Model]) -> tuple[tuple[str, str], ...]:
    """(model, the better one) for every model that is dominated by another of its provider, in the given
    order; what they can do and how long they keep a prompt is not looked at.

    Prices are those in force once every dated change known today has happened. Models without a price
    are left out, and a model that is legacy dominates nobody.
    """
    return _pairs(models, lambda one, other: one.provider == other.provider)


def dominated_anywhere(models: Iterable[Model]) -> tuple[tuple[str, str], ...]:
    """The same among all providers, where the better one can do whatever the other can."""
    return _pairs(models, _no_less_able)


def undercutters(models: Iterable[Model]) -> dict[str, frozenset[str]]:
    """By id, the models that undercut each: no dearer at anything and no less able, however good they are.
    Legacy models and those without a price are left out; two may undercut each other."""
    known = [model for model in models if model.card is not None and not model.legacy]
    found = {
        model.id: frozenset(
            other.id for other in known if _no_less_able(other, model) and _no_dearer(other, model)
        )
        for model in known
    }
    return {name: others for name, others in found.items() if others}


def _pairs(models: Iterable[Model], may: Callable[[Model, Model], bool]) -> tuple[tuple[str, str], ...]:
    known = [model for model in models if model.card is not None]
    pairs = []
    for model in known:
        better = [
            other for other in known if not other.legacy and may(other, model) and _dominates(other, model)
        ]
        if better:
            pairs.append((model.id, max(better, key=_total_quality).id))
    return tuple(pairs)


def _dominates(one: Model, other: Model) -> bool:
    if one.id == other.id or not set(other.quality) <= set(one.quality):
        return False
    gains = [one.quality[phase].score - quality.score for phase, quality in other.quality.items()]
    if min(gains, default=0) < 0 or not _no_dearer(one, other):
        return False
    return max(gains, default=0) > 0 or not _no_dearer(other, one)


def _no_less_able(one: Model, other: Model) -> bool:
    """Whether one can serve whatever the other can, and keeps a prompt as long."""
    if one.id == other.id:
        return False
    limits = ("max_input", "max_output", "cache_ttl_s", "cache_long_ttl_s")
    if any(getattr(one, name) < getattr(other, name) for name in limits):
        return False
    able, wanted = one.capabilities, other.capabilities
    return one.cache_min_tokens <= other.cache_min_tokens and all(
        _covers(getattr(able, field.name), getattr(wanted, field.name)) for field in fields(Capabilities)
    )


def _covers(able: object, wanted: object) -> bool:
    if isinstance(able, tuple) and isinstance(wanted, tuple):
        return set(wanted) <= set(able)
    return bool(able) or not wanted


def _no_dearer(one: Model, other: Model) -> bool:
    """Whether the same text costs no more on one, at every prompt length and moment where a price changes."""
    if one.card is None or other.card is None:
        return False
    mine, theirs = (_prices(model, one.card, other.card) for model in (one, other))
    return all(price <= limit for price, limit in zip(mine, theirs, strict=True))


def _prices(model: Model, one: RateCard, other: RateCard) -> Iterator[float]:
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
