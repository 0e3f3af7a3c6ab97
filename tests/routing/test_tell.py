"""A decision in words: why, why not another, when it may change."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.decision import Lane
from coderouter_cli.errors import RoutingError
from coderouter_cli.routing.control import Control, Floor, Pin, Voice
from coderouter_cli.routing.replay import decision_json
from coderouter_cli.routing.request import RouteRequest
from coderouter_cli.routing.router import route
from coderouter_cli.routing.tell import next_switch, remark, why, why_not
from tests.routing.field import HARD, REQUEST, model, offer, offers
from tests.routing.strategies import a_request


def written(request: RouteRequest) -> JsonObject:
    found: JsonObject = json.loads(json.dumps(decision_json(route(request), request)))
    return found


EASY = written(REQUEST)


def test_why_names_the_choice_the_work_and_how_the_next_best_lost() -> None:
    lines = list(why(EASY))
    chosen = EASY["chain"][0]["model"]
    assert lines[0].startswith(f"{chosen} at ")
    assert "Taken for implement, easy, 80 % sure: words:implement." in lines
    others = lines[lines.index("Others:") + 1 :]
    assert len(others) == 5
    assert others[0].startswith("- ")
    assert others[-1] == "- and 2 more (`coderouter explain`)."
    assert not any(chosen in line.partition(":")[0] for line in others)


@pytest.mark.parametrize(
    ("request_", "name", "says"),
    [
        (REQUEST, "opus", "opus was not chosen: dearer by $"),
        (replace(REQUEST, offers=offers("opus", "haiku"), classification=HARD), "haiku", "below the bar by "),
        (
            replace(REQUEST, offers=(*REQUEST.offers, offer(model("gpt-5.5", priced=False)))),
            "gpt-5.5",
            "its price",
        ),
        (replace(REQUEST, offers=offers("opus"), incumbent="opus"), "opus", "opus was chosen."),
        (replace(REQUEST, lane=Lane.DIRECT), "haiku", "Nobody chose: opus is what the client asked for"),
        (
            replace(REQUEST, offers=(*offers("opus"), offer("haiku", losses=("denied_by_repository",)))),
            "haiku",
            "the repository's policy denies it",
        ),
        (replace(REQUEST, control=Control(pin=Pin("opus", Voice.SESSION))), "haiku", "opus was asked for"),
        (
            replace(REQUEST, incumbent="opus", in_tool_loop=True),
            "luna",
            "opus is at work, and models change between turns",
        ),
    ],
)
def test_why_not(request_: RouteRequest, name: str, says: str) -> None:
    told = why_not(written(request_), name)
    assert told is not None
    assert says in told


def test_a_stranger_was_no_candidate() -> None:
    assert why_not(EASY, "nobody") is None
    assert remark(EASY, "nobody") == ""


def test_points_below_a_floor_are_counted() -> None:
    floored = written(replace(REQUEST, control=Control(floor=Floor(91, Voice.CONFIG))))
    assert why_not(floored, "sonnet") == "sonnet was not chosen: below the bar by 1 point."


@pytest.mark.parametrize(
    ("request_", "ttl", "says"),
    [
        (REQUEST, 300, "or after 5 minutes without a request"),
        (REQUEST, 3600, "or after an hour without a request"),
        (REQUEST, None, "with your next message, after a compaction."),
        (replace(REQUEST, lane=Lane.DIRECT), 300, "when your client changes it"),
        (
            replace(REQUEST, control=Control(pin=Pin("opus", Voice.SESSION))),
            300,
            "as long as it is asked for",
        ),
    ],
)
def test_the_next_switch_point(request_: RouteRequest, ttl: int | None, says: str) -> None:
    assert says in next_switch(written(request_), ttl)


@given(a_request())
@settings(max_examples=100)
def test_every_decision_can_be_told(request: RouteRequest) -> None:
    try:
        decision = written(request)
    except RoutingError:
        return
    assert all(why(decision))
    for view in decision["case"]["candidates"]:
        told = remark(decision, view["model"])
        assert told
        assert (told == "chosen") == (view["model"] == decision["chain"][0]["model"])
