"""What the error shapes of all formats have in common: codes, statuses, words, waits.

Providers borrow each other's codes whichever format they serve, so there is one table of them. How
much a code, a status and the words weigh against each other is each format's own rule.
"""

import math
import re
from collections.abc import Mapping

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.failure import Failure, FailureKind

_K = FailureKind
_MAX_RETRY_AFTER_S = 60
"""Clients sleep as long as they are told: none is told more."""

BY_CODE: Mapping[str, FailureKind] = {
    "account_deactivated": _K.AUTH,
    "authentication_error": _K.AUTH,
    "invalid_api_key": _K.AUTH,
    "billing_error": _K.BILLING,
    "billing_hard_limit_reached": _K.BILLING,
    "billing_not_active": _K.BILLING,
    "insufficient_balance": _K.BILLING,
    "insufficient_quota": _K.BILLING,
    "usage_limit_reached": _K.BILLING,
    "usage_not_included": _K.BILLING,
    "permission_denied": _K.PERMISSION,
    "permission_error": _K.PERMISSION,
    "unsupported_country_region_territory": _K.PERMISSION,
    "model_not_found": _K.NOT_FOUND,
    "not_found_error": _K.NOT_FOUND,
    "request_too_large": _K.TOO_LARGE,
    "context_length_exceeded": _K.TOO_LONG,
    "rate_limit_error": _K.RATE_LIMITED,
    "rate_limit_exceeded": _K.RATE_LIMITED,
    "too_many_requests": _K.RATE_LIMITED,
    "engine_overloaded": _K.OVERLOADED,
    "overloaded": _K.OVERLOADED,
    "overloaded_error": _K.OVERLOADED,
    "server_is_overloaded": _K.OVERLOADED,
    "service_unavailable": _K.OVERLOADED,
    "slow_down": _K.OVERLOADED,
    "timeout": _K.TIMEOUT,
    "timeout_error": _K.TIMEOUT,
    "api_error": _K.INTERNAL,
    "internal_error": _K.INTERNAL,
    "internal_server_error": _K.INTERNAL,
    "server_error": _K.INTERNAL,
    "invalid_prompt": _K.INVALID,
    "invalid_request_error": _K.INVALID,
}
"""What the ``code`` or ``type`` of a provider's error means."""

BY_STATUS: Mapping[int, FailureKind] = {
    400: _K.INVALID,
    401: _K.AUTH,
    402: _K.BILLING,
    403: _K.PERMISSION,
    404: _K.NOT_FOUND,
    408: _K.TIMEOUT,
    413: _K.TOO_LARGE,
    422: _K.INVALID,
    429: _K.RATE_LIMITED,
    503: _K.OVERLOADED,
    504: _K.TIMEOUT,
    524: _K.TIMEOUT,
    529: _K.OVERLOADED,
}
"""What an HTTP status means by itself; for the others see `kind_of_status`."""

_TOO_LONG = re.compile(
    r"(?:prompt|input) is too long|prompt exceeds|prompt_too_long|maximum context"
    r"|context[ _-]?(?:window|length|limit)|too many (?:input |prompt )?tokens",
    re.IGNORECASE,
)
_NO_MONEY = re.compile(
    r"credit balance is too low|insufficient (?:balance|credit|quota|funds)"
    r"|exceeded your current quota|spend(?:ing)? limit",
    re.IGNORECASE,
)
_KEY = re.compile(r"\b(?:sk|pk|rk|gsk|xai|key)-[\w*.…-]{4,}|\bAIza[\w-]{10,}|\bbearer\s+\S+", re.IGNORECASE)


def kind_of_status(status: int) -> FailureKind:
    """What an HTTP status that is no success means; a redirect is the provider's fault, not the request's."""
    return BY_STATUS.get(status, _K.INVALID if 400 <= status < 500 else _K.INTERNAL)


def says_too_long(message: str) -> bool:
    """Whether the words speak of a prompt that does not fit the model's context."""
    return _TOO_LONG.search(message) is not None


def says_no_money(message: str) -> bool:
    """Whether the words speak of an empty account."""
    return _NO_MONEY.search(message) is not None


def stated_error(body: JsonObject) -> JsonObject:
    """The object that tells of the error: a body's ``error``, which may be a bare string, or the body."""
    error = body.get("error")
    if isinstance(error, dict):
        return error
    return {"message": error} if isinstance(error, str) else body


def shown_message(message: str, *, otherwise: str, limit: int = 1000) -> str:
    """A provider's words as a person may see them: without keys, ``limit`` characters at most.

    ``otherwise`` is what is said for a provider that said nothing.
    """
    return _KEY.sub("[key]", message)[:limit] or otherwise


def said_nothing(status: int | None) -> str:
    """A message for an error that came without one."""
    said = "an error without a message" if status is None else f"status {status}"
    return f"the provider answered with {said}"


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The wait a provider asks for, in seconds. A date is not read: that would take a clock."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if math.isfinite(wait) and wait >= 0:
            return wait
    return None


def told_wait_s(failure: Failure) -> int | None:
    """How long a client is told to wait, in whole seconds; None when nobody knows."""
    if failure.retry_after_s is None:
        return None
    return math.ceil(min(failure.retry_after_s, _MAX_RETRY_AFTER_S))


def reply_headers(
    failure: Failure, request_id: tuple[str, str], *, retry: bool
) -> tuple[tuple[str, str], ...]:
    """The headers of an error for a client; ``request_id`` is that header's name and value."""
    headers = [request_id, ("x-should-retry", "true" if retry else "false")]
    wait = told_wait_s(failure)
    if retry and wait is not None:
        headers.append(("retry-after", str(wait)))
    return tuple(headers)
