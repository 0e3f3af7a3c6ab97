"""The cheapest way through a thread for somebody who knows the future: what regret is measured by.

By dynamic programming over the moments at which changing the model can pay: where a human speaks, where a
history was cut, where a cache may have run out, where a prompt crosses a price step. Between them a prompt
grows in one cache at one price, and what a change there saves it saves more at the run's beginning. (Left
out is keeping a cache alive with a step in the middle of a run; free changes were measured elsewhere to
gain at most 1 %.)

A state is what later costs depend on: for each model, the step that used it last. Most are dropped, and
nothing is lost by it: a state is no better than another one that has paid less by at least what all its
warmer caches are worth, for from there on the other can do the same and pays at most that much more.
Nor can one lead there that will cost more, at the very least, than some way that is known. Of what is
left the `MOST_STATES` cheapest are kept. One thread in a hundred has more, with 17 models, and keeping
all of them changed nothing there.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from coderouter_cli.domain.transcript import Need
from coderouter_cli.simulation.cache import NEVER, Costs
from coderouter_cli.simulation.field import Field
from coderouter_cli.simulation.policies import Choices, cheapest_per_turn, fitting, price_of

MOST_STATES = 150


@dataclass(frozen=True, slots=True)
class _State:
    """``paid`` so far; ``last``, for each model of the field, is the step that used it last. It was reached
    from the state ``before`` by ``steps`` on ``model``."""

    paid: int
    last: tuple[int, ...]
    model: int = NEVER
    steps: int = 0
    before: "_State | None" = None


def optimum(costs: Costs, field: Field, needs: Sequence[Need], known: int | None = None) -> Choices:
    """The cheapest choices for the thread. ``known`` is the price of some good way through it, if any."""
    states = [_State(0, (NEVER,) * len(field.models))]
    stages = _stages(costs, field, needs)
    rival = price_of(costs, cheapest_per_turn(costs, field, needs))
    most, ahead = rival if known is None else min(rival, known), _least_ahead(costs, stages)
    for number, (run, able) in enumerate(stages):
        moved = (_moved(costs, state, run, model) for state in states for model in able)
        after = [state for state in moved if state.paid + ahead[number] <= most]
        states = _undominated(costs, after, _next_uses(stages[number + 1 :], len(field.models)))
    return _choices(min(states, key=lambda state: state.paid))


def _stages(costs: Costs, field: Field, needs: Sequence[Need]) -> list[tuple[range, list[int]]]:
    """The runs, each with the models to consider in it: dominated ones are never the cheapest way."""
    allowed = [
        (run, fitting(costs, _longest(costs, run), field.good[needs[costs.scene.beats[run.start].turn]]))
        for run in runs(costs)
    ]
    needed = sorted({model for _, able in allowed for model in able})
    where = {model: {number for number, (_, able) in enumerate(allowed) if model in able} for model in needed}
    dropped: set[int] = set()
    for model in needed:
        rivals = (other for other in needed if other != model and other not in dropped)
        if any(where[model] <= where[other] and costs.undercuts(other, model) for other in rivals):
            dropped.add(model)
    return [(run, [model for model in able if model not in dropped]) for run, able in allowed]


def _least_ahead(costs: Costs, stages: Sequence[tuple[range, list[int]]]) -> list[int]:
    """For each run, what those behind it cost at least: with each model as warm as it could be."""
    least = [min(costs.run_cost(run, model, run.start - 1) for model in able) for run, able in stages]
    return [sum(least[number + 1 :]) for number in range(len(least))]


def _next_uses(stages: Sequence[tuple[range, list[int]]], models: int) -> list[int | None]:
    """For each model the step at which it may be used next; None: never again."""
    uses: list[int | None] = [None] * models
    for run, able in reversed(stages):
        for model in able:
            uses[model] = run.start
    return uses


def runs(costs: Costs) -> Iterator[range]:
    """Steps between which changing the model cannot pay."""
    beats, start = costs.scene.beats, 0
    for step in range(1, len(beats)):
        gap = beats[step].at - beats[step - 1].at
        cut = beats[step].kept < beats[step - 1].prompt
        if beats[step].fresh or cut or gap >= costs.shortest_life or costs.reprices(step):
            yield range(start, step)
            start = step
    yield range(start, len(beats))


def _longest(costs: Costs, run: range) -> int:
    return max(run, key=lambda step: costs.scene.beats[step].prompt)


def _moved(costs: Costs, state: _State, run: range, model: int) -> _State:
    last = state.last
    end = run.stop - 1
    return _State(
        state.paid + costs.run_cost(run, model, last[model]),
        (*last[:model], end, *last[model + 1 :]),
        model,
        len(run),
        state,
    )


def _undominated(costs: Costs, states: Iterable[_State], uses: Sequence[int | None]) -> list[_State]:
    """The states that may still lead to the optimum, when these are the models' next uses."""
    kept: list[_State] = []
    for state in sorted(states, key=lambda state: state.paid):
        worth = (
            (model, last, costs.worth(use, model, last))
            for model, (last, use) in enumerate(zip(state.last, uses, strict=True))
            if last != NEVER and use is not None
        )
        assets = [asset for asset in worth if asset[2]]
        if not any(_beats(costs, other, state.paid, assets) for other in kept):
            kept.append(state)
        if len(kept) == MOST_STATES:
            break
    return kept


def _beats(costs: Costs, other: _State, paid: int, assets: Iterable[tuple[int, int, int]]) -> bool:
    """Whether another state is at least as good, after paying for what it does not hold."""
    left = paid - other.paid
    for model, last, worth in assets:
        if not costs.outlasts(model, other.last[model], last):
            left -= worth
            if left < 0:
                return False
    return True


def _choices(state: _State) -> Choices:
    found: list[int] = []
    while state.before is not None:
        found.extend([state.model] * state.steps)
        state = state.before
    return tuple(reversed(found))
