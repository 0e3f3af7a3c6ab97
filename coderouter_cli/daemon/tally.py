"""Keeps count of one exchange and writes its closing."""

from collections.abc import Iterator
from contextlib import contextmanager

from coderouter_cli.accounting.cost import attempt_cost, total_cost
from coderouter_cli.daemon.books import Books
from coderouter_cli.daemon.meter import Meter
from coderouter_cli.daemon.plan import Plan
from coderouter_cli.domain.exchange import Attempt, Baselines, Closing, Progress, Status
from coderouter_cli.domain.failure import Failure
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.usage import Usage, UsageSource
from coderouter_cli.providers.contract import AttemptFailedError, Way

UNREADABLE = "unreadable"
"""The mark of an attempt whose answer reached the client as it came, but not all of it could be read."""
_NO_BASELINES = Baselines(None, None, None)


class Tally:
    """One exchange's attempts, times and outcome, from the row's opening to its closing."""

    def __init__(self, plan: Plan, books: Books) -> None:
        self._plan = plan
        self._books = books
        self._attempts: list[Attempt] = []
        self._way = plan.ways[0]
        self._meter: Meter | None = None
        self._first_byte_ms: int | None = None
        self._http_status: int | None = None
        self._failure: Failure | None = None
        # What stands if nobody says otherwise: an error of our own broke the exchange off.
        self._status = Status.FAILED
        self._answered_status = 500

    @contextmanager
    def attempt(self, way: Way) -> Iterator[Meter]:
        """One try at one target; its record is kept however it ends."""
        self._way, self._http_status, self._failure = way, None, None
        started, moment = self._books.clock.monotonic(), self._books.clock.now()
        self._meter = meter = Meter(way.model, self._plan.prompt_tokens)
        try:
            yield meter
        except AttemptFailedError as error:
            self._failure = error.failure
            raise
        finally:
            usage, source = meter.reading()
            self._attempts.append(
                Attempt(
                    number=len(self._attempts) + 1,
                    provider=way.target.provider,
                    model=way.target.model,
                    fidelity=way.target.fidelity,
                    started_at=moment,
                    duration_ms=self._since(started),
                    http_status=self._http_status,
                    failure=_told(self._failure, meter),
                    usage=usage,
                    usage_source=source,
                    raw_usage=meter.raw,
                    cost=self._cost(way, usage),
                )
            )

    def answered(self, http_status: int) -> None:
        """The provider's status line arrived."""
        self._http_status = http_status

    async def commit(self) -> None:
        """The first meaningful event is about to be sent: what is known so far is written down.

        A daemon that is killed from here on leaves a row that is cut, not one that is missing.
        """
        self._first_byte_ms = self._since(self._plan.moment.monotonic)
        usage, source = (None, None) if self._meter is None else self._meter.reading()
        cost = self._cost(self._way, usage)
        await self._books.progress(
            Progress(
                id=self._plan.moment.id,
                provider=self._way.target.provider,
                model=self._way.target.model,
                fidelity=self._way.target.fidelity,
                first_byte_ms=self._first_byte_ms,
                usage=usage,
                usage_source=UsageSource.PARTIAL if source is UsageSource.REPORTED else source,
                cost=cost,
                baselines=self._baselines(usage, cost),
            )
        )

    def ended(self, failure: Failure | None) -> None:
        """The answer was sent to its end, or broke off after content had flowed."""
        self._failure = failure
        self._status = Status.DONE if failure is None else Status.CUT
        self._answered_status = 200

    def refused(self, http_status: int) -> None:
        """Every attempt failed; the client got an error with this status."""
        self._status = Status.FAILED
        self._answered_status = http_status

    def client_left(self) -> None:
        """The client closed its connection; Codex does it with the last event, before the stream ends."""
        if self._meter is not None and self._meter.complete and self._first_byte_ms is not None:
            self.ended(None)
            return
        self._status = Status.CUT
        self._answered_status = 499

    def closing(self) -> Closing:
        """The row's closing; also tells the warmth book who answered."""
        last = self._attempts[-1] if self._attempts else None
        usage = last.usage if last else None
        cost = total_cost(self._attempts)
        closing = Closing(
            id=self._plan.moment.id,
            status=self._status,
            http_status=self._answered_status if self._first_byte_ms is None else 200,
            provider=self._way.target.provider,
            model=self._way.target.model,
            fidelity=self._way.target.fidelity,
            duration_ms=self._since(self._plan.moment.monotonic),
            first_byte_ms=self._first_byte_ms,
            usage=usage,
            usage_source=last.usage_source if last else None,
            cost=cost,
            baselines=self._baselines(usage, cost),
            attempts=tuple(self._attempts),
        )
        if usage is not None and self._status is not Status.FAILED:
            self._books.remember(self._plan, self._way.model, _said(last))
        return closing

    def _cost(self, way: Way, usage: Usage | None) -> Picodollars | None:
        return None if usage is None else attempt_cost(way.model.card, usage, self._plan.moment.now)

    def _baselines(self, usage: Usage | None, cost: Picodollars | None) -> Baselines:
        if usage is None:
            return _NO_BASELINES
        return self._books.baselines(self._plan, self._way.model, usage, cost)

    def _since(self, start: float) -> int:
        return max(0, round((self._books.clock.monotonic() - start) * 1000))


def _said(attempt: Attempt | None) -> Usage | None:
    """What the provider said of its cache: its final numbers, or those at the head of a stream that broke
    off, where there are any."""
    if attempt is None or attempt.usage is None or attempt.usage_source is UsageSource.ESTIMATED:
        return None
    usage = attempt.usage
    cached = usage.cache_read + usage.cache_write + usage.cache_write_long
    return usage if attempt.usage_source is UsageSource.REPORTED or cached else None


def _told(failure: Failure | None, meter: Meter) -> str | None:
    """A failure as the ledger keeps it: its kind, and what was refused where that is known.

    An answer that was passed on to its end, with a piece that nobody could read, is marked as well.
    """
    if failure is None:
        return UNREADABLE if meter.unreadable else None
    kind, refused = failure.kind.value, failure.refused
    return kind if refused is None else f"{kind}:{refused.capability.value}"
