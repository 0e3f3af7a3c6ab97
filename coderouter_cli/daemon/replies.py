"""What a client is told when an exchange ends without an answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from coderouter_cli.classify.signals import signals
from coderouter_cli.daemon.drain import STOPPED
from coderouter_cli.daemon.plan import Plan
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.domain.events import Failed
from coderouter_cli.domain.failure import Capability, Failure, FailureKind, Refused
from coderouter_cli.errors import CodeRouterError, RoutingError
from coderouter_cli.providers.contract import AttemptFailedError, ClientRequest, RawReply, Way
from coderouter_cli.providers.headers import Headers, reply_headers
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.registry import format_of
from coderouter_cli.wire.sse import compact_json

_JSON = ("content-type", "application/json")
_TERMINAL = frozenset({FailureKind.AUTH, FailureKind.PERMISSION, FailureKind.BILLING})
_OF_LOSSES: Mapping[str, Capability] = {
    "images": Capability.IMAGES,
    "documents": Capability.DOCUMENTS,
    "structured_output": Capability.STRUCTURED_OUTPUT,
}
"""What Claude Code can do without, when no model within reach can do it."""
_KINDS = {
    400: FailureKind.INVALID,
    401: FailureKind.AUTH,
    403: FailureKind.PERMISSION,
    404: FailureKind.NOT_FOUND,
    413: FailureKind.TOO_LARGE,
    503: FailureKind.OVERLOADED,
}
_PASSING = frozenset(
    {
        FailureKind.RATE_LIMITED,
        FailureKind.OVERLOADED,
        FailureKind.TIMEOUT,
        FailureKind.UNREACHABLE,
        FailureKind.TRUNCATED,
        FailureKind.INTERNAL,
    }
)
"""What may be over in a moment."""
_OF_THE_KEY = frozenset({FailureKind.AUTH, FailureKind.PERMISSION})
_KEY_HEADER = re.compile("x-api-key", re.IGNORECASE)
_BUSY_STATUSES = frozenset({429, 529})
"""Rate limits and overload: the provider is there, and asks for a pause."""
_BUSY_S = 1.0
"""When a client that found no room should come again."""


@dataclass(frozen=True, slots=True)
class ErrorResponse:
    """A complete HTTP error, ready to send, and the failure it tells of."""

    status: int
    headers: Headers
    body: bytes
    failure: Failure


def final_error(plan: Plan, failed: list[tuple[Way, AttemptFailedError]]) -> ErrorResponse:
    """The answer after the last attempt.

    One attempt that sent the client's own bytes: the provider's own error, byte for byte, because clients
    recover by its wording; but not of a key, which is ours: Claude Code 2.1.330 would tell its user to log
    in. Otherwise one error of ours that names everything that failed. The client must
    not retry where every provider has been asked already; but where all of them only asked for patience,
    or where there was but one to ask, it may, as it would without us. A model that declined is the answer,
    whoever else could not be reached.
    """
    way, error = next((one for one in failed if one[1].failure.kind is FailureKind.REFUSED), failed[-1])
    alone = len(failed) == 1
    native = way.target.fidelity is Fidelity.RAW and error.failure.kind not in _OF_THE_KEY
    if alone and error.reply is not None and native:
        return _passed_on(error.reply, error.failure)
    told = "; ".join(f"{w.target.model} at {w.provider.name}: {_say(w, e)}" for w, e in failed)
    message = _say(way, error) if alone else f"No model could answer. {told}"
    failure = replace(error.failure, message=message)
    retry = _all_busy(failed) or (alone and failure.kind in _PASSING)
    client = plan.opening.client
    return encoded(plan.request.format, _patient(failure, failed), plan.moment.id, retry=retry, client=client)


def _all_busy(failed: list[tuple[Way, AttemptFailedError]]) -> bool:
    return all(error.failure.status in _BUSY_STATUSES for _, error in failed)


def _patient(failure: Failure, failed: list[tuple[Way, AttemptFailedError]]) -> Failure:
    """The failure with the shortest wait any provider asked for."""
    waits = [e.failure.retry_after_s for _, e in failed if e.failure.retry_after_s is not None]
    return replace(failure, retry_after_s=min(waits, default=None))


def no_route(request: ClientRequest, error: RoutingError, request_id: str) -> ErrorResponse:
    """The answer to a request that no model within reach can serve.

    Claude Code is told by token what it can do without, where that is all that is missing, and that a
    prompt is too long in the words at which it compacts.
    """
    client = signals(request.headers, request.conversation).client
    failure = Failure(FailureKind.INVALID, error.sentence(), code=error.code)
    if error.missing == ("max_input",):
        failure = replace(failure, kind=FailureKind.TOO_LONG)
    elif error.missing and set(error.missing) <= _OF_LOSSES.keys():
        failure = replace(failure, refused=Refused(_OF_LOSSES[error.missing[0]]))
    return encoded(request.format, failure, request_id, retry=False, client=client)


def stopped(plan: Plan) -> ErrorResponse:
    """The answer where the daemon stops before anybody answered."""
    return encoded(plan.request.format, STOPPED, plan.moment.id, retry=True, client=plan.opening.client)


def broken_off(plan: Plan, failure: Failure) -> bytes:
    """The only event of a stream that was begun, and in which nobody answered."""
    return format_of(plan.request.format).encoder(plan.context).feed(Failed(failure))


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


def encoded(
    format_name: FormatName, failure: Failure, request_id: str, *, retry: bool, client: str = ""
) -> ErrorResponse:
    """A failure in a client's format."""
    wire = format_of(format_name)
    reply = wire.encode_failure(failure, request_id=request_id, retry=retry, client=client)
    return ErrorResponse(reply.status, (*reply.headers, _JSON), compact_json(reply.body), failure)


def _passed_on(reply: RawReply, failure: Failure) -> ErrorResponse:
    headers = reply_headers(reply.headers)
    content_type = next((v for n, v in reply.headers if n == "content-type"), "application/json")
    if failure.kind in _TERMINAL:
        # Claude Code retries a 401 for three minutes unless it is told not to (measured, 2.1.330).
        headers = (*((n, v) for n, v in headers if n != "x-should-retry"), ("x-should-retry", "false"))
    return ErrorResponse(reply.status, (*headers, ("content-type", content_type)), reply.body, failure)


def _say(way: Way, error: AttemptFailedError) -> str:
    """A provider's words, with what the person can do.

    Of a header for keys the client must not read: it would take the key for its own (Claude Code 2.1.330).
    """
    kind, message = error.failure.kind, error.failure.message
    if kind in _OF_THE_KEY:
        message = _KEY_HEADER.sub("API key", message)
        return f"{message} (check the key: `coderouter keys set {way.provider.name}`)"
    return (
        f"{message} (the account at {way.provider.name} is out of credit)"
        if kind is FailureKind.BILLING
        else message
    )
