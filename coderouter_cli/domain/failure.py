"""Why an attempt at a provider failed, in one vocabulary for every provider and format."""

from dataclasses import dataclass
from enum import StrEnum


class FailureKind(StrEnum):
    """The class of a failure; each wire format has one status and type for each."""

    INVALID = "invalid"
    AUTH = "auth"
    PERMISSION = "permission"
    BILLING = "billing"
    NOT_FOUND = "not_found"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    RATE_LIMITED = "rate_limited"
    OVERLOADED = "overloaded"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    TRUNCATED = "truncated"
    INTERNAL = "internal"
    REFUSED = "refused"
    """The model, or its provider's filter, declines: the same words will not be answered by it."""


RETRY_ELSEWHERE = frozenset(
    {
        FailureKind.AUTH,
        FailureKind.PERMISSION,
        FailureKind.BILLING,
        FailureKind.NOT_FOUND,
        FailureKind.TOO_LONG,
        FailureKind.RATE_LIMITED,
        FailureKind.OVERLOADED,
        FailureKind.TIMEOUT,
        FailureKind.UNREACHABLE,
        FailureKind.TRUNCATED,
        FailureKind.INTERNAL,
    }
)
"""Failures that another model may well not have; a request that is itself wrong fails everywhere. A
refusal is put to one other model at most (`daemon.pipeline`)."""


class Capability(StrEnum):
    """What a provider could not do. The first twelve values are the classes of Claude Code's
    ``capability_rejected`` tokens (2.1.330, Claude Code gateway protocol)."""

    SYSTEM_TURNS = "mid_conv_system"
    CACHE_MARKS = "cache_control_field"
    THINKING_SIGNATURE = "thinking_signature"
    THINKING_TYPE = "thinking_type"
    """Value: the ``thinking.type`` that was refused."""
    STRUCTURED_OUTPUT = "structured_outputs_unsupported"
    EFFORT = "effort_unsupported"
    """Value: the effort words that are accepted, space between them; None when it does not say."""
    MEDIA_BUDGET = "media_budget"
    IMAGES = "image_block"
    DOCUMENTS = "document_block"
    PROMPT_LENGTH = "prompt_too_long"
    OUTPUT_ROOM = "max_tokens_context_overflow"
    """Prompt and answer together do not fit. Value: the tokens that are left for the answer."""
    BETA = "beta_header"
    """Value: the ``anthropic-beta`` value that was refused."""
    OUTPUT_LIMIT = "output_limit"
    """Value: the most output tokens that are accepted."""
    REASONING_BACK = "reasoning_back"
    """The thinking of earlier turns must be sent back."""
    TOOL_SCHEMA = "tool_schema"
    """A keyword of a tool's schema."""
    FIELD = "field"
    """Value: the name of a top-level field."""
    TOOL_FIELD = "tool_field"
    """Value: the name of a field of a tool's definition."""
    DEVELOPER_ROLE = "developer_role"
    SAMPLING = "sampling"
    THINKING_OFF = "thinking_off"
    FORCED_TOOL = "forced_tool_choice"


@dataclass(frozen=True, slots=True)
class Refused:
    """What a provider's error says it could not do; ``value`` as `Capability` tells.

    ``of_request``: this request is why (an image that is too large), and the next one may well be taken.
    """

    capability: Capability
    value: str | None = None
    of_request: bool = False

    def __str__(self) -> str:
        return self.capability.value if self.value is None else f"{self.capability.value}:{self.value}"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure.

    ``message`` is fit to show a person and holds no prompt and no key. ``status`` is the
    provider's HTTP status, None when there was none (no connection, an error inside a stream).
    ``code`` is the provider's own error code or type. ``retry_after_s`` is in seconds. ``refused`` is
    what the provider could not do, where its words say so.
    """

    kind: FailureKind
    message: str
    status: int | None = None
    code: str | None = None
    retry_after_s: float | None = None
    refused: Refused | None = None
