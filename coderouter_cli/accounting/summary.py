"""A report's numbers: rows of the ledger in, one summary out, and the summary as JSON.

A row counts on both sides of a saving or on neither: where its cost or the baseline is unknown it is
left out of the comparison, and the comparison says how many rows it holds. What was paid is the sum of
all known costs, so it can be more than a comparison's side of it.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from coderouter_cli.accounting.figures import Comparison, ModelLine, PhaseLine, Spend, Summary, share
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.exchange import Row, Status
from coderouter_cli.domain.money import Picodollars, usd_string
from coderouter_cli.domain.phase import Phase
from coderouter_cli.domain.usage import UsageSource

__all__ = ["Summary", "bypass_of", "summarise", "summary_json"]

_OPUS = "opus"
_SHARE_DIGITS = 4
_PERCENT_DIGITS = 2
_Key = TypeVar("_Key", bound=str)


def summarise(rows: Iterable[Row]) -> Summary:
    """Sum the rows up, in one pass and in any order."""
    totals = _Totals()
    for row in rows:
        totals.add(row)
    return totals.summary()


def bypass_of(row: Row) -> str | None:
    """Why the router did not choose for this request; None when it did."""
    if row.lane is Lane.DIRECT:
        return row.bypass or "direct_lane"
    return row.bypass


def summary_json(summary: Summary) -> JsonObject:
    """The summary as one JSON object.

    Shares are 0 to 1 (``opus_share`` null when nothing was spent), ``saved_pct`` is in percent (null
    when there is no baseline), and ``*_usd`` are decimal strings. ``saved_usd`` is against
    ``requested``, over the requests that ``comparisons.requested`` counts.
    """
    return {
        "requests": summary.requests,
        "routed": summary.routed,
        "bypassed": summary.bypassed,
        "by_phase": [_phase(line, summary.requests) for line in summary.by_phase],
        "spend": _spend(summary.spend),
        "usage_sources": _sources(summary),
        "bypasses": dict(summary.bypasses),
        "statuses": {status.value: count for status, count in summary.statuses},
        "clients": dict(summary.clients),
        "retried": summary.retried,
        "by_model": [_model(line, summary.requests) for line in summary.by_model],
        "period": _period(summary),
        "annualised": _annualised(summary),
    }


@dataclass(slots=True)
class _Line:
    requests: int = 0
    cost: int = 0
    unknown: int = 0

    def add(self, row: Row) -> None:
        self.requests += 1
        self.cost += 0 if row.cost is None else row.cost
        self.unknown += _is_unknown(row)


@dataclass(slots=True)
class _Sides:
    requests: int = 0
    actual: int = 0
    baseline: int = 0

    def add(self, cost: Picodollars | None, baseline: Picodollars | None) -> None:
        if cost is None or baseline is None:
            return
        self.requests += 1
        self.actual += cost
        self.baseline += baseline

    def comparison(self) -> Comparison:
        return Comparison(self.requests, Picodollars(self.actual), Picodollars(self.baseline))


@dataclass(slots=True)
class _Totals:
    all: _Line = field(default_factory=_Line)
    opus: _Line = field(default_factory=_Line)
    requested: _Sides = field(default_factory=_Sides)
    all_opus: _Sides = field(default_factory=_Sides)
    list_price: _Sides = field(default_factory=_Sides)
    models: dict[tuple[Phase, str], _Line] = field(default_factory=dict)
    bypasses: Counter[str] = field(default_factory=Counter)
    statuses: Counter[Status] = field(default_factory=Counter)
    clients: Counter[str] = field(default_factory=Counter)
    sources: Counter[UsageSource] = field(default_factory=Counter)
    retried: int = 0
    first: datetime | None = None
    last: datetime | None = None

    def add(self, row: Row) -> None:
        self._count(row)
        self.all.add(row)
        self.models.setdefault((row.phase, row.model), _Line()).add(row)
        if _OPUS in row.model:
            self.opus.add(row)
        self.requested.add(row.cost, row.baselines.requested)
        self.all_opus.add(row.cost, row.baselines.all_opus)
        self.list_price.add(row.cost, row.baselines.list_price)

    def _count(self, row: Row) -> None:
        bypass = bypass_of(row)
        if bypass is not None:
            self.bypasses[bypass] += 1
        self.statuses[row.status] += 1
        self.clients[row.client] += 1
        if row.usage_source is not None:
            self.sources[row.usage_source] += 1
        self.retried += row.attempts > 1
        self.first = row.started_at if self.first is None else min(self.first, row.started_at)
        self.last = row.started_at if self.last is None else max(self.last, row.started_at)

    def summary(self) -> Summary:
        bypassed = self.bypasses.total()
        return Summary(
            requests=self.all.requests,
            routed=self.all.requests - bypassed,
            bypassed=bypassed,
            bypasses=_ranked(self.bypasses),
            statuses=_ranked(self.statuses),
            clients=_ranked(self.clients),
            usage_sources=_ranked(self.sources),
            retried=self.retried,
            by_phase=self._phases(),
            by_model=_model_lines(self.models),
            spend=self._spend(),
            first=self.first,
            last=self.last,
        )

    def _phases(self) -> tuple[PhaseLine, ...]:
        lines = []
        for phase in Phase:
            models = _model_lines({key: line for key, line in self.models.items() if key[0] is phase})
            requests = sum(line.requests for line in models)
            if requests:
                cost = Picodollars(sum(line.cost for line in models))
                lines.append(PhaseLine(phase, requests, cost, sum(line.unknown for line in models), models))
        return tuple(sorted(lines, key=lambda line: -line.requests))

    def _spend(self) -> Spend:
        return Spend(
            actual=Picodollars(self.all.cost),
            opus=Picodollars(self.opus.cost),
            unknown=self.all.unknown,
            requested=self.requested.comparison(),
            all_opus=self.all_opus.comparison(),
            list_price=self.list_price.comparison(),
        )


def _is_unknown(row: Row) -> bool:
    return row.cost is None and row.status is not Status.OPEN


def _ranked(counter: Counter[_Key]) -> tuple[tuple[_Key, int], ...]:
    return tuple(sorted(counter.items(), key=lambda item: (-item[1], item[0])))


def _model_lines(lines: dict[tuple[Phase, str], _Line]) -> tuple[ModelLine, ...]:
    merged: dict[str, _Line] = {}
    for (_, model), line in lines.items():
        into = merged.setdefault(model, _Line())
        into.requests += line.requests
        into.cost += line.cost
        into.unknown += line.unknown
    ranked = sorted(merged.items(), key=lambda item: (-item[1].requests, item[0]))
    return tuple(ModelLine(model, one.requests, Picodollars(one.cost), one.unknown) for model, one in ranked)


def _phase(line: PhaseLine, requests: int) -> JsonObject:
    return {
        "phase": line.phase.value,
        "requests": line.requests,
        "share": _share(line.requests, requests),
        "models": [_model(model, line.requests) for model in line.models],
        "cost_usd": usd_string(line.cost),
        "unknown_cost": line.unknown,
    }


def _model(line: ModelLine, requests: int) -> JsonObject:
    return {
        "model": line.model,
        "requests": line.requests,
        "share": _share(line.requests, requests),
        "cost_usd": usd_string(line.cost),
        "unknown_cost": line.unknown,
    }


def _spend(spend: Spend) -> JsonObject:
    comparisons = {
        "requested": spend.requested,
        "all_opus": spend.all_opus,
        "list_price": spend.list_price,
    }
    return {
        "actual_usd": usd_string(spend.actual),
        "baselines": {f"{name}_usd": usd_string(one.baseline) for name, one in comparisons.items()},
        "saved_usd": usd_string(spend.requested.saved),
        "saved_pct": _percent(spend.requested),
        "opus_share": None if spend.opus_share is None else round(spend.opus_share, _SHARE_DIGITS),
        "unknown_cost": spend.unknown,
        "comparisons": {name: _comparison(one) for name, one in comparisons.items()},
    }


def _comparison(one: Comparison) -> JsonObject:
    return {
        "requests": one.requests,
        "actual_usd": usd_string(one.actual),
        "baseline_usd": usd_string(one.baseline),
        "saved_usd": usd_string(one.saved),
        "saved_pct": _percent(one),
    }


def _sources(summary: Summary) -> JsonObject:
    counted = dict(summary.usage_sources)
    return {source.value: counted.get(source, 0) for source in UsageSource}


def _period(summary: Summary) -> JsonObject | None:
    if summary.first is None or summary.last is None:
        return None
    return {
        "first": summary.first.isoformat(),
        "last": summary.last.isoformat(),
        "seconds": summary.span.total_seconds(),
    }


def _annualised(summary: Summary) -> JsonObject | None:
    actual = summary.annualised(summary.spend.actual)
    saved = summary.annualised(summary.spend.requested.saved)
    if actual is None or saved is None:
        return None
    return {"label": "estimate", "actual_usd": usd_string(actual), "saved_usd": usd_string(saved)}


def _share(part: int, whole: int) -> float:
    return round(share(part, whole) or 0.0, _SHARE_DIGITS)


def _percent(one: Comparison) -> float | None:
    return None if one.saved_pct is None else round(one.saved_pct, _PERCENT_DIGITS)
