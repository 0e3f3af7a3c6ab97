"""What an attempt cost, in picodollars.

A price that is not known makes a cost unknown (None), never zero. An attempt without usage - it
failed before the provider did any work - costs nothing and is not unknown.
"""

from collections.abc import Iterable
from datetime import datetime

from coderouter_cli.domain.exchange import Attempt
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.rates import RateCard
from coderouter_cli.domain.usage import Usage


def attempt_cost(card: RateCard | None, usage: Usage, started_at: datetime) -> Picodollars | None:
    """The cost of one attempt that started at ``started_at`` (an aware datetime).

    What the provider says it charged is the cost. Otherwise the rates are those of that moment, of the
    prompt's length and of the service tier the provider reported; a tier the card does not list is
    priced as the standard one.
    """
    if usage.billed is not None:
        return usage.billed
    return None if card is None else card.cost(usage, started_at)


def total_cost(attempts: Iterable[Attempt]) -> Picodollars | None:
    """The sum over an exchange's attempts; None when one that used tokens has no known cost."""
    total = 0
    for attempt in attempts:
        if attempt.usage is None:
            continue
        if attempt.cost is None:
            return None
        total += attempt.cost
    return Picodollars(total)
