"""The user's settings, put over the catalog."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.daemon.shelf import stocked_catalog
from coderouter_cli.demo.compatible import Compatible
from coderouter_cli.demo.script import Reply, Say
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.model import Dialect, Endpoint
from coderouter_cli.domain.money import from_usd
from coderouter_cli.domain.phase import Phase
from coderouter_cli.errors import ConfigError
from coderouter_cli.storage.settings import ModelSettings, Prices, ProviderSettings, Settings
from tests.daemon.kit import CHAT, MESSAGES, RESPONSES, Client, ask, each_client, each_mode
from tests.harness import daemon_with


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


def test_fields_of_a_dialect_change_every_endpoint_or_one() -> None:
    own = ProviderSettings(
        dialect={"developer_role": True},
        by_format={FormatName.OPENAI_CHAT: {"images": False, "developer_role": False}},
    )
    found = stocked_catalog(Settings(providers={"deepseek": own}), prices=False).providers["deepseek"]
    usual = stocked_catalog(Settings(), prices=False).providers["deepseek"]
    chat, responses = (
        found.endpoint(one).dialect for one in (FormatName.OPENAI_CHAT, FormatName.OPENAI_RESPONSES)
    )
    assert (chat.images, chat.developer_role) == (False, False)
    assert (responses.images, responses.developer_role) == (True, True)
    assert chat.reasoning_content, "what is not said stays"
    assert [one.path for one in found.endpoints] == [one.path for one in usual.endpoints]


def test_a_format_of_ones_own_needs_a_path() -> None:
    with pytest.raises(ConfigError, match=r"providers\.gemini\.openai_responses\.path"):
        stocked_catalog(
            Settings(
                providers={
                    "gemini": ProviderSettings(by_format={FormatName.OPENAI_RESPONSES: {"images": False}})
                }
            ),
            prices=False,
        )


@pytest.mark.parametrize(
    ("own", "keyless"),
    [
        (ProviderSettings(url="http://127.0.0.1:8000"), True),
        (ProviderSettings(url="http://127.0.0.1:8000", key_env="MY_KEY"), False),
        (ProviderSettings(url="http://127.0.0.1:8000", auth="bearer"), False),
        (ProviderSettings(url="http://127.0.0.1:8000", keyless=False), False),
        (ProviderSettings(url="https://llm.example"), False),
        (ProviderSettings(url="https://llm.example", keyless=True), True),
    ],
)
def test_a_server_on_this_machine_needs_no_key_unless_one_is_spoken_of(
    own: ProviderSettings, keyless: bool
) -> None:
    own = replace(own, formats=(FormatName.OPENAI_CHAT,))
    assert (
        stocked_catalog(Settings(providers={"mine": own}), prices=False).providers["mine"].keyless is keyless
    )


STRICT = Dialect(
    "mine",
    betas=frozenset(),
    fields=frozenset({"model", "messages", "stream", "stream_options", "max_tokens", "tools", "reasoning"}),
    tool_fields=frozenset({"name", "parameters", "description"}),
    max_tokens_field="max_tokens",
    max_output=500,
    effort_field="reasoning",
    efforts=("low", "high"),
    developer_role=False,
    custom_tools=False,
    max_tool_name=64,
)
"""A provider that takes nothing but what it lists."""
TABLE = """
[providers.mine]
url = "<mine>/v1"
formats = ["openai_chat"]

[providers.mine.dialect]
fields = ["model", "messages", "stream", "stream_options", "max_tokens", "tools", "reasoning"]
tool_fields = ["name", "parameters", "description"]
max_output = 500
effort_field = "reasoning"
efforts = ["low", "high"]
max_tool_name = 64

[[providers.mine.models]]
id = "qwen-home"
wire_name = "qwen3:32b"
max_input = 64000
max_output = 20000
efforts = ["low", "high"]
quality = 90
prices = { input = 0.5, output = 1.5 }
"""


@each_client
@each_mode
async def test_a_table_in_the_users_settings_is_all_a_provider_takes(
    client: Client, stream: bool, daemon_home: Path
) -> None:
    rules = Compatible(
        "mine",
        (Endpoint(FormatName.OPENAI_CHAT, "/v1/chat/completions", STRICT),),
        ("qwen3:32b",),
        efforts=("low", "high"),
    )
    asked: dict[str, Any] = {
        MESSAGES: {
            "tools": [{"name": "a_name_" + "x" * 70, "input_schema": {"type": "object"}}],
            "output_config": {"effort": "max"},
            "max_tokens": 9000,
        },
        RESPONSES: {
            "tools": [{"type": "function", "name": "read", "parameters": {"type": "object"}, "strict": True}],
            "reasoning": {"effort": "minimal", "summary": "auto"},
            "client_metadata": {"a": "b"},
            "max_output_tokens": 9000,
        },
        CHAT: {
            "tools": [{"type": "function", "function": {"name": "read", "parameters": {"type": "object"}}}],
            "reasoning_effort": "medium",
            "max_completion_tokens": 9000,
            "temperature": 0.5,
            "store": True,
        },
    }[client]
    async with daemon_with(
        daemon_home, Reply((Say("Yes."),)), keys=(), config=TABLE, compatible=[rules]
    ) as daemon:
        got = await ask(daemon, client, client.body(stream=stream, **asked))
        (row,), (seen,) = daemon.rows(), daemon.provider.seen
    assert seen.rejected is None
    assert got.status == 200, got.body
    assert (client.text(got.body) if stream else client.whole_text(got.body)) == "Yes."
    assert (row.provider, row.model) == ("mine", "qwen-home")
    assert seen.json["max_tokens"] == 500
    assert seen.json["reasoning"]["effort"] in {"low", "high"}
    assert "authorization" not in seen.headers
    assert row.cost is not None
