"""The words of a decision."""

from dataclasses import replace

import pytest

from coderouter_cli.domain.conversation import Document, Image, Message, Tool, ToolChoice, ToolKind
from coderouter_cli.domain.decision import Escalation
from coderouter_cli.domain.model import Capabilities
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.routing import reasons
from coderouter_cli.routing.case import assess
from coderouter_cli.routing.eligibility import losses
from coderouter_cli.routing.escalation import Sign
from coderouter_cli.wire.formats.anthropic_messages.losses import _CHECKS as MESSAGES_CHECKS
from coderouter_cli.wire.formats.openai_chat.losses import _CHECKS as CHAT_CHECKS
from coderouter_cli.wire.formats.openai_responses.losses import _CHECKS as RESPONSES_CHECKS
from tests.routing.field import HARD, REQUEST, TALK, model, offer

CASE = assess(replace(REQUEST, classification=HARD))
OPUS = CASE.candidates[0]
WEAK = Capabilities(
    vision=False,
    tools=False,
    forced_tool_choice=False,
    sampling=False,
    thinking_can_be_off=False,
    structured_output=False,
)
DEMANDING = replace(
    TALK,
    messages=(Message("user", (Image(url="u"), Document(data="aGk="))),),
    tools=(Tool("f"), Tool("search", kind=ToolKind.SERVER)),
    tool_choice=ToolChoice("required"),
    output_schema={},
    temperature=0.5,
    thinking=False,
    max_output=9_000,
)


def test_a_classification_says_its_signs() -> None:
    assert reasons.classified(CASE).detail == "Taken for debug, hard (words:debug)."
    assert "nothing said otherwise" in reasons.classified(replace(CASE, evidence=())).detail
    assert reasons.classified(replace(CASE, kind=RequestKind.TITLE)).code == "housekeeping"


def test_exclusions_are_counted_and_named() -> None:
    offered = (offer("opus"), offer("haiku", losses=("images", "odd")), offer(model("luna", priced=False)))
    case = assess(replace(REQUEST, offers=offered))
    lost, unpriced = reasons.exclusions(case)
    assert (lost.code, unpriced.code) == ("ineligible", "unknown_price")
    assert lost.detail == "1 of 3 models cannot serve it (it sees no images: 1, odd: 1)."
    assert unpriced.detail.endswith("luna.")
    assert reasons.exclusions(CASE) == ()


def test_occasions() -> None:
    known = replace(CASE, incumbent="haiku")
    assert reasons.occasion(CASE, None).code == "first_exchange"
    assert reasons.occasion(known, None).code == "incumbent_lost"
    assert reasons.occasion(known, OPUS).code == "new_turn"
    assert reasons.occasion(replace(known, in_tool_loop=True, gone_cold=True), OPUS).code == "gone_cold"
    assert reasons.occasion(replace(known, kind=RequestKind.TITLE), OPUS).code == "cheapest"
    assert reasons.occasion(replace(known, kind=RequestKind.COMPACTION), OPUS).code == "one_shot"


def test_every_sign_of_an_escalation_has_words() -> None:
    stuck = replace(CASE, error_streak=4)
    for sign in Sign:
        said = reasons.escalated(stuck, Escalation("haiku", "opus", sign.value))
        assert said.code == "escalated"
        assert sign.value not in said.detail.split()
    assert (
        "4 tool results in a row" in reasons.escalated(stuck, Escalation("haiku", "opus", "failures")).detail
    )
    held = reasons.escalated(stuck, Escalation("haiku", "opus", "failures", held_out=True))
    assert held.code == "escalation_held_out"


def test_money_is_rounded_for_people() -> None:
    assert "$0.4298 over 5 exchanges, with 0 tokens warm" in reasons.lowest_cost(CASE, OPUS).detail
    assert "$0.1396 in the turn that may follow" in reasons.lowest_cost(CASE, OPUS).detail
    assert "follow" not in reasons.lowest_cost(CASE, replace(OPUS, next_cost=Picodollars(0))).detail
    assert "1 exchange," in reasons.lowest_cost(replace(CASE, horizon=1), OPUS).detail
    assert "an unknown amount" in reasons.lowest_cost(CASE, replace(OPUS, expected_cost=None)).detail


def test_the_rest_names_models_and_numbers() -> None:
    assert "at least" not in reasons.bar(CASE, 91, 93).detail
    assert reasons.bar(CASE, 91, 93).detail == (
        "For debug, hard, balanced a model must score 91 of 100; the reference has 93."
    )
    assert reasons.regret(CASE, OPUS).detail.startswith("opus would be cheaper over 5 exchanges")
    assert reasons.compaction(replace(OPUS, warm_tokens=7)).detail.startswith(
        "opus still holds about 7 tokens"
    )
    assert reasons.tool_loop("haiku").detail.startswith("haiku is at work")
    assert "opus" in reasons.requested(CASE).detail
    assert "opus" in reasons.fallback(CASE).detail
    assert {reasons.as_asked(code).code for code in ("direct_lane", "safety_check")} == {
        "direct_lane",
        "safety_check",
    }


def test_an_error_says_what_is_missing_and_what_to_do() -> None:
    case = assess(replace(REQUEST, offers=(offer("haiku", losses=("images",)),), direct=None))
    error = reasons.unreachable(case)
    assert "no key for the provider of opus" in error.what
    assert "it sees no images: 1" in error.means
    assert "coderouter keys" in error.next_step
    assert reasons.unreachable(replace(case, candidates=())).means == ""


@pytest.mark.parametrize("losses", [None, ("images",)])
@pytest.mark.parametrize("kind", [RequestKind.TURN, RequestKind.SAFETY_CHECK])
def test_an_error_names_the_provider_and_the_command(
    losses: tuple[str, ...] | None, kind: RequestKind
) -> None:
    offers = () if losses is None else (offer("haiku", losses=losses),)
    check = replace(REQUEST.signals, kind=kind)
    asked = replace(REQUEST, signals=check, offers=offers, direct=None, home="anthropic")
    said = reasons.unreachable(assess(asked)).sentence()
    assert "There is no key for anthropic, the provider of opus." in said
    assert "`coderouter keys set anthropic`" in said
    assert "PROVIDER" not in said


def test_every_loss_has_words() -> None:
    codes = {code for code, _ in (*MESSAGES_CHECKS, *RESPONSES_CHECKS, *CHAT_CHECKS)}
    for able in (Capabilities(), WEAK):
        asked = replace(REQUEST, conversation=DEMANDING)
        tiny = model("haiku", able=able, max_input=1, max_output=1, legacy=True, scored=False)
        codes |= set(losses(asked, offer(tiny, available=False)))
    assert {"images", "max_input", "unavailable", "sampling", "server_state", "prefill"} <= codes
    assert {code for code in codes if reasons.loss_words(code) == code} == set()
    assert reasons.loss_words("of another version") == "of another version"


def test_the_next_step_is_about_what_is_missing() -> None:
    def step(*lost: str) -> str:
        case = assess(replace(REQUEST, offers=(offer("haiku", losses=lost),), direct=None))
        return reasons.unreachable(case).next_step

    assert "Compact" in step("max_input")
    assert "keys set" in step("images")
    check = replace(REQUEST.signals, kind=RequestKind.SAFETY_CHECK)
    error = reasons.unreachable(assess(replace(REQUEST, signals=check, offers=(), direct=None)))
    assert "safety check" in error.means
    assert error.missing == ()


def test_the_nearest_model_says_what_is_missing() -> None:
    offered = (offer("haiku", losses=("images", "tools")), offer("luna", losses=("images",)))
    case = assess(replace(REQUEST, offers=offered, direct=None))
    assert reasons.unreachable(case).missing == ("images",)
