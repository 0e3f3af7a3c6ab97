"""How many exchanges a choice of model lasts.

One exchange is myopic, and from four to sixteen the result is much the same (measured on public
sessions), so a mean per client is good enough: one for the turn that opens a session, which is the longest,
and one for those that follow. Both start from the means of those sessions and learn from the user's own:
after `_WEIGHT` turns these count half.

A choice outlives its turn: what it leaves warm serves the next one, which `CONTINUES` says how often
there is. So it lasts that much longer than a turn.

What is left of a turn does not get less while it lasts: the same sessions had 4.1 exchanges to come at a
turn's start and 7.2 after five of them (Claude Code; Codex 11.7 and 15.9). So the same figure serves inside
a turn.
"""

from dataclasses import dataclass, replace

from coderouter_cli.routing.outlook import CONTINUES, WHOLE

_MEANS = {"claude-code": (7, 3), "codex": (17, 9)}
_MEAN = (10, 5)
"""Exchanges in a session's first turn and in a later one: the means of public sessions (6.7 and 3.0 in 76
threads of Claude Code, 17.1 and 9.4 in 25 of Codex); for others something between them."""
_WEIGHT = 10
"""Turns that a start value counts for."""
_MEMORY = 400
"""Turns after which the older half is forgotten: people change how they work."""
LONGEST = 40


@dataclass(frozen=True, slots=True)
class Mean:
    """Turns so far and the exchanges in them, and the mean they start from."""

    start: int
    turns: int = 0
    exchanges: int = 0

    def plus(self, turns: int, exchanges: int) -> "Mean":
        """The mean after so many more turns, with all their exchanges."""
        turns, exchanges = self.turns + turns, self.exchanges + exchanges
        if turns > _MEMORY:
            turns, exchanges = turns // 2, exchanges // 2
        return Mean(self.start, turns, exchanges)

    @property
    def lasting(self) -> int:
        """Exchanges a choice made in such a turn lasts, from 1 to `LONGEST`."""
        counted = (self.start * _WEIGHT + self.exchanges) * (WHOLE + CONTINUES)
        turns = (_WEIGHT + self.turns) * WHOLE
        return min(max((counted + turns // 2) // turns, 1), LONGEST)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a client's human turns are: those that ``opens`` a session, and those that ``follows``."""

    opens: Mean
    follows: Mean

    @classmethod
    def of(cls, client: str) -> "Pace":
        """The pace of a client nobody has watched yet."""
        first, later = _MEANS.get(client, _MEAN)
        return cls(Mean(first), Mean(later))

    def after(self, *, new_turn: bool, opening: bool) -> "Pace":
        """The pace after one more exchange. ``new_turn``: it was its turn's first; ``opening``: the turn
        was its session's first."""
        return self.plus(int(new_turn), 1, opening=opening)

    def plus(self, turns: int, exchanges: int, *, opening: bool) -> "Pace":
        """The pace after so many more turns of one kind, with all their exchanges."""
        if opening:
            return replace(self, opens=self.opens.plus(turns, exchanges))
        return replace(self, follows=self.follows.plus(turns, exchanges))

    def horizon(self, *, opening: bool) -> int:
        """Exchanges a choice lasts, from 1 to `LONGEST`."""
        return (self.opens if opening else self.follows).lasting
