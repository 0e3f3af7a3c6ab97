from decimal import Decimal

import pytest

from coderouter_cli.catalog.files import read_table
from coderouter_cli.catalog.models import listed_card, load_models, read_models
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Phase
from coderouter_cli.errors import ConfigError

TABLE = read_table("models.toml")
MODELS = load_models({})
LADDER = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
POST = (
    "claude-opus-4-7",
    "claude-sonnet-4-6",
    "gpt-5.5",
    "gpt-5.4",
    "gpt-5-mini",
    "deepseek-v4-pro",
    "deepseek-v4-flash",
)


@pytest.mark.parametrize("value", [0, -1, 10**12])
@pytest.mark.parametrize("key", ["max_input", "max_output", "cache_ttl_s", "cache_min_tokens"])
def test_a_limit_that_makes_no_sense_is_refused(key: str, value: int) -> None:
    models = {"x": {**TABLE["models"]["claude-opus-5-5"], key: value}}
    with pytest.raises(ConfigError, match=rf"^models\.x\.{key}: .* from 1"):
        read_models({**TABLE, "models": models}, {})


def test_the_posts_models_are_known() -> None:
    assert set(POST) <= set(MODELS)


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_is_complete(name: str) -> None:
    model = MODELS[name]
    assert model.id == name
    assert 64_000 <= model.max_output <= model.max_input <= 1_048_576 or model.max_output == model.max_input
    assert set(model.quality) == set(Phase)
    assert model.cache_ttl_s >= 300
    assert 0.5 <= model.token_factor <= 1.5
    efforts = model.capabilities.efforts
    assert efforts == tuple(word for word in LADDER if word in efforts)
    assert model.card is None


@pytest.mark.parametrize("name", sorted(MODELS))
def test_thinking_that_can_be_off_has_a_word_or_a_switch_for_it(name: str) -> None:
    """OpenAI has no switch but the effort "none"; a model that lacks the word cannot be switched off."""
    model = MODELS[name]
    if model.provider == "openai":
        assert model.capabilities.thinking_can_be_off == ("none" in model.capabilities.efforts)


def test_nothing_in_the_file_is_unused() -> None:
    figures = [figure for entry in TABLE["models"].values() for figure in entry["figures"]]
    assert {figure["source"] for figure in figures} == set(TABLE["sources"])
    assert {figure["benchmark"] for figure in figures} == set(TABLE["benchmarks"])
    assert {entry["provider"] for entry in TABLE["models"].values()} == set(TABLE["defaults"])


def test_every_source_can_be_looked_up() -> None:
    for source in TABLE["sources"].values():
        assert source["url"].startswith("https://")
        assert source["title"]


def test_no_name_is_given_twice() -> None:
    names = [name.lower() for model in MODELS.values() for name in (model.id, *model.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("provider", "seconds"), [("anthropic", 300), ("openai", 1800), ("deepseek", 3600), ("moonshot", 300)]
)
def test_cache_lifetimes(provider: str, seconds: int) -> None:
    assert {model.cache_ttl_s for model in MODELS.values() if model.provider == provider} == {seconds}


@pytest.mark.parametrize(
    ("name", "tokens"),
    [
        # https://platform.claude.com/docs/en/build-with-claude/prompt-caching
        ("claude-opus-5-5", 512),
        ("claude-opus-4-8", 1024),
        ("claude-opus-4-7", 2048),
        ("claude-sonnet-4-6", 1024),
        ("claude-haiku-4-5", 4096),
        ("gpt-6.1-sol", 1024),
        ("deepseek-flash", 64),
    ],
)
def test_the_shortest_prefix_that_is_kept(name: str, tokens: int) -> None:
    assert MODELS[name].cache_min_tokens == tokens


def test_tokenizers() -> None:
    factors = {name: model.token_factor for name, model in MODELS.items()}
    assert factors["claude-haiku-4-5"] == factors["claude-sonnet-4-6"] == 1.0
    assert factors["claude-opus-4-7"] == factors["claude-haiku-5-5"] == factors["claude-opus-5-5"] == 1.3
    assert factors["gpt-5.5"] == 0.8


@pytest.mark.parametrize(
    ("name", "refused"),
    [
        ("claude-opus-5-5", {"sampling", "forced_tool_choice", "thinking_can_be_off"}),
        ("claude-opus-5", {"sampling"}),
        ("claude-haiku-5-5", {"sampling"}),
        ("claude-haiku-4-5", set()),
        ("gpt-5-mini", {"sampling", "thinking_can_be_off"}),
        ("deepseek-v4-pro", {"vision", "structured_output", "server_tools"}),
        ("deepseek-flash", {"structured_output", "server_tools"}),
    ],
)
def test_what_a_model_refuses(name: str, refused: set[str]) -> None:
    able = MODELS[name].capabilities
    flags = (
        "vision",
        "tools",
        "forced_tool_choice",
        "sampling",
        "thinking_can_be_off",
        "structured_output",
        "server_tools",
    )
    assert {flag for flag in flags if not getattr(able, flag)} == refused


def test_a_listed_card_fills_in_what_is_not_stated() -> None:
    card = listed_card("mine", {"input": Decimal(2), "output": Decimal(10)}, "my contract")
    two, ten = Picodollars(2_000_000), Picodollars(10_000_000)
    assert (card.model, card.source, card.rules) == ("mine", "my contract", ())
    assert (card.base.input, card.base.cache_read, card.base.cache_write, card.base.output) == (
        two,
        two,
        two,
        ten,
    )
    assert card.base.cache_write_long == two


def test_a_listed_card_keeps_what_is_stated() -> None:
    stated = {"input": 2, "output": 10, "cache_read": 0, "cache_write": 3, "cache_write_long": 4}
    card = listed_card("mine", {name: Decimal(usd) for name, usd in stated.items()}, "my contract")
    assert [card.base.cache_read, card.base.cache_write, card.base.cache_write_long] == [
        0,
        3_000_000,
        4_000_000,
    ]


def test_a_listed_card_needs_both_ends() -> None:
    with pytest.raises(KeyError):
        listed_card("mine", {"input": Decimal(2)}, "my contract")
