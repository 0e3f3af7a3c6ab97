"""Read config.toml. A missing file means the defaults; anything not understood is an error with its line."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from coderouter_cli.catalog.providers import Changes, changes_of, check_changes
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.phase import Phase
from coderouter_cli.errors import ConfigError
from coderouter_cli.routing.control import Rules
from coderouter_cli.storage.settings.layout import scan
from coderouter_cli.storage.settings.rules import bounds_of, strategy_of
from coderouter_cli.storage.settings.table import Source, Table, did_you_mean
from coderouter_cli.storage.settings.values import (
    CLIENTS,
    DEFAULT_PORT,
    CountTokens,
    Escalation,
    KeyStoreKind,
    Limits,
    ModelSettings,
    Prices,
    ProviderSettings,
    Settings,
    Strategy,
)
from coderouter_cli.system.environment import check_provider_url, check_proxy_url
from coderouter_cli.system.files import read_trusted
from coderouter_cli.system.paths import Paths

_MIB = 1024 * 1024
_LONGEST_S = 3600
_MOST_TOKENS = 100_000_000
_MOST_USD = 100_000


class _Auth(StrEnum):
    BEARER = "bearer"
    X_API_KEY = "x-api-key"


def load_settings(paths: Paths) -> Settings:
    """Read the settings of this home.

    Raises:
        ConfigError: the file says something we cannot accept.
        UnsafeFileError: others could change the file.
    """
    data = read_trusted(paths.config_file)
    return Settings() if data is None else parse_settings(data, str(paths.config_file))


def parse_settings(data: bytes, name: str) -> Settings:
    """Read settings from the bytes of a file called ``name``.

    Raises:
        ConfigError: they are not TOML in UTF-8, or say something we cannot accept.
    """
    text, values = parse_toml(data, name)
    return settings_of(values, Source(name, scan(text)))


def parse_toml(data: bytes, name: str) -> tuple[str, dict[str, Any]]:
    """The text without a byte order mark, and its values; numbers with a point as exact decimals.

    Raises:
        ConfigError: it is not TOML in UTF-8.
    """
    try:
        text = data.decode("utf-8-sig")
        return text, tomllib.loads(text, parse_float=Decimal)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{name}, line {line}: not UTF-8", next_step="Save the file as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        what, _, place = str(error).rpartition(" (at ")
        found = re.match(r"line (\d+)", place)
        line = int(found[1]) if found else text.count("\n") + 1
        raise ConfigError(f"{name}, line {line}: not valid TOML: {what or error}") from error
    except RecursionError as error:
        raise ConfigError(f"{name} nests too deeply") from error


def settings_of(values: dict[str, Any], source: Source) -> Settings:
    """Turn parsed values into settings.

    Raises:
        ConfigError: a key is unknown or a value is not accepted.
    """
    root = Table(source, (), values)
    settings = Settings(
        port=root.whole("port", DEFAULT_PORT, 1024, 65535),
        strategy=root.choice("strategy", Strategy, Strategy.BALANCED),
        lane=root.choice("lane", Lane, Lane.SMART),
        key_store=root.choice("key_store", KeyStoreKind, KeyStoreKind.KEYRING),
        max_regret_pct=root.whole("max_regret_pct", Settings().max_regret_pct, 0, 1000),
        rules=bounds_of(root),
        upstream_proxy=root.checked("upstream_proxy", check_proxy_url),
        lanes=_lanes(root.child("lanes")),
        clients=_clients(root.child("clients")),
        limits=_limits(root.child("limits")),
        count_tokens=_count_tokens(root.child("count_tokens")),
        escalation=_escalation(root.child("escalation")),
        providers=_providers(root.child("providers")),
        models=_models(root, root.child("providers")),
    )
    root.done()
    return settings


def _lanes(table: Table) -> Mapping[str, Lane]:
    _check_clients(table)
    return MappingProxyType({client: table.choice(client, Lane, Lane.SMART) for client in table.values})


def _clients(table: Table) -> Mapping[str, Rules]:
    _check_clients(table)
    return MappingProxyType({client: _client(table.child(client)) for client in table.values})


def _client(table: Table) -> Rules:
    """One client's rules; its lane stands in ``[lanes]``."""
    rules = replace(bounds_of(table), strategy=strategy_of(table))
    table.done()
    return rules


def _check_clients(table: Table) -> None:
    for client in table.values:
        if client not in CLIENTS:
            raise table.error(client, f'unknown client "{client}"', did_you_mean(client, CLIENTS))


def _escalation(table: Table) -> Escalation:
    usual = Escalation()
    escalation = Escalation(
        enabled=table.flag("enabled", default=usual.enabled),
        holdout_pct=table.whole("holdout_pct", usual.holdout_pct, 0, 100),
    )
    table.done()
    return escalation


def _count_tokens(table: Table) -> CountTokens:
    exact = table.flag("exact", default=CountTokens().exact)
    table.done()
    return CountTokens(exact)


def _limits(table: Table) -> Limits:
    usual = Limits()
    limits = Limits(
        connect_s=_seconds(table, "connect_s", usual.connect_s),
        first_event_s=_seconds(table, "first_event_s", usual.first_event_s),
        gap_s=_seconds(table, "gap_s", usual.gap_s),
        max_body=table.whole("max_body_mib", usual.max_body // _MIB, 1, 1024) * _MIB,
        max_exchanges=table.whole("max_exchanges", usual.max_exchanges, 1, 10_000),
    )
    table.done()
    return limits


def _seconds(table: Table, key: str, usual: float) -> float:
    value = table.number(key, 0, _LONGEST_S)
    if value == 0:
        raise table.error(key, f"{key} is 0", "It must be more than 0 seconds.")
    return usual if value is None else float(value)


def _providers(table: Table) -> Mapping[str, ProviderSettings]:
    return MappingProxyType({name: _provider(table.child(name)) for name in table.values})


def _provider(table: Table) -> ProviderSettings:
    auth = table.text("auth")
    provider = ProviderSettings(
        url=table.checked("url", check_provider_url),
        formats=table.choices("formats", FormatName),
        key_env=table.checked("key_env", _variable_name),
        auth=None if auth is None else _auth(table),
        keyless=None if table.get("keyless") is None else table.flag("keyless", default=False),
        dialect=_dialect(table, "dialect"),
        by_format={wire: changes for wire in FormatName if (changes := _dialect(table, wire.value))},
    )
    table.get("models")
    table.done()
    return provider


def _dialect(table: Table, key: str) -> Mapping[str, Any]:
    """Fields of a dialect, checked, so that a mistake is an error with its line."""
    stated = table.child(key)
    changes = Changes(fields=stated.values) if key == "dialect" else changes_of(stated.values)
    at = f"providers.{table.path[-1]}.{key}"
    try:
        check_changes(changes, at)
    except ConfigError as error:
        raise table.error(key, error.sentence()) from error
    return dict(stated.values)


def _auth(table: Table) -> Literal["bearer", "x-api-key"]:
    return table.choice("auth", _Auth, _Auth.BEARER).value


def _variable_name(text: str) -> str:
    """Refuses what cannot be a variable's name, above all a key pasted into the wrong place."""
    if not (text.isascii() and text.replace("_", "a").isalnum()) or text[0].isdigit():
        raise ConfigError(
            "this is not a variable's name",
            next_step="Name the variable; keep the key itself out of this file.",
        )
    return text


def _models(root: Table, providers: Table) -> tuple[ModelSettings, ...]:
    """The models of the file's own list, and those in the tables of their providers."""
    listed: list[tuple[Table, str | None]] = [(table, None) for table in root.children("models")]
    for name in providers.values:
        listed += [(table, name) for table in providers.child(name).children("models")]
    models: dict[str, ModelSettings] = {}
    for table, provider in listed:
        model = _model(table, provider)
        if model.id in models:
            raise table.error("id", f'there are two models "{model.id}"')
        models[model.id] = model
    return tuple(models.values())


def _model(table: Table, provider: str | None) -> ModelSettings:
    """One model; ``provider`` is given where its table stands in the provider's."""
    usual = ModelSettings("", "", 0, 0)
    model = ModelSettings(
        id=table.required("id"),
        provider=table.required("provider") if provider is None else provider,
        max_input=_tokens(table, "max_input"),
        max_output=_tokens(table, "max_output"),
        prices=_prices(table.child("prices")) if table.get("prices") is not None else None,
        quality=_quality(table),
        wire_name=table.text("wire_name"),
        vision=table.flag("vision", default=usual.vision),
        tools=table.flag("tools", default=usual.tools),
        efforts=table.texts("efforts"),
        sampling=table.flag("sampling", default=usual.sampling),
        structured_output=table.flag("structured_output", default=usual.structured_output),
        forced_tool_choice=table.flag("forced_tool_choice", default=usual.forced_tool_choice),
        thinking_can_be_off=table.flag("thinking_can_be_off", default=usual.thinking_can_be_off),
    )
    table.done()
    return model


def _tokens(table: Table, key: str) -> int:
    if table.get(key) is None:
        raise table.source.error(table.path, f"this model has no {key}", f"Add {key} in tokens.")
    return table.whole(key, 0, 1, _MOST_TOKENS)


def _prices(table: Table) -> Prices:
    prices = Prices(
        input=_price(table, "input"),
        output=_price(table, "output"),
        cache_read=table.number("cache_read", 0, _MOST_USD),
        cache_write=table.number("cache_write", 0, _MOST_USD),
        cache_write_long=table.number("cache_write_long", 0, _MOST_USD),
    )
    table.done()
    return prices


def _price(table: Table, key: str) -> Decimal:
    price = table.number(key, 0, _MOST_USD)
    if price is None:
        raise table.source.error(
            table.path, f"prices has no {key}", f"Add {key} in USD per million tokens, or leave prices out."
        )
    return price


def _quality(table: Table) -> Mapping[Phase, int]:
    """One score for all phases, or a table with one per phase."""
    if not isinstance(table.get("quality"), dict):
        score = table.whole("quality", -1, 0, 100)
        return MappingProxyType({} if score < 0 else dict.fromkeys(Phase, score))
    scores = table.child("quality")
    named = {phase: scores.whole(phase.value, -1, 0, 100) for phase in Phase}
    scores.done()
    return MappingProxyType({phase: score for phase, score in named.items() if score >= 0})
