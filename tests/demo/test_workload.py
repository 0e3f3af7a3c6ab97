"""The bundled workload has the mix of the post, and the same seed makes the same one."""

from collections import Counter

import pytest

from coderouter_cli.demo.asks import outlines
from coderouter_cli.demo.turns import Kind, plan
from coderouter_cli.demo.workload import build
from coderouter_cli.domain.phase import Phase

POST = {
    Phase.DEBUG: 41.7,
    Phase.IMPLEMENT: 32.2,
    Phase.TEST: 17.2,
    Phase.PLAN: 5.1,
    Phase.DOCUMENT: 2.5,
    Phase.SMALL_EDIT: 0.9,
}


def test_the_mix_is_that_of_the_post() -> None:
    mix = build().mix
    assert set(mix) == set(POST)
    for phase, share in POST.items():
        assert abs(100 * mix[phase] / mix.total() - share) < 0.6


def test_the_size_is_as_promised() -> None:
    workload = build()
    assert workload.requests == 420
    assert 30 <= len(workload.sessions) <= 40
    clients = Counter(session.outline.client for session in workload.sessions)
    assert set(clients) == {"claude-code", "codex", "cursor"}


@pytest.mark.parametrize(("client", "exchanges"), [("claude-code", 5), ("codex", 12), ("cursor", 4)])
def test_turns_are_as_long_as_they_are_in_each_client(client: str, exchanges: int) -> None:
    lengths = [ask.exchanges for outline in outlines() if outline.client == client for ask in outline.asks]
    assert abs(sum(lengths) / len(lengths) - exchanges) < 1.5


def test_every_session_asks_for_an_opus_and_every_ask_is_one_of_its_kind() -> None:
    assert {outline.model for outline in outlines()} == {"claude-opus-4-7", "claude-opus-5-5"}
    asks = [ask.text for outline in outlines() for ask in outline.asks]
    assert len(asks) == len(set(asks)) > 60
    assert not any(one in other for one in asks for other in asks if one != other)


def test_there_is_housekeeping_a_subagent_and_several_languages() -> None:
    sessions = build().sessions
    assert sum(session.outline.titled for session in sessions) == 18
    assert sum(turn.ask.compacted for session in sessions for turn in session.turns) == 2
    assert sum(bool(session.tasks) for session in sessions) == 1
    foreign = [turn.ask.text for turn in build().turns if not turn.ask.text.isascii()]
    assert len(foreign) > 10


def test_a_seed_is_a_workload() -> None:
    assert build(3) == build(3)
    assert build(3).mix == build(4).mix
    first, second = build(3), build(4)
    assert [session.key for session in first.sessions] != [session.key for session in second.sessions]
    assert first.turns != second.turns


def test_a_turn_has_the_exchanges_of_its_ask() -> None:
    for outline in outlines():
        for ask in outline.asks:
            turn = plan(ask, outline.language, 0)
            assert len(turn.steps) == ask.exchanges - 1
            assert turn.subject


def test_the_course_of_a_phase() -> None:
    turns = build().turns
    for phase in (Phase.DEBUG, Phase.IMPLEMENT):
        for turn in turns:
            if turn.ask.phase is phase:
                kinds = [action.kind for step in turn.steps for action in step]
                assert Kind.EDIT in kinds
                assert kinds[-1] is Kind.TEST
                assert turn.steps[-1][0].ok
    planning = [turn for turn in turns if turn.ask.phase is Phase.PLAN]
    assert {action.kind for turn in planning for step in turn.steps for action in step} <= {
        Kind.READ,
        Kind.SEARCH,
    }
    failing = [turn for turn in turns if any(not action.ok for step in turn.steps for action in step)]
    assert len(failing) > 10
