"""The user's settings, put over the catalog."""

from decimal import Decimal

import pytest

from coderouter_cli.daemon.shelf import stocked_catalog
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.money import from_usd
from coderouter_cli.domain.phase import Phase
from coderouter_cli.errors import ConfigError
from coderouter_cli.storage.settings import ModelSettings, Prices, ProviderSettings, Settings


def test_a_built_in_provider_moves_and_keeps_its_paths() -> None:
    settings = Settings(providers={"anthropic": ProviderSettings(url="http://127.0.0.1:9/anthropic")})
    catalog = stocked_catalog(settings, prices=False)
    provider = catalog.providers["anthropic"]
    assert provider.root + provider.endpoints[0].path == "http://127.0.0.1:9/anthropic/v1/messages"
    assert catalog.providers["openai"].root == "https://api.openai.com/v1"


def test_a_provider_of_ones_own_with_a_priced_model() -> None:
    own = ModelSettings(
        "qwen-local",
        "ollama",
        32_000,
        8_000,
        prices=Prices(Decimal(0), Decimal(0)),
        quality={Phase.DOCUMENT: 60},
    )
    settings = Settings(
        providers={
            "ollama": ProviderSettings(url="http://127.0.0.1:11434", formats=(FormatName.ANTHROPIC_MESSAGES,))
        },
        models=(own,),
    )
    catalog = stocked_catalog(settings, prices=False)
    model = catalog.models["qwen-local"]
    assert catalog.providers["ollama"].key_env == "OLLAMA_API_KEY"
    assert model.card is not None
    assert model.card.base.input == from_usd(Decimal(0))
    assert not model.legacy


def test_a_model_without_figures_is_served_but_never_chosen_and_costs_an_unknown_amount() -> None:
    settings = Settings(models=(ModelSettings("claude-next", "anthropic", 10, 10),))
    model = stocked_catalog(settings, prices=False).models["claude-next"]
    assert (model.legacy, model.card) == (True, None)


def test_a_provider_without_an_address_is_a_mistake() -> None:
    with pytest.raises(ConfigError):
        stocked_catalog(
            Settings(providers={"mine": ProviderSettings(formats=(FormatName.OPENAI_CHAT,))}), prices=False
        )
