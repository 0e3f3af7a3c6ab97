"""A report's numbers, as values. `summary` fills them from the ledger's rows.

Money is a sum of integers; a share becomes a float only where it is asked for.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from coderouter_cli.domain.exchange import Status
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.phase import Phase
from coderouter_cli.domain.usage import UsageSource

_YEAR = timedelta(days=365)
_MICROSECOND = timedelta(microseconds=1)
LEAST_SPAN = timedelta(hours=1)
"""A shorter time says nothing about a year."""


@dataclass(frozen=True, slots=True)
class ModelLine:
    """One model's part: requests it answered, what they cost, and how many of them at unknown cost."""

    model: str
    requests: int
    cost: Picodollars
    unknown: int


@dataclass(frozen=True, slots=True)
class PhaseLine:
    """One phase's part, and its models, the busiest first."""

    phase: Phase
    requests: int
    cost: Picodollars
    unknown: int
    models: tuple[ModelLine, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """What so many requests cost, and what a baseline says they would have cost."""

    requests: int
    actual: Picodollars
    baseline: Picodollars

    @property
    def saved(self) -> Picodollars:
        """Baseline less actual; negative when routing lost money."""
        return Picodollars(self.baseline - self.actual)

    @property
    def saved_pct(self) -> float | None:
        """The saving in percent of the baseline; None when the baseline is nothing."""
        return None if self.baseline == 0 else 100 * self.saved / self.baseline


@dataclass(frozen=True, slots=True)
class Spend:
    """What was paid, and three comparisons.

    ``unknown`` counts closed requests whose cost is not known; ``opus`` is the part of ``actual`` that
    models with Opus in their name took.
    """

    actual: Picodollars
    opus: Picodollars
    unknown: int
    requested: Comparison
    all_opus: Comparison
    list_price: Comparison

    @property
    def opus_share(self) -> float | None:
        """Opus' part of what was paid, 0 to 1; None when nothing was."""
        return share(self.opus, self.actual)


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything a report shows.

    ``routed`` are smart-lane requests for which the router chose; all others are ``bypassed``, and
    ``bypasses`` says why. Counters are in falling order. ``first`` and ``last`` are when the first and
    last request started (UTC), None without any.
    """

    requests: int
    routed: int
    bypassed: int
    bypasses: tuple[tuple[str, int], ...]
    statuses: tuple[tuple[Status, int], ...]
    clients: tuple[tuple[str, int], ...]
    usage_sources: tuple[tuple[UsageSource, int], ...]
    retried: int
    """Requests that took more than one attempt."""
    by_phase: tuple[PhaseLine, ...]
    by_model: tuple[ModelLine, ...]
    spend: Spend
    first: datetime | None
    last: datetime | None

    @property
    def span(self) -> timedelta:
        """From the first request to the last."""
        return timedelta(0) if self.first is None or self.last is None else self.last - self.first

    def annualised(self, amount: Picodollars) -> Picodollars | None:
        """The amount, had it gone on like this for a year of 365 days; None below `LEAST_SPAN`.

        An estimate, and a poor one for a short span.
        """
        if self.span < LEAST_SPAN:
            return None
        return Picodollars(amount * (_YEAR // _MICROSECOND) // (self.span // _MICROSECOND))


def share(part: int, whole: int) -> float | None:
    """A part of a whole, 0 to 1; None when there is no whole."""
    return None if whole == 0 else part / whole
