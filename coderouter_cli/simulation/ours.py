"""The router itself, step by step over a recorded thread: `routing.router.route`, no second implementation.

It is told what the daemon would tell it: the prompt's size, what each model still holds of it, who answered
last and whether that one has gone cold, what the turns so far needed, how long this client's turns are.
It is not told what comes later.
"""

from collections.abc import Sequence

from coderouter_cli.domain.transcript import Need
from coderouter_cli.routing.horizon import Pace
from coderouter_cli.routing.outlook import MOST_RECENT
from coderouter_cli.routing.router import route
from coderouter_cli.simulation.cache import NEVER, Costs
from coderouter_cli.simulation.field import Field, Occasion, request_for
from coderouter_cli.simulation.policies import Choices


def ours(costs: Costs, field: Field, needs: Sequence[Need]) -> Choices:
    """What the router chooses for the thread."""
    positions = {model.id: index for index, model in enumerate(field.priced)}
    last = [NEVER] * len(field.priced)
    pace = Pace.of(costs.scene.client)
    choices: list[int] = []
    for step, beat in enumerate(costs.scene.beats):
        new_turn = step == 0 or beat.turn != costs.scene.beats[step - 1].turn
        pace = pace.after(new_turn=new_turn, opening=beat.turn == 0)
        seen = Occasion(
            need=needs[beat.turn],
            recent=tuple(needs[: beat.turn])[-MOST_RECENT:],
            beat=beat,
            warm=[costs.warm(step, model, used) for model, used in enumerate(last)],
            incumbent=choices[-1] if choices else None,
            horizon=pace.horizon(opening=beat.turn == 0),
            client=costs.scene.client,
        )
        chosen = positions[route(request_for(field, seen)).chosen.model]
        choices.append(chosen)
        last[chosen] = step
    return tuple(choices)
