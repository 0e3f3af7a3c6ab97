"""What a model costs: rate cards in integer picodollars per token."""

from dataclasses import dataclass
from datetime import UTC, datetime

from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class Rates:
    """Picodollars per token, one figure per class of token.

    A provider that does not bill cache writes apart has ``cache_write == input``: the tokens of a
    write are then simply uncached input.
    """

    input: Picodollars
    cache_read: Picodollars
    cache_write: Picodollars
    cache_write_long: Picodollars
    output: Picodollars

    def cost(self, usage: Usage) -> Picodollars:
        """The price of a usage at these rates; reasoning is billed as output."""
        return Picodollars(
            usage.input * self.input
            + usage.cache_read * self.cache_read
            + usage.cache_write * self.cache_write
            + usage.cache_write_long * self.cache_write_long
            + usage.output * self.output
        )


@dataclass(frozen=True, slots=True)
class RateRule:
    """Rates with the conditions under which they hold; all conditions must hold.

    ``over_tokens``: the prompt is longer than this; the whole request is then priced at these
    rates. ``minutes_utc``: half-open window ``[start, end)`` of minutes since midnight UTC, which
    does not cross midnight. ``weekdays``: Monday is 0, in UTC. ``since``: effective from this moment
    on. ``tier``: the provider reported this service tier (``flex``, ``priority``, ``fast``,
    ``batch``); a rule without one holds for every tier.
    """

    rates: Rates
    over_tokens: int = 0
    minutes_utc: tuple[int, int] | None = None
    weekdays: frozenset[int] | None = None
    since: datetime | None = None
    tier: str | None = None

    def holds(self, prompt_tokens: int, at: datetime, tier: str | None = None) -> bool:
        """Whether the rule applies to a prompt of this size, sent at this moment, in this tier."""
        if self.tier is not None and tier != self.tier:
            return False
        if self.over_tokens and prompt_tokens <= self.over_tokens:
            return False
        return self._holds_at(at.astimezone(UTC))

    def _holds_at(self, moment: datetime) -> bool:
        if self.since is not None and moment < self.since:
            return False
        if self.weekdays is not None and moment.weekday() not in self.weekdays:
            return False
        if self.minutes_utc is None:
            return True
        start, end = self.minutes_utc
        return start <= moment.hour * 60 + moment.minute < end


@dataclass(frozen=True, slots=True)
class RateCard:
    """A model's prices: base rates, and rules that replace them; the last rule that holds wins.

    ``base`` is what holds when no rule does. Where a price has changed it is the oldest we know, so
    ask `rates_for` for the price of a moment, also of this one. ``source`` names where the figures
    come from, for `models` and for the ledger.
    """

    model: str
    base: Rates
    rules: tuple[RateRule, ...] = ()
    source: str = ""

    def rates_for(self, prompt_tokens: int, at: datetime, tier: str | None = None) -> Rates:
        """The rates for a prompt of this size, sent at this moment, in this service tier.

        Raises:
            ValueError: ``at`` has no time zone, so nobody knows which moment it is.
        """
        if at.tzinfo is None:
            msg = "a price needs a moment with a time zone"
            raise ValueError(msg)
        for rule in reversed(self.rules):
            if rule.holds(prompt_tokens, at, tier):
                return rule.rates
        return self.base

    def cost(self, usage: Usage, at: datetime) -> Picodollars:
        """The price of one attempt that started at ``at``."""
        return self.rates_for(usage.prompt, at, usage.tier).cost(usage)
