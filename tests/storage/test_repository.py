"""A repository's policy: what may stand in it, and what never."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.phase import Phase
from coderouter_cli.errors import ConfigError
from coderouter_cli.routing.control import Rules
from coderouter_cli.storage.repository import Budget, RepositoryPolicy, parse_policy

FULL = b"""\
lane = "smart"
strategy = "quality"
allow_models = ["claude-*"]
deny_models = ["claude-fable-*"]
allow_providers = ["anthropic"]
deny_providers = ["deepseek"]

[pins]
plan = "claude-opus-5-5"

[floors]
debug = 80

[budget]
daily_usd = 5.50
"""


def test_everything_is_read() -> None:
    assert parse_policy(FULL, "p") == RepositoryPolicy(
        Rules(
            lane=Lane.SMART,
            strategy="quality",
            pins={Phase.PLAN: "claude-opus-5-5"},
            floors={Phase.DEBUG: 80},
            allow_models=("claude-*",),
            deny_models=("claude-fable-*",),
            allow_providers=("anthropic",),
            deny_providers=("deepseek",),
        ),
        Budget(Decimal("5.50")),
    )
    assert parse_policy(b"", "p") == RepositoryPolicy()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[providers.mine]\nurl = "http://evil.example"', 'p, line 1: unknown key "providers"'),
        ('api_key = "x"', "does not belong here"),
        ("key_store = 'file'", 'unknown key "key_store"'),
        ("port = 1", 'unknown key "port"'),
        ('upstream_proxy = "http://evil.example"', 'unknown key "upstream_proxy"'),
        ('lane = "fast"', 'lane is "fast"'),
        ("[floors]\ndebug = 200", "floors.debug is 200"),
        ("[budget]\ndaily_usd = -1", "budget.daily_usd is -1"),
        ("[budget]\nweekly_usd = 1", 'unknown key "weekly_usd"'),
        ("lane", "not valid TOML"),
    ],
)
def test_it_adds_no_provider_no_address_and_no_key(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=r"p, line \d+") as told:
        parse_policy(text.encode(), "p")
    assert says in str(told.value)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_policy_or_an_error_of_ours(data: bytes) -> None:
    try:
        parse_policy(data, "p")
    except ConfigError:
        return
