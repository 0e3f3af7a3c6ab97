"""Routing policies, one file each."""

from coderouter_cli.errors import ConfigError
from coderouter_cli.routing.bars import Policy
from coderouter_cli.routing.policies.balanced import BALANCED
from coderouter_cli.routing.policies.frugal import FRUGAL
from coderouter_cli.routing.policies.quality import QUALITY

POLICIES: tuple[Policy, ...] = (BALANCED, FRUGAL, QUALITY)


def policy_named(name: str) -> Policy:
    """The policy of a strategy's name.

    Raises:
        ConfigError: there is none.
    """
    for policy in POLICIES:
        if policy.name == name:
            return policy
    known = ", ".join(policy.name for policy in POLICIES)
    raise ConfigError(f"There is no strategy {name!r}.", next_step=f"Use one of: {known}.")
