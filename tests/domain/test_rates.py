from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.rates import RateCard, RateRule, Rates
from coderouter_cli.domain.usage import Usage

MONDAY = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def rates(of: int) -> Rates:
    """Rates that are told apart by their input price."""
    one = Picodollars(of)
    return Rates(input=one, cache_read=one, cache_write=one, cache_write_long=one, output=one)


def card(*rules: RateRule) -> RateCard:
    return RateCard(model="m", base=rates(1), rules=rules)


def test_each_class_has_its_rate() -> None:
    # claude-opus-4-7: $5 in, $0.50 read, $6.25 write, $10 long write, $25 out per million.
    opus = Rates(*map(Picodollars, (5_000_000, 500_000, 6_250_000, 10_000_000, 25_000_000)))
    usage = Usage(input=3, cache_read=10_000, cache_write=500, cache_write_long=7, output=200, reasoning=90)
    # 0.000015 + 0.005 + 0.003125 + 0.00007 + 0.005 USD
    assert opus.cost(usage) == 13_210_000_000


@given(st.lists(st.tuples(*[st.integers(0, 10**7)] * 5), min_size=1, max_size=5))
def test_cost_is_additive(parts: list[tuple[int, int, int, int, int]]) -> None:
    price = Rates(*map(Picodollars, (3, 5, 7, 11, 13)))
    usages = [Usage(*part) for part in parts]
    together = Usage(*(sum(column) for column in zip(*parts, strict=True)))
    assert sum(price.cost(usage) for usage in usages) == price.cost(together)


def test_the_last_rule_that_holds_wins() -> None:
    priced = card(RateRule(rates(2)), RateRule(rates(3)), RateRule(rates(4), over_tokens=100))
    assert priced.rates_for(100, MONDAY) == rates(3)
    assert priced.rates_for(101, MONDAY) == rates(4)


def test_no_rule_holds_means_base() -> None:
    assert card(RateRule(rates(2), over_tokens=10)).rates_for(10, MONDAY) == rates(1)


def test_the_threshold_counts_the_whole_prompt_and_reprices_all_of_it() -> None:
    long = card(RateRule(rates(10), over_tokens=100))
    assert long.cost(Usage(input=1, cache_read=99, output=5), MONDAY) == 105
    assert long.cost(Usage(input=1, cache_read=100, output=5), MONDAY) == 1060


@pytest.mark.parametrize(
    ("hour", "minute", "expected"), [(0, 59, 1), (1, 0, 2), (3, 59, 2), (4, 0, 1), (23, 59, 1)]
)
def test_a_window_is_half_open(hour: int, minute: int, expected: int) -> None:
    peak = card(RateRule(rates(2), minutes_utc=(60, 240)))
    assert peak.rates_for(1, MONDAY.replace(hour=hour, minute=minute)) == rates(expected)


def test_windows_and_weekdays_are_in_utc() -> None:
    peak = card(RateRule(rates(2), minutes_utc=(60, 240), weekdays=frozenset({0})))
    beijing = timezone(timedelta(hours=8))
    assert peak.rates_for(1, datetime(2026, 11, 23, 9, 30, tzinfo=beijing)) == rates(2)
    assert peak.rates_for(1, datetime(2026, 11, 23, 7, 30, tzinfo=beijing)) == rates(1)
    assert peak.rates_for(1, datetime(2026, 11, 24, 9, 30, tzinfo=beijing)) == rates(1)


def test_a_rule_begins_at_its_moment() -> None:
    risen = card(RateRule(rates(2), since=MONDAY))
    assert risen.rates_for(1, MONDAY - timedelta(microseconds=1)) == rates(1)
    assert risen.rates_for(1, MONDAY) == rates(2)


def test_a_tier_rule_holds_for_its_tier_only() -> None:
    tiered = card(RateRule(rates(2), tier="flex"), RateRule(rates(3), over_tokens=10, tier="priority"))
    assert tiered.cost(Usage(input=5, tier="flex"), MONDAY) == 10
    assert tiered.cost(Usage(input=5, tier="priority"), MONDAY) == 5
    assert tiered.cost(Usage(input=20, tier="priority"), MONDAY) == 60
    assert tiered.cost(Usage(input=5, tier="standard"), MONDAY) == 5
    assert tiered.cost(Usage(input=5), MONDAY) == 5


def test_a_rule_without_a_tier_holds_for_every_tier() -> None:
    assert card(RateRule(rates(2))).rates_for(1, MONDAY, "flex") == rates(2)


def test_a_moment_without_a_zone_has_no_price() -> None:
    with pytest.raises(ValueError, match="time zone"):
        card().rates_for(1, MONDAY.replace(tzinfo=None))
