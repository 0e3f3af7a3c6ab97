"""What a candidate is expected to cost from here on: marginal, with its own cache, in picodollars.

A turn is a run of exchanges over one growing prompt. The first pays for whatever of the prompt this
model does not hold in its cache; the following ones read what the exchange before left there and write
only what is new. So a warm expensive model often beats a cold cheap one, and the answer depends on how
many exchanges are still to come. On top come two prices that a switch hides: what the turn after this one
will cost where this one leaves the caches (`outlook` weighs it by what that turn may need), and, for a
client that wants its provider's safety verdicts, the checks it makes itself everywhere else.

`domain.warmth` states the cache rule; this module only sums it up. Exchanges whose prompts share a
price tier are summed in closed form, to a token per exchange.
"""

from dataclasses import dataclass
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
KEPT_PCT = ((300, 78), (1_800, 95), (3_600, 96))
"""How often a prefix kept for so many seconds is still there at the next human turn, in percent: the pauses
before 257 human turns of public Claude Code and Codex sessions."""
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
    begin, end = tokens_of(model, ahead.prompt), tokens_of(model, _end(ahead))
    rates = card.rates_for(begin, ahead.at)
    if begin < model.cache_min_tokens or rates is not card.rates_for(end, ahead.at):
        steps = _stepwise(model, card, ahead)
        return Forecast(Picodollars(sum(steps)), Picodollars(sum(steps[:half])))
    first = _one(model, rates, ahead.prompt, ahead.warm, long=ahead.long)
    write, output = _write_rate(model, rates, long=ahead.long), tokens_of(model, OUTPUT) * rates.output

    def after(more: int) -> int:
        """The first exchange and so many more: each reads the prompt before it and writes what is new."""
        read = more * ahead.prompt + GROWTH * (more * (more - 1) // 2)
        return (
            first
            + tokens_of(model, read) * rates.cache_read
            + tokens_of(model, more * GROWTH) * write
            + more * output
        )

    return Forecast(Picodollars(after(ahead.exchanges - 1)), Picodollars(after(half - 1)))


@dataclass(frozen=True, slots=True)
class NextTurn:
    """What the turn after this one costs on a model that this one ``stays`` on, or that it ``left`` alone."""

    stays: Picodollars
    left: Picodollars


def next_turn(model: Model, ahead: Prospect) -> NextTurn | None:
    """What a turn of the same length costs afterwards; None when the model's price is not known.

    A model that serves this turn holds its whole prompt at the end; one that is left alone holds what it
    holds now. Either counts as far as a prefix outlives the pause between two turns.
    """
    card = model.card
    if card is None:
        return None
    end = _end(ahead)
    kept = _kept_pct(model, long=ahead.long)
    prompt, stays = end + GROWTH, end * kept // 100
    later = Prospect(prompt, stays, ahead.exchanges, ahead.at, ahead.long)
    whole = forecast(model, later)
    if whole is None:
        return None
    # Only the first exchange knows what was warm before: what is not read there is written.
    total = tokens_of(model, prompt)
    rates = card.rates_for(total, ahead.at)
    held = _readable(model, total, stays) - _readable(
        model, total, min(ahead.warm, ahead.prompt) * kept // 100
    )
    dearer = held * (_write_rate(model, rates, long=ahead.long) - rates.cache_read)
    return NextTurn(whole.total, Picodollars(whole.total + dearer))


def check_price(checker: Model | None, exchanges: int, at: datetime) -> Forecast:
    """What a client's own safety checks cost, one for each exchange, where no provider gives verdicts.

    They are counted at the price of plain input: whether the client has their prompt cached was not
    measured. They count nothing when the price of the model that makes them is not known.
    """
    if checker is None or checker.card is None:
        return Forecast(Picodollars(0), Picodollars(0))
    tokens = tokens_of(checker, SAFETY_CHECK_TOKENS)
    each = tokens * checker.card.rates_for(tokens, at).input
    return Forecast(Picodollars(exchanges * each), Picodollars((exchanges + 1) // 2 * each))


def _end(ahead: Prospect) -> int:
    """The prompt of the last exchange."""
    return ahead.prompt + (ahead.exchanges - 1) * GROWTH


def _kept_pct(model: Model, *, long: bool) -> int:
    """How often what the model holds is still there at the next turn."""
    lifetime = model.cache_long_ttl_s if long and model.cache_long_ttl_s else model.cache_ttl_s
    return max((share for least, share in KEPT_PCT if lifetime >= least), default=0)


def _readable(model: Model, total: int, warm: int) -> int:
    """The tokens of a prompt that are read from the cache."""
    read = min(tokens_of(model, warm), total)
    return read if read >= model.cache_min_tokens else 0


def _one(model: Model, rates: Rates, prompt: int, warm: int, *, long: bool) -> int:
    """One exchange alone."""
    usage = simulate(tokens_of(model, prompt), tokens_of(model, min(warm, prompt)), model, long=long)
    return rates.cost(usage) + tokens_of(model, OUTPUT) * rates.output


def _stepwise(model: Model, card: RateCard, ahead: Prospect) -> list[int]:
    """Every exchange by itself: for prompts that cross a price tier, or are too short to be cached."""
    costs = []
    warm = ahead.warm
    for step in range(ahead.exchanges):
        prompt = ahead.prompt + step * GROWTH
        rates = card.rates_for(tokens_of(model, prompt), ahead.at)
        costs.append(_one(model, rates, prompt, warm, long=ahead.long))
        warm = prompt
    return costs


def _write_rate(model: Model, rates: Rates, *, long: bool) -> int:
    if not bills_writes(model):
        return rates.input
    return rates.cache_write_long if long else rates.cache_write
