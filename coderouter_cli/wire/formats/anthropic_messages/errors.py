"""Errors of the Messages format: providers' read, ours written.

How Claude Code reacts decides what is written (2.1.330, measured): statuses 401, 429 and 5xx are retried
for minutes unless ``x-should-retry`` says no; 402, 403 and 413 end at once; a 400 is tried again with less
as long as its words can be read as a missing capability; "prompt is too long" makes it compact.
"""

from collections.abc import Mapping

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.failures import (
    BY_CODE,
    BY_STATUS,
    kind_of_status,
    reply_headers,
    retry_after_s,
    said_nothing,
    says_no_money,
    says_too_long,
    shown_message,
    stated_error,
)
from coderouter_cli.wire.format import ErrorReply
from coderouter_cli.wire.read import as_str, parse_lenient

_K = FailureKind

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


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """A provider's HTTP error. ``headers`` have lower-case names; any body is accepted."""
    value = parse_lenient(body.decode("utf-8", "replace")) or {}
    return _failure(stated_error(value), status, retry_after_s(headers))


def stream_failure(data: JsonObject) -> Failure:
    """The failure in an ``error`` event, or in a body that came with status 200."""
    return _failure(stated_error(data), None, None)


def is_error(body: JsonObject) -> bool:
    """Whether a body is an error, in this format or in OpenAI's."""
    return body.get("type") == "error" or isinstance(body.get("error"), dict | str)


def _failure(error: JsonObject, status: int | None, wait_s: float | None) -> Failure:
    message = as_str(error.get("message")) or as_str(error.get("detail"))
    shown = shown_message(message, otherwise=said_nothing(status))
    code = as_str(error.get("type")) or as_str(error.get("code")) or None
    return Failure(_kind(error, status, message), shown, status, code, wait_s)


def _kind(error: JsonObject, status: int | None, message: str) -> FailureKind:
    """By the type, unless it says less than the status; some failures can only be told by their words."""
    code = error.get("code")
    if status is None and isinstance(code, int):
        status = code
    kind = BY_CODE.get(as_str(error.get("type"))) or BY_CODE.get(as_str(code))
    if kind in {None, _K.INVALID, _K.INTERNAL} and status is not None:
        kind = BY_STATUS.get(status) or kind or kind_of_status(status)
    if kind in {None, _K.INVALID} and says_too_long(message):
        return _K.TOO_LONG
    if kind in {None, _K.INVALID, _K.RATE_LIMITED} and says_no_money(message):
        return _K.BILLING
    return kind or _K.INTERNAL


def encode_failure(failure: Failure, *, request_id: str, retry: bool) -> ErrorReply:
    """An error for a client; the status is the kind's own, and ``x-should-retry`` has the last word."""
    headers = reply_headers(failure, ("request-id", request_id), retry=retry)
    body = {**error_body(failure), "request_id": request_id}
    return ErrorReply(_WRITTEN[failure.kind][0], body, headers)


def error_body(failure: Failure) -> JsonObject:
    """The error object, as a stream's ``error`` event has it as well."""
    return {"type": "error", "error": {"type": _WRITTEN[failure.kind][1], "message": _message(failure)}}


def _message(failure: Failure) -> str:
    """In words Claude Code understands: it knows a prompt that is too long by nothing else."""
    if failure.kind is _K.TOO_LONG and "prompt is too long" not in failure.message.lower():
        return f"prompt is too long: {failure.message}"
    return failure.message
