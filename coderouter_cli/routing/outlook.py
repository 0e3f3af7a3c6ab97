"""What the next turn may need, and what it would then cost.

A turn leaves its model warm and every other as it was, so a choice also decides where the next turn is
cheap. What that turn will need nobody knows; that a session's turns are alike can be seen. So its needs
are weighed: what turns need in general, and what the last ones of this conversation needed, the newest most.

For every need the next turn goes to the cheapest model above its bar. That is one look ahead, not two: a
model that is left alone now is expected to hold then what it holds now.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from coderouter_cli.domain.model import Quality
from coderouter_cli.domain.phase import Difficulty, Phase
from coderouter_cli.routing.economics import NextTurn

Need = tuple[Phase, Difficulty]
"""What a turn needs."""

WHOLE = 1_000
"""Weights are thousandths."""
CONTINUES = 720
"""How often a turn is followed by another, in thousandths: 257 of 357 in public sessions."""
_IN_GENERAL = ((Difficulty.EASY, 4), (Difficulty.NORMAL, 4), (Difficulty.HARD, 2))
"""The shares of difficulties assumed where switching policies were compared on public sessions."""
_GENERAL_WEIGHT = 3_000
_FADING = 800
"""How much of a turn's weight is left one turn later, in thousandths."""
MOST_RECENT = 8


@dataclass(frozen=True, slots=True)
class Prospective:
    """A model that could serve the next turn, with its scores."""

    quality: Mapping[Phase, Quality]
    cost: NextTurn


def likely_needs(now: Need, recent: Sequence[Need]) -> tuple[tuple[Need, int], ...]:
    """What the next turn may need, each with its weight; ``recent`` are the needs of the last turns, oldest
    first, without the one of ``now``. The weights come to about `WHOLE`."""
    weights: dict[Need, int] = {}
    total = _GENERAL_WEIGHT
    for difficulty, share in _IN_GENERAL:
        weights[now[0], difficulty] = _GENERAL_WEIGHT * share // 10
    weight = WHOLE
    for need in (now, *reversed(recent[-MOST_RECENT:])):
        weights[need] = weights.get(need, 0) + weight
        total += weight
        weight = weight * _FADING // WHOLE
    return tuple((need, weight * WHOLE // total) for need, weight in weights.items())


def next_costs(
    models: Sequence[Prospective], needs: Iterable[tuple[Need, int]], bars: Mapping[Need, int]
) -> list[int]:
    """What the next turn is expected to cost after each of the models has served this one, in picodollars.

    A need that none of the models is good enough for costs nothing, with any of them.
    """
    expected = [0] * len(models)
    for need, weight in needs:
        phase, bar = need[0], bars[need]
        good = [phase in one.quality and one.quality[phase].score >= bar for one in models]
        left = min((one.cost.left for one, able in zip(models, good, strict=True) if able), default=None)
        if left is None:
            continue
        for index, one in enumerate(models):
            expected[index] += weight * (min(left, one.cost.stays) if good[index] else left)
    return [cost * CONTINUES // (WHOLE * WHOLE) for cost in expected]
