"""What is remembered of turns."""

from dataclasses import replace

import pytest

from coderouter_cli.daemon.turns import TurnBook, TurnFacts
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.routing.escalation import Ending, Outcome, Standing
from coderouter_cli.routing.outlook import Need
from tests.routing.field import NOTHING

DEBUG: Need = (Phase.DEBUG, Difficulty.NORMAL)
HARD: Need = (Phase.DEBUG, Difficulty.HARD)
TEST: Need = (Phase.TEST, Difficulty.EASY)
FRESH = TurnFacts("claude-code", RequestKind.TURN, True, DEBUG, NOTHING)
LOOP = replace(FRESH, new_turn=False)
KEY = "00ff00ff00ff00ff00ff00ff"


@pytest.fixture
def book() -> TurnBook:
    return TurnBook()


def answer(book: TurnBook, facts: TurnFacts, key: str = KEY, escalated_by: str | None = None) -> None:
    book.answered(key, facts, cold_at=300.0, escalated_by=escalated_by)


def test_the_needs_of_a_conversations_turns(book: TurnBook) -> None:
    assert book.recent(KEY, new_turn=True) == ()
    answer(book, FRESH)
    answer(book, replace(LOOP, need=HARD))
    answer(book, replace(FRESH, need=TEST))
    assert book.recent(KEY, new_turn=True) == (HARD, TEST)
    assert book.recent(KEY, new_turn=False) == (HARD,), "without the turn under way"
    assert book.recent("another", new_turn=True) == ()
    for _ in range(20):
        answer(book, FRESH)
    assert book.recent(KEY, new_turn=True) == (DEBUG,) * 8


def test_housekeeping_is_no_turn(book: TurnBook) -> None:
    answer(book, replace(FRESH, kind=RequestKind.TITLE))
    assert book.recent(KEY, new_turn=True) == ()
    assert book.horizon("claude-code", opening=True) == 12


def test_a_conversation_goes_cold_with_its_model_or_when_it_is_compacted(book: TurnBook) -> None:
    assert not book.gone_cold(KEY, 1e9), "what nobody knows is not lost"
    answer(book, FRESH)
    assert not book.gone_cold(KEY, 299.9)
    assert book.gone_cold(KEY, 300.0)
    answer(book, replace(FRESH, kind=RequestKind.COMPACTION))
    assert book.gone_cold(KEY, 1.0)
    answer(book, LOOP)
    assert not book.gone_cold(KEY, 1.0)
    book.recalled("before the restart", DEBUG, new_turn=True, escalated=False)
    assert not book.gone_cold("before the restart", 1e9)


def test_turns_become_longer_and_shorter(book: TurnBook) -> None:
    for _ in range(50):
        answer(book, FRESH)
    assert book.horizon("claude-code", opening=True) == 3
    assert book.horizon("claude-code", opening=False) == 5, "later turns are another kind"
    assert book.horizon("codex", opening=True) == 29
    for _ in range(50):
        answer(book, replace(LOOP, features=replace(NOTHING, subagent=True)))
    assert book.horizon("claude-code", opening=True) == 3, "a subagent's loop is not the person's turn"
    later = replace(FRESH, features=replace(NOTHING, turns=2))
    for _ in range(50):
        answer(book, later)
    assert book.horizon("claude-code", opening=False) == 2
    book.learn("codex", 10, 30, opening=True)
    assert book.horizon("codex", opening=True) == 17


def test_clients_names_are_not_collected(book: TurnBook) -> None:
    for number in range(100):
        book.learn(f"client-{number}", 100, 100, opening=True)
    assert book.horizon("client-0", opening=True) == 3
    assert book.horizon("client-99", opening=True) == 17


def test_a_conversation_moves_up_once(book: TurnBook) -> None:
    assert book.standing(KEY, enabled=True, holdout_pct=0) is Standing.OPEN
    assert book.standing(KEY, enabled=False, holdout_pct=0) is Standing.OVER
    answer(book, LOOP, escalated_by="01ID")
    assert book.standing(KEY, enabled=True, holdout_pct=0) is Standing.OVER
    book.recalled("other", DEBUG, new_turn=False, escalated=True)
    assert book.standing("other", enabled=True, holdout_pct=0) is Standing.OVER


def test_how_it_ended_is_told_once_when_the_next_turn_begins(book: TurnBook) -> None:
    answer(book, replace(LOOP, features=replace(NOTHING, error_streak=3)), escalated_by="01ID")
    answer(book, replace(LOOP, features=replace(NOTHING, error_streak=0, test_runs=1)))
    assert book.ending(KEY, NOTHING, new_turn=False) is None
    assert book.ending(KEY, NOTHING, new_turn=True) == Ending("01ID", Outcome.TESTS_PASS)
    unhappy = replace(NOTHING, complaint=True)
    assert book.ending(KEY, unhappy, new_turn=True) == Ending("01ID", Outcome.COMPLAINED)
    answer(book, FRESH)
    assert book.ending(KEY, NOTHING, new_turn=True) is None


def test_old_conversations_are_forgotten(book: TurnBook) -> None:
    for number in range(5_000):
        answer(book, FRESH, f"{number:08x}")
    assert book.recent("00000000", new_turn=True) == ()
    assert book.recent(f"{4_999:08x}", new_turn=True) == (DEBUG,)
