"""The catalog as a table."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from rich.console import RenderableType

from coderouter_cli.cli.views.grid import grid
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Phase

_PER_MILLION = Decimal(10) ** 6
_PRICES = ("input", "cached", "output")
_HEADINGS = {
    Phase.PLAN: "plan",
    Phase.IMPLEMENT: "impl",
    Phase.DEBUG: "debug",
    Phase.TEST: "test",
    Phase.DOCUMENT: "docs",
    Phase.SMALL_EDIT: "edit",
}
"""Short, so that the table fits into 80 columns."""


def models_view(
    models: Sequence[Model], dominated: Mapping[str, str], now: datetime
) -> tuple[RenderableType, ...]:
    """One line per model; those another one beats in everything are marked."""
    if not models:
        return ("No model is within reach: there is no provider key. Set one with `coderouter keys set`.",)
    table = grid(
        "Model",
        "Provider",
        "in",
        "cached",
        "out",
        *(_HEADINGS[phase] for phase in Phase),
        words=("Provider",),
        gap=1,
    )
    for model in models:
        mark = " *" if model.id in dominated else ""
        table.add_row(f"{model.id}{mark}", model.provider, *_prices(model, now), *_scores(model))
    notes = [f"* {one}: {other} is no dearer and no worse in any phase." for one, other in dominated.items()]
    shown = {model.id for model in models}
    return (table, *(note for one, note in zip(dominated, notes, strict=True) if one in shown))


def check_view(pairs: Sequence[tuple[str, str]]) -> tuple[RenderableType, ...]:
    """One line per model that another one beats in everything."""
    if not pairs:
        return ("No model is beaten in everything by another.",)
    return tuple(
        f"{one}: {other} is no dearer, no less able and no worse in any phase." for one, other in pairs
    )


def model_data(model: Model, dominated_by: str | None, now: datetime) -> JsonObject:
    """One model for scripts; prices are decimal strings, null where unknown."""
    return {
        "id": model.id,
        "provider": model.provider,
        "max_input": model.max_input,
        "max_output": model.max_output,
        "usd_per_million": dict(zip(_PRICES, _prices(model, now), strict=True)) if model.card else None,
        "price_source": None if model.card is None else model.card.source,
        "quality": {
            phase.value: {"score": known.score, "source": known.source, "date": known.date}
            for phase, known in model.quality.items()
        },
        "legacy": model.legacy,
        "dominated_by": dominated_by,
    }


def _prices(model: Model, now: datetime) -> tuple[str, str, str]:
    if model.card is None:
        return "unknown", "unknown", "unknown"
    rates = model.card.rates_for(0, now)
    return _usd(rates.input), _usd(rates.cache_read), _usd(rates.output)


def _usd(rate: Picodollars) -> str:
    return f"{(Decimal(rate) / _PER_MILLION).normalize():f}"


def _scores(model: Model) -> list[str]:
    return [str(model.quality[phase].score) if phase in model.quality else "-" for phase in Phase]
