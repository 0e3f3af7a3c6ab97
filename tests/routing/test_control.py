"""Who wins when several ask, what is denied, and what a router makes of pins and floors."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderouter_cli.domain.decision import Decision, Lane
from coderouter_cli.domain.phase import Phase, RequestKind
from coderouter_cli.errors import RoutingError
from coderouter_cli.routing.control import (
    Control,
    Floor,
    Pin,
    Rules,
    Settled,
    Voice,
    Voices,
    allows,
    denial,
    matches,
    patterns_of,
    settle,
)
from coderouter_cli.routing.replay import decision_json, replay
from coderouter_cli.routing.request import Offer, RouteRequest
from coderouter_cli.routing.router import route
from tests.routing.field import HARD, REQUEST, SCORES, model, offer, offers, target
from tests.routing.strategies import a_request


def settled(
    *voices: tuple[Voice, Rules], phase: Phase = Phase.PLAN, kind: RequestKind = RequestKind.TURN
) -> Settled:
    return settle(voices, Lane.SMART, "balanced", phase, kind)


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


def test_without_a_voice_the_settings_stand() -> None:
    assert settled() == Settled(Lane.SMART, "balanced", Control())


def test_the_nearest_voice_chooses() -> None:
    far = (Voice.CONFIG, Rules(lane=Lane.SMART, strategy="quality"))
    near = (Voice.SESSION, Rules(lane=Lane.DIRECT))
    found = settled(near, far)
    assert (found.lane, found.control.lane_by) == (Lane.DIRECT, Voice.SESSION)
    assert (found.strategy, found.control.strategy_by) == ("quality", Voice.CONFIG)


@pytest.mark.parametrize(
    ("near", "lane", "pin"),
    [
        (Rules(model="opus"), Lane.SMART, Pin("opus", Voice.SESSION)),
        (Rules(lane=Lane.DIRECT), Lane.DIRECT, None),
        (Rules(), Lane.DIRECT, None),
    ],
)
def test_whoever_names_a_model_picks_it_over_a_farther_lane(near: Rules, lane: Lane, pin: Pin | None) -> None:
    far = (Voice.CLIENT, Rules(lane=Lane.DIRECT))
    found = settled((Voice.SESSION, near), far)
    assert (found.lane, found.control.pin) == (lane, pin)


def test_a_phase_has_the_nearest_pin_and_the_highest_floor() -> None:
    near = Rules(pins={Phase.PLAN: "sonnet"}, floors={Phase.PLAN: 70})
    far = Rules(pins={Phase.PLAN: "opus", Phase.TEST: "haiku"}, floors={Phase.PLAN: 85})
    voices = ((Voice.REPOSITORY, near), (Voice.CONFIG, far))
    found = settled(*voices).control
    assert (found.pin, found.floor) == (Pin("sonnet", Voice.REPOSITORY), Floor(85, Voice.CONFIG))
    assert settled(*voices, phase=Phase.TEST).control.pin == Pin("haiku", Voice.CONFIG)
    assert settled(*voices, phase=Phase.DEBUG).control == Control()


def test_a_phase_pin_is_not_for_housekeeping_nor_for_who_asked_for_a_strategy() -> None:
    pinned = (Voice.CONFIG, Rules(pins={Phase.PLAN: "opus"}))
    assert settled(pinned, kind=RequestKind.TITLE).control.pin is None
    assert settled((Voice.SESSION, Rules(strategy="frugal")), pinned).control.pin is None
    assert settled((Voice.REPOSITORY, Rules(strategy="frugal")), pinned).control.pin is not None


@pytest.mark.parametrize(
    ("rules", "allowed"),
    [
        (Rules(), True),
        (Rules(deny_models=("claude-*",)), False),
        (Rules(deny_models=("CLAUDE-OPUS-?",)), False),
        (Rules(deny_models=("opus",)), True),
        (Rules(deny_models=("anthropic/*",)), False),
        (Rules(deny_providers=("anthropic",)), False),
        (Rules(allow_models=("gpt-*", "claude-opus-5")), True),
        (Rules(allow_models=("gpt-*",)), False),
        (Rules(allow_providers=("openai",)), False),
        (Rules(allow_providers=("a*",), deny_models=("*-opus-*",)), False),
    ],
)
def test_what_a_voice_allows(rules: Rules, allowed: bool) -> None:
    assert allows(rules, "anthropic", "claude-opus-5") is allowed


def test_all_voices_bound_and_the_nearest_is_named() -> None:
    voices: Voices = (
        (Voice.SESSION, Rules(model="claude-opus-5")),
        (Voice.REPOSITORY, Rules(allow_providers=("anthropic", "openai"))),
        (Voice.CONFIG, Rules(deny_models=("gpt-*", "deepseek-*"))),
    )
    assert denial(voices, "anthropic", "claude-opus-5") is None
    assert denial(voices, "openai", "gpt-6-luna") == "denied_by_config"
    assert denial(voices, "deepseek", "deepseek-flash") == "denied_by_repository"


def test_patterns_with_their_keys() -> None:
    rules = Rules(deny_models=("a*",), allow_providers=("b", "c"))
    assert list(patterns_of(rules)) == [
        ("deny_models", "a*"),
        ("allow_providers", "b"),
        ("allow_providers", "c"),
    ]


@given(st.text(max_size=12), st.text(max_size=12))
def test_any_pattern_is_a_pattern(pattern: str, name: str) -> None:
    assert matches((pattern,), name) in {True, False}


SESSION_OPUS = Control(pin=Pin("opus", Voice.SESSION))
PHASE_OPUS = Control(pin=Pin("opus", Voice.CONFIG))


def test_a_pin_is_followed_and_its_model_need_be_no_bargain() -> None:
    decision = route(replace(REQUEST, control=SESSION_OPUS))
    assert route(REQUEST).chosen.model != "opus" == decision.chosen.model
    assert "pinned" in codes(decision)
    assert decision.bypass is None
    assert len(decision.chain) > 1


@pytest.mark.parametrize(("control", "chosen"), [(SESSION_OPUS, "opus"), (PHASE_OPUS, "haiku")])
def test_inside_a_tool_loop_only_a_spoken_pin_changes_the_model(control: Control, chosen: str) -> None:
    loop = replace(REQUEST, control=control, incumbent="haiku", in_tool_loop=True)
    assert route(loop).chosen.model == chosen


def test_a_pinned_model_needs_neither_a_score_nor_a_price_nor_to_be_current() -> None:
    odd = model("opus-4-7", scored=False, priced=False, legacy=True)
    request = replace(
        REQUEST, offers=(*REQUEST.offers, offer(odd)), control=Control(pin=Pin("opus-4-7", Voice.REQUEST))
    )
    assert route(request).chosen.model == "opus-4-7"
    assert route(replace(request, control=Control())).chosen.model != "opus-4-7"


def test_the_clients_own_model_may_be_pinned_though_nobody_offers_it() -> None:
    own = target(model("opus-4-7"))
    request = replace(REQUEST, direct=own, control=Control(pin=Pin("opus-4-7", Voice.SESSION)))
    assert route(request).chosen == own


@pytest.mark.parametrize(
    ("offered", "says"),
    [
        (offer("opus", losses=("images",)), "it sees no images"),
        (offer("opus", losses=("denied_by_repository",)), "the repository's policy denies it"),
        (None, "not within reach"),
    ],
)
def test_a_pin_that_cannot_be_followed_is_told(offered: Offer | None, says: str) -> None:
    rest = offers("sonnet", "haiku")
    request = replace(REQUEST, offers=rest if offered is None else (*rest, offered), direct=None)
    decision = route(replace(request, control=SESSION_OPUS))
    assert decision.chosen == route(request).chosen
    (told,) = [reason.detail for reason in decision.reasons if reason.code == "pin_unfit"]
    assert says in told


def test_a_safety_check_is_nobodys_to_pin() -> None:
    check = replace(REQUEST.signals, kind=RequestKind.SAFETY_CHECK)
    request = replace(REQUEST, signals=check, control=Control(pin=Pin("haiku", Voice.REQUEST)))
    assert route(request).chosen.model == "opus"
    assert route(replace(request, direct=None, asked=model("opus"))).chosen.model == "opus"


@pytest.mark.parametrize("score", [0, 85, 91, 93])
def test_a_floor_is_the_least_a_model_must_score(score: int) -> None:
    request = replace(REQUEST, control=Control(floor=Floor(score, Voice.REPOSITORY)))
    decision = route(request)
    assert SCORES[decision.chosen.model] >= score
    assert "floor" in codes(decision)
    least = {view.target.model for view in decision.candidates if view.quality < score}
    assert all(view.below_bar for view in decision.candidates if view.target.model in least)


def test_a_floor_that_nobody_reaches_gets_the_best() -> None:
    decision = route(replace(REQUEST, control=Control(floor=Floor(99, Voice.CONFIG))))
    assert decision.chosen.model == "opus"
    assert decision.bypass is None
    assert "floor_unmet" in codes(decision)


def test_a_title_has_no_floor() -> None:
    title = replace(REQUEST.signals, kind=RequestKind.TITLE)
    request = replace(REQUEST, signals=title)
    floored = replace(request, control=Control(floor=Floor(99, Voice.CONFIG)))
    assert route(floored).chosen == route(request).chosen


DENIED = Control(denied="denied_by_repository")


@pytest.mark.parametrize("lane", Lane)
def test_a_denied_model_of_the_clients_is_asked_on_no_lane(lane: Lane) -> None:
    offered = tuple(offer(name, losses=("denied_by_repository",)) for name in ("opus", "haiku"))
    request = replace(REQUEST, lane=lane, direct=None, offers=offered, control=DENIED)
    with pytest.raises(RoutingError, match="opus cannot be asked: the repository's policy denies it"):
        route(request)


def test_a_denied_model_is_neither_chosen_nor_the_last_resort() -> None:
    offered = (offer("opus", losses=("denied_by_repository",)), *offers("sonnet", "haiku"))
    request = replace(REQUEST, direct=None, offers=offered, classification=HARD, control=DENIED)
    assert "opus" not in {one.model for one in route(request).chain}
    loop = replace(request, incumbent="opus", in_tool_loop=True)
    assert "opus" not in {one.model for one in route(loop).chain}


CONTROLS = st.builds(
    Control,
    lane_by=st.sampled_from(Voice),
    strategy_by=st.sampled_from(Voice),
    pin=st.none() | st.builds(Pin, st.sampled_from([*SCORES, "nobody"]), st.sampled_from(Voice)),
    floor=st.none() | st.builds(Floor, st.integers(0, 100), st.sampled_from(Voice)),
    denied=st.none() | st.just("denied_by_client"),
    policy=st.none() | st.just("5a17"),
    policy_changed=st.booleans(),
)


@given(a_request(), CONTROLS)
@settings(max_examples=300)
def test_a_controlled_decision_is_made_again_from_its_record(request: RouteRequest, control: Control) -> None:
    request = replace(request, control=control)
    try:
        decision = route(request)
    except RoutingError:
        return
    written = json.loads(json.dumps(decision_json(decision, request)))
    assert replay(written) == decision


def test_a_record_from_before_anybody_could_ask_is_read() -> None:
    written = json.loads(json.dumps(decision_json(route(REQUEST), REQUEST)))
    del written["case"]["control"]
    assert replay(written) == route(REQUEST)
