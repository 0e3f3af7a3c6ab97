"""The canonical stream: what any provider's answer is decoded into, and any client's encoded from.

The grammar a decoder must follow and an encoder may rely on:

    answer   = Started? (part | UsageSeen | Ping | Unreadable)* (Stopped | Failed)
    part     = PartStarted Delta* PartEnded        parts may interleave; ``key`` tells them apart

Exactly one terminal event, the last. Every UsageSeen comes before it. Text of all Deltas of a part
concatenated equals the part in its PartEnded.
"""

from dataclasses import dataclass
from enum import StrEnum

from coderouter_cli.domain.conversation import JsonObject, Part
from coderouter_cli.domain.failure import Failure
from coderouter_cli.domain.usage import Usage


class StopReason(StrEnum):
    """Why the model stopped."""

    END_TURN = "end_turn"
    MAX_TOKENS = "max_tokens"
    STOP_SEQUENCE = "stop_sequence"
    TOOL_USE = "tool_use"
    PAUSE = "pause"
    REFUSAL = "refusal"
    CONTEXT_EXCEEDED = "context_exceeded"


@dataclass(frozen=True, slots=True)
class Started:
    """The provider accepted the request. ``response_id`` and ``model`` are the provider's."""

    response_id: str | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True)
class PartStarted:
    """A part begins. ``part`` is its skeleton: empty text, or a ToolCall with empty arguments."""

    key: int
    part: Part


@dataclass(frozen=True, slots=True)
class PartDelta:
    """More of a part: text of Text, Reasoning and Refusal, argument text of ToolCall."""

    key: int
    text: str


@dataclass(frozen=True, slots=True)
class PartEnded:
    """A part is complete; ``part`` is the whole of it."""

    key: int
    part: Part


@dataclass(frozen=True, slots=True)
class UsageSeen:
    """The provider's numbers so far; ``final`` when they are its last word. ``raw`` is its object."""

    usage: Usage
    raw: JsonObject
    final: bool


@dataclass(frozen=True, slots=True)
class Stopped:
    """The answer is complete. ``detail`` is the matched stop sequence or a refusal's explanation."""

    reason: StopReason
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The answer broke off: an error inside the stream, or an end without a terminal event."""

    failure: Failure


@dataclass(frozen=True, slots=True)
class Ping:
    """The provider says it is still there."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A piece of the stream that was to say something and that nobody can read: what it said is lost."""


Event = Started | PartStarted | PartDelta | PartEnded | UsageSeen | Stopped | Failed | Ping | Unreadable


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, as a non-streaming response carries it."""

    parts: tuple[Part, ...]
    stop: StopReason
    detail: str | None = None
    usage: Usage | None = None
    raw_usage: JsonObject | None = None
    response_id: str | None = None
    model: str | None = None


def is_meaningful(event: Event) -> bool:
    """Whether the client must see this event, so that no other model may answer any more.

    A started response, a ping or early usage commit us to nothing; the first piece of content does,
    and so does a completed answer.
    """
    return isinstance(event, PartDelta | PartEnded | Stopped)
