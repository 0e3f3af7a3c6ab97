"""What a client is told when an exchange ends without an answer."""

from dataclasses import dataclass, replace

from coderouter_cli.daemon.plan import Plan
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.events import Failed
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.errors import CodeRouterError
from coderouter_cli.providers.contract import AttemptFailedError, RawReply, Way
from coderouter_cli.providers.headers import Headers, reply_headers
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.registry import format_of
from coderouter_cli.wire.sse import compact_json

_JSON = ("content-type", "application/json")
_TERMINAL = frozenset({FailureKind.AUTH, FailureKind.PERMISSION, FailureKind.BILLING})
_KINDS = {
    400: FailureKind.INVALID,
    401: FailureKind.AUTH,
    403: FailureKind.PERMISSION,
    404: FailureKind.NOT_FOUND,
    413: FailureKind.TOO_LARGE,
    503: FailureKind.OVERLOADED,
}
_BUSY_STATUSES = frozenset({429, 529})
"""Rate limits and overload: the provider is there, and asks for a pause."""
_BUSY_S = 1.0
"""When a client that found no room should come again."""


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """A complete HTTP error, ready to send."""

    status: int
    headers: Headers
    body: bytes


def final_error(plan: Plan, failed: list[tuple[Way, AttemptFailedError]]) -> ErrorResponse:
    """The answer after the last attempt.

    One attempt in the client's own format: the provider's own error, byte for byte, because clients
    recover by its wording. Otherwise one error of ours that names everything that failed, which the
    client must not retry: every provider has been asked already. But where all of them only asked for
    patience, the client may have it, as it would without us.
    """
    way, error = failed[-1]
    if len(failed) == 1 and error.reply is not None and way.endpoint.format is plan.request.format:
        return _passed_on(error.reply, error.failure)
    told = "; ".join(f"{w.target.model} at {w.provider.name}: {_say(w, e)}" for w, e in failed)
    failure = (
        replace(error.failure, message=f"No model could answer. {told}")
        if len(failed) > 1
        else replace(error.failure, message=_say(way, error))
    )
    return encoded(plan.request.format, _patient(failure, failed), plan.moment.id, retry=_all_busy(failed))


def _all_busy(failed: list[tuple[Way, AttemptFailedError]]) -> bool:
    return all(error.failure.status in _BUSY_STATUSES for _, error in failed)


def _patient(failure: Failure, failed: list[tuple[Way, AttemptFailedError]]) -> Failure:
    """The failure with the shortest wait any provider asked for."""
    waits = [e.failure.retry_after_s for _, e in failed if e.failure.retry_after_s is not None]
    return replace(failure, retry_after_s=min(waits, default=None))


def refusal(format_name: FormatName, error: CodeRouterError, request_id: str) -> ErrorResponse:
    """The answer to a request that goes nowhere, in the format of its path and with the error's status."""
    status = error.http_status
    kind = _KINDS.get(status, FailureKind.INTERNAL if status >= 500 else FailureKind.INVALID)
    wait = _BUSY_S if error.retryable else None
    failure = Failure(kind, error.sentence(), status, error.code, retry_after_s=wait)
    reply = encoded(format_name, failure, request_id, retry=error.retryable)
    return replace(reply, status=status)


def broken_stream(format_name: FormatName, error: CodeRouterError, request_id: str) -> bytes:
    """The last event of a stream that an error of our own breaks off."""
    context = ReplyContext(model="", response_id=request_id, created=0)
    failure = Failure(FailureKind.INTERNAL, error.sentence(), code=error.code)
    return format_of(format_name).encoder(context).feed(Failed(failure))


def encoded(format_name: FormatName, failure: Failure, request_id: str, *, retry: bool) -> ErrorResponse:
    """A failure in a client's format."""
    reply = format_of(format_name).encode_failure(failure, request_id=request_id, retry=retry)
    return ErrorResponse(reply.status, (*reply.headers, _JSON), compact_json(reply.body))


def _passed_on(reply: RawReply, failure: Failure) -> ErrorResponse:
    headers = reply_headers(reply.headers)
    content_type = next((v for n, v in reply.headers if n == "content-type"), "application/json")
    if failure.kind in _TERMINAL:
        # Claude Code retries a 401 for three minutes unless it is told not to (measured, 2.1.330).
        headers = (*((n, v) for n, v in headers if n != "x-should-retry"), ("x-should-retry", "false"))
    return ErrorResponse(reply.status, (*headers, ("content-type", content_type)), reply.body)


def _say(way: Way, error: AttemptFailedError) -> str:
    if error.failure.kind in {FailureKind.AUTH, FailureKind.PERMISSION}:
        return f"{error.failure.message} (check the key: `coderouter keys set {way.provider.name}`)"
    return error.failure.message
