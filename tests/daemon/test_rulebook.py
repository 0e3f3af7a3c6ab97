"""Names in rules: what is known, what is a mistake, what a person means."""

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.daemon.rulebook import checked, model_meant, requested_rules, resolved, unknown_names
from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.phase import Phase
from coderouter_cli.errors import BadRequestError, ConfigError
from coderouter_cli.routing.control import Rules

CATALOG = load_catalog(prices=False)
CURRENT = [model for model in CATALOG.models.values() if not model.legacy]


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        (Rules(pins={Phase.PLAN: "claude-opus-55"}), r"config.toml, pins.plan: there is no model"),
        (Rules(deny_models=("gpt-6-lunar",)), "deny_models: there is no model"),
        (Rules(allow_providers=("antropic",)), "allow_providers: there is no provider"),
    ],
)
def test_a_name_that_nobody_knows_is_a_mistake_in_the_users_own_settings(rules: Rules, says: str) -> None:
    with pytest.raises(ConfigError, match=says) as told:
        checked(rules, CATALOG, "")
    assert "Did you mean" in told.value.next_step
    assert len(list(unknown_names(rules, CATALOG))) == 1


def test_names_become_ids_and_patterns_may_match_nothing() -> None:
    rules = Rules(
        pins={Phase.PLAN: "CLAUDE-OPUS-5.5"},
        deny_models=("nobody-*", "openai/gpt-6-luna"),
        allow_providers=("anthropic",),
    )
    assert checked(rules, CATALOG, "").pins == {Phase.PLAN: "claude-opus-5-5"}
    assert resolved(Rules(pins={Phase.TEST: "nobody"}), CATALOG).pins == {Phase.TEST: "nobody"}


@pytest.mark.parametrize(
    ("headers", "rules"),
    [
        ({}, Rules()),
        ({"x-coderouter-lane": " Direct "}, Rules(lane=Lane.DIRECT)),
        ({"x-coderouter-strategy": "frugal"}, Rules(strategy="frugal")),
        ({"x-coderouter-model": "anthropic/claude-opus-4.7"}, Rules(model="claude-opus-4-7")),
    ],
)
def test_what_headers_ask(headers: dict[str, str], rules: Rules) -> None:
    assert requested_rules(headers, CATALOG) == rules


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"x-coderouter-lane": "fast"}, "smart or direct"),
        ({"x-coderouter-strategy": ""}, "balanced, frugal, quality"),
        ({"x-coderouter-model": "secret-model-name"}, "names no model"),
        ({"x-coderouter-model": "claude-opus-5-5", "x-coderouter-lane": "direct"}, "leaves it to the client"),
    ],
)
def test_a_header_that_says_nothing_we_know_is_refused_without_repeating_it(
    headers: dict[str, str], says: str
) -> None:
    with pytest.raises(BadRequestError, match=says) as told:
        requested_rules(headers, CATALOG)
    assert "secret" not in told.value.sentence()


@pytest.mark.parametrize(
    ("word", "model"),
    [
        ("opus", "claude-opus-5-5"),
        ("claude-opus-4-7", "claude-opus-4-7"),
        ("opus-5.5", "claude-opus-5-5"),
        ("luna", "gpt-6-luna"),
        ("something", None),
    ],
)
def test_what_a_person_means(word: str, model: str | None) -> None:
    found = model_meant(word, CATALOG, CURRENT)
    assert (None if found is None else found.id) == model


def test_a_family_is_its_best_within_reach() -> None:
    reachable = [CATALOG.models["deepseek-v4-flash"]]
    found = model_meant("flash", CATALOG, reachable)
    assert found is reachable[0]
