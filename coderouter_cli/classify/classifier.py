"""From features to phase and difficulty, by points that a person can follow.

The human ask carries the turn: a tool's output never changes the phase by itself. The agent's state
may say two things the ask did not: three failed results in a row make an implementation a debugging
session, and work on nothing but tests is testing. An unclear ask is `Phase.IMPLEMENT`, and a tie goes
to the phase that needs more of a model: a good model on an easy task costs cents, the reverse the task.
"""

from collections import Counter

from coderouter_cli.domain.features import STUCK_AFTER, Classification, Features
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind

_DEMAND = (Phase.DEBUG, Phase.PLAN, Phase.IMPLEMENT, Phase.TEST, Phase.DOCUMENT, Phase.SMALL_EDIT)
"""Most demanding first."""
_DEFAULT_POINTS = 1
_QUESTION_POINTS = 5
_TRACE_POINTS = 4
_COMPLAINT_POINTS = 3
_SHORT_CHARS = 90
_BRIEF_CHARS = 60
_SHORT_POINTS = 2
_TEST_WORK = 3
_UNSURE = 0.2
_HOUSEKEEPING = {
    RequestKind.TITLE: (Phase.DOCUMENT, Difficulty.EASY),
    RequestKind.COMPACTION: (Phase.DOCUMENT, Difficulty.NORMAL),
    RequestKind.SAFETY_CHECK: (Phase.PLAN, Difficulty.NORMAL),
    RequestKind.SEARCH: (Phase.PLAN, Difficulty.EASY),
}


def classify(features: Features) -> Classification:
    """Name the phase and the difficulty; ``evidence`` are short codes, never words of the prompt."""
    if features.kind in _HOUSEKEEPING:
        phase, difficulty = _HOUSEKEEPING[features.kind]
        return Classification(phase, difficulty, 1.0, (f"kind:{features.kind}",))
    if features.plan_mode:
        return _with_difficulty(features, Phase.PLAN, 1.0, ("plan_mode",))
    points, evidence = _points(features)
    phase = max(_DEMAND, key=lambda candidate: points[candidate])
    moved = _moved_by_work(features, phase)
    if moved is not None:
        return _with_difficulty(features, moved[0], 0.7, (*evidence, moved[1]))
    return _with_difficulty(features, phase, _confidence(points, phase), evidence)


def _points(features: Features) -> tuple[Counter[Phase], tuple[str, ...]]:
    points: Counter[Phase] = Counter({Phase.IMPLEMENT: _DEFAULT_POINTS})
    words = features.earlier if features.continuation and features.earlier else features.words
    points.update(dict(words))
    said = dict(words)
    evidence = [f"words:{phase}" for phase in _DEMAND if said.get(phase)]
    for code, holds, phase, worth in _signs(features, said):
        if holds:
            points[phase] += worth
            evidence.append(code)
    return points, tuple(evidence)


def _signs(features: Features, said: dict[Phase, int]) -> tuple[tuple[str, bool, Phase, int], ...]:
    short = 0 < features.text_chars <= _SHORT_CHARS and not features.continuation
    return (
        ("question", features.question, Phase.PLAN, _QUESTION_POINTS),
        ("question_of_fault", features.question and said.get(Phase.DEBUG, 0) >= 3, Phase.DEBUG, 2),
        ("stack_trace", features.stack_trace, Phase.DEBUG, _TRACE_POINTS),
        ("complaint", features.complaint, Phase.DEBUG, _COMPLAINT_POINTS),
        ("short_edit", short and said.get(Phase.SMALL_EDIT, 0) > 0, Phase.SMALL_EDIT, _SHORT_POINTS),
        ("continuation", features.continuation, Phase.IMPLEMENT, 0),
    )


def _confidence(points: Counter[Phase], phase: Phase) -> float:
    """The winner's lead over the runner-up, as a share of its points."""
    if points[phase] <= _DEFAULT_POINTS:
        return _UNSURE
    runner_up = max((count for other, count in points.items() if other is not phase), default=0)
    return round(max(0.1, min(0.95, (points[phase] - runner_up) / points[phase])), 2)


def _moved_by_work(features: Features, phase: Phase) -> tuple[Phase, str] | None:
    if phase in {Phase.IMPLEMENT, Phase.SMALL_EDIT} and features.error_streak >= STUCK_AFTER:
        return Phase.DEBUG, "error_streak"
    test_work = features.test_edits + features.test_runs
    if phase is Phase.IMPLEMENT and features.edits == features.test_edits and test_work >= _TEST_WORK:
        return Phase.TEST, "test_work"
    return None


def _with_difficulty(
    features: Features, phase: Phase, sure: float, evidence: tuple[str, ...]
) -> Classification:
    difficulty, why = _difficulty(features, phase)
    return Classification(phase, difficulty, sure, (*evidence, *why))


def _difficulty(features: Features, phase: Phase) -> tuple[Difficulty, tuple[str, ...]]:
    if features.error_streak >= STUCK_AFTER:
        return Difficulty.HARD, ("hard:error_streak",)
    signs = tuple((code, worth) for code, holds, worth in _effort_signs(features, phase) if holds)
    total = sum(worth for _, worth in signs)
    evidence = tuple(f"{'hard' if worth > 0 else 'easy'}:{code}" for code, worth in signs)
    if total >= 2:
        return Difficulty.HARD, evidence
    return (Difficulty.EASY if total <= -1 else Difficulty.NORMAL), evidence


def _effort_signs(features: Features, phase: Phase) -> tuple[tuple[str, bool, int], ...]:
    light = phase in {Phase.SMALL_EDIT, Phase.DOCUMENT}
    brief = 0 < features.text_chars <= _BRIEF_CHARS and not (features.continuation or features.plan_mode)
    return (
        ("debug", phase is Phase.DEBUG, 1),
        ("subject", features.hard_words == 1, 1),
        ("subjects", features.hard_words > 1, 2),
        ("effort", features.effort in {"xhigh", "max"}, 1),
        ("complaint", features.complaint, 2),
        ("long_ask", features.text_chars > 1_500, 1),
        ("many_items", features.items >= 6, 1),
        ("thrash", features.same_file_edits >= 5 or features.repeated_calls >= 3, 1),
        ("long_turn", features.tool_calls >= 40, 1),
        ("light_phase", light, -1),
        ("called_small", features.easy_words > 0 and features.hard_words == 0, -1),
        ("short_ask", brief, -1),
        ("low_effort", features.effort in {"none", "minimal", "low"}, -1),
    )
