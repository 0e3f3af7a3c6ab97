"""The optimum against every way there is, on threads small enough to try them all."""

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from coderouter_cli.domain.transcript import Need
from coderouter_cli.simulation.cache import Costs
from coderouter_cli.simulation.optimum import optimum, runs
from coderouter_cli.simulation.ours import ours
from coderouter_cli.simulation.policies import RIVALS, price_of
from tests.simulation.world import EASY, HARD, NORMAL, field, growing

FIELD = field("opus", "sonnet", "haiku", "flash", "luna", keys="anthropic,deepseek,openai")
PAUSES = st.sampled_from([0.5, 2.0, 4.0, 6.0, 40.0])
TURNS = st.lists(
    st.tuples(PAUSES, st.integers(1, 3), st.sampled_from([EASY, NORMAL, HARD])), min_size=1, max_size=4
)


def best_of_all(costs: Costs, needs: list[Need]) -> int:
    """Every choice for every run."""
    stages = [
        [(run, model) for model in sorted(FIELD.good[needs[costs.scene.beats[run.start].turn]])]
        for run in runs(costs)
    ]
    ways = ([model for run, model in way for _ in run] for way in product(*stages))
    return min(price_of(costs, tuple(way)) for way in ways)


@settings(max_examples=40, deadline=None)
@given(turns=TURNS, start=st.sampled_from([8_000, 60_000, 98_000]))
def test_nothing_is_cheaper_and_it_can_be_done(turns: list[tuple[float, int, Need]], start: int) -> None:
    costs = Costs(growing(*((pause, steps) for pause, steps, _ in turns), start=start), FIELD.priced)
    needs = [need for _, _, need in turns]
    found, beats = optimum(costs, FIELD, needs), costs.scene.beats
    assert all(model in FIELD.good[needs[beat.turn]] for model, beat in zip(found, beats, strict=True))
    assert price_of(costs, found) == best_of_all(costs, needs)


@settings(max_examples=25, deadline=None)
@given(turns=TURNS, start=st.sampled_from([8_000, 60_000]))
def test_no_policy_that_meets_the_bar_is_cheaper(turns: list[tuple[float, int, Need]], start: int) -> None:
    costs = Costs(growing(*((pause, steps) for pause, steps, _ in turns), start=start), FIELD.priced)
    needs = [need for _, _, need in turns]
    best = price_of(costs, optimum(costs, FIELD, needs))
    for policy in (RIVALS["per-turn-cheapest"], RIVALS["sticky"], RIVALS["always-requested"], ours):
        assert price_of(costs, policy(costs, FIELD, needs)) >= best


def test_a_price_that_is_known_already_changes_nothing() -> None:
    costs = Costs(growing((0, 3), (1, 3), (6, 2)), FIELD.priced)
    needs = [EASY, HARD, NORMAL]
    found = optimum(costs, FIELD, needs)
    assert optimum(costs, FIELD, needs, price_of(costs, found)) == found
