"""Read what config.toml, a client's table in it and a repository's policy may all ask of routing."""

from types import MappingProxyType
from typing import Any

from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.phase import Phase
from coderouter_cli.routing.control import Rules
from coderouter_cli.storage.settings.table import Table
from coderouter_cli.storage.settings.values import Strategy

_LISTS = ("allow_models", "deny_models", "allow_providers", "deny_providers")


def bounds_of(table: Table) -> Rules:
    """What is allowed and denied, the pins and the floors; lane and strategy are read by the caller.

    Raises:
        ConfigError: a value is not accepted.
    """
    pins, floors = table.child("pins"), table.child("floors")
    pinned = {phase: pins.text(phase.value) for phase in Phase}
    least = {phase: floors.whole(phase.value, -1, 0, 100) for phase in Phase}
    pins.done()
    floors.done()
    return Rules(
        pins=MappingProxyType({phase: name for phase, name in pinned.items() if name is not None}),
        floors=MappingProxyType({phase: score for phase, score in least.items() if score >= 0}),
        allow_models=table.texts("allow_models"),
        deny_models=table.texts("deny_models"),
        allow_providers=table.texts("allow_providers"),
        deny_providers=table.texts("deny_providers"),
    )


def lane_of(table: Table) -> Lane | None:
    """The table's lane; None where it names none."""
    return None if table.get("lane") is None else table.choice("lane", Lane, Lane.SMART)


def strategy_of(table: Table) -> str | None:
    """The table's strategy; None where it names none."""
    named = None if table.get("strategy") is None else table.choice("strategy", Strategy, Strategy.BALANCED)
    return None if named is None else named.value


def rules_toml(rules: Rules) -> dict[str, Any]:
    """Rules as a table of TOML, without what they do not say."""
    said: dict[str, Any] = {
        "lane": None if rules.lane is None else rules.lane.value,
        "strategy": rules.strategy,
        **{key: list(getattr(rules, key)) for key in _LISTS},
        "pins": {phase.value: name for phase, name in rules.pins.items()},
        "floors": {phase.value: score for phase, score in rules.floors.items()},
    }
    return {key: value for key, value in said.items() if value}
