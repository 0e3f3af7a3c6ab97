"""Chat's error object, both ways: ``{"error": {"message", "type", "param", "code"}}``.

Compatible providers write it in many shapes: a string instead of the object, the HTTP status as
``code``, a list around it (Gemini), the real error inside ``metadata.raw`` (OpenRouter). What they
mean is read from their code first, then from the words about length and money, then from the status.
"""

from collections.abc import Mapping
from dataclasses import replace

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.wire.failures import (
    BY_CODE,
    WRITTEN,
    kind_of_status,
    reply_headers,
    retry_after_s,
    says_declined,
    says_no_money,
    says_too_long,
    shown_message,
)
from coderouter_cli.wire.format import ErrorReply
from coderouter_cli.wire.read import as_list, as_object, as_str, parse_lenient
from coderouter_cli.wire.refusals import with_refused

_K = FailureKind
_BY_CODE = {
    **BY_CODE,
    # Our own, below
    "upstream_unreachable": _K.UNREACHABLE,
    "upstream_truncated": _K.TRUNCATED,
}
_REFUSED = (None, 400, 413, 422)
_MAX_MESSAGE = 500


def decode_failure(status: int, headers: Mapping[str, str], body: bytes) -> Failure:
    """A provider's HTTP error; ``headers`` have lower-case names."""
    text = body.decode("utf-8", "replace")
    value = parse_lenient(text)
    if value is None:
        items = as_list(as_object(parse_lenient(f'{{"items":{text}}}')).get("items"))
        value = as_object(items[0]) if items else {}
    failure = replace(failure_from(value, status), status=status, retry_after_s=retry_after_s(headers))
    return with_refused(failure, as_str(as_object(value.get("error")).get("param")))


def failure_from(value: JsonObject, status: int | None = None) -> Failure:
    """The failure an error body, or an event inside a stream, tells of."""
    error = value.get("error")
    detail = as_object(error) or value
    words = as_str(error) or as_str(detail.get("message")) or as_str(detail.get("detail"))
    inner = as_str(as_object(detail.get("metadata")).get("raw"))
    message = f"{words}: {inner}" if words and inner else words or inner
    codes = [as_str(detail.get(key)) for key in ("code", "type", "status")]
    if status is None and isinstance(detail.get("code"), int):
        status = detail["code"]
    code = next((code for code in codes if code), None)
    return Failure(_kind(codes, message, status), _shown(message, status), None, code)


def error_in(value: JsonObject) -> bool:
    """Whether an answer, or a chunk of one, is an error in truth."""
    return bool(value.get("error"))


def _kind(codes: list[str], message: str, status: int | None) -> FailureKind:
    kinds = [_BY_CODE[code] for code in codes if code in _BY_CODE]
    specific = next((kind for kind in kinds if kind is not _K.INVALID), None)
    if specific is not None and specific is not _K.INTERNAL:
        return specific
    if status in _REFUSED and says_too_long(message):
        return _K.TOO_LONG
    if says_no_money(message):
        return _K.BILLING
    if status in _REFUSED and says_declined(message):
        return _K.REFUSED
    if status is None:
        return kinds[0] if kinds else _K.INTERNAL
    return kind_of_status(status)


def _shown(message: str, status: int | None) -> str:
    """The provider's words; a sentence of ours when it had none."""
    silent = "The provider reported an error." if status is None else f"The provider answered {status}."
    return shown_message(message.strip(), otherwise=silent, limit=_MAX_MESSAGE)


def error_object(failure: Failure) -> JsonObject:
    """The error as a body, or as an event inside a stream."""
    _, kind, code = WRITTEN[failure.kind].chat
    return {"error": {"message": failure.message, "type": kind, "param": None, "code": code or failure.code}}


def encode_failure(failure: Failure, *, request_id: str, retry: bool, client: str = "") -> ErrorReply:
    """The HTTP error for a client of this format; all of them go by status and ``x-should-retry``."""
    del client
    headers = reply_headers(failure, ("x-request-id", request_id), retry=retry)
    return ErrorReply(WRITTEN[failure.kind].chat.status, error_object(failure), headers)
