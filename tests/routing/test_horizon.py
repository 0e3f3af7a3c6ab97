"""How long a choice lasts."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.routing.horizon import LONGEST, Mean, Pace
from coderouter_cli.routing.outlook import CONTINUES, WHOLE


@pytest.mark.parametrize(
    ("client", "first", "later"), [("claude-code", 12, 5), ("codex", 29, 15), ("cursor", 17, 9), ("x", 17, 9)]
)
def test_it_starts_from_the_means_of_public_sessions(client: str, first: int, later: int) -> None:
    assert Pace.of(client).horizon(opening=True) == first
    assert Pace.of(client).horizon(opening=False) == later


def test_a_choice_outlives_its_turn_as_often_as_another_follows() -> None:
    assert Mean(10).lasting == round(10 * (1 + CONTINUES / WHOLE))


def test_it_learns_from_the_users_own_turns_each_kind_for_itself() -> None:
    """Ten turns of 20 exchanges count as much as the start value of 7: 13.5 exchanges in a turn."""
    pace = Pace.of("claude-code")
    for _ in range(10):
        pace = pace.after(new_turn=True, opening=True)
        for _ in range(19):
            pace = pace.after(new_turn=False, opening=True)
    assert pace.horizon(opening=True) == round(13.5 * 1.72)
    assert pace.horizon(opening=False) == Pace.of("claude-code").horizon(opening=False)
    assert pace == Pace.of("claude-code").plus(10, 200, opening=True)


def test_one_turn_changes_little() -> None:
    assert Mean(5).plus(1, 16).lasting - Mean(5).lasting == 1
    assert Mean(5).plus(1, 1).lasting == Mean(5).lasting - 1


def test_what_is_long_ago_is_forgotten() -> None:
    old = Mean(12).plus(400, 4_000)
    now = reduce(lambda mean, _: mean.plus(1, 2), range(2_000), old)
    assert now.turns <= 400
    assert now.lasting == 4, "two exchanges a turn, and what outlives it"


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=200))
def test_it_stays_within_its_bounds(seen: list[tuple[bool, bool]]) -> None:
    pace = Pace.of("codex")
    for new_turn, opening in seen:
        pace = pace.after(new_turn=new_turn, opening=opening)
        assert 1 <= pace.horizon(opening=opening) <= LONGEST


def test_a_turn_without_end_is_not_believed() -> None:
    assert Mean(12).plus(0, 10**6).lasting == LONGEST
    assert Mean(12).plus(400, 0).lasting == 1
