"""What holds of every decision."""

import json
from dataclasses import replace

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coderouter_cli.domain.decision import CandidateView, Decision, Lane
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.domain.rates import RateCard, Rates
from coderouter_cli.errors import RoutingError
from coderouter_cli.routing.case import assess
from coderouter_cli.routing.replay import decision_json, replay
from coderouter_cli.routing.request import Offer, RouteRequest
from coderouter_cli.routing.router import decide, route
from tests.routing.field import NOTHING, of_kind
from tests.routing.strategies import a_request


def fit(decision: Decision, request: RouteRequest) -> list[CandidateView]:
    """Who can serve it; or else, for want of anybody, who could if its provider did not rest."""
    able = [view for view in decision.candidates if not view.losses]
    if able or request.direct is not None:
        return able
    return [view for view in decision.candidates if view.losses == ("unavailable",)]


def routed(request: RouteRequest) -> Decision | None:
    try:
        return route(request)
    except RoutingError:
        return None


@given(a_request())
@settings(max_examples=300)
def test_what_always_holds(request: RouteRequest) -> None:
    decision = routed(request)
    assert decision == routed(request), "the same request gives the same decision"
    if decision is None:
        assert request.direct is None
        return
    assert 1 <= len(decision.chain) <= 3
    assert len(set(decision.chain)) == len(decision.chain)
    assert decision.reasons
    able = {view.target for view in fit(decision, request)}
    unfit = {view.target for view in decision.candidates} - able
    if decision.bypass is None:
        assert not unfit & set(decision.chain), "no ineligible model is ever picked"
    else:
        assert decision.chain == (request.direct,)
    if request.lane is Lane.DIRECT:
        assert (decision.chain, decision.bypass) == ((request.direct,), "direct_lane")


@given(a_request())
@settings(max_examples=300)
def test_a_tool_loop_keeps_its_model_unless_it_is_stuck(request: RouteRequest) -> None:
    loop = replace(request, in_tool_loop=True, lane=Lane.SMART, features=NOTHING, gone_cold=False)
    decision = routed(of_kind(RequestKind.TURN, loop))
    fit = {view.target.model for view in decision.candidates if not view.losses} if decision else set()
    if decision is not None and loop.incumbent in fit:
        assert decision.chosen.model == loop.incumbent


@given(a_request())
@settings(max_examples=300)
def test_the_choice_is_the_cheapest_that_is_good_enough(request: RouteRequest) -> None:
    free = replace(request, in_tool_loop=False, lane=Lane.SMART, max_regret_pct=10**6, features=NOTHING)
    decision = routed(of_kind(RequestKind.TURN, free))
    if decision is None or decision.bypass is not None:
        return
    good = [view for view in fit(decision, free) if not view.below_bar]
    prices = {view.target: view.expected_cost for view in good if view.expected_cost is not None}
    assert prices[decision.chosen] == min(prices.values())


@given(a_request())
@settings(max_examples=300)
def test_regret_against_a_good_incumbent_stays_under_the_cap(request: RouteRequest) -> None:
    quiet = replace(request, in_tool_loop=False, lane=Lane.SMART, features=NOTHING)
    turn = of_kind(RequestKind.TURN, quiet)
    decision = routed(turn)
    if decision is None or decision.bypass is not None:
        return
    views = {view.target.model: view for view in fit(decision, turn)}
    staying, chosen = views.get(turn.incumbent or ""), views[decision.chosen.model]
    if staying is None or staying.below_bar or staying.early_cost is None:
        return
    assert chosen.early_cost is not None
    assert chosen.early_cost * 100 <= staying.early_cost * (100 + turn.max_regret_pct)
    assert (chosen.expected_cost or 0) <= (staying.expected_cost or 0)


def scaled(of: Model, percent: int) -> Model:
    """The model with every price at so many percent."""

    def rates(full: Rates) -> Rates:
        classes = (full.input, full.cache_read, full.cache_write, full.cache_write_long, full.output)
        return Rates(*(Picodollars(price * percent // 100) for price in classes))

    card = of.card
    assert card is not None
    rules = tuple(replace(rule, rates=rates(rule.rates)) for rule in card.rules)
    return replace(of, card=RateCard(card.model, rates(card.base), rules))


def free(request: RouteRequest) -> RouteRequest:
    """A turn that begins, and leaves the choice open."""
    return of_kind(RequestKind.TURN, replace(request, in_tool_loop=False, lane=Lane.SMART, features=NOTHING))


@given(a_request(), st.integers(1, 99))
@settings(max_examples=500)
def test_a_cheaper_price_never_makes_a_model_less_chosen(request: RouteRequest, percent: int) -> None:
    turn = free(request)
    decision = routed(turn)
    assume(decision is not None and decision.bypass is None)
    assert decision is not None
    won = decision.chosen
    cheaper = tuple(
        replace(one, model=scaled(one.model, percent)) if one.target == won else one for one in turn.offers
    )
    again = routed(replace(turn, offers=cheaper))
    assert again is not None
    assert again.chosen == won


@given(a_request(), st.integers(0, 20), st.integers(100, 300), st.floats(0, 1))
@settings(max_examples=500)
def test_adding_a_dominated_model_changes_nothing(
    request: RouteRequest, worse: int, dearer: int, warm: float
) -> None:
    turn = replace(request, features=NOTHING)
    able = [one for one in turn.offers if one.model.card is not None and one.model.quality]
    assume(able)
    better = able[0]
    copy = scaled(better.model, dearer)
    quality = {
        phase: replace(quality, score=max(0, quality.score - worse))
        for phase, quality in copy.quality.items()
    }
    of = replace(copy, id="zz-old", quality=quality)
    old = Offer(
        of,
        replace(better.target, model="zz-old", wire_name="zz-old"),
        better.wire_losses,
        round(better.warm_tokens * warm),
        better.available,
        frozenset({better.model.id}),
    )
    before, after = routed(turn), routed(replace(turn, offers=(*turn.offers, old)))
    assert (before is None) == (after is None)
    if before is None or after is None:
        return
    assert after.chosen == before.chosen
    assert [view for view in after.candidates if view.target != old.target] == list(before.candidates)


@given(a_request())
@settings(max_examples=500)
def test_a_warm_incumbent_is_never_left_for_a_dearer_total(request: RouteRequest) -> None:
    turn = free(request)
    decision = routed(turn)
    if decision is None or decision.bypass is not None:
        return
    views = {view.target.model: view for view in fit(decision, turn)}
    staying, chosen = views.get(turn.incumbent or ""), views[decision.chosen.model]
    if staying is None or staying.below_bar or staying.expected_cost is None:
        return
    assert chosen.expected_cost is not None
    assert chosen.expected_cost <= staying.expected_cost


@given(a_request())
@settings(max_examples=300)
def test_a_decision_depends_on_its_inputs_alone(request: RouteRequest) -> None:
    """The same case twice, its candidates in another order, and the case as written down."""
    decision = routed(request)
    if decision is None:
        return
    assert decide(assess(request)) == decide(assess(request)) == decision
    backwards = routed(replace(request, offers=request.offers[::-1]))
    assert backwards is not None
    assert (backwards.chain, backwards.bypass) == (decision.chain, decision.bypass)
    assert set(backwards.candidates) == set(decision.candidates)
    assert replay(json.loads(json.dumps(decision_json(decision, request)))) == decision
