"""Asking a provider whether it takes a key."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.catalog.providers import custom_provider
from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.model import Provider
from coderouter_cli.providers.verify import models_url, verify_keys
from coderouter_cli.system.redaction import Secret
from tests.harness import KEYS

CATALOG = load_catalog(prices=False)


async def verified(providers: Mapping[str, Provider], keys: Mapping[str, str]) -> dict[str, Failure | None]:
    secrets = {name: Secret(key) for name, key in keys.items()}
    return await asyncio.to_thread(verify_keys, providers, secrets)


async def test_a_key_that_is_taken_and_one_that_is_not() -> None:
    async with ScriptedProvider(keys=KEYS) as provider:
        known: dict[str, Provider] = {}
        for name, root in provider.roots.items():
            known[name] = replace(CATALOG.providers[name], root=root)
        good = await verified(known, {str(name): key for name, key in KEYS.items()})
        bad = await verified(known, dict.fromkeys(KEYS, "sk-canary-of-mine"))
        seen = list(provider.seen)
    assert good == dict.fromkeys(KEYS)
    assert {name: failure and failure.kind for name, failure in bad.items()} == dict.fromkeys(
        KEYS, FailureKind.AUTH
    )
    assert "canary" not in str(bad)
    assert {(one.method, one.body) for one in seen} == {("GET", b"")}, "nothing that costs money is asked"


async def test_a_provider_without_a_list_has_refused_nothing() -> None:
    async with ScriptedProvider() as provider:
        root = f"http://127.0.0.1:{provider.port}/nowhere/v1"
        mine = custom_provider("mine", root, (FormatName.OPENAI_CHAT,), "MINE_API_KEY")
        assert await verified({"mine": mine}, {"mine": "key"}) == {"mine": None}


async def test_a_provider_that_cannot_be_reached(unused_tcp_port: int) -> None:
    root = f"http://127.0.0.1:{unused_tcp_port}/v1"
    mine = custom_provider("mine", root, (FormatName.OPENAI_CHAT,), "MINE_API_KEY")
    found = await verified({"mine": mine}, {"mine": "key", "unheard-of": "key"})
    assert set(found) == {"mine"}
    assert found["mine"] is not None
    assert found["mine"].kind is FailureKind.UNREACHABLE


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("anthropic", "https://api.anthropic.com/v1/models"),
        ("openai", "https://api.openai.com/v1/models"),
        ("deepseek", "https://api.deepseek.com/models"),
    ],
)
def test_where_the_list_is(name: str, url: str) -> None:
    assert models_url(CATALOG.providers[name]) == url
