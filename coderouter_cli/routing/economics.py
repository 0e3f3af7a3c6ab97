"""What a candidate is expected to cost from here on: marginal, with its own cache, in picodollars.

A turn is a run of exchanges over one growing prompt. The first pays for whatever of the prompt this
model does not hold in its cache; the following ones read what the exchange before left there and write
only what is new. So a warm expensive model often beats a cold cheap one, and the answer depends on how
many exchanges are still to come. On top come two prices that a switch hides: that of coming back to a
better model whose cache has meanwhile stood still, and, for a client that wants its provider's safety
verdicts, that of the checks it makes itself everywhere else.

`domain.warmth` states the cache rule; this module only sums it up. Exchanges whose prompts share a
price tier are summed in closed form.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from coderouter_cli.domain.model import Model
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.rates import RateCard, Rates
from coderouter_cli.domain.warmth import bills_writes, simulate, tokens_of

GROWTH = 1_500
"""Tokens a prompt grows by from one exchange to the next: about the mean of public sessions
(Claude Code 1,440, Codex 980)."""
OUTPUT = 500
"""Tokens of an answer; the same sessions have 350 and 420, without what today's models think more."""
RETURN_PCT = 20
"""How likely the next turn needs the better model back: the share of hard turns assumed where
switching policies were compared on the same sessions."""
SAFETY_CHECK_TOKENS = 36_000
"""Claude Code's own safety check, one per checked action (measured with 2.1.330: 144 kB)."""
SAFETY_CHECK_MODEL = "claude-sonnet-5"
"""The model it asks for, whatever the session's is."""


@dataclass(frozen=True, slots=True)
class Prospect:
    """What is to come: a prompt, and how many exchanges over it.

    ``prompt`` and ``warm`` (what of it the model holds) are in estimated (Claude 4.5) tokens. ``at`` is
    aware; the prices are those of that moment, since a turn is short against their windows. ``long``:
    the client asks for the long cache.
    """

    prompt: int
    warm: int
    exchanges: int
    at: datetime
    long: bool = False


@dataclass(frozen=True, slots=True)
class Forecast:
    """The cost of all exchanges ahead, and of the first half of them (rounded up)."""

    total: Picodollars
    early: Picodollars


def forecast(model: Model, ahead: Prospect) -> Forecast | None:
    """What the exchanges ahead cost on this model; None when its price is not known."""
    card = model.card
    if card is None:
        return None
    half = (ahead.exchanges + 1) // 2
    held = [tokens_of(model, ahead.prompt + step * GROWTH) for step in range(ahead.exchanges)]
    rates = card.rates_for(held[0], ahead.at)
    if held[0] < model.cache_min_tokens or rates is not card.rates_for(held[-1], ahead.at):
        steps = _stepwise(model, card, ahead)
        return Forecast(Picodollars(sum(steps)), Picodollars(sum(steps[:half])))
    write = _write_rate(model, rates, long=ahead.long)
    first, output = _one(model, rates, ahead), tokens_of(model, OUTPUT) * rates.output
    total, early = (
        first + sum(run[:-1]) * rates.cache_read + (run[-1] - run[0]) * write + (len(run) - 1) * output
        for run in (held, held[:half])
    )
    return Forecast(Picodollars(total), Picodollars(early))


def return_price(model: Model, ahead: Prospect) -> Picodollars:
    """What leaving this model for the turn makes a later return dearer, weighed by its likelihood.

    Staying, it would hold the whole prompt at the end of the turn; left alone, it holds what it holds
    now. 0 when nothing is warm there, or when its price is not known.
    """
    if model.card is None or ahead.warm == 0:
        return Picodollars(0)
    end = tokens_of(model, _end(ahead))
    missing = max(0, end - tokens_of(model, ahead.warm))
    rates = model.card.rates_for(end, ahead.at)
    dearer = _write_rate(model, rates, long=ahead.long) - rates.cache_read
    return Picodollars(missing * dearer * RETURN_PCT // 100)


def with_safety_checks(cost: Forecast, checker: Model | None, ahead: Prospect) -> Forecast:
    """The cost where the provider gives no safety verdicts and the client checks each exchange itself.

    The checks are counted at the price of plain input: whether the client has their prompt cached was
    not measured. They count nothing when the price of the model that makes them is not known.
    """
    if checker is None or checker.card is None:
        return cost
    tokens = tokens_of(checker, SAFETY_CHECK_TOKENS)
    each = tokens * checker.card.rates_for(tokens, ahead.at).input
    half = (ahead.exchanges + 1) // 2
    return Forecast(Picodollars(cost.total + ahead.exchanges * each), Picodollars(cost.early + half * each))


def _end(ahead: Prospect) -> int:
    """The prompt of the last exchange."""
    return ahead.prompt + (ahead.exchanges - 1) * GROWTH


def _one(model: Model, rates: Rates, ahead: Prospect) -> int:
    """The first exchange alone."""
    warm = min(ahead.warm, ahead.prompt)
    usage = simulate(tokens_of(model, ahead.prompt), tokens_of(model, warm), model, long=ahead.long)
    return rates.cost(usage) + tokens_of(model, OUTPUT) * rates.output


def _stepwise(model: Model, card: RateCard, ahead: Prospect) -> list[int]:
    """Every exchange by itself: for prompts that cross a price tier, or are too short to be cached."""
    costs = []
    warm = ahead.warm
    for step in range(ahead.exchanges):
        now = replace(ahead, prompt=ahead.prompt + step * GROWTH, warm=warm)
        costs.append(_one(model, card.rates_for(tokens_of(model, now.prompt), ahead.at), now))
        warm = now.prompt
    return costs


def _write_rate(model: Model, rates: Rates, *, long: bool) -> int:
    if not bills_writes(model):
        return rates.input
    return rates.cache_write_long if long else rates.cache_write
