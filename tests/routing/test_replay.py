"""A decision written down, and made again."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from coderouter_cli.domain.conversation import Message, Text
from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.errors import RoutingError
from coderouter_cli.routing.replay import VERSION, decision_json, replay
from coderouter_cli.routing.request import RouteRequest
from coderouter_cli.routing.router import route
from tests.routing.field import HARD, REQUEST, offers
from tests.routing.strategies import a_request


@given(a_request())
@settings(max_examples=200)
def test_a_decision_is_made_again_from_its_record(request: RouteRequest) -> None:
    try:
        decision = route(request)
    except RoutingError:
        return
    written = json.loads(json.dumps(decision_json(decision, request)))
    assert replay(written) == decision


def test_a_record_says_what_was_seen_and_what_came_of_it() -> None:
    request = replace(
        REQUEST, classification=HARD, offers=offers("opus", "haiku", haiku=58_000), incumbent="haiku"
    )
    decision = route(request)
    written = decision_json(decision, request)
    assert written["version"] == VERSION
    assert written["chain"][0]["model"] == "opus"
    assert [code for code, _ in written["reasons"]] == [reason.code for reason in decision.reasons]
    case = written["case"]
    assert (case["incumbent"], case["prompt_tokens"], case["max_regret_pct"]) == ("haiku", 60_000, 20)
    opus, haiku = case["candidates"]
    assert (opus["below_bar"], haiku["below_bar"]) == (False, True)
    assert (haiku["warm_tokens"], haiku["quality"]) == (58_000, 80)
    assert opus["expected_cost"] == decision.candidates[0].expected_cost
    assert written["features"]["words"] == {"debug": 5}
    assert written["features"]["error_streak"] == 0


@pytest.mark.parametrize(
    "request_",
    [
        REQUEST,
        replace(REQUEST, lane=Lane.DIRECT),
        replace(REQUEST, offers=()),
        replace(REQUEST, signals=replace(REQUEST.signals, kind=RequestKind.TITLE, session="session-zzqx")),
    ],
)
def test_no_word_of_the_prompt_is_written_down(request_: RouteRequest) -> None:
    secret = "zzqx-secret"
    talk = replace(
        request_.conversation,
        messages=(Message("user", (Text(f"Fix {secret}"),)),),
        system=(Text(secret),),
        session_hint=secret,
    )
    request = replace(request_, conversation=talk)
    written = json.dumps(decision_json(route(request), request))
    assert "zzqx" not in written


def test_something_else_is_no_record() -> None:
    with pytest.raises(KeyError):
        replay({"version": VERSION})
