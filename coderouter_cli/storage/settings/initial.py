"""Write the first config.toml."""

from typing import Any

import tomli_w

from coderouter_cli.domain.phase import Phase
from coderouter_cli.storage.settings.rules import rules_toml
from coderouter_cli.storage.settings.values import (
    Escalation,
    Limits,
    ModelSettings,
    Prices,
    ProviderSettings,
    Settings,
)

_HEAD = """\
# CodeRouter's settings. Every command checks them; a running daemon reads them after `coderouter restart`.
# Keys never belong in this file.
"""


def initial_toml(settings: Settings) -> str:
    """The text of a config.toml that says this: what every user should see, and what is not the default.

    Reading it gives equal settings again.
    """
    usual = Settings()
    document: dict[str, Any] = {
        "port": settings.port,
        "strategy": settings.strategy.value,
        "lane": settings.lane.value,
        "key_store": settings.key_store.value,
    }
    if settings.max_regret_pct != usual.max_regret_pct:
        document["max_regret_pct"] = settings.max_regret_pct
    optional = {
        **rules_toml(settings.rules),
        "upstream_proxy": settings.upstream_proxy,
        "lanes": {client: lane.value for client, lane in settings.lanes.items()},
        "clients": {client: rules_toml(rules) for client, rules in settings.clients.items()},
        "limits": _limits(settings.limits, usual.limits),
        "count_tokens": {"exact": True} if settings.count_tokens.exact else {},
        "escalation": _escalation(settings.escalation, usual.escalation),
        "providers": {name: _provider(provider) for name, provider in settings.providers.items()},
        "models": [_model(model) for model in settings.models],
    }
    document |= {key: value for key, value in optional.items() if value}
    return f"{_HEAD}\n{tomli_w.dumps(document)}"


def _limits(limits: Limits, usual: Limits) -> dict[str, Any]:
    seconds = {
        name: getattr(limits, name)
        for name in ("connect_s", "first_event_s", "gap_s", "max_exchanges")
        if getattr(limits, name) != getattr(usual, name)
    }
    return seconds | (
        {} if limits.max_body == usual.max_body else {"max_body_mib": limits.max_body // (1024 * 1024)}
    )


def _escalation(escalation: Escalation, usual: Escalation) -> dict[str, Any]:
    names = ("enabled", "holdout_pct")
    return {name: said for name in names if (said := getattr(escalation, name)) != getattr(usual, name)}


def _provider(provider: ProviderSettings) -> dict[str, Any]:
    return _said(
        url=provider.url,
        formats=[name.value for name in provider.formats] or None,
        key_env=provider.key_env,
        auth=provider.auth,
        keyless=provider.keyless,
        dialect=dict(provider.dialect) or None,
        **{wire.value: dict(changes) for wire, changes in provider.by_format.items()},
    )


def _model(model: ModelSettings) -> dict[str, Any]:
    return _said(
        id=model.id,
        provider=model.provider,
        max_input=model.max_input,
        max_output=model.max_output,
        wire_name=model.wire_name,
        vision=model.vision or None,
        tools=None if model.tools else False,
        efforts=list(model.efforts) or None,
        sampling=None if model.sampling else False,
        structured_output=None if model.structured_output else False,
        forced_tool_choice=None if model.forced_tool_choice else False,
        thinking_can_be_off=None if model.thinking_can_be_off else False,
        quality={phase.value: model.quality[phase] for phase in Phase if phase in model.quality} or None,
        prices=None if model.prices is None else _prices(model.prices),
    )


def _prices(prices: Prices) -> dict[str, Any]:
    return _said(
        input=prices.input,
        output=prices.output,
        cache_read=prices.cache_read,
        cache_write=prices.cache_write,
        cache_write_long=prices.cache_write_long,
    )


def _said(**values: object) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
