"""The report, as the CodeRouter post tells it: how much was routed, where each phase went, the money."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table

from coderouter_cli.accounting.figures import Comparison, PhaseLine, Spend, Summary, share
from coderouter_cli.cli.views.grid import grid
from coderouter_cli.cli.views.words import dollars, percent, plural
from coderouter_cli.domain.exchange import Status
from coderouter_cli.domain.usage import UsageSource

_TOP_MODELS = 4


def report_view(summary: Summary) -> tuple[RenderableType, ...]:
    """The whole report for a terminal, or for a file."""
    if not summary.requests:
        return ("No requests yet. Point a client here with `coderouter init`, or try `coderouter demo`.",)
    tables = (_traffic(summary), _phases(summary), _models(summary), _money(summary.spend))
    spaced: list[RenderableType] = [part for table in tables for part in (table, "")]
    return (*spaced, *_remarks(summary))


def _traffic(summary: Summary) -> Table:
    table = grid("Traffic", "requests", "share", words=("Traffic",))
    table.add_row("routed by phase", f"{summary.routed:,}", percent(share(summary.routed, summary.requests)))
    table.add_row(
        "bypassed the router", f"{summary.bypassed:,}", percent(share(summary.bypassed, summary.requests))
    )
    for reason, count in summary.bypasses:
        table.add_row(f"  {reason.replace('_', ' ')}", f"{count:,}", percent(share(count, summary.requests)))
    return table


def _phases(summary: Summary) -> Table:
    table = grid("Phase", "requests", "share", "cost", "routed to", words=("routed to",))
    for line in summary.by_phase:
        table.add_row(
            line.phase.value,
            f"{line.requests:,}",
            percent(share(line.requests, summary.requests)),
            dollars(line.cost),
            _mix(line),
        )
    return table


def _mix(line: PhaseLine) -> str:
    shown = [
        f"{m.model} {percent(share(m.requests, line.requests), digits=0)}" for m in line.models[:_TOP_MODELS]
    ]
    rest = len(line.models) - _TOP_MODELS
    return " + ".join(shown) + (f" + {rest} more" if rest > 0 else "")


def _models(summary: Summary) -> Table:
    table = grid("Model", "requests", "share", "cost")
    for line in summary.by_model:
        cost = dollars(line.cost) if line.unknown < line.requests else "unknown"
        table.add_row(line.model, f"{line.requests:,}", percent(share(line.requests, summary.requests)), cost)
    return table


def _money(spend: Spend) -> Table:
    table = grid("Money", "actual", "would have cost", "saved", "", words=("Money",))
    rows = (
        ("the models asked for, with their cache", spend.requested),
        ("all Opus, with its cache", spend.all_opus),
        ("all Opus at list price, no cache (the marketing number)", spend.list_price),
    )
    for label, comparison in rows:
        table.add_row(label, *_comparison(comparison))
    return table


def _comparison(one: Comparison) -> Iterator[str]:
    yield dollars(one.actual)
    yield dollars(one.baseline)
    yield dollars(one.saved)
    yield "-" if one.saved_pct is None else f"{one.saved_pct:.1f} %"


def _remarks(summary: Summary) -> Iterator[RenderableType]:
    spend = summary.spend
    yield f"Spent {dollars(spend.actual)}; Opus took {percent(spend.opus_share)} of it."
    yield from _year(summary)
    counted = dict(summary.usage_sources)
    usage = ", ".join(f"{counted.get(source, 0):,} {source.value}" for source in UsageSource)
    yield f"Usage: {usage}. The 'would have cost' figures are estimates."
    if spend.unknown:
        yield f"{plural(spend.unknown, 'request')} at unknown cost: in no sum and in no saving."
    unfinished = {status: count for status, count in summary.statuses if status is not Status.DONE}
    if unfinished:
        told = ", ".join(f"{count:,} {status.value}" for status, count in unfinished.items())
        yield f"Not finished: {told}. What a cut request cost is a lower bound."


def _year(summary: Summary) -> Iterator[str]:
    """Annualised figures, where the time they are taken from can bear them."""
    saved = summary.annualised(summary.spend.requested.saved)
    actual = summary.annualised(summary.spend.actual)
    if saved is None or actual is None:
        yield "A year at this pace: shown from an hour of use on."
    else:
        yield f"A year at this pace: {dollars(actual)} spent, {dollars(saved)} saved (an estimate)."
