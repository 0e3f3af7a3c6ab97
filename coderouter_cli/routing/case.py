"""A request reduced to what a decision depends on: numbers and names, nothing of a prompt.

`assess` does all that needs the conversation and the catalog; the router decides from its result
alone. So a decision written down with its case can be replayed to the same answer.
"""

from dataclasses import dataclass

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import CandidateView, Lane, Target
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.routing.candidates import views_of
from coderouter_cli.routing.control import NO_CONTROL, Control
from coderouter_cli.routing.escalation import Sign, Standing, sign_of
from coderouter_cli.routing.request import RouteRequest

_ONE_SHOT = frozenset({RequestKind.TITLE, RequestKind.COMPACTION, RequestKind.SEARCH})
"""Requests after which the same prompt does not come back."""
_AS_ASKED = frozenset({RequestKind.SAFETY_CHECK, RequestKind.UNREAD})
"""Requests that go where the client sent them, on either lane; a check only where its model is in reach."""


@dataclass(frozen=True, slots=True)
class Case:
    """What the router decides from. ``requested`` is the model's name as the client wrote it, and
    ``asked_quality`` its score in this phase, within reach or not (None: unknown). ``flailing`` is the sign
    that the incumbent flails. ``home``, the provider whose key would reach the model asked for, is for
    errors alone and not written down."""

    lane: Lane
    kind: RequestKind
    phase: Phase
    difficulty: Difficulty
    confidence: float
    evidence: tuple[str, ...]
    error_streak: int
    strategy: str
    format: FormatName
    requested: str
    direct: Target | None
    incumbent: str | None
    in_tool_loop: bool
    max_regret_pct: int
    horizon: int
    candidates: tuple[CandidateView, ...]
    home: str = ""
    control: Control = NO_CONTROL
    asked_quality: int | None = None
    gone_cold: bool = False
    flailing: Sign | None = None
    standing: Standing = Standing.OVER


def assess(request: RouteRequest) -> Case:
    """Look at every offer: what it would lose, what it would cost. None is looked at where nobody chooses."""
    kind = request.signals.kind
    horizon = 1 if kind in _ONE_SHOT else max(1, request.horizon)
    return Case(
        lane=request.lane,
        kind=kind,
        phase=request.classification.phase,
        difficulty=request.classification.difficulty,
        confidence=request.classification.confidence,
        evidence=request.classification.evidence,
        error_streak=request.features.error_streak,
        strategy=request.strategy,
        format=request.conversation.format,
        requested=request.conversation.model,
        direct=request.direct,
        incumbent=request.incumbent,
        in_tool_loop=request.in_tool_loop,
        max_regret_pct=request.max_regret_pct,
        horizon=horizon,
        candidates=() if _is_as_asked(request) else views_of(request, horizon, follows=_looks_ahead(request)),
        home=request.home,
        control=request.control,
        asked_quality=asked_quality(request),
        gone_cold=request.gone_cold,
        flailing=sign_of(request.features, in_tool_loop=request.in_tool_loop),
        standing=request.standing,
    )


def _looks_ahead(request: RouteRequest) -> bool:
    """Whether the next turn is looked at: where there is one, and this request leaves a choice."""
    stays = request.in_tool_loop and request.incumbent is not None and not request.gone_cold
    flails = stays and sign_of(request.features, in_tool_loop=True) is not None
    return request.signals.kind not in _ONE_SHOT and (flails or not stays)


def asked_quality(request: RouteRequest) -> int | None:
    """The score of the model the client asked for, within reach or not; None where none is known."""
    score = None if request.asked is None else request.asked.quality.get(request.classification.phase)
    return None if score is None else score.score


def _is_as_asked(request: RouteRequest) -> bool:
    """Whether nobody chooses."""
    kind = request.signals.kind
    homeless = kind is RequestKind.SAFETY_CHECK and request.direct is None
    return request.lane is Lane.DIRECT or (kind in _AS_ASKED and not homeless)
