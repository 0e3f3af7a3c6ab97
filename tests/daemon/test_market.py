"""Which models are within reach, and under which names."""

import json
from dataclasses import replace
from typing import Any

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.daemon.market import Market, keyed_providers
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.providers.contract import ClientRequest
from coderouter_cli.routing.control import Rules
from coderouter_cli.wire.registry import format_of
from tests.daemon.kit import CHAT, CLIENTS, MESSAGES, RESPONSES, Client

CATALOG = load_catalog(prices=False)


def market(*keyed: str, excluded: tuple[str, ...] = ()) -> Market:
    return Market(CATALOG, frozenset(keyed), Rules(deny_models=excluded))


def request_of(client: Client, model: str | None = None, **more: Any) -> ClientRequest:
    body = client.body(**more) if model is None else client.body(model=model, **more)
    return ClientRequest(
        client.format, {}, json.dumps(body).encode(), body, format_of(client.format).parse(body)
    )


def test_only_models_of_providers_with_a_key_may_be_chosen() -> None:
    assert {provider.name for provider, _ in market("openai", "deepseek").models()} == {"openai", "deepseek"}
    assert list(market().models()) == []


def test_legacy_and_denied_models_are_never_chosen() -> None:
    names = {model.id for _, model in market("anthropic").models()}
    assert "claude-opus-5-5" in names
    assert "claude-opus-4-7" not in names, "legacy: served when asked for, never chosen"
    assert names - {model.id for _, model in market("anthropic", excluded=("claude-opus-5-5",)).models()} == {
        "claude-opus-5-5"
    }


def test_denied_models_are_offered_all_the_same_and_legacy_ones_when_named() -> None:
    """The decision then says who denies them."""
    asked = request_of(MESSAGES)
    denying = market("anthropic", excluded=("claude-*",))
    offered = {way.model.id for way, _ in denying.ways(asked)}
    assert "claude-opus-5-5" in offered
    assert "claude-opus-4-7" not in offered
    named = {way.model.id for way, _ in denying.ways(asked, "claude-opus-4-7")}
    assert named - offered == {"claude-opus-4-7"}
    assert list(denying.models()) == []


@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.format.value)
def test_a_provider_is_reached_in_the_clients_own_format_where_it_speaks_it(client: Client) -> None:
    ways = market("anthropic", "openai", "deepseek").ways(request_of(client))
    formats = {way.provider.name: way.target.format for way, _ in ways}
    assert formats["deepseek"] is client.format
    assert formats["anthropic"] is FormatName.ANTHROPIC_MESSAGES
    assert formats["openai"] is (FormatName.OPENAI_RESPONSES if client is MESSAGES else client.format)
    assert all(losses == () for _, losses in ways)


def test_an_endpoint_that_would_lose_something_gives_way_to_another() -> None:
    """OpenAI's Chat endpoint takes no tools beside reasoning; its Responses endpoint does."""
    tool = {"type": "function", "function": {"name": "read", "parameters": {"type": "object"}}}
    ways = market("openai").ways(request_of(CHAT, tools=[tool]))
    assert {way.target.format for way, _ in ways} == {FormatName.OPENAI_RESPONSES}
    assert {way.target.fidelity for way, _ in ways} == {Fidelity.TRANSLATED}


@pytest.mark.parametrize(
    ("asked", "model", "wire"),
    [
        ("claude-opus-4-7", "claude-opus-4-7", "claude-opus-4-7"),
        ("claude-haiku-4-5-20251001", "claude-haiku-4-5", "claude-haiku-4-5-20251001"),
        ("claude-opus-5-5-20261101", "claude-opus-5-5", "claude-opus-5-5-20261101"),
        ("claude-sonnet-5-5[1m]", "claude-sonnet-5-5", "claude-sonnet-5-5"),
        ("anthropic/claude-opus-5-5", "claude-opus-5-5", "claude-opus-5-5"),
        ("claude-opus-4.7", "claude-opus-4-7", "claude-opus-4-7"),
        ("Claude-Opus-5-5", "claude-opus-5-5", "claude-opus-5-5"),
        ("claude-next-9", "claude-next-9", "claude-next-9"),
        ("nothing-by-this-name", "nothing-by-this-name", "nothing-by-this-name"),
    ],
)
def test_the_model_a_client_names_and_what_its_provider_calls_it(asked: str, model: str, wire: str) -> None:
    way = market("anthropic").direct(request_of(MESSAGES, asked))
    assert way is not None
    assert (way.target.model, way.target.wire_name, way.model.name_on_wire) == (model, wire, wire)


@pytest.mark.parametrize(
    ("client", "asked", "keyed", "provider"),
    [
        (MESSAGES, "gpt-6.1-sol", ("anthropic", "openai"), "openai"),
        (RESPONSES, "claude-opus-5-5", ("anthropic", "openai"), "anthropic"),
        (RESPONSES, "claude-opus-5-5", ("openai",), None),
        (CHAT, "gpt-99", ("openai", "deepseek"), "openai"),
        (CHAT, "deepseek-v9", ("openai", "deepseek"), "deepseek"),
        (MESSAGES, "gpt-99", ("anthropic",), "anthropic"),
        (MESSAGES, "who-knows", ("openai",), None),
        (MESSAGES, "claude-opus-5-5", (), None),
    ],
)
def test_whose_key_a_name_needs(
    client: Client, asked: str, keyed: tuple[str, ...], provider: str | None
) -> None:
    way = market(*keyed).direct(request_of(client, asked))
    assert (None if way is None else way.provider.name) == provider


def test_nothing_is_clamped_for_a_model_nobody_knows() -> None:
    asked = request_of(MESSAGES, "claude-next-9", max_tokens=500_000, temperature=0.1)
    way = market("anthropic").direct(asked)
    assert way is not None
    assert (way.target.fidelity, way.model.card) == (Fidelity.RAW, None)


def test_an_own_name_on_the_wire_is_kept_whatever_the_client_wrote() -> None:
    mine = replace(CATALOG.models["claude-opus-5-5"], id="mine", wire_name="vendor/mine-1")
    catalog = CATALOG.with_providers((), (mine,))
    way = Market(catalog, frozenset({"anthropic"})).direct(request_of(MESSAGES, "mine"))
    assert way is not None
    assert way.target.wire_name == "vendor/mine-1"


def test_keys_of_providers_nobody_knows_count_for_nothing() -> None:
    assert keyed_providers({"openai": "k", "elsewhere": "k"}, CATALOG) == {"openai"}


def test_a_server_that_needs_no_key_takes_part_when_it_has_a_model() -> None:
    assert keyed_providers({}, CATALOG) == frozenset()
    mine = replace(CATALOG.models["claude-opus-5-5"], id="qwen-home", provider="ollama")
    catalog = CATALOG.with_providers((), (mine,))
    reachable = keyed_providers({}, catalog)
    assert reachable == {"ollama"}
    assert {model.id for _, model in Market(catalog, reachable).models()} == {"qwen-home"}


@pytest.mark.parametrize(
    ("asked", "keyed", "provider", "wire"),
    [
        ("ollama/qwen3:32b", (), "ollama", "qwen3:32b"),
        ("lmstudio/openai/gpt-oss-20b", (), "lmstudio", "openai/gpt-oss-20b"),
        ("openrouter/anthropic/claude-opus-4.6", ("openrouter",), "openrouter", "anthropic/claude-opus-4.6"),
        ("claude-opus-4.6", ("anthropic",), "anthropic", "claude-opus-4-6"),
        ("anthropic/claude-opus-4.6[1m]", ("anthropic",), "anthropic", "claude-opus-4-6"),
        ("gpt-9.1", ("openai",), "openai", "gpt-9.1"),
    ],
)
def test_what_a_provider_calls_a_model_that_nobody_listed(
    asked: str, keyed: tuple[str, ...], provider: str, wire: str
) -> None:
    way = market(*keyed).direct(request_of(CHAT, asked))
    assert way is not None
    assert (way.provider.name, way.target.wire_name, way.target.model) == (provider, wire, asked)
