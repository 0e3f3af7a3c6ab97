"""When a model flails, and how it ends."""

from dataclasses import replace

import pytest

from coderouter_cli.domain.features import Features
from coderouter_cli.routing.escalation import (
    ENDED_WELL,
    Ending,
    Outcome,
    Sign,
    Standing,
    Watch,
    sign_of,
    standing_of,
)
from tests.routing.field import NOTHING

LOOP = replace(NOTHING, tool_calls=9)


@pytest.mark.parametrize(
    ("features", "sign"),
    [
        (replace(LOOP, error_streak=3), Sign.FAILURES),
        (replace(LOOP, error_streak=2), None),
        (replace(LOOP, error_streak=1, repeated_calls=3), Sign.REPETITION),
        (replace(LOOP, repeated_calls=9), None),
        (replace(LOOP, error_streak=1, same_file_edits=5, test_runs=2), Sign.THRASH),
        (replace(LOOP, same_file_edits=9, test_runs=9), None),
        (replace(LOOP, error_streak=1, same_file_edits=5, test_runs=1), None),
        (LOOP, None),
    ],
    ids=["three failures", "two", "going round", "polling", "thrash", "hard at work", "no tests", "nothing"],
)
def test_signs_inside_a_turn(features: Features, sign: Sign | None) -> None:
    assert sign_of(features, in_tool_loop=True) is sign


def test_a_complaint_counts_where_a_turn_begins() -> None:
    again = replace(NOTHING, complaint=True, turns=2)
    assert sign_of(again, in_tool_loop=False) is Sign.COMPLAINT
    assert sign_of(again, in_tool_loop=True) is None
    assert sign_of(replace(again, turns=1), in_tool_loop=False) is None, "nobody has answered yet"


STUCK = replace(LOOP, error_streak=3, test_runs=1)


@pytest.mark.parametrize(
    ("last", "outcome"),
    [
        (replace(LOOP, error_streak=0, test_runs=2), Outcome.TESTS_PASS),
        (replace(LOOP, error_streak=0, test_runs=1), Outcome.RECOVERED),
        (replace(LOOP, error_streak=4, test_runs=2), Outcome.STILL_FAILING),
    ],
)
def test_how_it_ended_is_seen_when_the_next_turn_begins(last: Features, outcome: Outcome) -> None:
    watch = Watch.begin("01ID", STUCK).seen(replace(LOOP, error_streak=5)).seen(last)
    assert watch.ending(NOTHING) == Ending("01ID", outcome)
    assert watch.ending(replace(NOTHING, complaint=True)) == Ending("01ID", Outcome.COMPLAINED)


def test_a_turn_that_ended_at_once_was_still_failing() -> None:
    assert Watch.begin("01ID", STUCK).ending(NOTHING).outcome is Outcome.STILL_FAILING


def test_what_counts_as_a_good_end() -> None:
    assert frozenset(Outcome) - ENDED_WELL == {Outcome.STILL_FAILING, Outcome.COMPLAINED}


def test_who_may_move_up() -> None:
    assert standing_of("00ff00ff00ff", enabled=True, holdout_pct=0) is Standing.OPEN
    assert standing_of("00ff00ff00ff", enabled=True, holdout_pct=100) is Standing.HELD_OUT
    assert standing_of("00ff00ff00ff", enabled=False, holdout_pct=100) is Standing.OVER


def test_the_share_held_out_is_about_what_was_asked_for_and_the_same_each_time() -> None:
    keys = [f"{number * 2_654_435_761 % 2**32:08x}rest" for number in range(2_000)]
    held = [key for key in keys if standing_of(key, enabled=True, holdout_pct=20) is Standing.HELD_OUT]
    assert 0.17 < len(held) / len(keys) < 0.23
    assert held == [
        key for key in held if standing_of(key, enabled=True, holdout_pct=30) is Standing.HELD_OUT
    ]
