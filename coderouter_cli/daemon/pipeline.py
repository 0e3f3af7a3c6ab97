"""One exchange, one straight pass: plan, open the row, try the chain, close the row.

The row is opened before the first byte leaves the machine and closed exactly once, whatever
happens: the close is queued synchronously, so a cancelled handler (the client has gone) closes too.
"""

import asyncio
import logging
import re
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Protocol

from coderouter_cli.daemon import relay
from coderouter_cli.daemon.books import Books
from coderouter_cli.daemon.commands import Desk, Remembered
from coderouter_cli.daemon.course import Course
from coderouter_cli.daemon.drain import STOPPED, Drain
from coderouter_cli.daemon.hearing import Command, Heard
from coderouter_cli.daemon.outlet import ClientStream, Outlet, waiting_words
from coderouter_cli.daemon.plan import Moment, Plan, Surroundings, hear_out, make_plan
from coderouter_cli.daemon.relay import StreamRelay
from coderouter_cli.daemon.replies import broken_off, final_error, no_route, stopped
from coderouter_cli.daemon.tally import Tally
from coderouter_cli.daemon.whole import Terms, read_answer, whole_body
from coderouter_cli.domain.conversation import Maker
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.errors import RoutingError
from coderouter_cli.providers.circuit import Circuit
from coderouter_cli.providers.contract import AttemptFailedError, ClientRequest, Prepared, RawReply, Way
from coderouter_cli.providers.headers import Headers, reply_headers
from coderouter_cli.providers.prepare import prepare
from coderouter_cli.providers.scrub import Scrub
from coderouter_cli.providers.transport import Response, Transport
from coderouter_cli.system.redaction import Secret
from coderouter_cli.wire.estimate import tokens_for
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.registry import format_of

log = logging.getLogger(__name__)

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
    drain: Drain = field(default_factory=Drain)
    remembered: Remembered = lambda _conversation: None

    async def run(self, request: ClientRequest, moment: Moment, client: ClientEnd) -> None:
        """Serve one request.

        Raises:
            RequestError: it cannot be served; nothing was sent to anyone.
        """
        heard = await hear_out(request, self.around, self.books.clock)
        if heard.command is not None:
            await self._answer(heard.command, heard, request, moment, client)
            return
        try:
            plan = make_plan(request, self.around, moment, heard)
        except RoutingError as error:
            log.info("refused id=%s code=%s", moment.id, error.code)
            reply = no_route(request, error, moment.id)
            await client.whole(reply.status, reply.headers, reply.body)
            return
        tally = Tally(plan, self.books)
        with self.drain.running():
            try:
                await self.books.open(plan.opening)
                await self._try_chain(_Exchange(plan, tally, client, _outlet(plan, client)))
            except (ConnectionResetError, asyncio.CancelledError):
                tally.client_left()
                raise
            finally:
                self.books.close(tally.closing())

    async def _answer(
        self, command: Command, heard: Heard, request: ClientRequest, moment: Moment, client: ClientEnd
    ) -> None:
        """Answer what was said to us; its row is written before."""
        desk = Desk(self.around.market, self.remembered)
        reply = await asyncio.to_thread(desk.reply, command, heard, request, moment)
        await self.books.open(reply.opening)
        self.books.close(reply.closing)
        log.info("answered id=%s", moment.id)
        if request.conversation.stream:
            await client.start(reply.headers)
            await client.write(reply.body)
        else:
            await client.whole(200, (*reply.headers, ("content-type", "application/json")), reply.body)

    async def _try_chain(self, exchange: "_Exchange") -> None:
        plan = exchange.plan
        course = Course.over(plan.ways, plan.request, plan.conversation, self.around.lessons)
        while not self.drain.over and (way := course.next_way(self._may_ask)) is not None:
            try:
                with self.drain.told():
                    await self._attempt(exchange, way, course)
            except AttemptFailedError as error:
                left_out = course.failed_on(way, error)
                if left_out is not None:
                    told = plan.moment.id, way.model.id, left_out.capability.value
                    log.info("healed id=%s model=%s without=%s", *told)
            else:
                return
        await self._refuse(exchange, course)

    async def _refuse(self, exchange: "_Exchange", course: Course) -> None:
        """Tell the client that nobody answered: as an HTTP error, or inside a stream that has begun."""
        plan, failed = exchange.plan, course.failed
        reply = stopped(plan) if self.drain.over else final_error(plan, failed)
        if exchange.outlet.begun:
            exchange.tally.refused(200)
            failure = STOPPED if self.drain.over else reply.failure
            await exchange.outlet.send(broken_off(plan, failure), ())
            return
        exchange.tally.refused(reply.status)
        headers = (*plan_headers(plan, failed[-1][0] if failed else plan.ways[0]), *reply.headers)
        await exchange.client.whole(reply.status, headers, reply.body)

    def _may_ask(self, way: Way) -> bool:
        """Whether a provider may be asked now.

        The plan has looked at the circuits, but they change: a refused key spoils every way to its
        provider, and of all requests planned while a provider rested only one may probe it.
        """
        return self.around.circuits[way.provider.name].allows(self.books.clock.monotonic())

    async def _attempt(self, exchange: "_Exchange", way: Way, course: Course) -> None:
        async def begun() -> None:
            course.answered_by(way)
            await exchange.tally.commit()

        circuit = self.around.circuits[way.provider.name]
        probing = circuit.sending(self.books.clock.monotonic())
        with exchange.tally.attempt(way) as meter:
            terms = Terms(meter, begun, self.drain, course.may_escalate(way))
            try:
                self._judge(circuit, await self._carry(exchange, way, terms))
            except AttemptFailedError as error:
                self._judge(circuit, error.failure)
                raise
            except (ConnectionResetError, asyncio.CancelledError):
                if meter.complete:  # Codex leaves with the last event
                    self._judge(circuit, None)
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

    async def _carry(self, exchange: "_Exchange", way: Way, terms: Terms) -> Failure | None:
        """Send the request and carry the answer back: None, or why it broke off in the middle."""
        plan, tally, outlet = exchange.plan, exchange.tally, exchange.outlet
        found = self.keys.get(way.provider.name)
        key = None if found is None else found.reveal()
        prepared = prepare(plan.request, way, key)
        context, scrub = _context(plan, way, prepared), Scrub(prepared.call)
        stream = plan.request.conversation.stream
        company = outlet.kept_alive(exchange_headers(plan)) if stream else nullcontext()
        with scrub.told():
            async with company, self.transport.send(prepared.call, stream=stream) as response:
                tally.answered(response.status)
                await _refuse_errors(prepared, response, scrub)
                headers = plan_headers(plan, way)
                if stream:
                    carrier = StreamRelay(plan.request, prepared, context, terms)
                    failure = await carrier.run(response, outlet, headers)
                    tally.ended(failure)
                    return failure
                body = await read_answer(plan.request, prepared, response, context, terms)
                await terms.on_commit()
                tally.ended(None)
                told = reply_headers(response.headers, codex=prepared.codex)
                headers = (*headers, *told, ("content-type", "application/json"))
                await exchange.client.whole(200, headers, body)
                return None


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One exchange on its way: what was decided, its count, and its client."""

    plan: Plan
    tally: Tally
    client: ClientEnd
    outlet: Outlet


def _outlet(plan: Plan, client: ClientEnd) -> Outlet:
    return Outlet(client, waiting_words(plan.request.format), relay.PING_AFTER_S)


def _context(plan: Plan, way: Way, prepared: Prepared) -> ReplyContext:
    """What a client is told of the answer of this way; its prompt in the tokens of the model that answers."""
    return replace(
        plan.context,
        maker=Maker(way.provider.name, prepared.format, way.model.id),
        input_estimate=tokens_for(way.model, plan.request.conversation, plan.prompt_tokens),
    )


def exchange_headers(plan: Plan) -> Headers:
    """What is true of the exchange, whoever answers."""
    return (
        ("x-coderouter-request-id", plan.moment.id),
        ("x-coderouter-lane", plan.decision.lane.value),
        ("x-coderouter-phase", plan.decision.phase.value),
    )


def plan_headers(plan: Plan, way: Way) -> Headers:
    """The headers that tell the truth about the exchange to whoever looks."""
    return (
        *exchange_headers(plan),
        ("x-coderouter-model", _as_header(way.target.model)),
        ("x-coderouter-fidelity", way.target.fidelity.value),
    )


def _as_header(name: str) -> str:
    """A model's name, which on the direct lane is whatever the client wrote, as a header's value."""
    return _NOT_IN_HEADERS.sub("_", name)[:_LONGEST_NAME]


async def _refuse_errors(prepared: Prepared, response: Response, scrub: Scrub) -> None:
    """Turn a provider's HTTP error, or a success that is no answer, into a failed attempt.

    Its words are passed on, but not a key that it repeats: clients keep transcripts.
    """
    status = response.status
    if status == 200:
        return
    if status < 400:
        said = f"the provider answered with status {status}"
        raise AttemptFailedError(Failure(FailureKind.INTERNAL, said, status))
    body = scrub.clean(await whole_body(response))
    failure = format_of(prepared.format).decode_failure(status, dict(response.headers), body)
    raise AttemptFailedError(failure, RawReply(status, response.headers, body))
