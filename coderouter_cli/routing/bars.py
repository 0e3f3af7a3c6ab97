"""How good a model must be: the bar per phase and difficulty, which every policy scales.

Bars are relative. The reference is the better of what the user's keys can reach, but never better than
the model the client asked for: nobody who works with a small model is moved to one at ten times its
price, and somebody with the keys of one provider is still routed. The bar lies a number of points below it.

The points keep the pattern of the CodeRouter post: the strongest class for hard debugging, the next
one for ordinary debugging and for what is hard elsewhere, one above the cheapest for plans and easy
debugging (a weak model costs most there), the cheapest for the rest. Scores come from benchmarks with an
error of a few points, so no step is smaller than two.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coderouter_cli.domain.decision import CandidateView
from coderouter_cli.domain.phase import Difficulty, Phase

_SLACK: Mapping[Phase, tuple[int, int, int]] = {
    Phase.PLAN: (15, 13, 8),
    Phase.IMPLEMENT: (22, 16, 6),
    Phase.DEBUG: (12, 9, 2),
    Phase.TEST: (26, 20, 8),
    Phase.DOCUMENT: (30, 24, 16),
    Phase.SMALL_EDIT: (36, 30, 16),
}
"""Points below the reference that are good enough: easy, normal, hard."""
_DIFFICULTIES = (Difficulty.EASY, Difficulty.NORMAL, Difficulty.HARD)


@dataclass(frozen=True, slots=True)
class Policy:
    """A strategy: what share of the table's slack it grants, in percent."""

    name: str
    slack_pct: int

    def bar(self, phase: Phase, difficulty: Difficulty, reference: int) -> int:
        """The least score that is good enough beside a model that scores ``reference``."""
        slack = _SLACK[phase][_DIFFICULTIES.index(difficulty)]
        return max(0, reference - slack * self.slack_pct // 100)


def cheapest(candidates: Iterable[CandidateView], incumbent: str | None) -> CandidateView:
    """The lowest expected cost; at the same cost the incumbent, then the better, then by name.

    Raises:
        ValueError: there is no candidate.
    """
    return min(candidates, key=lambda view: _rank(view, incumbent))


def _rank(view: CandidateView, incumbent: str | None) -> tuple[int, bool, int, str, str]:
    if view.expected_cost is None:
        msg = "a candidate without a price cannot be ranked"
        raise ValueError(msg)
    target = view.target
    return view.expected_cost, target.model != incumbent, -view.quality, target.model, target.provider
