"""Where a request goes.

In order: the direct lane and safety checks go where the client sent them; a check whose model no key
reaches goes to the best model within reach that is no weaker, or to nobody. A model that somebody asked
for by name is next. Housekeeping goes to the cheapest model that can do it.
A model that flails moves up once (`routing.escalation`). Otherwise it stays inside a tool loop, as long as
its cache of the conversation is not lost. Everything else is a switch point: the lowest expected cost among
the models above the bar. Whoever is left without a model gets the client's own, or is sent to a provider
that rests after its failures.

`max_regret` bounds what a switch may cost if the forecast is wrong: where the incumbent is good enough
itself, a switch is dropped when it would cost more than so many percent above staying even if only
half of the expected exchanges came.
"""

from dataclasses import dataclass, replace

from coderouter_cli.domain.decision import CandidateView, Decision, Escalation, Lane, Reason, Target
from coderouter_cli.domain.phase import Difficulty, RequestKind
from coderouter_cli.routing import reasons
from coderouter_cli.routing.bars import cheapest
from coderouter_cli.routing.case import Case, assess
from coderouter_cli.routing.chain import chain_from
from coderouter_cli.routing.control import SPOKEN, Pin
from coderouter_cli.routing.eligibility import OPTIONAL_LOSSES, RESTING_LOSSES, TITLE_LOSSES
from coderouter_cli.routing.escalation import Standing
from coderouter_cli.routing.policies import policy_named
from coderouter_cli.routing.request import RouteRequest

_UNSCORED = frozenset({"no_quality_score"})
"""What keeps a model from being chosen, but nobody from asking for it."""


def route(request: RouteRequest) -> Decision:
    """Decide where a request goes.

    Raises:
        RoutingError: no model can serve it, and the client's own is out of reach.
        ConfigError: there is no such strategy.
    """
    return decide(assess(request))


def decide(case: Case) -> Decision:
    """Decide a case; raises like `route`."""
    if case.lane is Lane.DIRECT:
        return _as_asked(case, "direct_lane")
    if case.kind is RequestKind.UNREAD or (case.kind is RequestKind.SAFETY_CHECK and case.direct is not None):
        return _as_asked(case, case.kind.value)
    field = _Field.of(case)
    choice = _spoken(field)
    if choice is None and (move := _move_up(field)) is not None:
        return _moved(field, move)
    choice = choice or _keep(field) or _pinned(field, case.control.pin) or _choose(field)
    return _fallback(field) if choice is None else _decision(field, choice)


def bar_of(case: Case) -> int:
    """The least score that is good enough for a case."""
    return _Field.of(case).bar


@dataclass(frozen=True, slots=True)
class _Field:
    """A case with its candidates measured against the bar; ``fit`` are those that can serve it."""

    case: Case
    bar: int
    reference: int
    judged: tuple[CandidateView, ...]
    fit: tuple[CandidateView, ...]

    @classmethod
    def of(cls, case: Case, difficulty: Difficulty | None = None) -> "_Field":
        """The field at the bar of the case's own difficulty, or of another."""
        policy = policy_named(case.strategy)
        reference = _reference(case)
        bar = policy.bar(case.phase, difficulty or case.difficulty, reference)
        floor = case.control.floor
        bar = 0 if case.kind is RequestKind.TITLE else max(bar, 0 if floor is None else floor.score)
        judged = tuple(
            replace(view, below_bar=True) if view.quality < bar else view for view in case.candidates
        )
        fit = (
            tuple(view for view in judged if not view.losses)
            or _degraded(case, judged)
            or _resting(case, judged)
        )
        return cls(case, bar, reference, judged, fit)

    @property
    def incumbent(self) -> CandidateView | None:
        """The incumbent where it can still serve; through the warmest way when there are several."""
        same = [view for view in self.fit if view.target.model == self.case.incumbent]
        return max(same, key=lambda view: view.warm_tokens, default=None)

    @property
    def priced(self) -> tuple[CandidateView, ...]:
        """Those the router may choose: an unknown price is not a low one."""
        return tuple(view for view in self.fit if view.expected_cost is not None)

    @property
    def good(self) -> tuple[CandidateView, ...]:
        """Those above the bar that nobody else dominates."""
        return tuple(view for view in self.priced if not view.below_bar and view.dominated_by is None)


def _degraded(case: Case, judged: tuple[CandidateView, ...]) -> tuple[CandidateView, ...]:
    """Who could serve the request if it went without what it can do without.

    Codex offers a hosted web search with every request (measured with 0.169.0). For a user without any
    key that runs it, working without that tool beats not working; a request that is a search stays one.
    """
    return _bearing(case, judged, frozenset())


def _resting(case: Case, judged: tuple[CandidateView, ...]) -> tuple[CandidateView, ...]:
    """Who could serve the request but for a provider that is given a rest.

    For a user of one provider the rest is over when the client asks again: whether it is back is better
    asked than guessed, and what it says is better than our saying that nobody is there.
    """
    return _bearing(case, judged, RESTING_LOSSES)


def _bearing(
    case: Case, judged: tuple[CandidateView, ...], more: frozenset[str]
) -> tuple[CandidateView, ...]:
    """Those with bearable losses only; nobody where the client's own model is within reach."""
    if case.direct is not None:
        return ()
    bearable = more | (frozenset() if case.kind is RequestKind.SEARCH else OPTIONAL_LOSSES)
    bearable |= TITLE_LOSSES if case.kind is RequestKind.TITLE else frozenset()
    return tuple(view for view in judged if set(view.losses) <= bearable)


@dataclass(frozen=True, slots=True)
class _Choice:
    target: Target
    reasons: tuple[Reason, ...]


def _reference(case: Case) -> int:
    """The best score within reach, but no more than that of the model the client asked for."""
    choosable = (view for view in case.candidates if not view.losses and view.expected_cost is not None)
    best = max((view.quality for view in choosable), default=0)
    asked = case.asked_quality
    if asked is None and case.direct is not None:
        own = (view.quality for view in case.candidates if view.target.model == case.direct.model)
        asked = next((quality for quality in own if quality > 0), None)
    return best if asked is None else min(best, asked)


def _as_asked(case: Case, bypass: str) -> Decision:
    if case.direct is None:
        raise reasons.unreachable(case)
    return _built(case, (case.direct,), (reasons.as_asked(bypass),), (), bypass=bypass)


def _spoken(field: _Field) -> _Choice | None:
    """A model asked for by the request or in the session: it holds inside a tool loop as well."""
    pin = field.case.control.pin
    return _pinned(field, pin) if pin is not None and pin.voice in SPOKEN else None


def _pinned(field: _Field, pin: Pin | None) -> _Choice | None:
    """The model of a pin, where it can serve the request; neither a score nor a price is asked for."""
    case = field.case
    if pin is None or case.kind is RequestKind.SAFETY_CHECK:
        return None
    same = [view for view in field.judged if view.target.model == pin.model]
    able = [view for view in same if set(view.losses) <= _UNSCORED]
    if able:
        best = max(able, key=lambda view: view.warm_tokens)
        return _Choice(best.target, (reasons.pinned(pin),))
    if not same and case.direct is not None and case.direct.model == pin.model:
        return _Choice(case.direct, (reasons.pinned(pin),))
    return None


def _keep(field: _Field) -> _Choice | None:
    """The incumbent, where changing it would lose more than it saves; the best for a safety check."""
    case, incumbent = field.case, field.incumbent
    if case.kind is RequestKind.SAFETY_CHECK and field.fit:
        best = max(field.fit, key=lambda view: view.quality)
        return _Choice(best.target, (reasons.safety_check_elsewhere(case, best),))
    if case.kind is RequestKind.COMPACTION and incumbent is not None and incumbent.warm_tokens > 0:
        return _Choice(incumbent.target, (reasons.compaction(incumbent),))
    if not case.in_tool_loop or case.kind is not RequestKind.TURN or case.incumbent is None:
        return None
    if case.gone_cold:
        return None
    if incumbent is not None:
        return _Choice(incumbent.target, (reasons.tool_loop(case.incumbent),))
    if incumbent is None and case.direct is not None and _is_unlisted(case, case.direct):
        return _Choice(case.direct, (reasons.tool_loop(case.incumbent),))
    return None


def _is_unlisted(case: Case, direct: Target) -> bool:
    """Whether the client's own model is at work, and not among the offers (a legacy or unknown one)."""
    offered = {view.target.model for view in case.candidates}
    return direct.model == case.incumbent and direct.model not in offered


def _move_up(field: _Field) -> Escalation | None:
    """The better model a flailing one makes way for, where the turn's own bar would not do the same."""
    case, incumbent = field.case, field.incumbent
    if case.kind is not RequestKind.TURN or case.standing is Standing.OVER or case.flailing is None:
        return None
    hard = _Field.of(case, Difficulty.HARD)
    if (
        incumbent is None
        or incumbent.quality >= hard.bar
        or (field.bar >= hard.bar and not case.in_tool_loop)
    ):
        return None
    better = [view for view in hard.good if view.quality > incumbent.quality]
    if not better:
        return None
    to = cheapest(better, case.incumbent).target.model
    return Escalation(incumbent.target.model, to, case.flailing.value, case.standing is Standing.HELD_OUT)


def _moved(field: _Field, move: Escalation) -> Decision:
    """The decision to move up; of a conversation that is held out, the one without it."""
    case = field.case
    why = reasons.escalated(case, move)
    if move.held_out:
        choice = _keep(field) or _pinned(field, case.control.pin) or _choose(field)
        plain = _fallback(field) if choice is None else _decision(field, choice)
        return replace(plain, reasons=(*plain.reasons, why), escalation=move)
    hard = _Field.of(case, Difficulty.HARD)
    to = next(view.target for view in hard.good if view.target.model == move.to_model)
    bar = reasons.bar(replace(case, difficulty=Difficulty.HARD), hard.bar, hard.reference)
    return replace(_decision(hard, _Choice(to, (why, bar))), escalation=move)


def _choose(field: _Field) -> _Choice | None:
    case, good = field.case, field.good
    if not good:
        return _best_below_floor(field)
    best = cheapest(good, case.incumbent)
    why = [reasons.occasion(case, field.incumbent)]
    if case.kind is not RequestKind.TITLE:
        why.append(reasons.bar(case, field.bar, field.reference))
    within = _within_regret(field, good)
    if best not in within:
        why.append(reasons.regret(case, best))
        best = cheapest(within, case.incumbent)
    why.append(reasons.lowest_cost(case, best))
    return _Choice(best.target, tuple(why))


def _best_below_floor(field: _Field) -> _Choice | None:
    """Nobody within reach is as good as somebody's rules ask: the best is nearest to it."""
    floor = field.case.control.floor
    if floor is None or not field.priced:
        return None
    best = max(field.priced, key=lambda view: (view.quality, -(view.expected_cost or 0), view.target.model))
    return _Choice(best.target, (reasons.floor_unmet(floor, best),))


def _within_regret(field: _Field, good: tuple[CandidateView, ...]) -> tuple[CandidateView, ...]:
    incumbent = field.incumbent
    if incumbent is None or incumbent.early_cost is None or incumbent.below_bar:
        return good
    limit = incumbent.early_cost * (100 + field.case.max_regret_pct)
    return tuple(view for view in good if view.early_cost is not None and view.early_cost * 100 <= limit)


def _fallback(field: _Field) -> Decision:
    case = field.case
    if case.direct is None:
        raise reasons.unreachable(case)
    why = reasons.fallback(case)
    return _built(case, (case.direct,), (*reasons.exclusions(case), why), field.judged, bypass="fallback")


def _decision(field: _Field, choice: _Choice) -> Decision:
    case = field.case
    why = (reasons.classified(case), *reasons.control(case), *reasons.exclusions(case))
    why = (*why, *_unheard(field, choice), *choice.reasons)
    if any(view.losses for view in field.fit):
        why = (*why, reasons.degraded(field.fit))
    if case.direct is not None and choice.target.model == case.direct.model:
        why = (*why, reasons.requested(case))
    return _built(case, chain_from(choice.target, field.priced, case), why, field.judged, bypass=None)


def _unheard(field: _Field, choice: _Choice) -> tuple[Reason, ...]:
    """A pin that was not followed: its model cannot serve the request, or is out of reach."""
    pin = field.case.control.pin
    if pin is None or choice.target.model == pin.model:
        return ()
    view = next((view for view in field.judged if view.target.model == pin.model), None)
    return (reasons.pin_unfit(pin, view),)


def _built(
    case: Case,
    chain: tuple[Target, ...],
    why: tuple[Reason, ...],
    views: tuple[CandidateView, ...],
    *,
    bypass: str | None,
) -> Decision:
    return Decision(
        lane=case.lane,
        phase=case.phase,
        difficulty=case.difficulty,
        confidence=case.confidence,
        chain=chain,
        reasons=why,
        candidates=views,
        strategy=case.strategy,
        horizon=case.horizon,
        bypass=bypass,
    )
