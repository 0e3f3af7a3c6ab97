"""The error table, both ways: what providers' errors mean, and how each client is told.

Read: (code, status, words) to a kind. Providers borrow each other's codes whichever format they serve, so
there is one table of them. How much a code, a status and the words weigh against each other is each
format's own rule.

Written: a kind to status, type and code, per format of the client. `WRITTEN` is what it is because of how
the clients react (measured with Claude Code 2.1.330, Codex 0.169.0, anthropic 2.12, openai 3.54):

* Claude Code sends a 400 or 422 up to six times over, each time with less, whatever ``x-should-retry``
  says, unless the words tell it what was refused or the type is ``policy_blocked``. Then it asks once and
  shows the message, as it does for 402, 403, 413 and, where ``x-should-retry`` is false, for any 5xx.
* Claude Code compacts at "prompt is too long", and recovers at once by a ``capability_rejected`` token,
  which is then the whole message.
* Codex asks once at a 400, and six times or more at anything else but a 429 with ``insufficient_quota``.
  It shows the message of a 400 by itself if the code is ``invalid_prompt``, ``model_not_found`` or
  ``content_policy_violation``, and the raw JSON with any other. It sleeps all of ``retry-after``.
* In a stream, Codex ends the turn with our words at ``invalid_prompt`` and ``content_policy_violation``, with
  its own at ``context_length_exceeded``, ``insufficient_quota`` and ``server_is_overloaded``, and asks
  six times over at any other code, and at ``response.incomplete`` because of a content filter.
* The SDKs go by status and ``x-should-retry``.
"""

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

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
    "bio_policy": _K.REFUSED,
    "content_filter": _K.REFUSED,
    "content_policy_violation": _K.REFUSED,
    "cyber_policy": _K.REFUSED,
    "data_inspection_failed": _K.REFUSED,
    "misalignment_policy_violation": _K.REFUSED,
    "policy_blocked": _K.REFUSED,
    "responsible_ai_policy_violation": _K.REFUSED,
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
_DECLINED = re.compile(
    r"blocked by content filter|content (?:management )?policy|content exists risk|content_policy_violation"
    r"|safety (?:system|filter)|flagged (?:as|for|by)|inappropriate content",
    re.IGNORECASE,
)
_TOO_MANY_TOKENS = re.compile(
    r"(?P<sent>\d[\d,]*) tokens? > (?P<most>\d[\d,]*)"
    r"|(?:maximum context length|context (?:window|length|limit))\D{1,20}(?P<most2>\d[\d,]*)"
    r".{0,80}?(?:requested|resulted in|contains?|has|got)\D{0,20}(?P<sent2>\d[\d,]*)",
    re.IGNORECASE | re.DOTALL,
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


def says_declined(message: str) -> bool:
    """Whether the words speak of a filter that the request, or its answer, did not pass."""
    return _DECLINED.search(message) is not None


def too_long_words(message: str) -> str:
    """A prompt that does not fit, in the words by which Claude Code knows it.

    With the numbers, where the provider names both, in Anthropic's order.
    """
    if "prompt is too long" in message.lower():
        return message
    found = _TOO_MANY_TOKENS.search(message)
    if found is None:
        return f"prompt is too long: {message}"
    sent, most = (found[name] or found[f"{name}2"] for name in ("sent", "most"))
    counts = (int(number.replace(",", "")) for number in (sent, most))
    return "prompt is too long: {} tokens > {} maximum".format(*counts)


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


CLAUDE_CODE, CODEX = "claude-code", "codex"
"""The clients whose reactions are measured, as `Signals.client` names them."""


class MessagesError(NamedTuple):
    """Status and ``error.type`` (https://platform.claude.com/docs/en/api/errors). 529 has to be
    ``overloaded_error``: clients take any other type for final."""

    status: int
    type: str


class ResponsesError(NamedTuple):
    """Status, ``type`` and ``code``; ``stream`` is the code inside a stream."""

    status: int
    type: str
    code: str
    stream: str


class ChatError(NamedTuple):
    """Status, ``type`` and ``code``; OpenAI leaves the code of a bad request empty."""

    status: int
    type: str
    code: str | None


class Written(NamedTuple):
    """One kind of failure, as each format's clients are told."""

    messages: MessagesError
    responses: ResponsesError
    chat: ChatError


_BAD, _DOWN = "invalid_request_error", "server_error"
WRITTEN: Mapping[FailureKind, Written] = {
    _K.INVALID: Written(
        MessagesError(400, _BAD),
        ResponsesError(400, _BAD, "invalid_request", "invalid_prompt"),
        ChatError(400, _BAD, None),
    ),
    _K.AUTH: Written(
        MessagesError(401, "authentication_error"),
        ResponsesError(401, _BAD, "invalid_api_key", "invalid_prompt"),
        ChatError(401, "authentication_error", "invalid_api_key"),
    ),
    _K.PERMISSION: Written(
        MessagesError(403, "permission_error"),
        ResponsesError(403, _BAD, "permission_denied", "invalid_prompt"),
        ChatError(403, "permission_error", "permission_denied"),
    ),
    # OpenAI answers 429 with this code when the money is spent; SDKs and clients know it as final.
    _K.BILLING: Written(
        MessagesError(402, "billing_error"),
        ResponsesError(429, "insufficient_quota", "insufficient_quota", "insufficient_quota"),
        ChatError(429, "insufficient_quota", "insufficient_quota"),
    ),
    _K.NOT_FOUND: Written(
        MessagesError(404, "not_found_error"),
        ResponsesError(404, _BAD, "model_not_found", "invalid_prompt"),
        ChatError(404, _BAD, "model_not_found"),
    ),
    _K.TOO_LARGE: Written(
        MessagesError(413, "request_too_large"),
        ResponsesError(413, _BAD, "request_too_large", "invalid_prompt"),
        ChatError(413, _BAD, "request_too_large"),
    ),
    _K.TOO_LONG: Written(
        MessagesError(400, _BAD),
        ResponsesError(400, _BAD, "context_length_exceeded", "context_length_exceeded"),
        ChatError(400, _BAD, "context_length_exceeded"),
    ),
    _K.RATE_LIMITED: Written(
        MessagesError(429, "rate_limit_error"),
        ResponsesError(429, "rate_limit_error", "rate_limit_exceeded", "rate_limit_exceeded"),
        ChatError(429, "rate_limit_error", "rate_limit_exceeded"),
    ),
    _K.OVERLOADED: Written(
        MessagesError(529, "overloaded_error"),
        ResponsesError(503, _DOWN, _DOWN, _DOWN),
        ChatError(503, _DOWN, "overloaded"),
    ),
    _K.TIMEOUT: Written(
        MessagesError(504, "timeout_error"),
        ResponsesError(504, _DOWN, "timeout", _DOWN),
        ChatError(504, _DOWN, "timeout"),
    ),
    _K.UNREACHABLE: Written(
        MessagesError(502, "api_error"),
        ResponsesError(502, _DOWN, _DOWN, _DOWN),
        ChatError(502, _DOWN, "upstream_unreachable"),
    ),
    _K.TRUNCATED: Written(
        MessagesError(502, "api_error"),
        ResponsesError(502, _DOWN, _DOWN, _DOWN),
        ChatError(502, _DOWN, "upstream_truncated"),
    ),
    # Never 500 to Codex: it drops the message.
    _K.INTERNAL: Written(
        MessagesError(500, "api_error"),
        ResponsesError(502, _DOWN, _DOWN, _DOWN),
        ChatError(500, _DOWN, "upstream_error"),
    ),
    _K.REFUSED: Written(
        MessagesError(400, "policy_blocked"),
        ResponsesError(400, _BAD, "content_policy_violation", "content_policy_violation"),
        ChatError(400, _BAD, "content_policy_violation"),
    ),
}
"""How every kind of failure is written, in every format."""
