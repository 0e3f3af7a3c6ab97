"""Every offer as a candidate: what it would lose, and what it would cost, in this turn and the next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from coderouter_cli.domain.conversation import Conversation, Text
from coderouter_cli.domain.decision import CandidateView
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Phase
from coderouter_cli.routing.economics import (
    SAFETY_CHECK_MODEL,
    Forecast,
    NextTurn,
    Prospect,
    check_price,
    forecast,
    next_turn,
)
from coderouter_cli.routing.eligibility import Needs, losses_of, needs_of
from coderouter_cli.routing.outlook import Need, Prospective, likely_needs, next_costs
from coderouter_cli.routing.policies import policy_named
from coderouter_cli.routing.request import Offer, RouteRequest


def views_of(request: RouteRequest, horizon: int, *, follows: bool) -> tuple[CandidateView, ...]:
    """The candidates of a request, in the order of its offers. ``follows``: a turn comes after it."""
    turn = _Turn.of(request, horizon, follows=follows)
    weighed = [_weigh(turn, offer) for offer in request.offers]
    after = _next_costs(request, weighed) if follows else {}
    views = tuple(_view(one, after.get(index, 0)) for index, one in enumerate(weighed))
    return tuple(
        view if not one.offer.undercut_by else replace(view, dominated_by=_dominator(index, weighed, views))
        for index, (one, view) in enumerate(zip(weighed, views, strict=True))
    )


@dataclass(frozen=True, slots=True)
class _Turn:
    """What all candidates share. ``checks`` is what a client's own safety checks of the turn cost."""

    request: RouteRequest
    needs: Needs
    horizon: int
    long: bool
    checks: Forecast
    follows: bool

    @classmethod
    def of(cls, request: RouteRequest, horizon: int, *, follows: bool) -> "_Turn":
        checks = Forecast(Picodollars(0), Picodollars(0))
        if request.conversation.safeguards:
            checker = (offer.model for offer in request.offers if offer.model.id == SAFETY_CHECK_MODEL)
            checks = check_price(next(checker, None), horizon, request.now)
        conversation = request.conversation
        long = asks_for_long_cache(conversation)
        return cls(request, needs_of(conversation), horizon, long, checks, follows)


@dataclass(frozen=True, slots=True)
class _Weighed:
    """One offer with its score (0: unknown), losses and costs (None: unknown); the cost of the next turn
    where there may be one, and the model can serve this one."""

    offer: Offer
    score: int
    losses: tuple[str, ...]
    cost: Forecast | None
    next: NextTurn | None


def _weigh(turn: _Turn, offer: Offer) -> _Weighed:
    request, model = turn.request, offer.model
    score = model.quality.get(request.classification.phase)
    long = turn.long and model.cache_long_ttl_s > 0
    ahead = Prospect(request.prompt_tokens, offer.warm_tokens, turn.horizon, request.now, long)
    losses = losses_of(turn.needs, request, offer)
    cost = forecast(model, ahead)
    later = next_turn(model, ahead) if turn.follows and not losses else None
    if turn.checks.total and not _gives_verdicts(request, offer):
        cost, later = _with_checks(turn.checks, cost, later)
    return _Weighed(offer, 0 if score is None else score.score, losses, cost, later)


def _with_checks(
    checks: Forecast, cost: Forecast | None, later: NextTurn | None
) -> tuple[Forecast | None, NextTurn | None]:
    if cost is not None:
        cost = Forecast(Picodollars(cost.total + checks.total), Picodollars(cost.early + checks.early))
    if later is not None:
        later = NextTurn(Picodollars(later.stays + checks.total), Picodollars(later.left + checks.total))
    return cost, later


def _gives_verdicts(request: RouteRequest, offer: Offer) -> bool:
    """Safety verdicts are an answer of the provider the client talks to, in the client's own format."""
    direct = request.direct
    same_format = offer.target.format is request.conversation.format
    return direct is not None and offer.target.provider == direct.provider and same_format


def _next_costs(request: RouteRequest, weighed: Sequence[_Weighed]) -> dict[int, int]:
    """The expected cost of the next turn by the position of the candidate that serves this one; nothing
    for those that cannot."""
    able = [index for index, one in enumerate(weighed) if one.next is not None and not one.losses]
    models = [
        Prospective(weighed[index].offer.model.quality, later)
        for index in able
        if (later := weighed[index].next) is not None
    ]
    kind = request.classification
    needs = likely_needs((kind.phase, kind.difficulty), request.recent)
    bars = _bars([need for need, _ in needs], request, models)
    return dict(zip(able, next_costs(models, needs, bars), strict=True))


def _bars(needs: Sequence[Need], request: RouteRequest, models: Sequence[Prospective]) -> Mapping[Need, int]:
    policy = policy_named(request.strategy)
    references = {phase: _reference(phase, request, models) for phase, _ in needs}
    return {need: policy.bar(*need, references[need[0]]) for need in needs}


def _reference(phase: Phase, request: RouteRequest, models: Sequence[Prospective]) -> int:
    best = max((one.quality[phase].score for one in models if phase in one.quality), default=0)
    asked = None if request.asked is None else request.asked.quality.get(phase)
    return best if asked is None else min(best, asked.score)


def _view(one: _Weighed, later: int) -> CandidateView:
    return CandidateView(
        target=one.offer.target,
        quality=one.score,
        warm_tokens=one.offer.warm_tokens,
        expected_cost=None if one.cost is None else Picodollars(one.cost.total + later),
        losses=one.losses,
        early_cost=None if one.cost is None else one.cost.early,
        next_cost=None if one.cost is None else Picodollars(later),
    )


def _dominator(index: int, weighed: Sequence[_Weighed], views: Sequence[CandidateView]) -> str | None:
    """Another candidate that can serve the request, is no dearer at anything, no worse and no less warm."""
    view, one = views[index], weighed[index]
    if view.expected_cost is None:
        return None
    for other, rival in zip(weighed, views, strict=True):
        if other.offer.model.id not in one.offer.undercut_by or rival.losses:
            continue
        alike = (rival.quality, rival.warm_tokens) == (view.quality, view.warm_tokens)
        if alike and one.offer.model.id in other.offer.undercut_by:
            continue
        if rival.quality >= view.quality and rival.warm_tokens >= view.warm_tokens:
            return rival.target.model
    return None


def asks_for_long_cache(conversation: Conversation) -> bool:
    """Whether any of it is to be cached for long."""
    if any(part.cache == "1h" for part in conversation.system):
        return True
    return any(
        isinstance(part, Text) and part.cache == "1h"
        for message in conversation.messages
        for part in message.parts
    )
