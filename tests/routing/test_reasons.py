"""The words of a decision."""

from dataclasses import replace

from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.routing import reasons
from coderouter_cli.routing.case import assess
from tests.routing.field import HARD, REQUEST, model, offer

CASE = assess(replace(REQUEST, classification=HARD))
OPUS = CASE.candidates[0]


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
    assert reasons.occasion(replace(known, in_tool_loop=True), OPUS).code == "escalation"
    assert reasons.occasion(replace(known, kind=RequestKind.TITLE), OPUS).code == "cheapest"
    assert reasons.occasion(replace(known, kind=RequestKind.COMPACTION), OPUS).code == "one_shot"


def test_money_is_rounded_for_people() -> None:
    assert "$0.4298 over 5 exchanges, with 0 tokens warm" in reasons.lowest_cost(CASE, OPUS).detail
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
