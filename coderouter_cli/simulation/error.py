"""How far the cache model is from what providers reported: the same threads, replayed where they really ran.

Today's catalog may not know the models of a recording, so a model of the same provider lends its prices; only
what was cached differs between the two sums, not the prompts. Answers are left out.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.transcript import Thread, Transcript
from coderouter_cli.domain.usage import Usage
from coderouter_cli.domain.warmth import bills_writes, tokens_of
from coderouter_cli.simulation.cache import NEVER, Costs
from coderouter_cli.simulation.scene import scenes_of
from coderouter_cli.simulation.tokens import factor_of


@dataclass(frozen=True, slots=True)
class CacheError:
    """Shares of what was reported: of the sum (positive: the model is too dear), and the median over
    sessions without its sign. ``transcripts`` counts those that could be compared."""

    total: float
    median: float
    transcripts: int


def cache_error(transcripts: Iterable[Transcript], catalog: Catalog, now: datetime) -> CacheError | None:
    """The error over all sessions; None when none of them ran on a provider with prices."""
    found = [_compared(transcript, catalog, now) for transcript in transcripts]
    pairs = [(real, simulated) for real, simulated in found if real]
    if not pairs:
        return None
    reported = sum(real for real, _ in pairs)
    return CacheError(
        total=sum(simulated for _, simulated in pairs) / reported - 1,
        median=median(abs(simulated / real - 1) for real, simulated in pairs),
        transcripts=len(pairs),
    )


def _compared(transcript: Transcript, catalog: Catalog, now: datetime) -> tuple[int, int]:
    """What the prompts cost as reported, and as simulated, in picodollars."""
    real = simulated = 0
    for thread, scene in zip(transcript.threads, scenes_of((transcript,), catalog, now), strict=True):
        lender = _lender(thread, catalog)
        if lender is None or lender.card is None:
            continue
        costs = Costs(scene, (lender,))
        for number, (step, beat) in enumerate(zip(thread.steps, scene.beats, strict=True)):
            rates = lender.card.rates_for(tokens_of(lender, beat.prompt), beat.at)
            scale = lender.token_factor / factor_of(step.model, catalog)
            real += rates.cost(_scaled(step.usage, scale))
            simulated += rates.cost(costs.usage(number, 0, number - 1 if number else NEVER))
    return real, simulated


def _lender(thread: Thread, catalog: Catalog) -> Model | None:
    """A model of the provider that served the thread, which bills cache writes as that one reported them."""
    providers = {_provider(step.model, catalog) for step in thread.steps}
    writes = any(step.usage.cache_write or step.usage.cache_write_long for step in thread.steps)
    return next(
        (
            model
            for model in catalog.models.values()
            if {model.provider} == providers and model.card is not None and bills_writes(model) == writes
        ),
        None,
    )


def _provider(name: str, catalog: Catalog) -> str | None:
    provider = catalog.provider_for(name, FormatName.OPENAI_CHAT)
    return None if provider is None else provider.name


def _scaled(usage: Usage, scale: float) -> Usage:
    return Usage(
        input=round(usage.input * scale),
        cache_read=round(usage.cache_read * scale),
        cache_write=round(usage.cache_write * scale),
        cache_write_long=round(usage.cache_write_long * scale),
    )
