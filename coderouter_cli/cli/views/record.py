"""One exchange of the ledger: how it ended, what it used, what it cost."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table

from coderouter_cli.cli.views.grid import grid
from coderouter_cli.cli.views.words import dollars
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.exchange import Attempt
from coderouter_cli.domain.money import Picodollars, usd_string
from coderouter_cli.domain.usage import Usage
from coderouter_cli.storage.ledger.rows import Record
from coderouter_cli.wire.registry import format_of


def record_view(record: Record) -> tuple[RenderableType, ...]:
    """The exchange for a person."""
    return tuple(_lines(record))


def record_data(record: Record) -> JsonObject:
    """The exchange for scripts; unknown figures are null."""
    row = record.row
    return {
        "sent": True,
        "id": row.id,
        "started_at": row.started_at.isoformat(),
        "client": row.client,
        "format": row.format.value,
        "lane": row.lane.value,
        "bypass": row.bypass,
        "requested_model": row.requested_model,
        "model": row.model,
        "provider": row.provider,
        "fidelity": row.fidelity.value,
        "status": row.status.value,
        "http_status": row.http_status,
        "duration_ms": record.duration_ms,
        "first_byte_ms": record.first_byte_ms,
        "usage": _usage(row.usage),
        "usage_source": None if row.usage_source is None else row.usage_source.value,
        "cost_usd": _usd(row.cost),
        "baselines": {
            "requested_usd": _usd(row.baselines.requested),
            "all_opus_usd": _usd(row.baselines.all_opus),
            "list_price_usd": _usd(row.baselines.list_price),
        },
        "attempts": [_attempt(attempt, _discrepancy(record, attempt)) for attempt in record.attempts],
        "decision": record.opening.decision,
    }


def _lines(record: Record) -> Iterator[RenderableType]:
    row = record.row
    took = "" if record.duration_ms is None else f" in {record.duration_ms / 1000:.2f} s"
    yield f"Request {row.id}, {row.started_at.astimezone():%Y-%m-%d %H:%M:%S}: {row.status.value}{took}."
    if row.usage is not None and row.usage_source is not None:
        used = row.usage
        yield (
            f"Used {used.prompt:,} prompt tokens ({used.cache_read:,} from the cache) "
            f"and {used.output:,} output tokens ({row.usage_source.value})."
        )
    differing = [gap for attempt in record.attempts if (gap := _discrepancy(record, attempt))]
    if differing:
        yield f"The provider's own total differs from the sum of its parts by {differing[-1]:+,} tokens."
    yield (
        f"Cost {dollars(row.cost)}; on {row.requested_model} it would have been "
        f"{dollars(row.baselines.requested)} (an estimate)."
    )
    yield (
        f"On Opus with its cache: {dollars(row.baselines.all_opus)}; on Opus without any cache, the list "
        f"price: {dollars(row.baselines.list_price)}."
    )
    if len(record.attempts) > 1:
        yield _attempts(record.attempts)


def _attempts(attempts: tuple[Attempt, ...]) -> Table:
    table = grid(
        "attempt", "model", "provider", "outcome", "ms", "cost", words=("model", "provider", "outcome")
    )
    for one in attempts:
        outcome = one.failure or "answered"
        table.add_row(
            str(one.number), one.model, one.provider, outcome, str(one.duration_ms), dollars(one.cost)
        )
    return table


def _discrepancy(record: Record, attempt: Attempt) -> int | None:
    """What the provider's own total says beyond its parts, in tokens; None where it said nothing."""
    spoken = {
        (target["provider"], target["model"]): target["format"]
        for target in record.opening.decision.get("chain", ())
    }
    name = spoken.get((attempt.provider, attempt.model))
    if name is None or attempt.raw_usage is None:
        return None
    return format_of(FormatName(name)).read_usage(attempt.raw_usage, None).discrepancy


def _attempt(attempt: Attempt, discrepancy: int | None) -> JsonObject:
    return {
        "number": attempt.number,
        "provider": attempt.provider,
        "model": attempt.model,
        "fidelity": attempt.fidelity.value,
        "duration_ms": attempt.duration_ms,
        "http_status": attempt.http_status,
        "failure": attempt.failure,
        "usage": _usage(attempt.usage),
        "usage_source": None if attempt.usage_source is None else attempt.usage_source.value,
        "raw_usage": attempt.raw_usage,
        "discrepancy": discrepancy,
        "cost_usd": _usd(attempt.cost),
    }


def _usage(usage: Usage | None) -> JsonObject | None:
    if usage is None:
        return None
    return {
        "input": usage.input,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "cache_write_long": usage.cache_write_long,
        "output": usage.output,
        "reasoning": usage.reasoning,
        "service_tier": usage.tier,
    }


def _usd(amount: Picodollars | None) -> str | None:
    return None if amount is None else usd_string(amount)
