"""What recorded sessions would have cost, as data and as a table."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table

from coderouter_cli.cli.views.grid import grid
from coderouter_cli.cli.views.words import dollars, percent, plural
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.money import usd_string
from coderouter_cli.simulation.error import CacheError
from coderouter_cli.simulation.savings import OPTIMUM, OURS, STICKY, Line, Savings

_REQUESTED = "always-requested"


def savings_data(savings: Savings, error: CacheError | None) -> JsonObject:
    """As JSON. ``*_usd`` are decimal strings, shares 0 to 1; ``regret_pct`` is against the clairvoyant."""
    return {
        "policies": [_policy(line, savings) for line in savings.lines],
        "dearer_than_sticky": round(savings.dearer, 4),
        "transcripts": savings.transcripts,
        "threads": savings.threads,
        "turns": savings.turns,
        "steps": savings.steps,
        "draws": savings.draws,
        "cache_error": None
        if error is None
        else {
            "total_pct": round(100 * error.total, 2),
            "median_pct": round(100 * error.median, 2),
            "transcripts": error.transcripts,
        },
    }


def _policy(line: Line, savings: Savings) -> JsonObject:
    return {
        "policy": line.policy,
        "cost_usd": usd_string(line.cost),
        "cost_range_usd": [usd_string(line.least), usd_string(line.most)],
        "switches": round(line.switches, 1),
        "regret_pct": round(savings.regret_pct(line.policy), 2),
        "share_at_bar": round(line.share_at_bar, 4),
        "saved_pct": _saved(line, savings),
    }


def _saved(line: Line, savings: Savings) -> float | None:
    """Against the model asked for, with its cache."""
    whole = savings.line(_REQUESTED).cost
    return None if not whole else round(100 * (whole - line.cost) / whole, 2)


def savings_view(
    savings: Savings, error: CacheError | None, asked: str, broken: int
) -> tuple[RenderableType, ...]:
    """For a person."""
    counts = (plural(savings.transcripts, "session"), plural(savings.turns, "turn"))
    drawn = f"{plural(savings.draws, 'draw')} of what each turn needs"
    return (
        f"{', '.join(counts)}, {plural(savings.steps, 'request')}; {drawn}.",
        "",
        _table(savings),
        "",
        *_remarks(savings, error, asked, broken),
    )


def _table(savings: Savings) -> Table:
    table = grid("Policy", "cost", "range", "saved", "regret", "switches", "at bar", gap=2)
    for line in savings.lines:
        saved = _saved(line, savings)
        table.add_row(
            line.policy,
            dollars(line.cost),
            f"{dollars(line.least)}-{dollars(line.most).lstrip('$')}",
            "-" if saved is None else f"{saved:.0f} %",
            f"{savings.regret_pct(line.policy):.1f} %",
            f"{line.switches:,.0f}",
            percent(line.share_at_bar, digits=0),
        )
    return table


def _remarks(savings: Savings, error: CacheError | None, asked: str, broken: int) -> Iterator[str]:
    yield f"Every client asks for {asked}; 'saved' is against that model with its prompt cache."
    yield f"'regret' is against {OPTIMUM}, who knows the future; 'at bar': good enough."
    yield f"{percent(savings.dearer)} of sessions cost more under {OURS} than {STICKY}, by 5 % and 5 cents."
    yield "All figures are estimates: the prompt cache is simulated."
    if error is not None:
        yield (
            f"On what providers reported for prompts it is off by {100 * error.total:+.0f} % in sum, "
            f"{100 * error.median:.0f} % in a session."
        )
    if broken:
        yield f"{plural(broken, 'line')} could not be read and were skipped."
