from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from coderouter_cli.accounting.baseline import UNKNOWN, Answered, BaselineInput, baselines
from coderouter_cli.domain.model import Capabilities, Model
from coderouter_cli.domain.money import Picodollars, from_usd, per_token
from coderouter_cli.domain.rates import RateCard, Rates
from coderouter_cli.domain.usage import Usage

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def model(name: str, factor: float, *usd: str, provider: str = "anthropic") -> Model:
    rates = Rates(*(per_token(Decimal(price)) for price in usd))
    return Model(
        id=name,
        provider=provider,
        family=name,
        max_input=10**6,
        max_output=10**5,
        capabilities=Capabilities(),
        quality={},
        card=RateCard(name, rates),
        cache_ttl_s=300,
        cache_min_tokens=512,
        token_factor=factor,
    )


# Input, cache read, cache write, long write, output; USD per million tokens.
OPUS = model("claude-opus-5-5", 1.3, "4", "0.2", "5", "8", "20")
SONNET = model("claude-sonnet-5-5", 1.3, "2", "0.1", "2.5", "4", "10")
FLASH = model("deepseek-flash", 0.65, "0.15", "0.003", "0.15", "0.15", "0.6", provider="deepseek")


def answered(by: Model, usage: Usage | None, cost: str | None = "0.01", estimate: int = 62_000) -> Answered:
    price = None if cost is None else from_usd(Decimal(cost))
    return Answered(model=by, usage=usage, cost=price, started_at=NOON, estimate=estimate)


def test_a_warm_step_on_opus_by_hand() -> None:
    # The step of 60k warm tokens, 2k new and 500 out: 60,000 x $0.20 + 2,000 x $5 + 500 x $20 per million.
    real = answered(SONNET, Usage(cache_write=62_000, output=500))
    warm = BaselineInput(OPUS, warm_tokens=60_000)
    expected = Decimal("0.012") + Decimal("0.010") + Decimal("0.010")
    assert baselines(real, warm, warm).all_opus == from_usd(expected)


def test_the_three_baselines_of_a_routed_step() -> None:
    # Flash counts half the tokens of Opus for the same text: 31,000 in is 62,000, 250 out is 500.
    real = answered(FLASH, Usage(input=1_000, cache_read=30_000, output=250))
    found = baselines(real, BaselineInput(SONNET, warm_tokens=0), BaselineInput(OPUS, warm_tokens=60_000))
    assert found.requested == from_usd(Decimal("0.155") + Decimal("0.005"))  # 62,000 x $2.50 + 500 x $10
    assert found.all_opus == from_usd(Decimal("0.032"))
    assert found.list_price == from_usd(Decimal("0.248") + Decimal("0.010"))  # 62,000 x $4 + 500 x $20


def test_routing_off_saves_exactly_nothing() -> None:
    # The provider's cache did something no model of it foresees; the baseline is what was paid.
    real = answered(OPUS, Usage(input=7, cache_read=1_234, cache_write=55, output=9), cost="0.0123456789")
    same = BaselineInput(OPUS, warm_tokens=61_000, never_left=True)
    found = baselines(real, same, same)
    assert found.requested == found.all_opus == real.cost
    assert found.list_price == from_usd(Decimal("0.005184") + Decimal("0.00018"))  # 1,296 x $4 + 9 x $20


def test_a_conversation_that_left_is_priced_as_if_it_had_not() -> None:
    # Back on Opus after a detour: the real request wrote its whole prompt anew, a stayer would have read it.
    real = answered(OPUS, Usage(cache_write=62_000, output=500), cost="0.32")
    found = baselines(real, BaselineInput(OPUS, warm_tokens=60_000), BaselineInput(OPUS, warm_tokens=60_000))
    assert found.requested == from_usd(Decimal("0.032"))
    assert real.cost is not None
    assert found.requested < real.cost


def test_never_left_means_nothing_for_another_model() -> None:
    real = answered(SONNET, Usage(input=62_000, output=500))
    found = baselines(real, BaselineInput(OPUS, never_left=True), BaselineInput(OPUS, never_left=True))
    assert found.requested == from_usd(Decimal("0.310") + Decimal("0.010"))


def test_an_unknown_cost_stays_unknown() -> None:
    real = answered(OPUS, Usage(input=62_000, output=500), cost=None)
    found = baselines(real, BaselineInput(OPUS, never_left=True), BaselineInput(OPUS))
    assert found.requested is None
    assert found.all_opus is not None


@pytest.mark.parametrize("requested", [None, replace(SONNET, card=None)], ids=["unknown model", "no price"])
def test_a_model_without_a_price_has_no_baseline(requested: Model | None) -> None:
    real = answered(FLASH, Usage(input=31_000, output=250))
    found = baselines(real, BaselineInput(requested), BaselineInput(OPUS))
    assert found.requested is None
    assert found.all_opus is not None


def test_without_opus_there_is_neither_its_baseline_nor_a_list_price() -> None:
    found = baselines(answered(FLASH, Usage(input=1)), BaselineInput(SONNET), BaselineInput(None))
    assert (found.all_opus, found.list_price) == (None, None)


def test_without_usage_nothing_is_known() -> None:
    assert baselines(answered(FLASH, None), BaselineInput(SONNET), BaselineInput(OPUS)) == UNKNOWN


def test_all_money_is_whole_picodollars() -> None:
    found = baselines(
        answered(FLASH, Usage(input=31_001, output=7)), BaselineInput(SONNET), BaselineInput(OPUS)
    )
    assert all(isinstance(amount, int) for amount in (found.requested, found.all_opus, found.list_price))
    assert Picodollars(0) != found.all_opus
