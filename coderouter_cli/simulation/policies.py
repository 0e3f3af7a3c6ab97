"""The policies that the router is compared with. Each gives a model for every step of a thread.

They know what the router knows of a step, its prompt and its need, and not what comes later. All but
`requested` and `cheapest` choose among models that are good enough for the turn.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from coderouter_cli.domain.transcript import Need
from coderouter_cli.simulation.cache import NEVER, Costs
from coderouter_cli.simulation.field import Field

Choices = tuple[int, ...]
"""The position of a model in the field, for every step of a thread."""
Policy = Callable[[Costs, Field, Sequence[Need]], Choices]


def requested(costs: Costs, field: Field, needs: Sequence[Need]) -> Choices:  # noqa: ARG001 - a Policy
    """What the client asked for."""
    return (field.requested,) * len(costs.scene.beats)


def cheapest(costs: Costs, field: Field, needs: Sequence[Need]) -> Choices:  # noqa: ARG001 - a Policy
    """The lowest list price for the whole thread, however weak the model is."""
    steps = range(len(costs.scene.beats))
    able = fitting(
        costs, max(steps, key=lambda step: costs.scene.beats[step].prompt), range(len(field.models))
    )
    best = min(able, key=lambda model: sum(costs.list_price(step, model) for step in steps))
    return (best,) * len(costs.scene.beats)


def cheapest_per_request(costs: Costs, field: Field, needs: Sequence[Need]) -> Choices:
    """The lowest list price for each request by itself."""
    return tuple(
        _cheapest_of(costs, step, fitting(costs, step, field.good[needs[beat.turn]]))
        for step, beat in enumerate(costs.scene.beats)
    )


def cheapest_per_turn(costs: Costs, field: Field, needs: Sequence[Need]) -> Choices:
    """The lowest list price for the first request of a turn, kept for the turn."""
    choices: list[int] = []
    turn = None
    for step, beat in enumerate(costs.scene.beats):
        if beat.turn == turn and costs.fits(step, choices[-1]):
            choices.append(choices[-1])
        else:
            choices.append(_cheapest_of(costs, step, fitting(costs, step, field.good[needs[beat.turn]])))
        turn = beat.turn
    return tuple(choices)


def sticky(costs: Costs, field: Field, needs: Sequence[Need]) -> Choices:
    """One model for the thread, until a turn needs a better one; never back to a weaker one.

    The model it moves to is good enough for every turn so far, at the lowest list price.
    """
    choices: list[int] = []
    able = frozenset(range(len(field.models)))
    for step, beat in enumerate(costs.scene.beats):
        good = field.good[needs[beat.turn]]
        able = (able & good) or good
        held = choices[-1] if choices else None
        if held is None or held not in good or not costs.fits(step, held):
            held = _cheapest_of(costs, step, fitting(costs, step, able))
        choices.append(held)
    return tuple(choices)


def fitting(costs: Costs, step: int, models: Iterable[int]) -> list[int]:
    """Those that take the step's prompt; all of them where none does."""
    listed = sorted(models)
    return [model for model in listed if costs.fits(step, model)] or listed


def price_of(costs: Costs, choices: Choices) -> int:
    """What the thread costs so, with the cache that these choices leave behind, in picodollars."""
    last: dict[int, int] = {}
    total = 0
    for step, model in enumerate(choices):
        total += costs.cost(step, model, last.get(model, NEVER))
        last[model] = step
    return total


def _cheapest_of(costs: Costs, step: int, models: Sequence[int]) -> int:
    return min(models, key=lambda model: (costs.list_price(step, model), model))


RIVALS: Mapping[str, Policy] = {
    "always-requested": requested,
    "always-cheapest": cheapest,
    "per-request-cheapest": cheapest_per_request,
    "per-turn-cheapest": cheapest_per_turn,
    "sticky": sticky,
}
"""By the names they have in reports."""
