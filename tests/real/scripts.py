"""What the scripted models do for the real clients, in words that fit every wire format."""

from collections import deque
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field, replace

from coderouter_cli.demo.script import Outcome, Reply, Say, Script, SeenRequest, Think
from coderouter_cli.demo.transcripts import Mark, marks, offered_tools, rounds_since, thinks, wants_schema


@dataclass(frozen=True, slots=True)
class Course:
    """What the model does about an ask: one step after each round of tool results, the last for ever.

    ``ask`` is a piece of the ask's text.
    """

    ask: str
    steps: tuple[Outcome, ...]


@dataclass(slots=True)
class Agent:
    """Plays the model: finds the last ask it knows in the conversation and makes its next step.

    It thinks before each step wherever a real model would, so that thinking goes through every history.
    A request for a title gets one. ``asked`` are the requests it answered, in order.
    """

    courses: tuple[Course, ...]
    asked: list[SeenRequest] = field(default_factory=list)

    def __call__(self, seen: SeenRequest) -> Outcome:
        self.asked.append(seen)
        if wants_schema(seen):
            return Reply((Say('{"title": "Two files"}'),))
        found = marks(seen)
        position, course = self._ask(found)
        step = course.steps[min(rounds_since(found, position), len(course.steps) - 1)]
        return thoughtful(step, seen)

    def _ask(self, found: list[Mark]) -> tuple[int, Course]:
        """The last known ask and where it stands; a course that only says so when there is none."""
        for position in range(len(found) - 1, -1, -1):
            for course in self.courses:
                if found[position].who == "user" and course.ask in found[position].text:
                    return position, course
        return len(found), Course("", (Reply((Say("Nothing was asked."),)),))


@dataclass(slots=True)
class Sequence:
    """Answers these first, one request each, and then whatever another script says."""

    first: Iterable[Outcome]
    then: Script
    _left: deque[Outcome] = field(init=False)

    def __post_init__(self) -> None:
        self._left = deque(self.first)

    def __call__(self, seen: SeenRequest) -> Outcome | Awaitable[Outcome]:
        return self._left.popleft() if self._left else self.then(seen)


def thoughtful(step: Outcome, seen: SeenRequest) -> Outcome:
    """The step with a thought before it, where the model of this request would have one."""
    if not isinstance(step, Reply) or not thinks(seen) or not offered_tools(seen):
        return step
    return replace(step, pieces=(Think("The next step is clear: do what was asked."), *step.pieces))
