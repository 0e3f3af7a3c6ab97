"""What the classifier sees of a request. Counts and flags only: no text leaves the classifier."""

from dataclasses import dataclass

from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind

STUCK_AFTER = 3
"""Failed tool results in a row that mean the agent is stuck."""


@dataclass(frozen=True, slots=True)
class Features:
    """The agent's state, as numbers.

    Counts cover the current turn: everything since the last human text. ``words`` are the points of
    each phase's vocabulary in that text; ``earlier`` those of the last ask before it that said more
    than "go on", empty unless the text is a ``continuation``. ``error_streak`` is the number of failed
    tool results in a row, up to now. ``text_chars`` is the length of the human text, where a Chinese,
    Japanese or Korean character counts twice; ``prompt_tokens`` is an estimate of the whole prompt.
    ``items`` are list entries of the text, ``hard_words`` and ``easy_words`` hits of those
    vocabularies. ``same_file_edits`` is how often the most edited file was edited.
    """

    kind: RequestKind
    plan_mode: bool
    subagent: bool
    effort: str | None
    words: tuple[tuple[Phase, int], ...]
    text_chars: int
    question: bool
    stack_trace: bool
    continuation: bool
    turns: int
    tool_calls: int
    edits: int
    test_edits: int
    doc_edits: int
    reads: int
    commands: int
    test_runs: int
    tool_errors: int
    error_streak: int
    repeated_calls: int
    complaint: bool
    prompt_tokens: int
    earlier: tuple[tuple[Phase, int], ...] = ()
    items: int = 0
    hard_words: int = 0
    easy_words: int = 0
    same_file_edits: int = 0


@dataclass(frozen=True, slots=True)
class Classification:
    """Phase and difficulty, how sure (0 to 1), and the short words that say why."""

    phase: Phase
    difficulty: Difficulty
    confidence: float
    evidence: tuple[str, ...]
