from datetime import UTC, datetime
from decimal import Decimal

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.catalog.post import post_catalog
from coderouter_cli.domain.money import per_token

MAY = datetime(2026, 5, 9, 12, tzinfo=UTC)
NAMES = {
    "claude-opus-4-7",
    "claude-sonnet-4-6",
    "claude-haiku-4-5",
    "gpt-5.5",
    "gpt-5.4",
    "gpt-5-mini",
    "deepseek-v4-pro",
    "deepseek-v4-flash",
}


def test_only_the_posts_models_may_be_chosen_and_have_a_price() -> None:
    catalog = post_catalog()
    assert {name for name, model in catalog.models.items() if not model.legacy} == NAMES
    assert {name for name, model in catalog.models.items() if model.card is not None} == NAMES
    assert catalog.opus().id == "claude-opus-4-7"


def test_the_prices_are_those_of_the_posts_day_at_every_length() -> None:
    """The library dates its prices, so what it says of that day is a second opinion."""
    library = load_catalog()
    for name in sorted(NAMES):
        frozen, dated = post_catalog().models[name].card, library.models[name].card
        assert frozen is not None
        assert dated is not None
        for tokens in (1_000, 250_000, 300_000):
            ours, theirs = frozen.rates_for(tokens, MAY), dated.rates_for(tokens, MAY)
            assert (ours.input, ours.cache_read, ours.cache_write, ours.output) == (
                theirs.input,
                theirs.cache_read,
                theirs.cache_write,
                theirs.output,
            ), (name, tokens)


def test_a_price_does_not_move_with_time() -> None:
    card = post_catalog().models["deepseek-v4-pro"].card
    assert card is not None
    late = card.rates_for(1_000, datetime(2027, 1, 4, 2, tzinfo=UTC))
    assert late.input == per_token(Decimal("0.435"))
