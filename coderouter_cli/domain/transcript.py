"""A recorded session: what a coding client's own files, or our ledger, say of work that is done.

A session has threads (the main conversation, and one for each subagent), a thread has turns (a human ask
and all that follows), a turn has steps (one answer of a model each). Numbers and names; the one text kept
is the human's, for the classifier, and no representation shows it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from coderouter_cli.domain.phase import Difficulty, Phase
from coderouter_cli.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Step:
    """One answer: when (aware), by which model as recorded, and its usage in that model's tokens.

    ``fresh``: the request brought no tool results but began its history anew: a human ask, or the
    first after a compaction.
    """

    at: datetime
    model: str
    usage: Usage
    fresh: bool = False


class Need(NamedTuple):
    """What kind of work a turn was, and how hard."""

    phase: Phase
    difficulty: Difficulty


@dataclass(frozen=True, slots=True)
class Turn:
    """A human ask and its steps, at least one. ``text`` is "" where nobody recorded it, ``need`` is what
    somebody took it for (None: nobody has)."""

    steps: tuple[Step, ...]
    text: str = field(default="", repr=False)
    need: Need | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """One message history. ``agent`` is None for the main conversation of a client's own files."""

    turns: tuple[Turn, ...]
    agent: str | None = None

    @property
    def steps(self) -> Iterator[Step]:
        """All steps in their order."""
        return (step for turn in self.turns for step in turn.steps)


@dataclass(frozen=True, slots=True)
class Transcript:
    """One recorded session. ``client`` is ``claude-code``, ``codex`` or another name of `Signals`."""

    client: str
    session: str
    threads: tuple[Thread, ...]

    @property
    def steps(self) -> Iterator[Step]:
        """All steps, thread by thread."""
        return (step for thread in self.threads for step in thread.steps)


@dataclass(frozen=True, slots=True)
class Archive:
    """What was read from a client's files: ``broken`` lines were skipped."""

    transcripts: tuple[Transcript, ...] = ()
    files: int = 0
    broken: int = 0

    def __add__(self, other: "Archive") -> "Archive":
        return Archive(
            self.transcripts + other.transcripts, self.files + other.files, self.broken + other.broken
        )
