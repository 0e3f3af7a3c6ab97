"""How long a turn of a client is: the exchanges a choice is expected to last.

One exchange is myopic, and from four to sixteen the result is much the same (measured on public
sessions), so a mean per client is good enough. It starts from the means of those sessions and learns from
the user's own: after `_WEIGHT` turns these count half.

What is left of a turn does not get less while it lasts: the same sessions had 4.1 exchanges to come at a
turn's start and 7.2 after five of them (Claude Code; Codex 11.7 and 15.9). So the same figure serves inside
a turn.
"""

from dataclasses import dataclass

_MEANS = {"claude-code": 5, "codex": 12}
_MEAN = 8
"""Exchanges per human turn: the means of public Claude Code and Codex sessions; 8 between them."""
_WEIGHT = 10
"""Turns that the start value counts for."""
_MEMORY = 400
"""Turns after which the older half is forgotten: people change how they work."""
LONGEST = 40


@dataclass(frozen=True, slots=True)
class Pace:
    """A client's human turns so far, the exchanges in them, and the mean it starts from."""

    mean: int = _MEAN
    turns: int = 0
    exchanges: int = 0

    @classmethod
    def of(cls, client: str) -> "Pace":
        """The pace of a client nobody has watched yet."""
        return cls(_MEANS.get(client, _MEAN))

    def after(self, *, new_turn: bool) -> "Pace":
        """The pace after one more exchange; ``new_turn``: it was a turn's first."""
        return self.plus(int(new_turn), 1)

    def plus(self, turns: int, exchanges: int) -> "Pace":
        """The pace after so many more turns, with all their exchanges."""
        turns, exchanges = self.turns + turns, self.exchanges + exchanges
        if turns > _MEMORY:
            return Pace(self.mean, turns // 2, exchanges // 2)
        return Pace(self.mean, turns, exchanges)

    @property
    def horizon(self) -> int:
        """Exchanges a turn is expected to take, from 1 to `LONGEST`."""
        counted = self.mean * _WEIGHT + self.exchanges
        turns = _WEIGHT + self.turns
        return min(max((counted + turns // 2) // turns, 1), LONGEST)
