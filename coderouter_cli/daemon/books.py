"""What a row needs besides the exchange itself: the ledger, the clock, prices and warmth."""

import asyncio
import concurrent.futures
import logging
from dataclasses import dataclass
from typing import Protocol

from coderouter_cli.accounting.baseline import Answered, BaselineInput, baselines
from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.daemon.plan import Plan
from coderouter_cli.daemon.warmth import WarmthBook, lifetime_of
from coderouter_cli.domain.exchange import Baselines, Closing, Opening, Progress
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.usage import Usage
from coderouter_cli.domain.warmth import held_prefixes
from coderouter_cli.errors import LedgerError
from coderouter_cli.system.clock import Clock

log = logging.getLogger(__name__)


class Ledger(Protocol):
    """The writing side of the ledger; every call returns at once and is committed in order."""

    def open(self, opening: Opening, /) -> concurrent.futures.Future[None]: ...

    def progress(self, progress: Progress, /) -> concurrent.futures.Future[None]: ...

    def close(self, closing: Closing, /) -> concurrent.futures.Future[None]: ...


@dataclass(frozen=True, slots=True)
class Books:
    """Bookkeeping for all exchanges of one daemon."""

    ledger: Ledger
    clock: Clock
    catalog: Catalog
    warmth: WarmthBook

    async def open(self, opening: Opening) -> None:
        """Open a row; returns when it is on disk (or safely spilled)."""
        await self._kept(opening.id, self.ledger.open(opening))

    async def progress(self, progress: Progress) -> None:
        """Note that content flows; returns like `open`."""
        await self._kept(progress.id, self.ledger.progress(progress))

    def close(self, closing: Closing) -> None:
        """Close a row; queued at once, so that a cancelled caller closes too."""
        self.ledger.close(closing)

    async def _kept(self, exchange: str, written: concurrent.futures.Future[None]) -> None:
        """A row that cannot be kept keeps nobody from working; the writer counts it."""
        try:
            await asyncio.wrap_future(written)
        except LedgerError as error:
            log.error("unrecorded id=%s reason=%s", exchange, error.what)  # noqa: TRY400 - no traceback

    def baselines(self, plan: Plan, answered: Model, usage: Usage, cost: Picodollars | None) -> Baselines:
        """What the exchange would have cost on the model asked for, and on Opus."""
        real = Answered(
            model=answered, usage=usage, cost=cost, started_at=plan.moment.now, estimate=plan.prompt_tokens
        )
        requested, opus = self._baseline_models(plan)
        # A client that changes its model by itself pays for that with or without us.
        never_diverted = self.warmth.never_diverted(plan.conversation)
        never_left = self.warmth.never_left(plan.conversation, opus.id)
        return baselines(
            real,
            self._imagine(plan, requested, never_left=never_diverted),
            self._imagine(plan, opus, never_left=never_left),
        )

    def remember(self, plan: Plan, answered: Model, said: Usage | None) -> None:
        """The exchange is over: its prompt is warm where it went, and where it would have gone.

        ``said`` is the usage as the provider reported it, None where that is only our own estimate.
        """
        now = self.clock.monotonic()
        held = plan.prefixes
        if said is not None:
            held = held_prefixes(held, said, answered)
            self.warmth.measured(answered, plan.prefixes, plan.moment.monotonic, said)
        requested, opus = self._baseline_models(plan)
        as_asked = requested is not None and requested.id == answered.id
        self.warmth.answered(plan.conversation, answered, held, now, as_asked=as_asked)
        self._remember_turn(plan, answered, now)
        imagined = {model.id: model for model in (requested, opus) if model is not None}
        for model in imagined.values():
            self.warmth.imagined(model, plan.prefixes, now)

    def _remember_turn(self, plan: Plan, answered: Model, now: float) -> None:
        moved = None if plan.decision.escalation is None else plan.moment.id
        cold_at = now + lifetime_of(answered, long=plan.prefixes[0].long)
        self.warmth.turns.answered(plan.conversation, plan.facts, cold_at=cold_at, escalated_by=moved)

    def _baseline_models(self, plan: Plan) -> tuple[Model | None, Model]:
        """The model asked for, and Opus: the one asked for when it is one, else today's."""
        requested = self.catalog.resolve(plan.request.conversation.model)
        today = self.catalog.opus()
        is_opus = requested is not None and requested.family == today.family
        return requested, requested if requested is not None and is_opus else today

    def _imagine(self, plan: Plan, model: Model | None, *, never_left: bool) -> BaselineInput:
        if model is None:
            return BaselineInput(model=None)
        return BaselineInput(
            model=model,
            warm_tokens=self.warmth.baseline_warm_tokens(model, plan.prefixes, plan.moment.monotonic),
            never_left=never_left,
        )
