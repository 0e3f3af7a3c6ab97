"""What Claude models accept, by their names."""

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.demo.claude import claude


@pytest.mark.parametrize(
    "name", ["gpt-5.5", "claude-opus-5.5", "claude", "claude-opus", "claude-opus-5-5-x", ""]
)
def test_other_names_are_no_claude(name: str) -> None:
    assert claude(name) is None


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("claude-opus-5-5", (5, 5)),
        ("claude-opus-5", (5, 0)),
        ("claude-haiku-4-5-20251001", (4, 5)),
        ("claude-fable-5-1", (5, 1)),
    ],
)
def test_the_version_is_read(name: str, version: tuple[int, int]) -> None:
    found = claude(name)
    assert found is not None
    assert found.version == version


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("claude-opus-5-5", "binds always_thinks system_turns adapts"),
        ("claude-sonnet-5-5", "binds system_turns adapts"),
        ("claude-haiku-5-5", "binds system_turns adapts forced"),
        ("claude-fable-5-1", "binds always_thinks system_turns adapts"),
        ("claude-opus-5", "system_turns adapts forced"),
        ("claude-opus-4-8", "system_turns adapts forced"),
        ("claude-opus-4-7", "adapts forced"),
        ("claude-sonnet-4-6", "adapts forced samples budgets"),
        ("claude-haiku-4-5", "forced samples budgets prefills"),
    ],
)
def test_what_each_model_takes(name: str, facts: str) -> None:
    found = claude(name)
    assert found is not None
    told = {
        "binds": found.binds_thinking,
        "always_thinks": found.always_thinks,
        "system_turns": found.system_turns,
        "adapts": found.adapts,
        "forced": found.forced,
        "samples": found.samples,
        "budgets": found.budgets,
        "prefills": found.prefills,
    }
    assert {fact for fact, holds in told.items() if holds} == set(facts.split())


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("claude-opus-5-5", "computer_toolset_20260801"),
        ("claude-haiku-5-5", "computer_toolset_20260801"),
        ("claude-fable-5-1", "computer_toolset_20260801"),
        ("claude-sonnet-5", "computer_20251124 computer_toolset_20260801"),
        ("claude-opus-4-8", "computer_20251124 computer_toolset_20260801"),
        ("claude-opus-4-7", "computer_20251124"),
        ("claude-haiku-4-5", "computer_20250124"),
    ],
)
def test_the_version_of_the_computer_tool(name: str, kinds: str) -> None:
    found = claude(name)
    assert found is not None
    assert found.computer_tools == set(kinds.split())
    assert set(load_catalog(prices=False).models[name].capabilities.computer_tools) == set(kinds.split())


def test_sizes_and_efforts() -> None:
    new, old = claude("claude-opus-5-5"), claude("claude-haiku-4-5")
    assert new is not None
    assert old is not None
    assert (new.cache_minimum, old.cache_minimum) == (512, 1024)
    assert (new.max_output, old.max_output) == (128_000, 64_000)
    assert new.efforts == ("low", "medium", "high", "xhigh", "max")
    assert old.efforts == ()
