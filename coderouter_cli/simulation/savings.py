"""All policies over all threads, draw by draw: what each costs, how often it switches, how good it is."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean

from coderouter_cli.domain.money import PICO_PER_USD, Picodollars
from coderouter_cli.domain.transcript import Need
from coderouter_cli.simulation.cache import Costs
from coderouter_cli.simulation.field import Field
from coderouter_cli.simulation.optimum import optimum
from coderouter_cli.simulation.ours import ours
from coderouter_cli.simulation.policies import RIVALS, Choices, price_of
from coderouter_cli.simulation.scene import Scene

OURS = "ours"
OPTIMUM = "clairvoyant"
STICKY = "sticky"
POLICIES = (*RIVALS, OURS, OPTIMUM)
_NOTABLE_PCT = 5
_NOTABLE = PICO_PER_USD // 20
"""A transcript counts as dearer from this much on: 5 % and 5 cents, both."""

Draw = Callable[[Scene, int], Sequence[Need]]
"""The needs of a thread's turns, for a seed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One policy. ``cost`` is the mean over the draws, ``least`` and ``most`` its range, ``switches`` the
    mean number of changes of model; ``share_at_bar``: of the steps, those on a model good enough."""

    policy: str
    cost: Picodollars
    least: Picodollars
    most: Picodollars
    switches: float
    share_at_bar: float


@dataclass(frozen=True, slots=True)
class Savings:
    """The outcome. ``dearer`` is the share of transcripts (over all draws) that cost more under our policy
    than under the sticky one, by 5 % and 5 cents."""

    lines: tuple[Line, ...]
    transcripts: int
    threads: int
    turns: int
    steps: int
    draws: int
    dearer: float

    def line(self, policy: str) -> Line:
        """The line of a policy."""
        return next(line for line in self.lines if line.policy == policy)

    def regret_pct(self, policy: str) -> float:
        """How much dearer than the optimum, in percent of it."""
        best = self.line(OPTIMUM).cost
        return 100 * (self.line(policy).cost - best) / best if best else 0.0


def replay(
    scenes: Sequence[Scene], field: Field, draw: Draw, draws: int, tick: Callable[[], None] = lambda: None
) -> Savings:
    """Replay every thread under every policy; ``tick`` is called once for each thread and draw."""
    costs = [Costs(scene, field.priced) for scene in scenes]
    tallies = []
    for seed in range(draws):
        tally = _Tally.empty()
        for table in costs:
            tally.add(table, field, draw(table.scene, seed))
            tick()
        tallies.append(tally)
    return Savings(
        lines=tuple(_line(policy, tallies) for policy in POLICIES),
        transcripts=len({scene.transcript for scene in scenes}),
        threads=len(scenes),
        turns=sum(scene.turns for scene in scenes),
        steps=sum(len(scene.beats) for scene in scenes),
        draws=draws,
        dearer=fmean(tally.dearer() for tally in tallies) if tallies and scenes else 0.0,
    )


def choices_of(costs: Costs, field: Field, needs: Sequence[Need]) -> Mapping[str, Choices]:
    """What every policy chooses for a thread."""
    chosen = {name: policy(costs, field, needs) for name, policy in RIVALS.items()}
    chosen[OURS] = ours(costs, field, needs)
    chosen[OPTIMUM] = optimum(costs, field, needs, price_of(costs, chosen[OURS]))
    return chosen


@dataclass(slots=True)
class _Tally:
    """One draw's sums, by policy."""

    cost: dict[str, int]
    switches: dict[str, int]
    at_bar: dict[str, int]
    by_transcript: dict[str, dict[int, int]]
    steps: int = 0

    @classmethod
    def empty(cls) -> "_Tally":
        return cls(
            defaultdict(int), defaultdict(int), defaultdict(int), defaultdict(lambda: defaultdict(int))
        )

    def add(self, costs: Costs, field: Field, needs: Sequence[Need]) -> None:
        beats = costs.scene.beats
        self.steps += len(beats)
        for policy, choices in choices_of(costs, field, needs).items():
            price = price_of(costs, choices)
            self.cost[policy] += price
            self.by_transcript[policy][costs.scene.transcript] += price
            self.switches[policy] += sum(one != other for one, other in pairwise(choices))
            self.at_bar[policy] += sum(
                field.meets(model, needs[beat.turn]) for model, beat in zip(choices, beats, strict=True)
            )

    def dearer(self) -> float:
        """The share of transcripts that are notably dearer than under the sticky policy."""
        mine, theirs = self.by_transcript[OURS], self.by_transcript[STICKY]
        found = (
            _is_notable(mine[transcript] - theirs[transcript], theirs[transcript]) for transcript in mine
        )
        return sum(found) / len(mine)


def _is_notable(more: int, than: int) -> bool:
    return more > _NOTABLE and more * 100 > than * _NOTABLE_PCT


def _line(policy: str, tallies: Iterable[_Tally]) -> Line:
    listed = list(tallies)
    costs = [tally.cost[policy] for tally in listed] or [0]
    steps = sum(tally.steps for tally in listed)
    return Line(
        policy=policy,
        cost=Picodollars(sum(costs) // len(costs)),
        least=Picodollars(min(costs)),
        most=Picodollars(max(costs)),
        switches=sum(tally.switches[policy] for tally in listed) / len(costs),
        share_at_bar=sum(tally.at_bar[policy] for tally in listed) / steps if steps else 0.0,
    )
