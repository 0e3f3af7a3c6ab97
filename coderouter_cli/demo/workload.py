"""The bundled workload: sessions of three clients with the phase mix of the CodeRouter post.

The same seed gives the same sessions, byte for byte, as long as the answers are the same.
"""

from collections import Counter
from dataclasses import dataclass

from coderouter_cli.demo.asks import Outline, outlines
from coderouter_cli.demo.callers import CALLERS
from coderouter_cli.demo.callers.base import Caller
from coderouter_cli.demo.chance import chance
from coderouter_cli.demo.turns import Turn, plan
from coderouter_cli.domain.phase import Phase


@dataclass(frozen=True, slots=True)
class Session:
    """One session of a client. ``key`` is unique in the workload; the client's ids derive from it.

    ``tasks`` are what the agent hands to subagents.
    """

    key: str
    outline: Outline
    turns: tuple[Turn, ...]
    tasks: tuple[Turn, ...]

    def caller(self) -> Caller:
        """A fresh client for this session."""
        return CALLERS[self.outline.client](self.outline, self.key)

    @property
    def requests(self) -> int:
        """How many requests the session makes."""
        compactions = sum(turn.ask.compacted for turn in self.turns)
        exchanges = sum(turn.ask.exchanges for turn in (*self.turns, *self.tasks))
        return exchanges + compactions + self.outline.titled


@dataclass(frozen=True, slots=True)
class Workload:
    """All sessions, in the order they are started."""

    sessions: tuple[Session, ...]

    @property
    def turns(self) -> tuple[Turn, ...]:
        """Every turn, subagents' included."""
        return tuple(turn for session in self.sessions for turn in (*session.turns, *session.tasks))

    @property
    def requests(self) -> int:
        """How many requests it makes in all, housekeeping included."""
        return sum(session.requests for session in self.sessions)

    @property
    def mix(self) -> Counter[Phase]:
        """Exchanges by the phase of their turn; housekeeping has none."""
        mix: Counter[Phase] = Counter()
        for turn in self.turns:
            mix[turn.ask.phase] += turn.ask.exchanges
        return mix


def build(seed: int = 0) -> Workload:
    """The workload. ``seed`` changes ids, files and order, and so every prompt, but not the mix."""
    sessions = [_session(outline, number, seed) for number, outline in enumerate(outlines())]
    return Workload(tuple(sorted(sessions, key=lambda session: chance("order", session.key))))


def _session(outline: Outline, number: int, seed: int) -> Session:
    tasks = tuple(plan(ask, outline.language, seed) for ask in outline.asks if ask.subagent)
    asks = [ask for ask in outline.asks if not ask.subagent]
    turns = [plan(ask, outline.language, seed, delegates=bool(tasks) and ask is asks[0]) for ask in asks]
    return Session(f"{seed}-{number}", outline, tuple(turns), tasks)
