"""One exchange, one straight pass: plan, open the row, try the chain, close the row.

The row is opened before the first byte leaves the machine and closed exactly once, whatever
happens: the close is queued synchronously, so a cancelled handler (the client has gone) closes too.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from coderouter_cli.daemon.books import Books
from coderouter_cli.daemon.meter import Meter
from coderouter_cli.daemon.plan import Moment, Plan, Surroundings, make_plan
from coderouter_cli.daemon.relay import ClientStream, StreamRelay, read_answer
from coderouter_cli.daemon.replies import final_error
from coderouter_cli.daemon.tally import Tally
from coderouter_cli.domain.conversation import Maker
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.domain.failure import RETRY_ELSEWHERE, Failure, FailureKind
from coderouter_cli.providers.circuit import Circuit
from coderouter_cli.providers.contract import AttemptFailedError, ClientRequest, Prepared, RawReply, Way
from coderouter_cli.providers.headers import Headers, reply_headers
from coderouter_cli.providers.prepare import prepare
from coderouter_cli.providers.transport import Response, Transport
from coderouter_cli.system.redaction import Secret
from coderouter_cli.wire.estimate import tokens_for
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.registry import format_of

_NOT_IN_HEADERS = re.compile(r"[^\x21-\x7e]")
_LONGEST_NAME = 128


class ClientEnd(ClientStream, Protocol):
    """The client's end of an exchange: a stream, or one whole answer."""

    async def whole(self, status: int, headers: Headers, body: bytes) -> None:
        """Send a complete response."""
        ...


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What an exchange passes through."""

    around: Surroundings
    books: Books
    transport: Transport
    keys: Mapping[str, Secret]

    async def run(self, request: ClientRequest, moment: Moment, client: ClientEnd) -> None:
        """Serve one request.

        Raises:
            RequestError, RoutingError: it cannot be served; nothing was sent to anyone.
        """
        plan = make_plan(request, self.around, moment)
        tally = Tally(plan, self.books)
        try:
            await self.books.open(plan.opening)
            await self._try_chain(_Exchange(plan, tally, client))
        except (ConnectionResetError, asyncio.CancelledError):
            tally.client_left()
            raise
        finally:
            self.books.close(tally.closing())

    async def _try_chain(self, exchange: "_Exchange") -> None:
        failed: list[tuple[Way, AttemptFailedError]] = []
        pending = list(exchange.plan.ways)
        while (way := self._next_way(pending, tried=bool(failed))) is not None:
            pending.remove(way)
            try:
                await self._attempt(exchange, way)
            except AttemptFailedError as error:
                failed.append((way, error))
                if not _worth_another(error, way):
                    break
            else:
                return
        reply = final_error(exchange.plan, failed)
        exchange.tally.refused(reply.status)
        headers = (*plan_headers(exchange.plan, failed[-1][0]), *reply.headers)
        await exchange.client.whole(reply.status, headers, reply.body)

    def _next_way(self, pending: list[Way], *, tried: bool) -> Way | None:
        """The first way whose provider may be asked now; without any attempt yet, one way is taken anyway.

        The plan has looked at the circuits, but they change: a refused key spoils every way to its
        provider, and of all requests planned while a provider rested only one may probe it.
        """
        now = self.books.clock.monotonic()
        allowed = (way for way in pending if self.around.circuits[way.provider.name].allows(now))
        return next(allowed, pending[0] if pending and not tried else None)

    async def _attempt(self, exchange: "_Exchange", way: Way) -> None:
        circuit = self.around.circuits[way.provider.name]
        probing = circuit.sending(self.books.clock.monotonic())
        with exchange.tally.attempt(way) as meter:
            try:
                self._judge(circuit, await self._carry(exchange, way, meter))
            except AttemptFailedError as error:
                self._judge(circuit, error.failure)
                raise
            finally:
                if probing:
                    circuit.abandoned()

    def _judge(self, circuit: Circuit, failure: Failure | None) -> None:
        """What an attempt's end says about the provider; an answer that breaks off in the middle is none."""
        if failure is None:
            circuit.succeeded()
        else:
            circuit.failed(failure.kind, self.books.clock.monotonic(), failure.retry_after_s)

    async def _carry(self, exchange: "_Exchange", way: Way, meter: Meter) -> Failure | None:
        """Send the request and carry the answer back: None, or why it broke off in the middle."""
        plan, tally, client = exchange.plan, exchange.tally, exchange.client
        key = self.keys[way.provider.name].reveal()
        prepared = prepare(plan.request, way, key)
        context = _context(plan, way, prepared)
        stream = plan.request.conversation.stream
        async with self.transport.send(prepared.call, stream=stream) as response:
            tally.answered(response.status)
            await _refuse_errors(prepared, response, key)
            headers = plan_headers(plan, way)
            if stream:
                relay = StreamRelay(plan.request, prepared, context, meter, tally.commit)
                failure = await relay.run(response, client, headers)
                tally.ended(failure)
                return failure
            body = await read_answer(plan.request, prepared, response, context, meter)
            await tally.commit()
            tally.ended(None)
            headers = (*headers, *reply_headers(response.headers), ("content-type", "application/json"))
            await client.whole(200, headers, body)
            return None


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One exchange on its way: what was decided, its count, and its client."""

    plan: Plan
    tally: Tally
    client: ClientEnd


def _context(plan: Plan, way: Way, prepared: Prepared) -> ReplyContext:
    """What a client is told of the answer of this way; its prompt in the tokens of the model that answers."""
    return replace(
        plan.context,
        maker=Maker(way.provider.name, prepared.format, way.model.id),
        input_estimate=tokens_for(way.model, plan.request.conversation, plan.prompt_tokens),
    )


def plan_headers(plan: Plan, way: Way) -> Headers:
    """The headers that tell the truth about the exchange to whoever looks."""
    return (
        ("x-coderouter-request-id", plan.moment.id),
        ("x-coderouter-lane", plan.decision.lane.value),
        ("x-coderouter-phase", plan.decision.phase.value),
        ("x-coderouter-model", _as_header(way.target.model)),
        ("x-coderouter-fidelity", way.target.fidelity.value),
    )


def _as_header(name: str) -> str:
    """A model's name, which on the direct lane is whatever the client wrote, as a header's value."""
    return _NOT_IN_HEADERS.sub("_", name)[:_LONGEST_NAME]


async def _refuse_errors(prepared: Prepared, response: Response, key: str) -> None:
    """Turn a provider's HTTP error, or a success that is no answer, into a failed attempt.

    Its words are passed on, but not a key that it repeats: clients keep transcripts.
    """
    status = response.status
    if status == 200:
        return
    if status < 400:
        said = f"the provider answered with status {status}"
        raise AttemptFailedError(Failure(FailureKind.INTERNAL, said, status))
    body = (await response.read()).replace(key.encode(), b"[redacted]")
    failure = format_of(prepared.format).decode_failure(status, dict(response.headers), body)
    raise AttemptFailedError(failure, RawReply(status, response.headers, body))


def _worth_another(error: AttemptFailedError, way: Way) -> bool:
    """Whether another model may do better.

    A request that is itself wrong is wrong everywhere; but what we wrote for another provider may
    be refused where the client's own words would not be.
    """
    kind = error.failure.kind
    return kind in RETRY_ELSEWHERE or (
        kind is FailureKind.INVALID and way.target.fidelity is not Fidelity.RAW
    )
