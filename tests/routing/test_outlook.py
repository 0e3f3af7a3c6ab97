"""What the next turn may need and cost."""

from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Difficulty, Phase
from coderouter_cli.routing.economics import NextTurn
from coderouter_cli.routing.outlook import CONTINUES, WHOLE, Prospective, likely_needs, next_costs
from tests.routing.field import model

DEBUG_HARD = (Phase.DEBUG, Difficulty.HARD)
DEBUG_EASY = (Phase.DEBUG, Difficulty.EASY)
DOCUMENT = (Phase.DOCUMENT, Difficulty.EASY)
NEEDS = st.tuples(st.sampled_from(list(Phase)), st.sampled_from(list(Difficulty)))


def prospective(name: str, stays: int, left: int) -> Prospective:
    return Prospective(model(name).quality, NextTurn(Picodollars(stays), Picodollars(left)))


def test_a_first_turn_expects_what_turns_need_in_general() -> None:
    """Three parts of 40, 40 and 20 %, and one part of the turn itself."""
    weights = dict(likely_needs(DEBUG_EASY, ()))
    assert weights == {DEBUG_EASY: 550, (Phase.DEBUG, Difficulty.NORMAL): 300, DEBUG_HARD: 150}


def test_a_session_is_expected_to_go_on_as_it_did() -> None:
    """The newest turns count most: 1, 0.8, 0.64 ..."""
    hard = dict(likely_needs(DEBUG_HARD, (DEBUG_HARD,) * 8))
    mixed = dict(likely_needs(DEBUG_HARD, (DOCUMENT,) * 8))
    lately = dict(likely_needs(DEBUG_HARD, (*(DOCUMENT,) * 4, *(DEBUG_HARD,) * 4)))
    before = dict(likely_needs(DEBUG_HARD, (*(DEBUG_HARD,) * 4, *(DOCUMENT,) * 4)))
    assert hard[DEBUG_HARD] > lately[DEBUG_HARD] > before[DEBUG_HARD] > mixed[DEBUG_HARD]
    assert hard[DEBUG_HARD] > 650


@given(NEEDS, st.lists(NEEDS, max_size=30))
def test_the_weights_come_to_a_whole(
    now: tuple[Phase, Difficulty], recent: list[tuple[Phase, Difficulty]]
) -> None:
    weights = likely_needs(now, recent)
    assert WHOLE - len(weights) <= sum(weight for _, weight in weights) <= WHOLE
    assert weights == likely_needs(now, recent[-8:])


def test_the_next_turn_by_hand() -> None:
    """Half of it needs opus (93), half anybody. Opus costs 10 warm and 100 cold, haiku 1 and 8."""
    models = (prospective("opus", 10, 100), prospective("haiku", 1, 8))
    needs = ((DEBUG_HARD, 500), (DEBUG_EASY, 500))
    bars = {DEBUG_HARD: 91, DEBUG_EASY: 80}
    after_opus, after_haiku = (10 + 8) * CONTINUES // 2_000, (100 + 1) * CONTINUES // 2_000
    assert next_costs(models, needs, bars) == [after_opus, after_haiku]


def test_a_need_that_nobody_meets_costs_the_same_everywhere() -> None:
    models = (prospective("opus", 10, 100), prospective("haiku", 1, 8))
    assert next_costs(models, ((DEBUG_HARD, 1_000),), {DEBUG_HARD: 99}) == [0, 0]
    assert next_costs((), ((DEBUG_HARD, 1_000),), {DEBUG_HARD: 99}) == []
