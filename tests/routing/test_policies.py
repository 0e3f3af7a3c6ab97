import pytest

from coderouter_cli.errors import ConfigError
from coderouter_cli.routing.policies import POLICIES, policy_named


def test_every_policy_is_found_by_its_name() -> None:
    assert [policy.name for policy in POLICIES] == ["balanced", "frugal", "quality"]
    assert all(policy_named(policy.name) is policy for policy in POLICIES)


def test_an_unknown_name_is_an_error_that_says_the_known_ones() -> None:
    with pytest.raises(ConfigError) as caught:
        policy_named("cheap")
    assert "balanced, frugal, quality" in caught.value.sentence()
