"""Errors of the Responses format: providers' read, ours written (`wire.failures` says why so).

Codex's own reading: openai/codex, codex-api `api_bridge.rs` and `sse/responses.rs`.
"""

import re
from collections.abc import Mapping

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.failures import (
    BY_CODE,
    BY_STATUS,
    CODEX,
    WRITTEN,
    kind_of_status,
    reply_headers,
    retry_after_s,
    said_nothing,
    says_declined,
    says_too_long,
    shown_message,
    stated_error,
    told_wait_s,
)
from coderouter_cli.wire.format import ErrorReply
from coderouter_cli.wire.read import as_object, as_str, parse_lenient
from coderouter_cli.wire.refusals import with_refused

_K = FailureKind
_BY_CODE = {
    **BY_CODE,
    "string_above_max_length": _K.TOO_LONG,
    # Types of a 429, which say what there was too much of
    "requests": _K.RATE_LIMITED,
    "tokens": _K.RATE_LIMITED,
}
_TRY_AGAIN = re.compile(
    r"try again in\s*(\d{1,9}(?:\.\d{1,9})?)\s*(ms|s|m)(?:econds?|inutes?)?(?![a-z])", re.IGNORECASE
)
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0}

_READABLE = "invalid_prompt"
"""The code with which Codex shows a message instead of the whole body."""


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """A provider's HTTP error. ``headers`` have lower-case names; any body is accepted."""
    error = stated_error(parse_lenient(body.decode("utf-8", "replace")) or {})
    return _failure(error, status, retry_after_s(headers))


def stream_failure(error: JsonObject) -> Failure:
    """An error object of a stream: of ``response.failed`` or of an ``error`` event."""
    return _failure(error, None, None)


def _failure(error: JsonObject, status: int | None, wait_s: float | None) -> Failure:
    message = as_str(error.get("message")) or as_str(error.get("detail"))
    code = as_str(error.get("code")) or as_str(error.get("type")) or None
    kind = _kind(error, status, message)
    if wait_s is None and kind is _K.RATE_LIMITED:
        wait_s = _stated_wait(message)
    failure = Failure(kind, shown_message(message, otherwise=said_nothing(status)), status, code, wait_s)
    return with_refused(failure, as_str(error.get("param")))


def _kind(error: JsonObject, status: int | None, message: str) -> FailureKind:
    """By the code, then the status, then the type: a code says most, a type is often only a family.

    DeepSeek gives the family ``invalid_request_error`` as the code of any error, an empty account's too
    (https://github.com/Aider-AI/aider/issues/4851).
    """
    code, family = error.get("code"), error.get("type")
    kind = _BY_CODE.get(as_str(code))
    if kind is None or (kind is _K.INVALID and status is not None and status >= 400):
        kind = BY_STATUS.get(_as_status(code) if status is None else status)
    if kind is None and status is None:
        kind = _BY_CODE.get(as_str(family))
    if kind is _K.RATE_LIMITED and _BY_CODE.get(as_str(family)) is _K.BILLING:
        kind = _K.BILLING
    if kind is None:
        kind = _K.INTERNAL if status is None else kind_of_status(status)
    if kind is _K.INVALID and says_too_long(message):
        return _K.TOO_LONG
    return _K.REFUSED if kind is _K.INVALID and says_declined(message) else kind


def _as_status(code: object) -> int:
    """OpenRouter and others give the HTTP status as the code; 0 when it is none."""
    if isinstance(code, str) and re.fullmatch("[0-9]{3}", code):
        return int(code)
    return code if isinstance(code, int) else 0


def _stated_wait(message: str) -> float | None:
    found = _TRY_AGAIN.search(message)
    return None if found is None else float(found[1]) * _UNIT_S[found[2].lower()]


def encode_failure(failure: Failure, *, request_id: str, retry: bool, client: str = "") -> ErrorReply:
    """An error for a client.

    With ``retry`` the status is the natural one, so that the client comes again (never 500, whose
    message Codex drops). Without it the status is always 400: Codex shows a 400's message at once, and
    would try any other for seconds or minutes although it is told not to; even a bad key is better told
    than retried. To Codex the code is one whose message it shows by itself, unless it has words of its own
    for it; to anyone else it says what happened, and the openai SDK obeys ``x-should-retry`` anyway.
    """
    row = WRITTEN[failure.kind].responses
    headers = reply_headers(failure, ("x-request-id", request_id), retry=retry)
    code = row.code
    if client == CODEX and not retry and failure.kind not in {_K.TOO_LONG, _K.REFUSED, _K.NOT_FOUND}:
        code = _READABLE
    error = {"message": failure.message, "type": row.type, "param": None, "code": code}
    return ErrorReply(row.status if retry else 400, {"error": error}, headers)


def stream_error(failure: Failure) -> JsonObject:
    """The ``error`` of a ``response.failed``: a code that makes Codex stop or come again, as it should.

    Codex reads how long to wait from the message's own words.
    """
    code, message = WRITTEN[failure.kind].responses.stream, failure.message
    wait = told_wait_s(failure)
    if failure.kind is _K.RATE_LIMITED and wait is not None and not _stated_wait(message):
        message = f"{message} Please try again in {wait}s."
    return {"code": code, "message": message}


def answer_failure(body: JsonObject) -> Failure | None:
    """Why a whole answer is none; None when it is one."""
    error = body.get("error")
    if isinstance(error, dict | str) and error:
        return stream_failure(stated_error(body))
    if body.get("status") in {"failed", "cancelled"}:
        return stream_failure(as_object(error))
    if not isinstance(body.get("output"), list):
        return Failure(_K.INTERNAL, "the provider's answer is not a response")
    return None
