"""Errors of the Messages format: providers' read, ours written (`wire.failures` says why so)."""

from collections.abc import Mapping

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.failure import Capability, Failure, FailureKind
from coderouter_cli.wire.failures import (
    BY_CODE,
    BY_STATUS,
    CLAUDE_CODE,
    WRITTEN,
    kind_of_status,
    reply_headers,
    retry_after_s,
    said_nothing,
    says_declined,
    says_no_money,
    says_too_long,
    shown_message,
    stated_error,
    too_long_words,
)
from coderouter_cli.wire.format import ErrorReply
from coderouter_cli.wire.read import as_str, parse_lenient
from coderouter_cli.wire.refusals import REJECTED, with_refused

_K = FailureKind
_C = Capability
_TOKENS = frozenset(
    {
        _C.SYSTEM_TURNS,
        _C.CACHE_MARKS,
        _C.THINKING_SIGNATURE,
        _C.THINKING_TYPE,
        _C.STRUCTURED_OUTPUT,
        _C.EFFORT,
        _C.MEDIA_BUDGET,
        _C.IMAGES,
        _C.DOCUMENTS,
        _C.OUTPUT_ROOM,
        _C.BETA,
    }
)
"""What Claude Code can do without. A prompt that is too long is better told with its numbers."""
_WITH_VALUE = frozenset({_C.THINKING_TYPE, _C.BETA})


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
    return with_refused(Failure(_kind(error, status, message), shown, status, code, wait_s))


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
    if kind in {None, _K.INVALID} and says_declined(message):
        return _K.REFUSED
    return kind or _K.INTERNAL


def encode_failure(failure: Failure, *, request_id: str, retry: bool, client: str = "") -> ErrorReply:
    """An error for a client; the status is the kind's own, and ``x-should-retry`` has the last word.

    Claude Code is told what it can do without. Where there is nothing, a 400 is written as blocked: of
    all 400s only that one makes it show the message instead of trying everything it knows.
    """
    headers = reply_headers(failure, ("request-id", request_id), retry=retry)
    body = error_body(failure)
    if client == CLAUDE_CODE and failure.kind is _K.INVALID:
        token = rejected_token(failure)
        kind = WRITTEN[_K.REFUSED if token is None else _K.INVALID].messages.type
        body["error"] = {"type": kind, "message": token or failure.message}
    return ErrorReply(WRITTEN[failure.kind].messages.status, {**body, "request_id": request_id}, headers)


def rejected_token(failure: Failure) -> str | None:
    """Claude Code's token for what was refused; None when it could not go without that."""
    refused = failure.refused
    if refused is None or refused.capability not in _TOKENS:
        return None
    if refused.capability not in _WITH_VALUE:
        return f"{REJECTED}{refused.capability.value}"
    return None if refused.value is None else f"{REJECTED}{refused}"


def error_body(failure: Failure) -> JsonObject:
    """The error object, as a stream's ``error`` event has it as well."""
    return {
        "type": "error",
        "error": {"type": WRITTEN[failure.kind].messages.type, "message": _message(failure)},
    }


def _message(failure: Failure) -> str:
    return too_long_words(failure.message) if failure.kind is _K.TOO_LONG else failure.message
