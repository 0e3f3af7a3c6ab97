"""The catalog as the CodeRouter post of May 2026 knew it: its models, at the prices of its day.

What is compared with the post's figures is computed with these, so that it stays comparable. The price
library is not needed: `post.toml` states the prices.
"""

from decimal import Decimal

from coderouter_cli.catalog.catalog import Catalog, load_catalog
from coderouter_cli.catalog.files import read_table
from coderouter_cli.catalog.models import listed_card, load_models
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.rates import RateCard, RateRule

SOURCE = "the CodeRouter post's models, prices of 2026-05-09"


def post_catalog() -> Catalog:
    """All models and providers; only the post's may be chosen, and only they have a price."""
    prices = read_table("post.toml")["prices"]
    cards = {model: _card(model, stated) for model, stated in prices.items()}
    known = Catalog(models=load_models(cards), providers=load_catalog(prices=False).providers)
    return known.choosing(prices)


def _card(model: str, stated: JsonObject) -> RateCard:
    usual = listed_card(model, _amounts(stated), SOURCE)
    long = stated.get("long")
    if long is None:
        return usual
    rates = listed_card(model, _amounts(long), SOURCE).base
    return RateCard(model, usual.base, (RateRule(rates, over_tokens=long["over_tokens"]),), SOURCE)


def _amounts(stated: JsonObject) -> dict[str, Decimal]:
    return {name: Decimal(value) for name, value in stated.items() if isinstance(value, str)}
