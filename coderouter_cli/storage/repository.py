"""A repository's policy: `.coderouter.toml` at its root, in the words of config.toml.

It can only narrow what is allowed, raise what is asked of a model, or choose among what there is: no
provider, address or key can stand in it. A budget is read and shown; nothing holds it yet.
"""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from coderouter_cli.routing.control import Rules
from coderouter_cli.storage.settings.layout import scan
from coderouter_cli.storage.settings.read import parse_toml
from coderouter_cli.storage.settings.rules import bounds_of, lane_of, strategy_of
from coderouter_cli.storage.settings.table import Source, Table

POLICY_FILE = ".coderouter.toml"
LARGEST_POLICY = 64 * 1024
"""Bytes. A policy is a page; whatever is larger is none."""
_MOST_USD = 1_000_000


@dataclass(frozen=True, slots=True)
class Budget:
    """USD; None where no limit is named."""

    daily_usd: Decimal | None = None
    monthly_usd: Decimal | None = None


@dataclass(frozen=True, slots=True)
class RepositoryPolicy:
    """What a repository asks of routing."""

    rules: Rules = field(default_factory=Rules)
    budget: Budget = field(default_factory=Budget)


def parse_policy(data: bytes, name: str) -> RepositoryPolicy:
    """Read a policy from the bytes of a file called ``name``.

    Raises:
        ConfigError: they are not TOML in UTF-8, or say something we cannot accept.
    """
    text, values = parse_toml(data, name)
    root = Table(Source(name, scan(text)), (), values)
    rules = replace(bounds_of(root), lane=lane_of(root), strategy=strategy_of(root))
    budget = _budget(root.child("budget"))
    root.done()
    return RepositoryPolicy(rules, budget)


def _budget(table: Table) -> Budget:
    budget = Budget(
        table.number("daily_usd", 0, _MOST_USD),
        table.number("monthly_usd", 0, _MOST_USD),
    )
    table.done()
    return budget
