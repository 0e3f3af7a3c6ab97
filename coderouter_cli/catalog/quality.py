"""From published figures to scores per phase: the rule that `models.toml` states in its header.

A score is derived, never typed in, so it cannot drift from its sources: a new figure in the data file
is all it takes. The steps below are numbered as in the header.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import fmean
from typing import Literal

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.model import Quality
from coderouter_cli.domain.phase import Phase

_YARDSTICK_SCORE = 80.0
_BEST = 100.0


@dataclass(frozen=True, slots=True)
class Benchmark:
    """One benchmark. ``yardstick`` is what scores 80, ``floor`` the score of a model that solves nothing."""

    title: str
    skill: str
    yardstick: float
    yardstick_by: Literal["independent", "maker"]
    floor: float = 0.0

    def score(self, value: float) -> float:
        """Step 1: a value of 0 to 100 on the two lines through floor, yardstick and 100."""
        if value <= self.yardstick:
            return self.floor + value / self.yardstick * (_YARDSTICK_SCORE - self.floor)
        share = (value - self.yardstick) / (_BEST - self.yardstick)
        return _YARDSTICK_SCORE + share * (_BEST - _YARDSTICK_SCORE)

    def discounts(self, figure: "Figure") -> bool:
        """Step 2: whether a maker's figure stands against an independent yardstick."""
        return figure.maker and self.yardstick_by == "independent"


@dataclass(frozen=True, slots=True)
class Source:
    """Who published a figure, and when."""

    title: str
    url: str
    date: date


@dataclass(frozen=True, slots=True)
class Figure:
    """One published result of one model, in percent.

    ``maker``: the model's maker reported it. ``of``: the checkpoint or predecessor it was measured on,
    where that is not the model itself.
    """

    benchmark: str
    value: float
    source: str
    maker: bool = False
    of: str | None = None


@dataclass(frozen=True, slots=True)
class PhaseRule:
    """What a phase asks for. ``closer``: models differ half as much in it (step 6)."""

    weights: Mapping[str, float]
    closer: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """The whole rule, with the benchmarks and sources it speaks of."""

    maker_factor: float
    maker_only_penalty: float
    phases: Mapping[Phase, PhaseRule]
    benchmarks: Mapping[str, Benchmark]
    sources: Mapping[str, Source]


@dataclass(frozen=True, slots=True)
class _Skill:
    score: float
    figures: tuple[Figure, ...]


def read_rule(table: JsonObject) -> Rule:
    """The rule as the data file states it."""
    stated = table["rule"]
    return Rule(
        maker_factor=stated["maker_factor"],
        maker_only_penalty=stated["maker_only_penalty"],
        phases={Phase(name): PhaseRule(**phase) for name, phase in stated["phases"].items()},
        benchmarks={name: Benchmark(**benchmark) for name, benchmark in table["benchmarks"].items()},
        sources={name: Source(**source) for name, source in table["sources"].items()},
    )


def derive(figures: Iterable[Figure], rule: Rule) -> dict[Phase, Quality]:
    """A score for every phase, from at least one figure."""
    skills = _skills(tuple(figures), rule)
    return {phase: _quality(phase_rule, skills, rule) for phase, phase_rule in rule.phases.items()}


def stated(scores: Mapping[Phase, int], source: str, on: date) -> dict[Phase, Quality]:
    """Scores that somebody states, for a model whose figures we do not have."""
    return {phase: Quality(score, source, on.isoformat()) for phase, score in scores.items()}


def _skills(figures: tuple[Figure, ...], rule: Rule) -> dict[str, _Skill]:
    names = {rule.benchmarks[figure.benchmark].skill for figure in figures}
    return {name: _skill(name, figures, rule) for name in sorted(names)}


def _skill(name: str, figures: tuple[Figure, ...], rule: Rule) -> _Skill:
    """Steps 3 and 4."""
    used: list[Figure] = []
    scores: list[float] = []
    for key, benchmark in rule.benchmarks.items():
        of_benchmark = tuple(figure for figure in figures if figure.benchmark == key)
        if benchmark.skill == name and of_benchmark:
            kept = _most_trusted(of_benchmark)
            used.extend(kept)
            scores.append(fmean(_figure_score(figure, benchmark, rule) for figure in kept))
    unconfirmed = all(rule.benchmarks[figure.benchmark].discounts(figure) for figure in used)
    return _Skill(fmean(scores) - (rule.maker_only_penalty if unconfirmed else 0), tuple(used))


def _most_trusted(figures: tuple[Figure, ...]) -> tuple[Figure, ...]:
    return tuple(figure for figure in figures if not figure.maker) or figures


def _figure_score(figure: Figure, benchmark: Benchmark, rule: Rule) -> float:
    factor = rule.maker_factor if benchmark.discounts(figure) else 1.0
    return benchmark.score(figure.value * factor)


def _quality(phase: PhaseRule, skills: Mapping[str, _Skill], rule: Rule) -> Quality:
    """Steps 5 and 6. A phase none of whose skills has a figure is estimated from all that have."""
    known = {name: weight for name, weight in phase.weights.items() if name in skills}
    weights = known or dict.fromkeys(skills, 1)
    score = sum(skills[name].score * weight for name, weight in weights.items()) / sum(weights.values())
    if phase.closer:
        score = (score + _YARDSTICK_SCORE) / 2
    figures = tuple(figure for name in weights for figure in skills[name].figures)
    estimated = phase.closer or len(known) < len(phase.weights)
    one = "one figure alone: " if len(figures) == 1 else ""
    return Quality(
        score=max(0, min(100, round(score))),
        source=("estimate: from " + one if estimated else "")
        + ", ".join(_cite(figure, rule) for figure in figures),
        date=max(rule.sources[figure.source].date for figure in figures).isoformat(),
    )


def _cite(figure: Figure, rule: Rule) -> str:
    notes = [rule.sources[figure.source].title]
    if figure.maker:
        notes.append("maker's own")
    if figure.of is not None:
        notes.append(f"of {figure.of}")
    return f"{rule.benchmarks[figure.benchmark].title} {figure.value:g} ({', '.join(notes)})"
