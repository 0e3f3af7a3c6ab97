"""One exchange, one straight pass: plan, open the row, try the chain, close the row.

The row is opened before the first byte leaves the machine and closed exactly once, whatever
happens: the close is queued synchronously, so a cancelled handler (the client has gone) closes too.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from coderouter_cli.daemon.books import Books
from coderouter_cli.daemon.plan import Moment, Plan, Surroundings, make_plan
from coderouter_cli.daemon.relay import ClientStream, StreamRelay, read_answer
from coderouter_cli.daemon.replies import final_error
from coderouter_cli.daemon.tally import Tally
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.domain.failure import RETRY_ELSEWHERE, FailureKind
from coderouter_cli.providers.contract import AttemptFailedError, ClientRequest, Prepared, RawReply, Way
from coderouter_cli.providers.headers import Headers
from coderouter_cli.providers.prepare import prepare
from coderouter_cli.providers.transport import Response, Transport
from coderouter_cli.system.redaction import Secret
from coderouter_cli.wire.registry import format_of


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
        await self.books.open(plan.opening)
        tally = Tally(plan, self.books)
        try:
            await self._try_chain(plan, tally, client)
        except (ConnectionResetError, asyncio.CancelledError):
            tally.client_left()
            raise
        finally:
            self.books.close(tally.closing())

    async def _try_chain(self, plan: Plan, tally: Tally, client: ClientEnd) -> None:
        failed: list[tuple[Way, AttemptFailedError]] = []
        for way in plan.ways:
            try:
                await self._attempt(plan, way, tally, client)
            except AttemptFailedError as error:
                failed.append((way, error))
                if not _worth_another(error, way):
                    break
            else:
                return
        reply = final_error(plan, failed)
        tally.refused(reply.status)
        await client.whole(reply.status, (*plan_headers(plan, failed[-1][0]), *reply.headers), reply.body)

    async def _attempt(self, plan: Plan, way: Way, tally: Tally, client: ClientEnd) -> None:
        circuit = self.around.circuits[way.provider.name]
        prepared = prepare(plan.request, way, self.keys[way.provider.name].reveal())
        circuit.sending(self.books.clock.monotonic())
        with tally.attempt(way) as meter:
            try:
                async with self.transport.send(prepared.call) as response:
                    tally.answered(response.status)
                    await _refuse_errors(prepared, response)
                    headers = plan_headers(plan, way)
                    if plan.request.conversation.stream:
                        relay = StreamRelay(plan.request, prepared, plan.context, meter, tally.commit)
                        tally.ended(await relay.run(response, client, headers))
                    else:
                        body = await read_answer(plan.request, prepared, response, plan.context, meter)
                        tally.commit()
                        tally.ended(None)
                        await client.whole(200, (*headers, ("content-type", "application/json")), body)
            except AttemptFailedError as error:
                failure = error.failure
                circuit.failed(failure.kind, self.books.clock.monotonic(), failure.retry_after_s)
                raise
            finally:
                circuit.abandoned()
        circuit.succeeded()


def plan_headers(plan: Plan, way: Way) -> Headers:
    """The headers that tell the truth about the exchange to whoever looks."""
    return (
        ("x-coderouter-request-id", plan.moment.id),
        ("x-coderouter-lane", plan.decision.lane.value),
        ("x-coderouter-phase", plan.decision.phase.value),
        ("x-coderouter-model", way.target.model),
        ("x-coderouter-fidelity", way.target.fidelity.value),
    )


async def _refuse_errors(prepared: Prepared, response: Response) -> None:
    """Turn a provider's HTTP error into a failed attempt."""
    if response.status == 200:
        return
    body = await response.read()
    failure = format_of(prepared.format).decode_failure(response.status, dict(response.headers), body)
    raise AttemptFailedError(failure, RawReply(response.status, response.headers, body))


def _worth_another(error: AttemptFailedError, way: Way) -> bool:
    """Whether another model may do better.

    A request that is itself wrong is wrong everywhere; but what we wrote for another provider may
    be refused where the client's own words would not be.
    """
    kind = error.failure.kind
    return kind in RETRY_ELSEWHERE or (
        kind is FailureKind.INVALID and way.target.fidelity is not Fidelity.RAW
    )
