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
"""Failures that another model may well not have; a request that is itself wrong fails everywhere."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure.

    ``message`` is fit to show a person and holds no prompt and no key. ``status`` is the
    provider's HTTP status, None when there was none (no connection, an error inside a stream).
    ``code`` is the provider's own error code or type. ``retry_after_s`` is in seconds.
    """

    kind: FailureKind
    message: str
    status: int | None = None
    code: str | None = None
    retry_after_s: float | None = None
