"""What is left of a request when only the numbers count."""

from dataclasses import replace

import pytest

from coderouter_cli.domain.conversation import Text
from coderouter_cli.domain.decision import CandidateView, Lane
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.routing.case import Case, assess
from coderouter_cli.routing.economics import SAFETY_CHECK_TOKENS, Prospect, forecast
from coderouter_cli.routing.escalation import Sign, Standing
from coderouter_cli.routing.request import RouteRequest
from tests.routing.field import HARD, NOW, REQUEST, TALK, model, offer, offers, target


def view(case: Case, name: str) -> CandidateView:
    return next(view for view in case.candidates if view.target.model == name)


def test_candidates_carry_their_costs_and_losses() -> None:
    case = assess(replace(REQUEST, offers=(offer("opus", warm=58_000), offer("haiku", losses=("images",)))))
    ahead = forecast(model("opus"), Prospect(60_000, 58_000, 5, NOW))
    assert ahead is not None
    opus, haiku = case.candidates
    assert opus.next_cost is not None
    assert (opus.expected_cost, opus.early_cost) == (ahead.total + opus.next_cost, ahead.early)
    assert (opus.quality, opus.losses, opus.warm_tokens) == (93, (), 58_000)
    assert (haiku.losses, haiku.next_cost) == (("images",), 0)


def test_a_switch_pays_for_the_way_back_to_a_better_model() -> None:
    """The next turn may need opus, which then holds less than if it had stayed."""
    request = replace(REQUEST, offers=offers("opus", "haiku", opus=58_000))
    hard = replace(request, recent=((Phase.DEBUG, Difficulty.HARD),) * 4)
    easy = replace(request, recent=((Phase.DOCUMENT, Difficulty.EASY),) * 4)

    def dearer(case: Case) -> int:
        return (view(case, "haiku").next_cost or 0) - (view(case, "opus").next_cost or 0)

    assert dearer(assess(hard)) > dearer(assess(request)) > dearer(assess(easy))
    assert dearer(assess(hard)) > 0 > dearer(assess(easy))


def test_what_the_next_turn_costs_is_what_somebody_able_charges_then() -> None:
    """A model that cannot serve this request is not expected to serve the next one either."""
    alone = assess(replace(REQUEST, offers=offers("opus")))
    for other in (offer("haiku", losses=("images",)), offer("haiku", available=False)):
        both = assess(replace(REQUEST, offers=(*offers("opus"), other)))
        assert view(both, "opus") == view(alone, "opus")
    assert (view(assess(replace(REQUEST, offers=offers("opus", "haiku"))), "opus").next_cost or 0) < (
        view(alone, "opus").next_cost or 0
    )


def test_unknown_figures_stay_unknown() -> None:
    case = assess(replace(REQUEST, offers=(offer(model("opus", priced=False, scored=False)),)))
    assert (case.candidates[0].expected_cost, case.candidates[0].early_cost) == (None, None)
    assert (case.candidates[0].quality, case.candidates[0].losses) == (0, ("no_quality_score",))


@pytest.mark.parametrize("kind", [RequestKind.TITLE, RequestKind.COMPACTION, RequestKind.SEARCH])
def test_one_shot_requests_look_one_exchange_ahead(kind: RequestKind) -> None:
    case = assess(replace(REQUEST, signals=replace(REQUEST.signals, kind=kind)))
    assert case.horizon == 1
    assert all(view.expected_cost == view.early_cost for view in case.candidates)
    assert all(view.next_cost == 0 for view in case.candidates)


def test_a_tool_loop_does_not_look_further_than_its_turn_where_nothing_is_chosen() -> None:
    loop = replace(REQUEST, incumbent="haiku", in_tool_loop=True)
    stuck = replace(REQUEST.features, error_streak=3)
    assert all(view.next_cost == 0 for view in assess(loop).candidates)
    for open_ in (
        replace(loop, gone_cold=True),
        replace(loop, incumbent=None),
        replace(loop, features=stuck),
    ):
        assert all(view.next_cost for view in assess(open_).candidates)


def test_a_horizon_is_at_least_one() -> None:
    assert assess(replace(REQUEST, horizon=0)).horizon == 1


@pytest.mark.parametrize(
    "request_",
    [
        replace(REQUEST, lane=Lane.DIRECT),
        replace(REQUEST, signals=replace(REQUEST.signals, kind=RequestKind.SAFETY_CHECK)),
    ],
)
def test_nothing_is_priced_where_the_client_chooses(request_: RouteRequest) -> None:
    assert assess(request_).candidates == ()


def test_safety_checks_make_every_other_provider_dearer() -> None:
    talk = replace(TALK, safeguards=True)
    request = replace(REQUEST, offers=offers("opus", "haiku", "luna", "flash", "claude-sonnet-5"))
    plain, guarded = assess(request), assess(replace(request, conversation=talk))
    check = SAFETY_CHECK_TOKENS * 2 * 10**6

    def this_turn(case: Case, name: str) -> int:
        return (view(case, name).expected_cost or 0) - (view(case, name).next_cost or 0)

    for name, checks in (("opus", 0), ("haiku", 0), ("luna", 5), ("flash", 5)):
        assert this_turn(guarded, name) == this_turn(plain, name) + checks * check
    assert view(guarded, "luna").early_cost == (view(plain, "luna").early_cost or 0) + 3 * check
    assert (view(guarded, "flash").next_cost or 0) > (view(plain, "flash").next_cost or 0)


def test_without_the_clients_own_provider_the_checks_are_everywhere() -> None:
    request = replace(REQUEST, conversation=replace(TALK, safeguards=True), direct=None)
    case = assess(replace(request, offers=offers("opus", "claude-sonnet-5")))
    plain = assess(replace(REQUEST, offers=offers("opus", "claude-sonnet-5")))
    assert (view(case, "opus").expected_cost or 0) > (view(plain, "opus").expected_cost or 0)


def test_a_client_that_asks_for_the_long_cache_pays_for_it() -> None:
    long = replace(REQUEST, conversation=replace(TALK, system=(Text("x", cache="1h"),)))
    short = replace(REQUEST, conversation=replace(TALK, system=(Text("x", cache="5m"),)))
    assert (view(assess(long), "opus").expected_cost or 0) > (view(assess(short), "opus").expected_cost or 0)


def test_the_rest_is_carried_over() -> None:
    request = replace(REQUEST, classification=HARD, incumbent="haiku", in_tool_loop=True, max_regret_pct=7)
    case = assess(request)
    assert (case.phase, case.difficulty, case.evidence) == (HARD.phase, HARD.difficulty, HARD.evidence)
    assert (case.incumbent, case.in_tool_loop, case.max_regret_pct) == ("haiku", True, 7)
    assert (case.requested, case.direct, case.strategy) == ("opus", target(model("opus")), "balanced")
    assert (case.standing, case.flailing, case.gone_cold) == (Standing.OPEN, None, False)


def test_the_score_of_the_model_asked_for_is_carried_within_reach_or_not() -> None:
    assert assess(REQUEST).asked_quality is None
    assert assess(replace(REQUEST, asked=model("opus-4-7"))).asked_quality == 80
    assert assess(replace(REQUEST, asked=model("opus", scored=False))).asked_quality is None


def test_the_sign_that_a_model_flails_is_carried() -> None:
    stuck = replace(REQUEST, features=replace(REQUEST.features, error_streak=3))
    assert assess(stuck).flailing is Sign.FAILURES
