import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.catalog.files import read_table
from coderouter_cli.catalog.models import listed_card
from coderouter_cli.catalog.providers import (
    Auth,
    checked_root,
    custom_provider,
    load_providers,
    read_providers,
)
from coderouter_cli.demo.compatible import Compatible
from coderouter_cli.demo.script import Reply, Say
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.errors import ConfigError
from tests.daemon.kit import Client, ask, each_client, each_mode
from tests.harness import daemon_with

PROVIDERS = load_providers()
ANTHROPIC, RESPONSES, CHAT = FormatName


def urls(name: str) -> list[str]:
    provider = PROVIDERS[name]
    return [provider.root + endpoint.path for endpoint in provider.endpoints]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("anthropic", ["https://api.anthropic.com/v1/messages"]),
        ("openai", ["https://api.openai.com/v1/responses", "https://api.openai.com/v1/chat/completions"]),
        (
            "deepseek",
            [
                "https://api.deepseek.com/anthropic/v1/messages",
                "https://api.deepseek.com/responses",
                "https://api.deepseek.com/chat/completions",
            ],
        ),
        (
            "moonshot",
            [
                "https://api.moonshot.ai/anthropic/v1/messages",
                "https://api.moonshot.ai/v1/responses",
                "https://api.moonshot.ai/v1/chat/completions",
            ],
        ),
        (
            "zai",
            ["https://api.z.ai/api/anthropic/v1/messages", "https://api.z.ai/api/paas/v4/chat/completions"],
        ),
        (
            "minimax",
            [
                "https://api.minimax.io/anthropic/v1/messages",
                "https://api.minimax.io/v1/responses",
                "https://api.minimax.io/v1/chat/completions",
            ],
        ),
        (
            "openrouter",
            [
                "https://openrouter.ai/api/v1/responses",
                "https://openrouter.ai/api/v1/chat/completions",
                "https://openrouter.ai/api/v1/messages",
            ],
        ),
        (
            "qwen",
            [
                "https://dashscope-intl.aliyuncs.com/apps/anthropic/v1/messages",
                "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/responses",
                "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions",
            ],
        ),
        ("xai", ["https://api.x.ai/v1/responses", "https://api.x.ai/v1/chat/completions"]),
        ("gemini", ["https://generativelanguage.googleapis.com/v1beta/openai/chat/completions"]),
        (
            "ollama",
            [
                "http://localhost:11434/v1/messages",
                "http://localhost:11434/v1/responses",
                "http://localhost:11434/v1/chat/completions",
            ],
        ),
    ],
)
def test_where_a_provider_is(name: str, expected: list[str]) -> None:
    assert urls(name) == expected


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_a_provider_is_complete(name: str) -> None:
    provider = PROVIDERS[name]
    assert provider.name == name
    assert checked_root(name, provider.root) == provider.root
    assert provider.key_env.endswith(("_API_KEY", "_API_TOKEN"))
    formats = [endpoint.format for endpoint in provider.endpoints]
    assert len(formats) == len(set(formats))


def test_how_a_key_is_sent() -> None:
    assert {name: provider.auth for name, provider in PROVIDERS.items() if provider.auth == "x-api-key"} == {
        "anthropic": "x-api-key"
    }
    assert PROVIDERS["anthropic"].headers == (("anthropic-version", "2023-06-01"),)


def test_only_vendors_get_a_clients_own_bytes() -> None:
    raw = {
        (provider.name, endpoint.format)
        for provider in PROVIDERS.values()
        for endpoint in provider.endpoints
        if endpoint.dialect.vendor is not None
    }
    assert raw == {("anthropic", ANTHROPIC), ("openai", RESPONSES), ("openai", CHAT)}
    for provider in PROVIDERS.values():
        for endpoint in provider.endpoints:
            assert endpoint.dialect.vendor in {None, endpoint.format}


def test_only_vendors_get_patterns_that_not_every_language_knows() -> None:
    others = [one.dialect for provider in PROVIDERS.values() for one in provider.endpoints]
    assert {one.schema.patterns for one in others if one.vendor is None} <= {"portable", "none"}


def test_a_vendors_dialect_changes_nothing() -> None:
    dialect = PROVIDERS["anthropic"].endpoint(ANTHROPIC).dialect
    assert (dialect.betas, dialect.foreign_thinking) == (None, "keep")
    assert not dialect.drop_fields
    assert not dialect.strip_billing_block
    assert not dialect.fold_system


def test_openais_chat_endpoint_takes_no_tools() -> None:
    assert not PROVIDERS["openai"].endpoint(CHAT).dialect.tools
    assert PROVIDERS["openai"].endpoint(RESPONSES).dialect.tools


def test_who_answers_without_a_key() -> None:
    keyless = {name for name, provider in PROVIDERS.items() if provider.keyless}
    assert keyless == {"ollama", "lmstudio", "vllm"}
    assert all(PROVIDERS[name].root.startswith("http://localhost:") for name in keyless)


FOREIGN = [
    name
    for name, provider in PROVIDERS.items()
    if name != "anthropic" and any(endpoint.format is ANTHROPIC for endpoint in provider.endpoints)
]


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_anthropic_endpoint_is_spoken_to_carefully(name: str) -> None:
    dialect = PROVIDERS[name].endpoint(ANTHROPIC).dialect
    assert (dialect.betas, dialect.foreign_thinking) == (frozenset(), "drop")
    assert all(map(dialect.refuses, ("context_management", "safeguards", "mcp_servers", "container", "new")))
    assert all(map(dialect.refuses_in_tool, ("defer_loading", "input_examples", "type", "new")))
    assert not any(map(dialect.refuses, ("model", "messages", "system", "tools", "max_tokens", "stream")))
    assert dialect.fold_system
    assert dialect.strip_billing_block
    assert dialect.drop_server_tools


def test_deepseeks_peculiarities() -> None:
    deepseek = PROVIDERS["deepseek"]
    words = {"minimal": "low", "medium": "high", "xhigh": "high", "ultra": "max"}
    assert all(endpoint.dialect.effort_map == words for endpoint in deepseek.endpoints)
    chat, responses = deepseek.endpoint(CHAT).dialect, deepseek.endpoint(RESPONSES).dialect
    assert chat.reasoning_content
    assert responses.reasoning_content
    assert not chat.developer_role
    assert not responses.developer_role
    assert not responses.custom_tools
    assert chat.max_tokens_field == "max_tokens"
    assert not deepseek.endpoint(ANTHROPIC).dialect.images
    assert chat.images


@pytest.mark.parametrize(
    ("root", "wire", "url"),
    [
        ("https://llm.example", ANTHROPIC, "https://llm.example/v1/messages"),
        ("https://llm.example/anthropic/", ANTHROPIC, "https://llm.example/anthropic/v1/messages"),
        ("https://llm.example/v1", ANTHROPIC, "https://llm.example/v1/messages"),
        ("https://llm.example/v1/", CHAT, "https://llm.example/v1/chat/completions"),
        ("https://llm.example", RESPONSES, "https://llm.example/v1/responses"),
        ("https://llm.example/v1beta/openai", CHAT, "https://llm.example/v1beta/openai/chat/completions"),
        ("https://llm.example/api/paas/v4", CHAT, "https://llm.example/api/paas/v4/chat/completions"),
        ("http://127.0.0.1:11434", CHAT, "http://127.0.0.1:11434/v1/chat/completions"),
        ("http://localhost:1234/v1", RESPONSES, "http://localhost:1234/v1/responses"),
        ("http://[::1]:8000", ANTHROPIC, "http://[::1]:8000/v1/messages"),
        ("https://v1.example/openai", CHAT, "https://v1.example/openai/v1/chat/completions"),
    ],
)
def test_a_users_base_url(root: str, wire: FormatName, url: str) -> None:
    provider = custom_provider("mine", root, [wire], "MINE_KEY")
    assert [provider.root + endpoint.path for endpoint in provider.endpoints] == [url]


def test_a_users_provider_speaks_the_compatible_dialects() -> None:
    provider = custom_provider(
        "mine", "https://llm.example", [CHAT, ANTHROPIC, CHAT], "MINE_KEY", "x-api-key"
    )
    assert [endpoint.dialect.name for endpoint in provider.endpoints] == [
        "compatible-openai-chat",
        "compatible-anthropic",
    ]
    assert (provider.name, provider.key_env, provider.auth) == ("mine", "MINE_KEY", "x-api-key")
    assert provider.headers == (("anthropic-version", "2023-06-01"),)
    assert custom_provider("mine", "https://llm.example", [CHAT], "K").headers == ()


@pytest.mark.parametrize(
    "root",
    [
        "http://llm.example",
        "ftp://llm.example",
        "llm.example",
        "https://",
        "https://user:secret@llm.example",
        "https://llm.example/?a=b",
        "https://llm.example/#x",
        "https://h%00/x",
        "https://a b/x",
        "https://llm.example:0/x",
        "https://llm.example:99999/x",
        "https://[::1/x",
        "",
    ],
)
def test_a_root_a_key_must_not_be_sent_to(root: str) -> None:
    with pytest.raises(ConfigError) as refused:
        custom_provider("mine", root, [CHAT], "MINE_KEY")
    assert "mine" in refused.value.what
    assert "secret" not in refused.value.sentence()


@pytest.mark.parametrize("name", ["", "Mine", "my provider", "-x", "a/b"])
def test_a_name_that_cannot_be_one(name: str) -> None:
    with pytest.raises(ConfigError, match="cannot name a provider"):
        custom_provider(name, "https://llm.example", [CHAT], "K")


def test_a_provider_without_a_format() -> None:
    auth: Auth = "bearer"
    with pytest.raises(ConfigError, match="no format"):
        custom_provider("mine", "https://llm.example", [], "K", auth)


NEW = """
[providers.newcomer]
root = "https://api.newcomer.example"
key_env = "NEWCOMER_API_KEY"
endpoints = [
  { format = "anthropic_messages", path = "/skin/messages", dialect = { images = false, max_output = 700 } },
  { format = "openai_responses", path = "/v2/responses" },
  { format = "openai_chat", path = "/v2/chat", dialect = { inherit = "zai-chat", max_stops = 2 } },
]
"""
"""All that has to be written down to add a provider."""


@each_client
@each_mode
async def test_a_provider_is_one_table_and_no_code(client: Client, stream: bool, daemon_home: Path) -> None:
    table = {**read_table("providers.toml"), **tomllib.loads(NEW)}
    provider = read_providers(table)["newcomer"]
    catalog = load_catalog(prices=False)
    usual = catalog.models["claude-opus-5"]
    card = listed_card("new-1", {"input": Decimal(1), "output": Decimal(2)}, "stated")
    model = replace(usual, id="new-1", provider="newcomer", card=card, max_output=8000)
    able = model.capabilities
    rules = Compatible(
        "newcomer",
        provider.endpoints,
        ("new-1",),
        "dummy-newcomer",
        8000,
        able.efforts,
        sampling=able.sampling,
    )
    async with daemon_with(
        daemon_home,
        Reply((Say("Yes."),)),
        keys=("newcomer",),
        compatible=[rules],
        catalog=catalog.with_providers((provider,), (model,)),
    ) as daemon:
        got = await ask(daemon, client, client.body(stream=stream))
        (row,), (seen,) = daemon.rows(), daemon.provider.seen
    assert seen.rejected is None
    assert got.status == 200
    assert (client.text(got.body) if stream else client.whole_text(got.body)) == "Yes."
    assert (row.provider, row.fidelity.value) == ("newcomer", "sanitised")
    assert seen.format is client.format


def test_what_an_endpoint_does_not_say_is_the_compatible_dialects() -> None:
    provider = read_providers({**read_table("providers.toml"), **tomllib.loads(NEW)})["newcomer"]
    messages, responses, chat = (endpoint.dialect for endpoint in provider.endpoints)
    assert (messages.images, messages.max_output, messages.fold_system) == (False, 700, True)
    assert responses.name == "compatible-openai-responses"
    assert (chat.max_stops, chat.thinking_switch, chat.name) == (2, "thinking", "newcomer-openai_chat")
    assert (provider.auth, provider.headers, provider.keyless) == ("bearer", (), False)


ENDPOINT = {"format": "openai_chat", "path": "/chat"}
GOOD: dict[str, Any] = {"root": "https://x.example", "key_env": "X_API_KEY", "endpoints": [ENDPOINT]}


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"roott": "x"}, "providers.x.roott"),
        ({"root": None}, "providers.x.root"),
        ({"key_env": None}, "providers.x.key_env"),
        ({"endpoints": None}, "providers.x.endpoints"),
        ({"auth": "basic"}, "providers.x.auth"),
        ({"endpoints": [{**ENDPOINT, "format": "openai"}]}, "providers.x.endpoints[0].format"),
        ({"endpoints": [ENDPOINT, {**ENDPOINT, "path": "chat"}]}, "providers.x.endpoints[1].path"),
        ({"endpoints": [{**ENDPOINT, "path": "/v1/../secret"}]}, "providers.x.endpoints[0].path"),
        ({"endpoints": [{**ENDPOINT, "dialct": "x"}]}, "providers.x.endpoints[0].dialct"),
        ({"endpoints": [{**ENDPOINT, "dialect": "zai"}]}, "providers.x.endpoints[0].dialect"),
        (
            {"endpoints": [{**ENDPOINT, "dialect": {"inherit": "z"}}]},
            "providers.x.endpoints[0].dialect.inherit",
        ),
        ({"endpoints": [{**ENDPOINT, "dialect": {"imags": 1}}]}, "providers.x.endpoints[0].dialect.imags"),
    ],
)
def test_a_bad_table_is_an_error_that_names_the_key(change: dict[str, Any], key: str) -> None:
    entry = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
    with pytest.raises(ConfigError) as refused:
        read_providers({"dialects": read_table("providers.toml")["dialects"], "providers": {"x": entry}})
    assert refused.value.what.startswith(f"{key}: ")


def test_a_root_in_the_catalog_is_checked_too() -> None:
    with pytest.raises(ConfigError, match="not an https URL"):
        read_providers({"dialects": {}, "providers": {"x": {**GOOD, "root": "http://x.example"}}})
