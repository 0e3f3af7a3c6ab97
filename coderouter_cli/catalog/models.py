"""Models: those of `models.toml`, and the parts of one that a user defines."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from coderouter_cli.catalog.dialects import check_count
from coderouter_cli.catalog.files import read_table
from coderouter_cli.catalog.quality import Figure, Rule, derive, read_rule
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.model import Capabilities, ImageRule, Model
from coderouter_cli.domain.money import per_token
from coderouter_cli.domain.rates import RateCard, Rates

_OWN_KEYS = frozenset({"capabilities", "figures", "aliases", "image_rule"})


def load_models(cards: Mapping[str, RateCard]) -> dict[str, Model]:
    """The models we know, by id, with the rate cards given."""
    return read_models(read_table("models.toml"), cards)


def read_models(table: JsonObject, cards: Mapping[str, RateCard]) -> dict[str, Model]:
    """The models of a table like `models.toml`, by id, with the rate cards given.

    Raises:
        ConfigError: a limit of a model makes no sense; the message names the key.
    """
    rule = read_rule(table)
    return {
        name: _model(name, entry, table["defaults"][entry["provider"]], rule, cards.get(name))
        for name, entry in table["models"].items()
    }


def listed_card(model: str, usd_per_million: Mapping[str, Decimal], source: str) -> RateCard:
    """A card of flat prices that somebody states, in USD per million tokens.

    ``input`` and ``output`` are needed; ``cache_read``, ``cache_write`` and ``cache_write_long`` cost
    what plain input costs (the last what ``cache_write`` costs) where they are not stated.

    Raises:
        KeyError: no ``input`` or no ``output``.
    """
    plain = usd_per_million["input"]
    write = usd_per_million.get("cache_write", plain)
    rates = Rates(
        input=per_token(plain),
        cache_read=per_token(usd_per_million.get("cache_read", plain)),
        cache_write=per_token(write),
        cache_write_long=per_token(usd_per_million.get("cache_write_long", write)),
        output=per_token(usd_per_million["output"]),
    )
    return RateCard(model=model, base=rates, source=source)


def _model(name: str, entry: JsonObject, shared: JsonObject, rule: Rule, card: RateCard | None) -> Model:
    fields = {key: value for key, value in {**shared, **entry}.items() if key not in _OWN_KEYS}
    able = {**shared.get("capabilities", {}), **entry.get("capabilities", {})}
    able |= {key: tuple(able.get(key, ())) for key in ("efforts", "computer_tools")}
    for key in ("max_input", "max_output", "cache_ttl_s", "cache_long_ttl_s", "cache_min_tokens"):
        if key in fields:
            check_count(fields[key], f"models.{name}.{key}")
    figures = [Figure(**figure) for figure in entry["figures"]]
    return Model(
        id=name,
        capabilities=Capabilities(**able),
        quality=MappingProxyType(derive(figures, rule)),
        card=card,
        aliases=tuple(entry.get("aliases", ())),
        image_rule=ImageRule(**{**shared.get("image_rule", {}), **entry.get("image_rule", {})}),
        **fields,
    )
