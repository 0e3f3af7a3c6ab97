"""Where a request goes, and why."""

from dataclasses import dataclass
from enum import StrEnum

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Difficulty, Phase


class Lane(StrEnum):
    """Who picks the model: the router (`SMART`) or the client (`DIRECT`)."""

    SMART = "smart"
    DIRECT = "direct"


class Fidelity(StrEnum):
    """How an exchange travels."""

    RAW = "raw"
    """Same format, same provider family: the client's bytes, but for the model's name."""
    SANITISED = "sanitised"
    """Same format, another provider's dialect of it."""
    TRANSLATED = "translated"
    """Another format."""


@dataclass(frozen=True, slots=True)
class Target:
    """One model at one provider through one of its endpoints."""

    provider: str
    model: str
    wire_name: str
    format: FormatName
    fidelity: Fidelity


@dataclass(frozen=True, slots=True)
class Reason:
    """One step of a decision: a stable ``code``, and what it says in words without any prompt text."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class CandidateView:
    """How one candidate fared.

    ``expected_cost`` is over ``Decision.horizon`` exchanges and the likely turn after them, in picodollars
    (None: no price known); ``next_cost`` is that turn's part of it, ``early_cost`` what half of the
    exchanges cost, without it.
    ``losses`` say what the request needs that this route would lose: any loss makes it ineligible.
    ``quality`` is 0 where no score is known; ``losses`` then says so. ``dominated_by`` names another
    candidate that is no dearer at anything, no worse and no less warm.
    """

    target: Target
    quality: int
    warm_tokens: int
    expected_cost: Picodollars | None
    losses: tuple[str, ...] = ()
    below_bar: bool = False
    early_cost: Picodollars | None = None
    next_cost: Picodollars | None = None
    dominated_by: str | None = None


@dataclass(frozen=True, slots=True)
class Escalation:
    """The receipt of a move to a better model, because the one at work flailed.

    ``sign`` is what showed it (`routing.escalation.Sign`). ``held_out``: it would have moved to
    ``to_model``, and stayed for comparison.
    """

    from_model: str
    to_model: str
    sign: str
    held_out: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The chosen target, then the failover chain in order, and why.

    ``bypass`` is None when the router chose; otherwise it says why it did not (``direct_lane``,
    ``safety_check``, ``unread``, ``fallback``).
    """

    lane: Lane
    phase: Phase
    difficulty: Difficulty
    confidence: float
    chain: tuple[Target, ...]
    reasons: tuple[Reason, ...]
    candidates: tuple[CandidateView, ...] = ()
    strategy: str = "balanced"
    horizon: int = 1
    bypass: str | None = None
    escalation: Escalation | None = None

    @property
    def chosen(self) -> Target:
        """The first choice."""
        return self.chain[0]
