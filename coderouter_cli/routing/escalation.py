"""When a model flails: how that is seen, whether to move up, and how it ended.

An agent that goes round in circles with a cheap model costs more than one on a better model that does
not. Of all signs, three failed tool results in a row tell best (measured elsewhere, on agents' sessions).
A conversation moves up once: if that does not help, neither will a second time. A share of conversations
may be held out: the same signs, no move, so that a report can tell whether moving helps.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from coderouter_cli.domain.features import STUCK_AFTER, Features

_REPEATED = 3
"""Repetitions of the same call since an edit, while something fails; polling alone repeats as well."""
_THRASHED = 5
"""Edits of one file in a turn, while its tests fail."""
_TEST_RUNS = 2
_SHARES = 100


class Sign(StrEnum):
    """What shows that a model flails."""

    FAILURES = "failures"
    REPETITION = "repetition"
    THRASH = "thrash"
    COMPLAINT = "complaint"


class Standing(StrEnum):
    """Whether a conversation may move up."""

    OPEN = "open"
    """It may."""
    HELD_OUT = "held_out"
    """It would, but is one of those that show what happens otherwise."""
    OVER = "over"
    """It has moved up before, or been held out; or nobody wants it."""


class Outcome(StrEnum):
    """How a turn ended in which a model flailed."""

    TESTS_PASS = "tests_pass"  # noqa: S105 - no password
    RECOVERED = "recovered"
    """Its tools worked again."""
    STILL_FAILING = "still_failing"
    COMPLAINED = "complained"
    """The user said that it does not work."""


ENDED_WELL = frozenset({Outcome.TESTS_PASS, Outcome.RECOVERED})


@dataclass(frozen=True, slots=True)
class Ending:
    """How an escalation ended: ``exchange`` is the id of the one that moved up, or would have."""

    exchange: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Watch:
    """A conversation after its escalation, until its turn is over.

    ``error_streak`` and ``test_runs`` are those of the turn as last seen, ``ran_before`` the test runs
    when it moved up.
    """

    exchange: str
    error_streak: int
    test_runs: int
    ran_before: int

    @classmethod
    def begin(cls, exchange: str, features: Features) -> "Watch":
        """The conversation at the exchange that moves up."""
        return cls(exchange, features.error_streak, features.test_runs, features.test_runs)

    def seen(self, features: Features) -> "Watch":
        """The same, one exchange further in the turn."""
        return replace(self, error_streak=features.error_streak, test_runs=features.test_runs)

    def ending(self, features: Features) -> Ending:
        """How it ended, as the next turn's first request shows."""
        return Ending(self.exchange, self._outcome(complaint=features.complaint))

    def _outcome(self, *, complaint: bool) -> Outcome:
        if complaint:
            return Outcome.COMPLAINED
        if self.error_streak > 0:
            return Outcome.STILL_FAILING
        return Outcome.TESTS_PASS if self.test_runs > self.ran_before else Outcome.RECOVERED


def sign_of(features: Features, *, in_tool_loop: bool) -> Sign | None:
    """What shows that the model at work flails; None when nothing does.

    A complaint counts once, at the turn that it begins.
    """
    failing = features.error_streak > 0
    if features.error_streak >= STUCK_AFTER:
        return Sign.FAILURES
    if failing and features.repeated_calls >= _REPEATED:
        return Sign.REPETITION
    if failing and features.same_file_edits >= _THRASHED and features.test_runs >= _TEST_RUNS:
        return Sign.THRASH
    if features.complaint and features.turns > 1 and not in_tool_loop:
        return Sign.COMPLAINT
    return None


def standing_of(conversation: str, *, enabled: bool, holdout_pct: int) -> Standing:
    """Whether a conversation that has not moved up yet may do so; ``conversation`` is a hash in hex, and
    decides alone which ones are held out."""
    if not enabled:
        return Standing.OVER
    return Standing.HELD_OUT if int(conversation[:8], 16) % _SHARES < holdout_pct else Standing.OPEN
