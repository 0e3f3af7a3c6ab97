"""How long turns are."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.routing.horizon import LONGEST, Pace


@pytest.mark.parametrize(("client", "mean"), [("claude-code", 5), ("codex", 12), ("cursor", 8), ("x", 8)])
def test_it_starts_from_the_means_of_public_sessions(client: str, mean: int) -> None:
    assert Pace.of(client).horizon == mean


def test_it_learns_from_the_users_own_turns() -> None:
    """Ten turns of 21 exchanges count as much as the start value of 5."""
    pace = Pace.of("claude-code")
    for _ in range(10):
        pace = pace.after(new_turn=True)
        for _ in range(20):
            pace = pace.after(new_turn=False)
    assert pace.horizon == 13
    assert pace == Pace.of("claude-code").plus(10, 210)


def test_one_turn_changes_little() -> None:
    assert Pace.of("claude-code").plus(1, 16).horizon == 6
    assert Pace.of("claude-code").plus(1, 1).horizon == 5


def test_what_is_long_ago_is_forgotten() -> None:
    old = Pace.of("codex").plus(400, 4_000)
    now = reduce(lambda pace, _: pace.plus(1, 2), range(2_000), old)
    assert now.turns <= 400
    assert now.horizon == 2


@given(st.lists(st.booleans(), max_size=200))
def test_it_stays_within_its_bounds(begins: list[bool]) -> None:
    pace = Pace.of("codex")
    for new_turn in begins:
        pace = pace.after(new_turn=new_turn)
        assert 1 <= pace.horizon <= LONGEST


def test_a_turn_without_end_is_not_believed() -> None:
    assert Pace.of("codex").plus(0, 10**6).horizon == LONGEST
    assert Pace.of("codex").plus(400, 0).horizon == 1
