"""Ledger values to columns and back."""

import json
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Fidelity, Lane
from coderouter_cli.domain.exchange import (
    Attempt,
    Baselines,
    Closing,
    Opening,
    Progress,
    Row,
    Status,
)
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.domain.usage import Usage, UsageSource

SqlValue = int | float | str | None
Columns = Mapping[str, SqlValue]

_COUNTS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_long_tokens",
    "output_tokens",
    "reasoning_tokens",
    "service_tier",
)
"""The columns of a usage."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Record:
    """One exchange whole: for `explain`, and to replay its decision."""

    opening: Opening
    row: Row
    duration_ms: int | None
    first_byte_ms: int | None
    attempts: tuple[Attempt, ...]


def to_ms(moment: datetime) -> int:
    """Unix milliseconds of an aware datetime, exactly, rounded down."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def from_ms(value: int) -> datetime:
    """The moment in UTC."""
    return _EPOCH + timedelta(milliseconds=value)


def opening_columns(opening: Opening) -> Columns:
    """A new row."""
    return {
        "id": opening.id,
        "started_at": to_ms(opening.started_at),
        "client": opening.client,
        "format": opening.format.value,
        "lane": opening.lane.value,
        "bypass": opening.bypass,
        "kind": opening.kind.value,
        "phase": opening.phase.value,
        "difficulty": opening.difficulty.value,
        "confidence": opening.confidence,
        "requested_model": opening.requested_model,
        "model": opening.model,
        "provider": opening.provider,
        "fidelity": opening.fidelity.value,
        "session": opening.session,
        "conversation": opening.conversation,
        "stream": int(opening.stream),
        "estimate": opening.estimate,
        "decision": _to_json(opening.decision),
    }


def progress_columns(progress: Progress) -> Columns:
    """What a row knows from its first content on."""
    return {
        "provider": progress.provider,
        "model": progress.model,
        "fidelity": progress.fidelity.value,
        "first_byte_ms": progress.first_byte_ms,
        **_usage_columns(progress.usage, progress.usage_source, progress.cost),
        **_baseline_columns(progress.baselines),
    }


def closing_columns(closing: Closing) -> Columns:
    """The rest of a row."""
    return {
        "status": closing.status.value,
        "http_status": closing.http_status,
        "provider": closing.provider,
        "model": closing.model,
        "fidelity": closing.fidelity.value,
        "duration_ms": closing.duration_ms,
        "first_byte_ms": closing.first_byte_ms,
        **_usage_columns(closing.usage, closing.usage_source, closing.cost),
        **_baseline_columns(closing.baselines),
        "attempts": len(closing.attempts),
    }


def attempt_columns(exchange: str, attempt: Attempt) -> Columns:
    """One row of the attempts."""
    return {
        "exchange_id": exchange,
        "number": attempt.number,
        "provider": attempt.provider,
        "model": attempt.model,
        "fidelity": attempt.fidelity.value,
        "started_at": to_ms(attempt.started_at),
        "duration_ms": attempt.duration_ms,
        "http_status": attempt.http_status,
        "failure": attempt.failure,
        **_usage_columns(attempt.usage, attempt.usage_source, attempt.cost),
        "raw_usage": None if attempt.raw_usage is None else _to_json(attempt.raw_usage),
    }


def _usage_columns(usage: Usage | None, source: UsageSource | None, cost: Picodollars | None) -> Columns:
    return {
        **(dict.fromkeys(_COUNTS) if usage is None else _counts(usage)),
        "usage_source": None if source is None else source.value,
        "cost": cost,
    }


def _counts(usage: Usage) -> Columns:
    return {
        "input_tokens": usage.input,
        "cache_read_tokens": usage.cache_read,
        "cache_write_tokens": usage.cache_write,
        "cache_write_long_tokens": usage.cache_write_long,
        "output_tokens": usage.output,
        "reasoning_tokens": usage.reasoning,
        "service_tier": usage.tier,
    }


def _baseline_columns(baselines: Baselines) -> Columns:
    return {
        "baseline_requested": baselines.requested,
        "baseline_all_opus": baselines.all_opus,
        "baseline_list_price": baselines.list_price,
    }


def _to_json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))


def row_from(found: sqlite3.Row) -> Row:
    """A row as reports read it; an open one shows no figures, for they are not its last."""
    status = Status(found["status"])
    settled = status is not Status.OPEN
    return Row(
        id=found["id"],
        started_at=from_ms(found["started_at"]),
        client=found["client"],
        format=FormatName(found["format"]),
        lane=Lane(found["lane"]),
        bypass=found["bypass"],
        kind=RequestKind(found["kind"]),
        phase=Phase(found["phase"]),
        difficulty=Difficulty(found["difficulty"]),
        requested_model=found["requested_model"],
        model=found["model"],
        provider=found["provider"],
        fidelity=Fidelity(found["fidelity"]),
        session=found["session"],
        status=status,
        http_status=found["http_status"],
        usage=_usage_from(found) if settled else None,
        usage_source=_maybe(UsageSource, found["usage_source"]) if settled else None,
        cost=found["cost"] if settled else None,
        baselines=_baselines_from(found) if settled else Baselines(None, None, None),
        attempts=found["attempts"],
    )


def record_from(found: sqlite3.Row, attempts: list[sqlite3.Row]) -> Record:
    """A row with everything that belongs to it."""
    row = row_from(found)
    opening = Opening(
        id=row.id,
        started_at=row.started_at,
        client=row.client,
        format=row.format,
        lane=row.lane,
        bypass=row.bypass,
        kind=row.kind,
        phase=row.phase,
        difficulty=row.difficulty,
        confidence=found["confidence"],
        requested_model=row.requested_model,
        model=row.model,
        provider=row.provider,
        fidelity=row.fidelity,
        session=row.session,
        conversation=found["conversation"],
        stream=bool(found["stream"]),
        estimate=found["estimate"],
        decision=json.loads(found["decision"]),
    )
    tries = tuple(map(_attempt_from, attempts))
    return Record(opening, row, found["duration_ms"], found["first_byte_ms"], tries)


def _attempt_from(found: sqlite3.Row) -> Attempt:
    return Attempt(
        number=found["number"],
        provider=found["provider"],
        model=found["model"],
        fidelity=Fidelity(found["fidelity"]),
        started_at=from_ms(found["started_at"]),
        duration_ms=found["duration_ms"],
        http_status=found["http_status"],
        failure=found["failure"],
        usage=_usage_from(found),
        usage_source=_maybe(UsageSource, found["usage_source"]),
        raw_usage=_maybe(json.loads, found["raw_usage"]),
        cost=found["cost"],
    )


def _usage_from(found: sqlite3.Row) -> Usage | None:
    if found["input_tokens"] is None:
        return None
    return Usage(
        input=found["input_tokens"],
        cache_read=found["cache_read_tokens"],
        cache_write=found["cache_write_tokens"],
        cache_write_long=found["cache_write_long_tokens"],
        output=found["output_tokens"],
        reasoning=found["reasoning_tokens"],
        tier=found["service_tier"],
    )


def _baselines_from(found: sqlite3.Row) -> Baselines:
    return Baselines(found["baseline_requested"], found["baseline_all_opus"], found["baseline_list_price"])


def _maybe(make: Callable[[str], _T], text: str | None) -> _T | None:
    return None if text is None else make(text)
