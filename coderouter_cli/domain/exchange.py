"""One exchange as the ledger keeps it. No prompt, no path, no header."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.decision import Fidelity, Lane
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.domain.usage import Usage, UsageSource


class Status(StrEnum):
    """How an exchange stands. A row is opened before the request leaves and closed exactly once."""

    OPEN = "open"
    DONE = "done"
    CUT = "cut"
    """The client or the provider broke off after content had flowed; usage is a lower bound."""
    FAILED = "failed"
    ORPHANED = "orphaned"
    """The daemon died with the row open; found at the next start."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known before the request leaves. ``id`` is sortable and unique; times are UTC.

    ``session`` and ``conversation`` are hashes. ``decision`` is the decision as JSON, enough to
    explain it and to replay it; ``estimate`` is the prompt's estimated size in tokens.
    """

    id: str
    started_at: datetime
    client: str
    format: FormatName
    lane: Lane
    bypass: str | None
    kind: RequestKind
    phase: Phase
    difficulty: Difficulty
    confidence: float
    requested_model: str
    model: str
    provider: str
    fidelity: Fidelity
    session: str | None
    conversation: str | None
    stream: bool
    estimate: int
    decision: JsonObject


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try at one target. ``failure`` is None when it answered; ``cost`` None when unknown."""

    number: int
    provider: str
    model: str
    fidelity: Fidelity
    started_at: datetime
    duration_ms: int
    http_status: int | None
    failure: str | None
    usage: Usage | None
    usage_source: UsageSource | None
    raw_usage: JsonObject | None
    cost: Picodollars | None


@dataclass(frozen=True, slots=True)
class Baselines:
    """What the exchange would have cost otherwise; None where a price is unknown.

    ``requested``: on the model the client asked for, ``all_opus``: on Opus, both with the prompt
    cache a session on that one model would have had. ``list_price``: on Opus with no cache at all,
    the marketing number.
    """

    requested: Picodollars | None
    all_opus: Picodollars | None
    list_price: Picodollars | None


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known when the first content flows to the client.

    A daemon that is killed from here on leaves a row with this, to be marked cut at the next start.
    """

    id: str
    provider: str
    model: str
    fidelity: Fidelity
    first_byte_ms: int
    usage: Usage | None
    usage_source: UsageSource | None
    cost: Picodollars | None
    baselines: Baselines


@dataclass(frozen=True, slots=True)
class Closing:
    """What is known when the exchange is over. ``cost`` sums the attempts, None when one is unknown.

    ``provider``, ``model`` and ``fidelity`` are those that answered (the last tried when none did).
    ``first_byte_ms`` is the time to the first byte toward the client, None when there was none.
    ``usage`` and ``usage_source`` are None when no provider began to answer.
    """

    id: str
    status: Status
    http_status: int
    provider: str
    model: str
    fidelity: Fidelity
    duration_ms: int
    first_byte_ms: int | None
    usage: Usage | None
    usage_source: UsageSource | None
    cost: Picodollars | None
    baselines: Baselines
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One exchange as reports read it: what the opening and the closing hold, without the decision.

    ``model`` and ``provider`` are those that answered. An exchange that is still open, or whose
    daemon died, has no usage, no cost and no baselines.
    """

    id: str
    started_at: datetime
    client: str
    format: FormatName
    lane: Lane
    bypass: str | None
    kind: RequestKind
    phase: Phase
    difficulty: Difficulty
    requested_model: str
    model: str
    provider: str
    fidelity: Fidelity
    session: str | None
    status: Status
    http_status: int | None
    usage: Usage | None
    usage_source: UsageSource | None
    cost: Picodollars | None
    baselines: Baselines
    attempts: int
