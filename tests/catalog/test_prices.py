"""Every card against the library's own arithmetic, and what we know better against the facts."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from genai_prices import Usage as TheirUsage
from genai_prices import calc_price
from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    PriceVariant,
    Provider,
    StartDateConstraint,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)

from coderouter_cli.catalog import prices
from coderouter_cli.catalog.prices import SOURCE, Adjustments, PriceRef, load_cards, price_refs, rate_card
from coderouter_cli.domain.money import per_token
from coderouter_cli.domain.rates import RateCard
from coderouter_cli.domain.usage import Usage

REFS = price_refs()
CARDS = load_cards()
MOMENTS = tuple(
    datetime.fromisoformat(moment).replace(tzinfo=UTC)
    for moment in (
        "2026-02-01T12:00:00",  # Sonnet 4.6 still has its surcharge over 200k
        "2026-05-09T12:00:00",  # the post
        "2026-05-11T02:00:00",  # a Monday morning before DeepSeek had peak hours
        "2026-08-20T02:00:00",  # peak, since three days
        "2026-08-22T02:00:00",  # a Saturday, the last on which peak hours counted
        "2026-08-23T02:00:00",  # a Sunday, off-peak
        "2026-09-09T23:59:59",
        "2026-09-10T00:00:00",
        "2026-10-11T23:59:59",
        "2026-10-14T00:00:00",  # all tiers are listed
        "2026-11-20T03:59:59",  # Friday, the last second of a peak window
        "2026-11-20T04:00:00",
        "2026-11-21T02:00:00",  # Saturday
        "2026-11-23T00:59:59",  # Monday
        "2026-11-23T01:00:00",
        "2026-11-23T06:30:00",
        "2026-11-23T10:00:00",
        "2027-01-04T12:00:00",
    )
)
TIERS = {
    None: {},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "batch": {"processing": "batch"},
}
FAST = {"anthropic": {"speed": "fast"}, "openai": {"service_tier": "fast"}}


def usages(card: RateCard) -> Iterator[Usage]:
    """Small, mixed, and just below, at and above every threshold of the card."""
    yield Usage(input=1)
    yield Usage(input=1_234, output=567)
    yield Usage(
        input=7, cache_read=60_001, cache_write=2_003, cache_write_long=1_009, output=501, reasoning=99
    )
    for over in sorted({rule.over_tokens for rule in card.rules} - {0}):
        for prompt in (over - 1, over, over + 1):
            yield Usage(input=prompt - 1_500, cache_read=1_000, cache_write=500, output=77)


def theirs(ref: PriceRef, usage: Usage, at: datetime, context: dict[str, str]) -> Decimal:
    """What the library says the usage cost, in picodollars."""
    priced = calc_price(
        TheirUsage(
            input_tokens=usage.prompt,
            cache_read_tokens=usage.cache_read,
            cache_write_tokens=usage.cache_write + usage.cache_write_long,
            cache_write_1h_tokens=usage.cache_write_long,
            output_tokens=usage.output,
        ),
        ref.model,
        provider_id=ref.provider,
        genai_request_timestamp=at,
        price_context=context,
    )
    return priced.total_price * 10**12


def is_overridden(ref: PriceRef, usage: Usage, at: datetime) -> bool:
    """Where we mean to differ; the tests below say by how much."""
    if ref.provider == "openai":
        return usage.cache_write_long > 0
    if ref.provider == "deepseek":
        in_window = 1 <= at.hour < 4 or 6 <= at.hour < 10
        before = at.date() < date(2026, 8, 17)
        weekend = at.weekday() >= 5 and at.date() >= date(2026, 8, 23)
        return in_window and (before or weekend)
    return False


def test_every_model_has_a_card() -> None:
    assert set(CARDS) == set(REFS)
    assert {card.source for card in CARDS.values()} == {SOURCE}


@pytest.mark.parametrize("model", sorted(REFS))
def test_a_card_says_what_the_library_says(model: str) -> None:
    ref, card = REFS[model], CARDS[model]
    contexts = TIERS | ({"fast": FAST[ref.provider]} if ref.provider in FAST else {})
    compared = 0
    for usage in usages(card):
        for at in MOMENTS:
            for tier, context in contexts.items():
                if is_overridden(ref, usage, at):
                    continue
                ours = card.rates_for(usage.prompt, at, tier).cost(usage)
                assert ours == theirs(ref, usage, at, context), (usage, at, tier)
                compared += 1
    assert compared >= 3 * len(TIERS) * 10


def listed(model: str, at: datetime, over: int = 0, tier: str | None = None) -> tuple[str, ...]:
    """Input, cache read, cache write, long write and output in USD per million tokens."""
    rates = CARDS[model].rates_for(over + 1, at, tier)
    classes = (rates.input, rates.cache_read, rates.cache_write, rates.cache_write_long, rates.output)
    return tuple(f"{Decimal(rate) / 10**6:f}" for rate in classes)


NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("model", "over", "expected"),
    [
        # Public price lists, 2026-11-23: litellm 1.109.1 and genai-prices 0.2.3 agree on these.
        ("claude-opus-4-7", 0, "5 0.5 6.25 10 25"),
        ("claude-opus-5-5", 0, "4 0.2 5 8 20"),
        ("claude-fable-5-2", 0, "8 0.2 10 16 40"),
        ("claude-sonnet-4-6", 200_000, "3 0.3 3.75 6 15"),
        ("claude-sonnet-5-5", 0, "2 0.1 2.5 4 10"),
        ("claude-haiku-5-5", 0, "0.1 0.01 0.125 0.2 0.5"),
        ("claude-haiku-5-5", 100_000, "0.5 0.05 0.625 1 2.5"),
        ("gpt-5-mini", 0, "0.25 0.025 0.25 0.25 2"),
        ("gpt-5.4", 272_000, "5 0.5 5 5 22.5"),
        ("gpt-5.5", 0, "5 0.5 5 5 30"),
        # litellm has OpenAI's 12-hour write, genai-prices does not.
        ("gpt-5.6-sol", 0, "4 0.4 5 10 20"),
        ("gpt-5.6-terra", 0, "2 0.2 2.5 5 12"),
        ("gpt-5.6-luna", 0, "0.2 0.02 0.25 0.5 1.2"),
        ("gpt-6-astra", 0, "10 1 12.5 25 50"),
        ("gpt-6-sol", 0, "2 0.2 2.5 5 10"),
        ("gpt-6.1-sol", 0, "2 0.1 2.5 5 10"),
        ("gpt-6.1-terra", 0, "1 0.05 1.25 2.5 5"),
        ("gpt-6-luna", 0, "0.1 0.01 0.125 0.25 0.5"),
        ("gpt-6-luna", 272_000, "0.2 0.02 0.25 0.5 0.75"),
        ("deepseek-v4-pro", 0, "0.66 0.022 0.66 0.66 1.98"),
        ("deepseek-flash", 0, "0.15 0.003 0.15 0.15 0.6"),
        ("MiniMax-M3", 512_000, "0.6 0.12 0.6 0.6 2.4"),
    ],
)
def test_todays_list_prices(model: str, over: int, expected: str) -> None:
    assert tuple(map(Decimal, listed(model, NOW, over))) == tuple(map(Decimal, expected.split()))


@pytest.mark.parametrize(
    ("model", "moment", "expected"),
    [
        # https://api-docs.deepseek.com: peak 01:00-04:00 and 06:00-10:00 UTC, Monday to Friday, at twice
        # the price; from 2026-08-17, on weekends too until 2026-08-22.
        ("deepseek-flash", "2026-11-23T01:00", "0.3 0.006 1.2"),
        ("deepseek-flash", "2026-11-23T04:00", "0.15 0.003 0.6"),
        ("deepseek-flash", "2026-11-23T09:59", "0.3 0.006 1.2"),
        ("deepseek-flash", "2026-11-21T02:00", "0.15 0.003 0.6"),
        ("deepseek-flash", "2026-11-22T09:00", "0.15 0.003 0.6"),
        ("deepseek-v4-pro", "2026-05-11T02:00", "0.435 0.003625 0.87"),
        ("deepseek-v4-pro", "2026-08-17T02:00", "1.32 0.044 3.96"),
        ("deepseek-v4-pro", "2026-08-22T02:00", "1.32 0.044 3.96"),
        ("deepseek-v4-pro", "2026-08-23T02:00", "0.66 0.022 1.98"),
        ("deepseek-v4-pro", "2026-11-23T02:00", "1.32 0.044 3.96"),
        ("deepseek-v4-flash", "2026-05-11T02:00", "0.14 0.0028 0.28"),
        ("deepseek-v4-flash", "2026-08-30T02:00", "0.22 0.007 0.66"),
        ("deepseek-v4-flash", "2026-11-21T02:00", "0.15 0.003 0.6"),
    ],
)
def test_deepseeks_hours_and_days(model: str, moment: str, expected: str) -> None:
    plain, read, _, _, out = listed(model, datetime.fromisoformat(moment).replace(tzinfo=UTC))
    assert [Decimal(one) for one in (plain, read, out)] == [Decimal(one) for one in expected.split()]


@pytest.mark.parametrize(
    ("model", "tier", "expected"),
    [
        ("gpt-6.1-sol", "flex", "1 0.05 1.25 2.5 5"),
        ("gpt-6.1-sol", "priority", "4 0.2 5 10 20"),
        ("gpt-6.1-sol", "default", "2 0.1 2.5 5 10"),
        ("gpt-5.5", "priority", "12.5 1.25 12.5 12.5 75"),
        ("claude-opus-5-5", "fast", "8 0.4 10 16 40"),
        ("claude-opus-5-5", "batch", "2 0.1 2.5 4 10"),
        # Anthropic's priority tier is a contract of its own: its list price is the standard one.
        ("claude-opus-5-5", "priority", "4 0.2 5 8 20"),
    ],
)
def test_service_tiers(model: str, tier: str, expected: str) -> None:
    assert tuple(map(Decimal, listed(model, NOW, tier=tier))) == tuple(map(Decimal, expected.split()))


@pytest.mark.parametrize("ref", [PriceRef("anthropic", "claude-nobody-9"), PriceRef("nobody", "gpt-5.5")])
def test_what_the_library_does_not_know_has_no_card(ref: PriceRef) -> None:
    assert rate_card("m", ref) is None


def invented(monkeypatch: pytest.MonkeyPatch, info: ModelInfo) -> Provider:
    """A provider the library might have one day."""
    provider = Provider(id="invented", name="Invented", api_pattern="https://invented", models=[info])
    monkeypatch.setattr(prices, "providers", [provider])
    return provider


def usd(plain: str, out: str, **others: str) -> ModelPrice:
    return ModelPrice(
        input_mtok=Decimal(plain),
        output_mtok=Decimal(out),
        **{name: Decimal(one) for name, one in others.items()},
    )


def test_a_model_that_prices_no_text_has_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    info = ModelInfo(id="x", match=ClauseEquals("x"), prices=ModelPrice(output_mtok=Decimal(1)))
    invented(monkeypatch, info)
    assert rate_card("x", PriceRef("invented", "x")) is None


def test_a_window_over_midnight_and_different_thresholds(monkeypatch: pytest.MonkeyPatch) -> None:
    tiered = ModelPrice(
        input_mtok=TieredPrices(Decimal(1), [Tier(100, Decimal(2)), Tier(300, Decimal(3))]),
        output_mtok=TieredPrices(Decimal(10), [Tier(200, Decimal(20))]),
        cache_write_mtok=Decimal(5),
        cache_write_5m_mtok=Decimal(4),
        cache_write_1h_mtok=Decimal(6),
    )
    info = ModelInfo(
        id="x",
        match=ClauseEquals("x"),
        prices=[
            ConditionalPrice(prices=usd("7", "70")),
            ConditionalPrice(StartDateConstraint(date(2026, 6, 1)), prices=tiered),
            ConditionalPrice(TimeOfDateConstraint(time(23, 30), time(1, 30)), prices=usd("9", "90")),
        ],
        price_variants=[
            PriceVariant(when={"service_tier": "flex"}, prices=ModelPrice(input_mtok=Decimal("0.5"))),
            PriceVariant(when={"region": "eu"}, prices=usd("100", "100")),
            PriceVariant(when={"service_tier": "flex", "region": "eu"}, prices=usd("100", "100")),
        ],
    )
    provider = invented(monkeypatch, info)
    card = rate_card("x", PriceRef("invented", "x"))
    assert card is not None
    for prompt in (1, 100, 101, 200, 201, 300, 301):
        for hour, minute in ((23, 29), (23, 30), (0, 0), (1, 29), (1, 30), (12, 0)):
            for month in (5, 7):
                at = datetime(2026, month, 15, hour, minute, tzinfo=UTC)
                for tier, context in {None: {}, "flex": {"service_tier": "flex"}, "eu": {}}.items():
                    usage = TheirUsage(
                        input_tokens=prompt, cache_write_tokens=0, cache_write_5m_tokens=0, output_tokens=3
                    )
                    said = info.calc_price(usage, provider, genai_request_timestamp=at, price_context=context)
                    ours = card.rates_for(prompt, at, tier).cost(Usage(input=prompt, output=3))
                    assert ours == said.total_price * 10**12, (prompt, at, tier)


def test_a_short_write_has_its_own_price_where_the_library_splits_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    split = usd("1", "2", cache_write_mtok="5", cache_write_5m_mtok="4", cache_write_1h_mtok="6")
    invented(monkeypatch, ModelInfo(id="x", match=ClauseEquals("x"), prices=split))
    card = rate_card("x", PriceRef("invented", "x"))
    assert card is not None
    assert (card.base.cache_write, card.base.cache_write_long) == (
        per_token(Decimal(4)),
        per_token(Decimal(6)),
    )


def test_a_long_write_is_invented_only_where_writes_are_billed(monkeypatch: pytest.MonkeyPatch) -> None:
    adjust = Adjustments(long_write_factor=Decimal("2.5"))
    for stated, expected in (
        (usd("1", "2"), "1"),
        (usd("1", "2", cache_write_mtok="1.25"), "2.5"),
        (usd("1", "2", cache_write_mtok="1.25", cache_write_1h_mtok="2"), "2"),
    ):
        invented(monkeypatch, ModelInfo(id="x", match=ClauseEquals("x"), prices=stated))
        card = rate_card("x", PriceRef("invented", "x", adjust))
        assert card is not None
        assert card.base.cache_write_long == per_token(Decimal(expected))
