"""What an exchange would have cost otherwise: the three baselines of `domain.exchange.Baselines`.

*Requested* and *all Opus* are priced with the prompt cache a session on that one model would have
had. Without it every report would be flattered: on recorded sessions, doing nothing at all "saves"
76 to 84 % against list price. *List price* is that flattering number, kept for comparison.

One case is not an estimate: when the model that answered is the baseline model, and nothing before
it in the conversation went elsewhere, the baseline is what was really paid. With routing switched
off a report therefore shows a saving of exactly zero.
"""

from dataclasses import dataclass
from datetime import datetime

from coderouter_cli.accounting.cache_model import elsewhere, uncached
from coderouter_cli.accounting.cost import attempt_cost
from coderouter_cli.domain.exchange import Baselines
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.usage import Usage

UNKNOWN = Baselines(requested=None, all_opus=None, list_price=None)
"""Of an exchange whose usage nobody knows."""


@dataclass(frozen=True, slots=True)
class BaselineInput:
    """One model that could have answered instead, in the world where it answers everything.

    ``warm_tokens`` is how much of the prompt it would have cached there, in estimated tokens
    (`Prefix`'s unit). ``never_left`` says that every exchange of this conversation so far was really
    answered by it. ``model`` is None when the catalog does not know it.
    """

    model: Model | None
    warm_tokens: int = 0
    never_left: bool = False


@dataclass(frozen=True, slots=True)
class Answered:
    """What really happened: the model that answered, what it used and what all attempts cost.

    ``estimate`` is the whole prompt in estimated tokens, the measure of ``warm_tokens``.
    """

    model: Model
    usage: Usage | None
    cost: Picodollars | None
    started_at: datetime
    estimate: int


def baselines(real: Answered, requested: BaselineInput, all_opus: BaselineInput) -> Baselines:
    """All three baselines of one exchange; each None where a price is unknown."""
    if real.usage is None:
        return UNKNOWN
    return Baselines(
        requested=_with_cache(real, real.usage, requested),
        all_opus=_with_cache(real, real.usage, all_opus),
        list_price=_list_price(real, real.usage, all_opus.model),
    )


def _with_cache(real: Answered, usage: Usage, other: BaselineInput) -> Picodollars | None:
    if other.model is None:
        return None
    if other.never_left and other.model.id == real.model.id:
        return real.cost
    imagined = elsewhere(usage, real.model, other.model, warm=other.warm_tokens, estimate=real.estimate)
    return attempt_cost(other.model.card, imagined, real.started_at)


def _list_price(real: Answered, usage: Usage, opus: Model | None) -> Picodollars | None:
    if opus is None:
        return None
    return attempt_cost(opus.card, uncached(usage, real.model, opus), real.started_at)
