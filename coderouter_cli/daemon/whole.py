"""Answers that are not streamed, and answers that come in the other way than they were asked for.

Some compatible servers ignore ``stream`` and answer in one JSON body, some gateways answer so when
something is wrong, and some stream whatever they are asked. What an answer is, its first byte says: no
line of an event stream begins with a brace, and no JSON with the name of a field of one.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from coderouter_cli.daemon.body import unpacked
from coderouter_cli.daemon.drain import Drain
from coderouter_cli.daemon.meter import Meter
from coderouter_cli.domain.conversation import Part, Refusal, Text
from coderouter_cli.domain.events import Answer, Event, Failed, Stopped, StopReason
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.errors import BadRequestError
from coderouter_cli.providers.contract import AttemptFailedError, ClientRequest, Prepared
from coderouter_cli.providers.transport import MAX_ANSWER_BYTES, Response
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.modelname import rewrite_model
from coderouter_cli.wire.read import parse_object
from coderouter_cli.wire.registry import format_of
from coderouter_cli.wire.sse import compact_json
from coderouter_cli.wire.whole import answer_of

_BOM = b"\xef\xbb\xbf"
_JSON_BEGINS = frozenset(b"{[")
_STREAM_BEGINS = frozenset(b":deir")
"""A comment, ``data``, ``event``, ``id``, ``retry``."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms an answer is carried.

    ``meter`` sees all of it. ``on_commit`` is awaited once, just before its first bytes are sent.
    ``may_escalate``: a refusal without content is a failed attempt, because another model may be asked.
    """

    meter: Meter
    on_commit: Callable[[], Awaitable[None]]
    drain: Drain
    may_escalate: bool


def says_nothing(opening: bytes) -> bool:
    """Whether these first bytes do not tell yet what follows: servers send blanks while they think."""
    return _BOM.startswith(opening) or not opening.removeprefix(_BOM).strip()


def is_streamed(response: Response, opening: bytes, *, asked: bool) -> bool:
    """Whether what begins with these bytes is an event stream; ``asked`` is whether it should be one."""
    first = opening.removeprefix(_BOM).lstrip()[:1]
    if first and first[0] in _JSON_BEGINS | _STREAM_BEGINS:
        return first[0] in _STREAM_BEGINS
    kind = dict(response.headers).get("content-type", "").lower()
    return "event-stream" in kind or (asked and "json" not in kind)


def coding_of(response: Response) -> str:
    """The content coding of the body, "" for none."""
    name = dict(response.headers).get("content-encoding", "").strip().lower()
    return "" if name == "identity" else name


async def whole_body(response: Response, opening: bytes = b"") -> bytes:
    """A body that is not streamed, as it is meant; ``opening`` is what of it has been read.

    Raises:
        AttemptFailedError: it does not arrive whole, or is too long.
    """
    body = opening + await response.read(MAX_ANSWER_BYTES - len(opening))
    return await unpacked(body, coding_of(response), MAX_ANSWER_BYTES)


def decoded(body: bytes, request: ClientRequest, prepared: Prepared, status: int = 200) -> Answer:
    """What a whole answer says.

    Raises:
        AttemptFailedError: it is no answer.
    """
    try:
        value = parse_object(body.removeprefix(_BOM))
    except BadRequestError as error:
        raise AttemptFailedError(
            Failure(FailureKind.INTERNAL, "the provider's answer is not JSON", status)
        ) from error
    return _answered(format_of(prepared.format).decode_answer(value, request.conversation.tools))


async def read_answer(
    request: ClientRequest,
    prepared: Prepared,
    response: Response,
    context: ReplyContext,
    terms: Terms,
) -> bytes:
    """A whole answer, as the client will see it.

    Raises:
        AttemptFailedError: it is no answer, or a refusal where another model may be asked.
    """
    opening = b""
    while says_nothing(opening) and (chunk := await response.next_chunk()):
        opening += chunk
    streamed = not coding_of(response) and is_streamed(response, opening, asked=False)
    if streamed:
        body, answer = b"", await _collected(request, prepared, response, opening)
    else:
        body = await whole_body(response, opening)
        answer = decoded(body, request, prepared, response.status)
    terms.meter.see_answer(answer)
    if terms.may_escalate and answer.stop is StopReason.REFUSAL and not any(map(_is_content, answer.parts)):
        raise AttemptFailedError(declined(answer.detail))
    if not prepared.reencode and not streamed:
        return rewrite_model(body, context.model)
    written = context if prepared.reencode else own_words(context)
    return compact_json(format_of(request.format).encode_answer(answer, written))


async def _collected(
    request: ClientRequest, prepared: Prepared, response: Response, opening: bytes
) -> Answer:
    """The whole of an answer that is streamed to a client who did not ask for that."""
    decoder = format_of(prepared.format).decoder(request.conversation.tools)
    events: list[Event] = []
    chunk, size = opening, 0
    while chunk and not _is_over(events):
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            said = f"the answer is longer than {MAX_ANSWER_BYTES} bytes"
            raise AttemptFailedError(Failure(FailureKind.INTERNAL, said, response.status))
        events += decoder.feed(chunk)
        chunk = b"" if _is_over(events) else await response.next_chunk()
    return _answered(answer_of([*events, *decoder.close()]))


def _is_over(events: list[Event]) -> bool:
    return bool(events) and isinstance(events[-1], Stopped | Failed)


def _answered(answer: Answer | Failure) -> Answer:
    if isinstance(answer, Failure):
        raise AttemptFailedError(answer)
    return answer


def own_words(context: ReplyContext) -> ReplyContext:
    """The context of an answer in its provider's own format, which needs no envelope of ours."""
    return replace(context, maker=None)


def declined(detail: str | None) -> Failure:
    """The failure of a model that would not answer; its own words, where it had any."""
    return Failure(FailureKind.REFUSED, detail or "The model declined to answer.", 200)


def _is_content(part: Part) -> bool:
    """Whether a part is more than the words of a refusal."""
    return not isinstance(part, Refusal) and part != Text("")
