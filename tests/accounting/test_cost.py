from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.accounting.cost import attempt_cost, total_cost
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.domain.exchange import Attempt
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.rates import RateCard, RateRule, Rates
from coderouter_cli.domain.usage import Usage, UsageSource

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
USED = Usage(input=10)


def attempt(cost: int | None, usage: Usage | None = USED) -> Attempt:
    return Attempt(
        number=1,
        provider="p",
        model="m",
        fidelity=Fidelity.RAW,
        started_at=NOON,
        duration_ms=5,
        http_status=200,
        failure=None,
        usage=usage,
        usage_source=None if usage is None else UsageSource.REPORTED,
        raw_usage=None,
        cost=None if cost is None else Picodollars(cost),
    )


def flat(price: int) -> Rates:
    return Rates(*[Picodollars(price)] * 5)


def test_a_known_price_gives_a_cost() -> None:
    card = RateCard("m", flat(7), rules=(RateRule(flat(5), tier="flex"),))
    assert attempt_cost(card, Usage(input=10, output=2), NOON) == 84
    assert attempt_cost(card, Usage(input=10, output=2, tier="flex"), NOON) == 60


def test_a_tier_nobody_listed_costs_what_the_standard_one_costs() -> None:
    assert attempt_cost(RateCard("m", flat(7)), Usage(input=10, tier="ultrafast"), NOON) == 70


def test_what_a_provider_says_it_charged_is_the_cost() -> None:
    said = Usage(input=10, billed=Picodollars(3))
    assert attempt_cost(RateCard("m", flat(7)), said, NOON) == 3
    assert attempt_cost(None, said, NOON) == 3
    assert attempt_cost(None, Usage(input=10, billed=Picodollars(0)), NOON) == 0


def test_without_a_price_the_cost_is_unknown_and_not_zero() -> None:
    assert attempt_cost(None, USED, NOON) is None


def test_a_free_model_costs_zero_and_not_unknown() -> None:
    assert attempt_cost(RateCard("m", flat(0)), USED, NOON) == 0


@given(st.lists(st.integers(0, 10**15)))
def test_attempts_add_up(costs: list[int]) -> None:
    assert total_cost(attempt(cost) for cost in costs) == sum(costs)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_one_unknown_attempt_makes_the_whole_unknown(position: int) -> None:
    attempts = [attempt(5), attempt(6)]
    attempts.insert(position, attempt(None))
    assert total_cost(attempts) is None


def test_an_attempt_that_used_nothing_is_not_unknown() -> None:
    assert total_cost([attempt(None, usage=None), attempt(6)]) == 6


def test_no_attempt_costs_nothing() -> None:
    assert total_cost([]) == 0
