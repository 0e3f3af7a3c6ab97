"""The bar, and the choice above it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.decision import CandidateView
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Difficulty, Phase
from coderouter_cli.routing.bars import Policy, cheapest
from coderouter_cli.routing.policies import POLICIES
from coderouter_cli.routing.policies.balanced import BALANCED
from coderouter_cli.routing.policies.frugal import FRUGAL
from coderouter_cli.routing.policies.quality import QUALITY
from tests.routing.field import model, target

EASY, NORMAL, HARD = Difficulty.EASY, Difficulty.NORMAL, Difficulty.HARD


def test_the_pattern_of_the_post() -> None:
    """Opus class 93, the next one 90, the cheap ones 80: who is good enough for what."""
    assert BALANCED.bar(Phase.DEBUG, HARD, 93) > 90
    assert 80 < BALANCED.bar(Phase.DEBUG, NORMAL, 93) <= 90
    assert 80 < BALANCED.bar(Phase.DEBUG, EASY, 93) <= 82
    for phase in (Phase.PLAN, Phase.IMPLEMENT, Phase.TEST, Phase.DOCUMENT, Phase.SMALL_EDIT):
        assert BALANCED.bar(phase, NORMAL, 93) <= 80
    for phase in (Phase.PLAN, Phase.IMPLEMENT, Phase.TEST):
        assert 80 < BALANCED.bar(phase, HARD, 93) <= 90


@given(st.sampled_from(POLICIES), st.sampled_from(list(Phase)), st.integers(0, 100))
def test_the_bar_rises_with_difficulty_never_over_the_reference(
    policy: Policy, phase: Phase, reference: int
) -> None:
    easy, normal, hard = (policy.bar(phase, difficulty, reference) for difficulty in (EASY, NORMAL, HARD))
    assert 0 <= easy <= normal <= hard <= reference


@given(st.sampled_from(list(Phase)), st.sampled_from(list(Difficulty)), st.integers(0, 100))
def test_policies_are_ordered(phase: Phase, difficulty: Difficulty, reference: int) -> None:
    bars = [policy.bar(phase, difficulty, reference) for policy in (FRUGAL, BALANCED, QUALITY)]
    assert bars == sorted(bars)


def view(name: str, cost: int | None, quality: int = 80) -> CandidateView:
    return CandidateView(target(model(name)), quality, 0, None if cost is None else Picodollars(cost))


def test_the_cheapest_wins() -> None:
    assert cheapest([view("opus", 3), view("haiku", 1), view("luna", 2)], None).target.model == "haiku"


def test_at_the_same_cost_the_incumbent_wins_then_the_better_then_the_name() -> None:
    tied = [view("terra", 1), view("luna", 1), view("sol", 1, 90)]
    assert cheapest(tied, "luna").target.model == "luna"
    assert cheapest(tied, None).target.model == "sol"
    assert cheapest(tied[:2], None).target.model == "luna"
    assert cheapest(reversed(tied), None).target.model == "sol"


def test_a_candidate_without_a_price_cannot_win() -> None:
    with pytest.raises(ValueError, match="without a price"):
        cheapest([view("opus", 3), replace(view("haiku", None))], None)
