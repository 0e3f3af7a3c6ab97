"""Where requests go."""

from dataclasses import replace

import pytest

from coderouter_cli.domain.conversation import Image, Message, Tool
from coderouter_cli.domain.decision import Decision, Escalation, Lane
from coderouter_cli.domain.model import Capabilities, Model
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.errors import ConfigError, RoutingError
from coderouter_cli.routing.control import Control, Pin, Voice
from coderouter_cli.routing.escalation import Standing
from coderouter_cli.routing.request import RouteRequest
from coderouter_cli.routing.router import route
from tests.routing.field import (
    EVERYWHERE,
    HARD,
    NOTHING,
    REQUEST,
    TALK,
    classified,
    model,
    of_kind,
    offer,
    offers,
    target,
)


def codes(decision: Decision) -> list[str]:
    return [reason.code for reason in decision.reasons]


STUCK = replace(NOTHING, error_streak=3)


class TestWhereNobodyChooses:
    def test_the_direct_lane_keeps_the_clients_model(self) -> None:
        decision = route(replace(REQUEST, lane=Lane.DIRECT))
        assert decision.chain == (target(model("opus")),)
        assert (decision.bypass, codes(decision)) == ("direct_lane", ["direct_lane"])

    def test_safety_checks_keep_the_clients_model(self) -> None:
        decision = route(of_kind(RequestKind.SAFETY_CHECK))
        assert decision.chain == (target(model("opus")),)
        assert (decision.bypass, codes(decision)) == ("safety_check", ["safety_check"])

    @pytest.mark.parametrize(
        "request_",
        [replace(REQUEST, lane=Lane.DIRECT), replace(of_kind(RequestKind.SAFETY_CHECK), offers=())],
    )
    def test_without_a_key_for_it_that_is_an_error(self, request_: RouteRequest) -> None:
        with pytest.raises(RoutingError, match="no key for the provider of opus"):
            route(replace(request_, direct=None))

    HOMELESS = replace(REQUEST, offers=offers("luna", "sol", "flash"), direct=None, incumbent="luna")

    def test_a_safety_check_without_a_key_for_its_model_goes_to_the_best_there_is(self) -> None:
        request = replace(self.HOMELESS, asked=model("luna"))
        decision = route(of_kind(RequestKind.SAFETY_CHECK, request))
        assert (decision.chosen.model, decision.bypass) == ("sol", None)
        assert "safety_check_elsewhere" in codes(decision)

    @pytest.mark.parametrize("asked", [model("opus"), None], ids=["opus", "unknown"])
    def test_but_never_to_a_weaker_one(self, asked: Model | None) -> None:
        request = replace(self.HOMELESS, offers=offers("luna", "flash"), asked=asked)
        with pytest.raises(RoutingError) as refused:
            route(of_kind(RequestKind.SAFETY_CHECK, request))
        assert "no weaker model may answer" in refused.value.sentence()

    def test_nor_when_the_first_choice_fails(self) -> None:
        request = replace(self.HOMELESS, offers=offers("opus", "sol", "flash"), asked=model("sol"))
        decision = route(of_kind(RequestKind.SAFETY_CHECK, request))
        assert [one.model for one in decision.chain] == ["opus", "sol"]


class TestWhatCanBeDoneWithout:
    """Nobody within reach can do all of it, and the client's own model is out of reach as well."""

    @staticmethod
    def lacking(*losses: str, kind: RequestKind = RequestKind.TURN) -> RouteRequest:
        only = (offer("flash", losses=losses), offer("luna", losses=(*losses, "images")))
        return of_kind(kind, replace(REQUEST, offers=only, direct=None))

    def test_hosted_tools(self) -> None:
        decision = route(self.lacking("server_tools"))
        assert decision.chosen.model == "flash"
        assert decision.bypass is None
        assert decision.reasons[-1].code == "degraded"
        assert "it runs no hosted tools" in decision.reasons[-1].detail

    def test_but_not_when_they_are_the_request(self) -> None:
        with pytest.raises(RoutingError):
            route(self.lacking("server_tools", kind=RequestKind.SEARCH))

    def test_the_schema_of_a_title_and_of_nothing_else(self) -> None:
        assert route(self.lacking("structured_output", kind=RequestKind.TITLE)).chosen.model == "flash"
        with pytest.raises(RoutingError):
            route(self.lacking("structured_output"))

    def test_with_the_clients_own_model_in_reach_nothing_is_given_up(self) -> None:
        decision = route(replace(self.lacking("server_tools"), direct=target(model("opus"))))
        assert (decision.chosen.model, decision.bypass) == ("opus", "fallback")


class TestWhenEverybodyRests:
    """Every provider within reach has failed a moment ago."""

    @staticmethod
    def resting(*losses: str, kind: RequestKind = RequestKind.TURN) -> RouteRequest:
        both = (offer("luna", available=False, losses=losses), offer("terra", available=False, losses=losses))
        return of_kind(kind, replace(REQUEST, offers=both, direct=None))

    def test_one_of_them_is_asked_again(self) -> None:
        decision = route(self.resting())
        assert decision.chosen.model == "luna"
        assert decision.reasons[-1].code == "resting"

    def test_with_what_it_lacks_besides(self) -> None:
        decision = route(self.resting("server_tools"))
        assert decision.chosen.model == "luna"
        assert "it runs no hosted tools" in decision.reasons[-1].detail
        assert "down" not in decision.reasons[-1].detail

    def test_but_nobody_who_could_not_serve_it_anyway(self) -> None:
        with pytest.raises(RoutingError):
            route(self.resting("images"))
        with pytest.raises(RoutingError):
            route(self.resting("server_tools", kind=RequestKind.SEARCH))

    def test_not_before_the_clients_own_model(self) -> None:
        decision = route(replace(self.resting(), direct=target(model("opus"))))
        assert (decision.chosen.model, decision.bypass) == ("opus", "fallback")


class TestAtSwitchPoints:
    @pytest.mark.parametrize(
        ("phase", "difficulty", "chosen"),
        [
            (Phase.PLAN, Difficulty.NORMAL, "luna"),
            (Phase.IMPLEMENT, Difficulty.NORMAL, "luna"),
            (Phase.TEST, Difficulty.NORMAL, "luna"),
            (Phase.DOCUMENT, Difficulty.NORMAL, "luna"),
            (Phase.SMALL_EDIT, Difficulty.EASY, "luna"),
            (Phase.DEBUG, Difficulty.EASY, "terra"),
            (Phase.DEBUG, Difficulty.NORMAL, "sol"),
            (Phase.IMPLEMENT, Difficulty.HARD, "sol"),
            (Phase.DEBUG, Difficulty.HARD, "opus"),
        ],
    )
    def test_a_first_exchange(self, phase: Phase, difficulty: Difficulty, chosen: str) -> None:
        decision = route(
            replace(
                REQUEST, classification=classified(phase, difficulty), offers=offers(*reversed(EVERYWHERE))
            )
        )
        expected = {"luna": {"luna", "haiku"}, "sol": {"sol", "sonnet"}}.get(chosen, {chosen})
        assert decision.chosen.model in expected
        assert decision.bypass is None
        assert codes(decision)[:4] == ["classified", "first_exchange", "bar", "lowest_cost"]

    def test_with_the_keys_of_one_provider(self) -> None:
        mine = replace(REQUEST, offers=offers("opus", "sonnet", "haiku"))
        assert route(mine).chosen.model == "haiku"
        assert (
            route(replace(mine, classification=classified(Phase.DEBUG, Difficulty.NORMAL))).chosen.model
            == "sonnet"
        )
        assert route(replace(mine, classification=HARD)).chosen.model == "opus"

    def test_a_single_model_is_good_enough_for_everything(self) -> None:
        assert route(replace(REQUEST, offers=offers("flash"), classification=HARD)).chosen.model == "flash"

    def test_a_warm_expensive_model_beats_a_cold_cheaper_one(self) -> None:
        warm = replace(REQUEST, offers=offers("opus", "sonnet", opus=58_000), incumbent="opus", horizon=3)
        decision = route(warm)
        assert decision.chosen.model == "opus"
        assert "requested_model" in codes(decision)
        assert route(replace(warm, horizon=16)).chosen.model == "sonnet"

    def test_the_bar_never_asks_for_more_than_the_client_did(self) -> None:
        modest = replace(REQUEST, direct=target(model("haiku")), classification=HARD)
        assert route(modest).chosen.model in {"haiku", "luna"}

    def test_a_policy_moves_the_bar(self) -> None:
        ordinary = replace(REQUEST, offers=offers("opus", "sonnet", "haiku"))
        work = classified(Phase.IMPLEMENT, Difficulty.NORMAL)
        assert route(replace(ordinary, classification=work, strategy="quality")).chosen.model == "sonnet"
        debug = classified(Phase.DEBUG, Difficulty.NORMAL)
        assert route(replace(ordinary, classification=debug, strategy="frugal")).chosen.model == "haiku"

    def test_an_unknown_strategy_is_an_error(self) -> None:
        with pytest.raises(ConfigError):
            route(replace(REQUEST, strategy="cheap"))

    def test_an_unknown_price_is_not_a_low_one(self) -> None:
        decision = route(replace(REQUEST, offers=(offer(model("haiku", priced=False)), offer("sonnet"))))
        assert decision.chosen.model == "sonnet"
        assert "unknown_price" in codes(decision)

    def test_a_model_that_cannot_serve_is_out(self) -> None:
        picture = replace(TALK, messages=(Message("user", (Image(data="aGk="),)),))
        blind = offer(model("luna", able=Capabilities(vision=False)))
        decision = route(replace(REQUEST, conversation=picture, offers=(blind, offer("sonnet"))))
        assert decision.chosen.model == "sonnet"
        assert decision.candidates[0].losses == ("images",)
        assert "ineligible" in codes(decision)

    def test_safeguards_keep_auto_mode_with_the_clients_provider(self) -> None:
        guarded = replace(REQUEST, conversation=replace(TALK, safeguards=True))
        decision = route(replace(guarded, offers=offers(*EVERYWHERE, "claude-sonnet-5")))
        assert decision.chosen.model == "haiku"


class TestMaxRegret:
    """Opus holds 58,000 of 60,000 tokens; sonnet would be cheaper from about the tenth exchange on."""

    WARM = replace(REQUEST, offers=offers("opus", "sonnet", opus=58_000), incumbent="opus", horizon=12)

    def test_a_switch_that_is_dear_if_the_turn_ends_early_is_dropped(self) -> None:
        decision = route(replace(self.WARM, max_regret_pct=0))
        assert decision.chosen.model == "opus"
        assert "max_regret" in codes(decision)

    def test_a_higher_cap_lets_it_through(self) -> None:
        decision = route(replace(self.WARM, max_regret_pct=200))
        assert decision.chosen.model == "sonnet"
        assert "max_regret" not in codes(decision)

    def test_it_never_holds_back_a_model_that_is_needed(self) -> None:
        cheap = replace(REQUEST, offers=offers("opus", "haiku", haiku=58_000), incumbent="haiku")
        assert route(replace(cheap, classification=HARD, max_regret_pct=0)).chosen.model == "opus"


class TestInsideAToolLoop:
    LOOP = replace(REQUEST, incumbent="sonnet", in_tool_loop=True)

    def test_the_incumbent_stays(self) -> None:
        decision = route(self.LOOP)
        assert decision.chosen.model == "sonnet"
        assert codes(decision)[:2] == ["classified", "tool_loop"]

    def test_it_stays_without_a_price(self) -> None:
        unpriced = (offer(model("sonnet", priced=False)), offer("haiku"))
        assert route(replace(self.LOOP, offers=unpriced)).chosen.model == "sonnet"

    def test_the_clients_own_unlisted_model_stays(self) -> None:
        old = target(model("opus-4-7"))
        decision = route(replace(self.LOOP, incumbent="opus-4-7", direct=old))
        assert decision.chosen == old
        assert decision.bypass is None

    @pytest.mark.parametrize("streak", [0, 1, 2])
    def test_a_few_failures_change_nothing(self, streak: int) -> None:
        some = replace(self.LOOP, features=replace(NOTHING, error_streak=streak), classification=HARD)
        assert route(replace(some, incumbent="haiku")).chosen.model == "haiku"

    def test_a_lost_cache_is_a_switch_point(self) -> None:
        """Sonnet was idle for too long, or the history was compacted: nothing is left to stay for."""
        cold = replace(self.LOOP, gone_cold=True)
        assert route(cold).chosen.model == "haiku"
        assert "gone_cold" in codes(route(cold))
        title = of_kind(RequestKind.COMPACTION, cold)
        assert "gone_cold" not in codes(route(title))

    def test_a_model_that_can_no_longer_serve_is_replaced(self) -> None:
        down = (offer("sonnet", available=False), offer("haiku"), offer("opus"))
        decision = route(replace(self.LOOP, offers=down))
        assert decision.chosen.model == "haiku"
        assert "incumbent_lost" in codes(decision)

    def test_an_unknown_incumbent_leaves_the_choice_open(self) -> None:
        assert "first_exchange" in codes(route(replace(self.LOOP, incumbent=None)))

    def test_the_warmest_way_to_the_incumbent_is_kept(self) -> None:
        mirror = replace(
            offer("sonnet", warm=50_000), target=replace(target(model("sonnet")), provider="other")
        )
        decision = route(replace(self.LOOP, offers=(offer("sonnet"), mirror)))
        assert decision.chosen.provider == "other"


class TestEscalation:
    """Haiku is at work, and three tool results in a row have failed."""

    STUCK = replace(
        REQUEST,
        incumbent="haiku",
        in_tool_loop=True,
        features=STUCK,
        classification=classified(Phase.DEBUG, Difficulty.NORMAL),
    )

    def test_the_next_better_model_above_the_hard_bar_takes_over(self) -> None:
        decision = route(self.STUCK)
        assert decision.chosen.model == "opus"
        assert decision.escalation == Escalation("haiku", "opus", "failures")
        assert codes(decision) == ["classified", "escalated", "bar", "requested_model"]
        assert all(view.below_bar == (view.quality < 91) for view in decision.candidates)

    def test_which_need_not_be_the_best(self) -> None:
        easier = replace(self.STUCK, classification=classified(Phase.IMPLEMENT, Difficulty.EASY))
        assert route(easier).chosen.model in {"sol", "sonnet"}

    def test_once_per_conversation(self) -> None:
        over = route(replace(self.STUCK, standing=Standing.OVER))
        assert (over.chosen.model, over.escalation) == ("haiku", None)
        assert "tool_loop" in codes(over)

    def test_never_from_a_model_that_is_good_enough_for_hard_work(self) -> None:
        assert route(replace(self.STUCK, incumbent="opus")).escalation is None

    def test_never_without_a_better_model(self) -> None:
        alone = route(replace(self.STUCK, offers=offers("haiku", "flash")))
        assert (alone.chosen.model, alone.escalation) == ("haiku", None)

    def test_a_conversation_that_is_held_out_stays_and_says_so(self) -> None:
        held = route(replace(self.STUCK, standing=Standing.HELD_OUT))
        assert held.chosen.model == "haiku"
        assert held.escalation == Escalation("haiku", "opus", "failures", held_out=True)
        assert codes(held) == ["classified", "tool_loop", "escalation_held_out"]

    def test_a_complaint_raises_the_bar_of_the_turn_that_begins(self) -> None:
        complaint = replace(NOTHING, complaint=True, turns=2)
        unhappy = replace(self.STUCK, in_tool_loop=False, features=complaint)
        decision = route(unhappy)
        assert (decision.chosen.model, decision.escalation) == (
            "opus",
            Escalation("haiku", "opus", "complaint"),
        )
        hard = replace(unhappy, classification=HARD)
        assert route(hard).chosen.model == "opus"
        assert route(hard).escalation is None, "the turn's own bar asks for it"

    def test_a_model_asked_for_by_name_stays(self) -> None:
        control = Control(pin=Pin("haiku", Voice.SESSION))
        assert route(replace(self.STUCK, control=control)).chosen.model == "haiku"


class TestTheReference:
    """Bars are measured from the model the client asked for, whoever that is."""

    HARD_BUILD = replace(
        REQUEST, classification=classified(Phase.IMPLEMENT, Difficulty.HARD), direct=target(model("opus-4-7"))
    )

    def test_a_legacy_model_sets_it_by_its_own_score(self) -> None:
        asked = replace(self.HARD_BUILD, asked=model("opus-4-7", legacy=True))
        assert route(asked).chosen.model in {"haiku", "luna"}
        assert route(self.HARD_BUILD).chosen.model in {"sol", "sonnet"}

    def test_one_out_of_reach_too(self) -> None:
        asked = replace(self.HARD_BUILD, asked=model("opus-4-7"), direct=None)
        assert route(asked).chosen.model in {"haiku", "luna"}

    def test_never_beyond_the_best_within_reach(self) -> None:
        asked = replace(self.HARD_BUILD, asked=model("opus"), offers=offers("flash"))
        assert route(asked).chosen.model == "flash"


class TestHousekeeping:
    def test_a_title_goes_to_the_cheapest(self) -> None:
        dear = replace(
            REQUEST, strategy="quality", classification=HARD, prompt_tokens=1_000, incumbent="opus"
        )
        decision = route(of_kind(RequestKind.TITLE, replace(dear, in_tool_loop=True)))
        assert decision.chosen.model == "haiku"
        assert codes(decision) == ["housekeeping", "cheapest", "lowest_cost"]
        assert decision.horizon == 1

    def test_a_title_needs_a_model_that_can(self) -> None:
        schema = replace(TALK, output_schema={"type": "object"})
        unable = offer(model("luna", able=Capabilities(structured_output=False)))
        decision = route(
            of_kind(RequestKind.TITLE, replace(REQUEST, conversation=schema, offers=(unable, offer("opus"))))
        )
        assert decision.chosen.model == "opus"

    def test_compaction_stays_where_the_conversation_is_warm(self) -> None:
        warm = replace(REQUEST, offers=offers("opus", "luna", opus=58_000), incumbent="opus")
        decision = route(of_kind(RequestKind.COMPACTION, warm))
        assert decision.chosen.model == "opus"
        assert codes(decision)[:2] == ["housekeeping", "compaction_warm"]

    def test_a_cold_compaction_is_an_ordinary_choice(self) -> None:
        cold = replace(REQUEST, offers=offers("opus", "luna"), incumbent="opus", in_tool_loop=True)
        decision = route(of_kind(RequestKind.COMPACTION, cold))
        assert decision.chosen.model == "luna"
        assert "one_shot" in codes(decision)


class TestFallback:
    def test_without_an_eligible_model_the_clients_own_is_asked(self) -> None:
        searching = replace(TALK, tools=(Tool("get", schema={}),))
        unable = offer(model("haiku", able=Capabilities(tools=False)))
        decision = route(replace(REQUEST, conversation=searching, offers=(unable,)))
        assert decision.chain == (target(model("opus")),)
        assert decision.bypass == "fallback"
        assert codes(decision) == ["ineligible", "fallback"]
        assert decision.candidates[0].losses == ("tools",)

    def test_without_any_offer_too(self) -> None:
        assert route(replace(REQUEST, offers=())).bypass == "fallback"

    def test_without_a_key_for_it_that_is_an_error_that_says_what_is_missing(self) -> None:
        lost = (offer("haiku", losses=("images",)), offer("flash", losses=("tools",), available=False))
        with pytest.raises(RoutingError) as caught:
            route(replace(REQUEST, offers=lost, direct=None))
        assert "it sees no images: 1" in caught.value.sentence()
        assert "the provider is down: 1" in caught.value.sentence()
