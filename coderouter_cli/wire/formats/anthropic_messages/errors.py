"""Errors of the Messages format: providers' read, ours written.

How Claude Code reacts decides what is written (2.1.330, measured): statuses 401, 429 and 5xx are retried
for minutes unless ``x-should-retry`` says no; 402, 403 and 413 end at once; a 400 is tried again with less
as long as its words can be read as a missing capability; "prompt is too long" makes it compact.
"""

import math
import re
from collections.abc import Mapping

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.format import ErrorReply
from coderouter_cli.wire.read import as_str, parse_lenient

_K = FailureKind
_MAX_MESSAGE = 1000
_MAX_RETRY_AFTER_S = 60
"""Clients sleep as long as they are told: none is told more."""

_WRITTEN: dict[FailureKind, tuple[int, str]] = {
    _K.INVALID: (400, "invalid_request_error"),
    _K.AUTH: (401, "authentication_error"),
    _K.BILLING: (402, "billing_error"),
    _K.PERMISSION: (403, "permission_error"),
    _K.NOT_FOUND: (404, "not_found_error"),
    _K.TOO_LARGE: (413, "request_too_large"),
    _K.TOO_LONG: (400, "invalid_request_error"),
    _K.RATE_LIMITED: (429, "rate_limit_error"),
    _K.INTERNAL: (500, "api_error"),
    _K.UNREACHABLE: (502, "api_error"),
    _K.TRUNCATED: (502, "api_error"),
    _K.TIMEOUT: (504, "timeout_error"),
    _K.OVERLOADED: (529, "overloaded_error"),
}
"""Status and ``error.type`` of each kind (https://platform.claude.com/docs/en/api/errors). 529 has to be
``overloaded_error``: clients take any other type for final."""

_BY_TYPE = {
    "invalid_request_error": _K.INVALID,
    "authentication_error": _K.AUTH,
    "billing_error": _K.BILLING,
    "permission_error": _K.PERMISSION,
    "not_found_error": _K.NOT_FOUND,
    "request_too_large": _K.TOO_LARGE,
    "rate_limit_error": _K.RATE_LIMITED,
    "api_error": _K.INTERNAL,
    "timeout_error": _K.TIMEOUT,
    "overloaded_error": _K.OVERLOADED,
    # Other servers of the format
    "insufficient_quota": _K.BILLING,
    "insufficient_balance": _K.BILLING,
    "rate_limit_exceeded": _K.RATE_LIMITED,
    "context_length_exceeded": _K.TOO_LONG,
    "server_error": _K.INTERNAL,
    "internal_server_error": _K.INTERNAL,
    "service_unavailable": _K.OVERLOADED,
}
_BY_STATUS = {
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
_TOO_LONG = re.compile(
    r"(?:prompt|input) is too long|prompt_too_long|context (?:window|length|limit)|maximum context",
    re.IGNORECASE,
)
_BROKE = re.compile(r"credit balance is too low|insufficient balance|spend(?:ing)? limit", re.IGNORECASE)
_KEY = re.compile(r"\b(?:sk|key|rk)-[\w*.…-]{4,}")


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """A provider's HTTP error. ``headers`` have lower-case names; any body is accepted."""
    value = parse_lenient(body.decode("utf-8", "replace")) or {}
    return _failure(_error_object(value), status, _retry_after(headers))


def stream_failure(data: JsonObject) -> Failure:
    """The failure in an ``error`` event, or in a body that came with status 200."""
    return _failure(_error_object(data), None, None)


def is_error(body: JsonObject) -> bool:
    """Whether a body is an error, in this format or in OpenAI's."""
    return body.get("type") == "error" or isinstance(body.get("error"), dict | str)


def _error_object(body: JsonObject) -> JsonObject:
    error = body.get("error")
    if isinstance(error, dict):
        return error
    return {"message": error} if isinstance(error, str) else body


def _failure(error: JsonObject, status: int | None, retry_after_s: float | None) -> Failure:
    message = as_str(error.get("message")) or as_str(error.get("detail"))
    said = "an error without a message" if status is None else f"status {status}"
    shown = _KEY.sub("[key]", message)[:_MAX_MESSAGE] or f"the provider answered with {said}"
    code = as_str(error.get("type")) or as_str(error.get("code")) or None
    return Failure(_kind(error, status, message), shown, status, code, retry_after_s)


def _kind(error: JsonObject, status: int | None, message: str) -> FailureKind:
    """By the type, unless it says less than the status; some failures can only be told by their words."""
    code = error.get("code")
    if status is None and isinstance(code, int):
        status = code
    kind = _BY_TYPE.get(as_str(error.get("type"))) or _BY_TYPE.get(as_str(code))
    if kind in {None, _K.INVALID, _K.INTERNAL} and status is not None:
        kind = _BY_STATUS.get(status) or kind or (_K.INVALID if 400 <= status < 500 else _K.INTERNAL)
    if kind in {None, _K.INVALID} and _TOO_LONG.search(message):
        return _K.TOO_LONG
    if kind in {None, _K.INVALID, _K.RATE_LIMITED} and _BROKE.search(message):
        return _K.BILLING
    return kind or _K.INTERNAL


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """The wait in seconds. A date is not read: that would take a clock."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            wait = float(headers.get(name, "")) * unit
        except ValueError:
            continue
        if math.isfinite(wait) and wait >= 0:
            return wait
    return None


def encode_failure(failure: Failure, *, request_id: str, retry: bool) -> ErrorReply:
    """An error for a client; the status is the kind's own, and ``x-should-retry`` has the last word."""
    headers = [("request-id", request_id), ("x-should-retry", "true" if retry else "false")]
    if retry and failure.retry_after_s is not None:
        headers.append(("retry-after", str(math.ceil(min(failure.retry_after_s, _MAX_RETRY_AFTER_S)))))
    body = {**error_body(failure), "request_id": request_id}
    return ErrorReply(_WRITTEN[failure.kind][0], body, tuple(headers))


def error_body(failure: Failure) -> JsonObject:
    """The error object, as a stream's ``error`` event has it as well."""
    return {"type": "error", "error": {"type": _WRITTEN[failure.kind][1], "message": _message(failure)}}


def _message(failure: Failure) -> str:
    """In words Claude Code understands: it knows a prompt that is too long by nothing else."""
    if failure.kind is _K.TOO_LONG and "prompt is too long" not in failure.message.lower():
        return f"prompt is too long: {failure.message}"
    return failure.message
