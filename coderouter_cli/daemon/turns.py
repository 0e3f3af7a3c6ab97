"""What the daemon remembers of the turns of its conversations.

What the last turns needed, whether the conversation has moved up and how that turn goes on, whether its
cache is lost; and, per client, how long turns are. Hashes, counts and words of our own: nothing of a prompt.
"""

from collections import OrderedDict
from dataclasses import dataclass

from coderouter_cli.domain.features import Features
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.routing.escalation import Ending, Standing, Watch, standing_of
from coderouter_cli.routing.horizon import Pace
from coderouter_cli.routing.outlook import MOST_RECENT, Need

_MAX_CONVERSATIONS = 4096
_MAX_CLIENTS = 64


@dataclass(frozen=True, slots=True)
class TurnFacts:
    """One exchange, as far as turns are concerned. ``new_turn``: a person has spoken since the last one."""

    client: str
    kind: RequestKind
    new_turn: bool
    need: Need
    features: Features

    @property
    def opening(self) -> bool:
        """Whether it belongs to its session's first turn."""
        return self.features.turns <= 1


@dataclass(slots=True)
class _Talk:
    """One conversation. ``needs`` are those of its turns, oldest first, the one under way included."""

    needs: tuple[Need, ...] = ()
    escalated: bool = False
    watch: Watch | None = None
    cold_at: float | None = None
    compacted: bool = False


class TurnBook:
    """See the module. Times are monotonic seconds, passed in."""

    def __init__(self) -> None:
        self._talks: OrderedDict[str, _Talk] = OrderedDict()
        self._paces: dict[str, Pace] = {}

    def horizon(self, client: str, *, opening: bool) -> int:
        """How many exchanges a choice for this client is expected to last; ``opening``: in a session's
        first turn."""
        return self._paces.get(client, Pace.of(client)).horizon(opening=opening)

    def recent(self, conversation: str, *, new_turn: bool) -> tuple[Need, ...]:
        """What the last turns needed, oldest first, without the one that this request belongs to."""
        talk = self._talks.get(conversation)
        if talk is None:
            return ()
        return (talk.needs if new_turn else talk.needs[:-1])[-MOST_RECENT:]

    def gone_cold(self, conversation: str, now: float) -> bool:
        """Whether the model that answered last has lost the conversation: it was idle for longer than its
        provider keeps a prompt, or the history was compacted. What nobody knows is not lost."""
        talk = self._talks.get(conversation)
        if talk is None:
            return False
        return talk.compacted or (talk.cold_at is not None and now >= talk.cold_at)

    def standing(self, conversation: str, *, enabled: bool, holdout_pct: int) -> Standing:
        """Whether the conversation may still move up."""
        talk = self._talks.get(conversation)
        if talk is not None and talk.escalated:
            return Standing.OVER
        return standing_of(conversation, enabled=enabled, holdout_pct=holdout_pct)

    def ending(self, conversation: str, features: Features, *, new_turn: bool) -> Ending | None:
        """How the turn ended in which the conversation moved up, where this request is the first to tell."""
        talk = self._talks.get(conversation)
        return talk.watch.ending(features) if new_turn and talk is not None and talk.watch else None

    def answered(
        self, conversation: str, facts: TurnFacts, *, cold_at: float, escalated_by: str | None
    ) -> None:
        """An exchange was answered, by a model that keeps its prompt until ``cold_at``. ``escalated_by`` is
        its id where it moved up, or would have."""
        talk = self._talk(conversation)
        talk.cold_at = cold_at
        talk.compacted = facts.kind is RequestKind.COMPACTION
        if facts.kind is not RequestKind.TURN:
            return
        self._turn(talk, facts.need, new_turn=facts.new_turn)
        if escalated_by is not None:
            talk.escalated, talk.watch = True, Watch.begin(escalated_by, facts.features)
        elif talk.watch is not None:
            talk.watch = None if facts.new_turn else talk.watch.seen(facts.features)
        if not facts.features.subagent:
            self.learn(facts.client, int(facts.new_turn), 1, opening=facts.opening)

    def learn(self, client: str, turns: int, exchanges: int, *, opening: bool) -> None:
        """So many more turns of a client, with so many exchanges; ``opening``: they opened sessions."""
        if client in self._paces or len(self._paces) < _MAX_CLIENTS:
            pace = self._paces.get(client, Pace.of(client))
            self._paces[client] = pace.plus(turns, exchanges, opening=opening)

    def recalled(self, conversation: str, need: Need, *, new_turn: bool, escalated: bool) -> None:
        """An exchange of a turn, as is known from elsewhere."""
        talk = self._talk(conversation)
        self._turn(talk, need, new_turn=new_turn)
        talk.escalated = talk.escalated or escalated

    def _talk(self, conversation: str) -> _Talk:
        talk = self._talks.setdefault(conversation, _Talk())
        self._talks.move_to_end(conversation)
        while len(self._talks) > _MAX_CONVERSATIONS:
            self._talks.popitem(last=False)
        return talk

    def _turn(self, talk: _Talk, need: Need, *, new_turn: bool) -> None:
        """A turn needs what its newest exchange needed."""
        before = talk.needs if new_turn else talk.needs[:-1]
        talk.needs = (*before[-MOST_RECENT:], need)
