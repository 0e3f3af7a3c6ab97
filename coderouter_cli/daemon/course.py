"""Which way is tried next, after what happened on the others.

Three rules beside the chain of the plan. A request that its provider refused for something it can go
without is sent there once more without that, once per exchange. A refusal by the model is put to one other
model, and that one's word counts. A request that is itself wrong is tried nowhere else.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from coderouter_cli.daemon.lessons import Lessons
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.domain.failure import RETRY_ELSEWHERE, FailureKind, Refused
from coderouter_cli.providers.contract import AttemptFailedError, ClientRequest, Way
from coderouter_cli.providers.heal import healed
from coderouter_cli.providers.prepare import prepare


@dataclass(slots=True)
class Course:
    """One exchange's attempts: those that failed, and the ways that are left. ``conversation`` is its key."""

    request: ClientRequest
    conversation: str
    lessons: Lessons
    left: list[Way]
    failed: list[tuple[Way, AttemptFailedError]] = field(default_factory=list)
    escalated: bool = False
    _remedy: tuple[Way, Refused] | None = None

    @classmethod
    def over(
        cls, ways: Iterable[Way], request: ClientRequest, conversation: str, lessons: Lessons
    ) -> "Course":
        """The course of a request over these ways, in their order."""
        return cls(request, conversation, lessons, list(ways))

    def next_way(self, allows: Callable[[Way], bool]) -> Way | None:
        """The first way whose provider may be asked now; without any attempt yet, one is taken anyway."""
        way = next(filter(allows, self.left), self.left[0] if self.left and not self.failed else None)
        if way is not None:
            self.left.remove(way)
        return way

    def may_escalate(self, way: Way) -> bool:
        """Whether another model may be asked if this one declines."""
        return not self.escalated and any(other.model.id != way.model.id for other in self.left)

    def failed_on(self, way: Way, error: AttemptFailedError) -> Refused | None:
        """Note a failure, and decide what is left. What is left out of the next attempt, if it is healed."""
        may_escalate = self.may_escalate(way)
        self.failed.append((way, error))
        remedy = self._heal(way, error)
        if remedy is not None:
            self._remedy = remedy
            self.left.insert(0, remedy[0])
            return remedy[1]
        self._learn_unable(way, error)
        if error.failure.kind is FailureKind.REFUSED:
            self.escalated = True
            self.left = [other for other in self.left if may_escalate and other.model.id != way.model.id]
        elif not _worth_another(error, way):
            self.left.clear()
        return None

    def answered_by(self, way: Way) -> None:
        """An answer begins; if it took a remedy, that is remembered. Not at its end: clients leave with the
        last event, and send their next request before anybody else knows that it was the last."""
        if self._remedy is not None and self._remedy[0] is way:
            self.lessons.learn(way, self._remedy[1], self.conversation)

    def _heal(self, way: Way, error: AttemptFailedError) -> tuple[Way, Refused] | None:
        refused = error.failure.refused
        if refused is None or self._remedy is not None:
            return None
        better = healed(self.request, way, refused)
        if better is None or _same_call(self.request, way, better):
            return None
        return better, refused

    def _learn_unable(self, way: Way, error: AttemptFailedError) -> None:
        """What cannot be left out is remembered as well: the gate then knows better."""
        refused = error.failure.refused
        if refused is not None and healed(self.request, way, refused) is None:
            self.lessons.learn(way, refused, self.conversation)


def _same_call(request: ClientRequest, way: Way, better: Way) -> bool:
    """Whether the remedy would send the very same request
    (https://github.com/NousResearch/hermes-agent/issues/24401), spaces between its words aside."""
    before, after = (prepare(request, one, None).call for one in (way, better))
    if before.headers != after.headers:
        return False
    return before.body == after.body or bool(json.loads(before.body) == json.loads(after.body))


def _worth_another(error: AttemptFailedError, way: Way) -> bool:
    """Whether another model may do better.

    A request that is itself wrong is wrong everywhere; but what we wrote for another provider may
    be refused where the client's own words would not be.
    """
    kind = error.failure.kind
    return kind in RETRY_ELSEWHERE or (
        kind is FailureKind.INVALID and way.target.fidelity is not Fidelity.RAW
    )
