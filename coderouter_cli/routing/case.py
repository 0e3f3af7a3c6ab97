"""A request reduced to what a decision depends on: numbers and names, nothing of a prompt.

`assess` does all that needs the conversation and the catalog; the router decides from its result
alone. So a decision written down with its case can be replayed to the same answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from coderouter_cli.domain.conversation import Conversation, FormatName
from coderouter_cli.domain.decision import CandidateView, Lane, Target
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.routing.control import NO_CONTROL, Control
from coderouter_cli.routing.economics import (
    SAFETY_CHECK_MODEL,
    Forecast,
    Prospect,
    forecast,
    return_price,
    with_safety_checks,
)
from coderouter_cli.routing.eligibility import Needs, losses_of, needs_of
from coderouter_cli.routing.request import Offer, RouteRequest

_ONE_SHOT = frozenset({RequestKind.TITLE, RequestKind.COMPACTION, RequestKind.SEARCH})
"""Requests after which the same prompt does not come back."""
_AS_ASKED = frozenset({RequestKind.SAFETY_CHECK, RequestKind.UNREAD})
"""Requests that go where the client sent them, on either lane; a check only where its model is in reach."""


@dataclass(frozen=True, slots=True)
class Case:
    """What the router decides from. ``requested`` is the model's name as the client wrote it; ``home``, the
    provider whose key would reach it, is for errors alone and not written down."""

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
        candidates=() if _is_as_asked(request) else tuple(_views(request, horizon)),
        home=request.home,
        control=request.control,
    )


def _is_as_asked(request: RouteRequest) -> bool:
    """Whether nobody chooses."""
    kind = request.signals.kind
    homeless = kind is RequestKind.SAFETY_CHECK and request.direct is None
    return request.lane is Lane.DIRECT or (kind in _AS_ASKED and not homeless)


def _views(request: RouteRequest, horizon: int) -> Iterator[CandidateView]:
    needs = needs_of(request.conversation)
    long = _asks_for_long_cache(request.conversation)
    offered = {offer.model.id: offer for offer in reversed(request.offers)}
    checker = offered.get(SAFETY_CHECK_MODEL)
    incumbent = None if request.incumbent is None else offered.get(request.incumbent)
    turn = _Turn(horizon, long, None if checker is None else checker.model, incumbent)
    for offer in request.offers:
        yield _view(request, offer, needs, turn)


@dataclass(frozen=True, slots=True)
class _Turn:
    """What the cost of every candidate shares."""

    horizon: int
    long: bool
    checker: Model | None
    incumbent: Offer | None


def _view(request: RouteRequest, offer: Offer, needs: Needs, turn: _Turn) -> CandidateView:
    score = offer.model.quality.get(request.classification.phase)
    cost = _cost(request, offer, turn)
    back = 0 if cost is None else _way_back(request, offer, turn)
    return CandidateView(
        target=offer.target,
        quality=0 if score is None else score.score,
        warm_tokens=offer.warm_tokens,
        expected_cost=None if cost is None else Picodollars(cost.total + back),
        losses=losses_of(needs, request, offer),
        early_cost=None if cost is None else cost.early,
    )


def _cost(request: RouteRequest, offer: Offer, turn: _Turn) -> Forecast | None:
    ahead = _ahead(request, offer, turn)
    cost = forecast(offer.model, ahead)
    if cost is None or not request.conversation.safeguards or _gives_verdicts(request, offer):
        return cost
    return with_safety_checks(cost, turn.checker, ahead)


def _ahead(request: RouteRequest, offer: Offer, turn: _Turn) -> Prospect:
    return Prospect(request.prompt_tokens, offer.warm_tokens, turn.horizon, request.now, turn.long)


def _gives_verdicts(request: RouteRequest, offer: Offer) -> bool:
    """Safety verdicts are an answer of the provider the client talks to, in the client's own format."""
    direct = request.direct
    same_format = offer.target.format is request.conversation.format
    return direct is not None and offer.target.provider == direct.provider and same_format


def _way_back(request: RouteRequest, offer: Offer, turn: _Turn) -> int:
    """Only a better model is one to come back to, and only one that could still serve the session."""
    left, phase = turn.incumbent, request.classification.phase
    if left is None or left.model.id == offer.model.id or not left.available or left.wire_losses:
        return 0
    old, new = left.model.quality.get(phase), offer.model.quality.get(phase)
    if old is None or (new is not None and new.score >= old.score):
        return 0
    return return_price(left.model, _ahead(request, left, turn))


def _asks_for_long_cache(conversation: Conversation) -> bool:
    return any(part.cache == "1h" for part in conversation.system)
