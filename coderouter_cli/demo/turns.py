"""What an agent does in each turn of the workload: the steps both sides of the demo know by heart.

The scripted agent makes the calls of a step, and the scripted client gives their results, so that a turn
takes exactly the exchanges its ask says, over whichever model and wire format it travels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, cycle, islice

from coderouter_cli.demo.asks import Ask, Language
from coderouter_cli.demo.chance import choose
from coderouter_cli.domain.phase import Phase


class Kind(StrEnum):
    """What a tool call is for."""

    READ = "read"
    SEARCH = "search"
    EDIT = "edit"
    WRITE = "write"
    TEST = "test"
    RUN = "run"
    DELEGATE = "delegate"


@dataclass(frozen=True, slots=True)
class Action:
    """One tool call: what for, on which file, and whether it goes well."""

    kind: Kind
    path: str
    ok: bool = True


@dataclass(frozen=True, slots=True)
class Turn:
    """One ask with the steps of the agent; each step is one exchange, the report after them the last."""

    ask: Ask
    language: Language
    steps: tuple[tuple[Action, ...], ...]

    @property
    def subject(self) -> str:
        """The file the turn is about: the last one written, or else the first one looked at."""
        actions = [action for step in self.steps for action in step]
        written = [action.path for action in actions if action.kind in {Kind.EDIT, Kind.WRITE}]
        return [*(action.path for action in actions[:1]), *written][-1] if actions else "the selection"


@dataclass(frozen=True, slots=True)
class _Course:
    """How work of a phase goes: it opens, goes round for as long as it takes, and closes."""

    opening: str
    cycle: str
    closing: str


_LETTERS = {
    "s": (Kind.SEARCH, True),
    "r": (Kind.READ, True),
    "e": (Kind.EDIT, True),
    "w": (Kind.WRITE, True),
    "t": (Kind.TEST, True),
    "f": (Kind.TEST, False),
    "x": (Kind.RUN, True),
}
_COURSES = {
    Phase.DEBUG: _Course("sfr", "efr", "et"),
    Phase.IMPLEMENT: _Course("srr", "wex", "et"),
    Phase.TEST: _Course("sr", "wfe", "wt"),
    Phase.PLAN: _Course("sr", "r", ""),
    Phase.DOCUMENT: _Course("r", "r", "w"),
    Phase.SMALL_EDIT: _Course("", "e", "e"),
}
NOUNS = (
    "account",
    "billing",
    "cache",
    "cart",
    "catalog",
    "consumer",
    "export",
    "gateway",
    "index",
    "invoice",
    "ledger",
    "lexer",
    "limiter",
    "order",
    "outbox",
    "parser",
    "pricing",
    "profile",
    "queue",
    "relay",
    "report",
    "retry",
    "scheduler",
    "session",
    "settlement",
    "stock",
    "storage",
    "tenant",
    "upload",
    "webhook",
    "wishlist",
)
_SOURCE = {
    "python": "src/app/{noun}.py",
    "typescript": "src/{noun}/{noun}.ts",
    "go": "internal/{noun}/{noun}.go",
    "rust": "src/{noun}.rs",
    "java": "src/main/java/app/{noun}/Service.java",
}
_TEST = {
    "python": "tests/test_{noun}.py",
    "typescript": "src/{noun}/{noun}.test.ts",
    "go": "internal/{noun}/{noun}_test.go",
    "rust": "tests/{noun}.rs",
    "java": "src/test/java/app/{noun}/ServiceTest.java",
}


def plan(ask: Ask, language: Language, seed: int, *, delegates: bool = False) -> Turn:
    """The turn for an ask. ``delegates``: its first step hands a task to a subagent."""
    letters = _letters(_COURSES[ask.phase], ask.exchanges - 1)
    steps = [_step(letter, number, ask, language, seed) for number, letter in enumerate(letters)]
    if delegates and steps:
        steps[0] = (Action(Kind.DELEGATE, steps[0][0].path),)
    return Turn(ask, language, tuple(steps))


def _letters(course: _Course, length: int) -> str:
    closing = course.closing[-length:] if length else ""
    rest = length - len(closing)
    if rest <= len(course.opening):
        return course.opening[len(course.opening) - rest :] + closing
    return "".join(islice(chain(course.opening, cycle(course.cycle)), rest)) + closing


def _step(letter: str, number: int, ask: Ask, language: Language, seed: int) -> tuple[Action, ...]:
    """One action; reading sometimes takes two files at once."""
    kind, ok = _LETTERS[letter]
    paths = _paths(kind, number, ask, language, seed)
    first = next(paths)
    if kind is Kind.READ and choose((True, False, False), seed, ask.text, number):
        return (Action(kind, first), Action(kind, next(paths)))
    return (Action(kind, first, ok),)


def _paths(kind: Kind, number: int, ask: Ask, language: Language, seed: int) -> Iterator[str]:
    """The file of an action, then others: work stays around one noun per turn."""
    home = choose(NOUNS, seed, ask.text)
    if ask.phase is Phase.DOCUMENT and kind is Kind.WRITE:
        yield f"docs/{home}.md"
    tests = kind is Kind.TEST or (ask.phase is Phase.TEST and kind in {Kind.EDIT, Kind.WRITE})
    shape = (_TEST if tests else _SOURCE)[language]
    yield shape.format(
        noun=home if kind is not Kind.READ or number < 2 else choose(NOUNS, seed, ask.text, number)
    )
    while True:
        number += 1
        yield shape.format(noun=choose(NOUNS, seed, ask.text, number))
