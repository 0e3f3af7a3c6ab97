"""What each step of a thread costs on each model, as its cache stands: the table every policy reads.

The cache of a (conversation, model) is known from one number, the step that used it last: the model holds
that step's prompt, as far as later prompts still begin with it, until its provider's time is over.
`domain.warmth` turns what is held into usage, as it does for the router and the ledger's baselines.
"""

import math
from collections.abc import Sequence
from datetime import timedelta

from coderouter_cli.domain.model import Model
from coderouter_cli.domain.rates import Rates
from coderouter_cli.domain.usage import Usage
from coderouter_cli.domain.warmth import simulate, tokens_of
from coderouter_cli.routing.economics import OUTPUT
from coderouter_cli.simulation.scene import Beat, Scene

NEVER = -1
"""The step of a model that has not been used in this thread."""


class Costs:
    """The costs of one thread on some models, each of which has a price. Models are named by their position.

    ``last`` is everywhere the step at which the thread last used the model, or `NEVER`.
    """

    def __init__(self, scene: Scene, models: Sequence[Model]) -> None:
        self.scene = scene
        self.models = tuple(models)
        self._costs: dict[tuple[int, int, int], int] = {}
        self._shared: dict[tuple[int, int], int] = {}
        self._runs: dict[tuple[int, int, int, int], int] = {}
        self.shortest_life = timedelta(seconds=min(model.cache_ttl_s for model in self.models))
        sizes = (size for beat in scene.beats for size in (beat.prompt, beat.kept) if size)
        self._shortest = min(sizes, default=0)
        self._undercuts: dict[tuple[int, int], bool] = {}
        self._per_token = [[_per_token(model, beat) for beat in scene.beats] for model in self.models]
        self._gains = [max(fresh - read for read, fresh, _ in steps) for steps in self._per_token]
        self._lives = [tuple(_lifetime(model, long=long) for long in (False, True)) for model in self.models]

    def warm(self, step: int, model: int, last: int) -> int:
        """Estimated tokens of this step's prompt that the model still holds."""
        if last == NEVER:
            return 0
        beats = self.scene.beats
        if beats[step].at - beats[last].at >= self._lives[model][beats[last].long]:
            return 0
        return self._kept(last, step)

    def cost(self, step: int, model: int, last: int) -> int:
        """What the step costs there, in picodollars."""
        key = step, model, last
        known = self._costs.get(key)
        if known is None:
            known = self._costs[key] = self._cost(step, model, self.warm(step, model, last))
        return known

    def run_cost(self, run: range, model: int, last: int) -> int:
        """What several steps in a row cost there, in picodollars."""
        key = run.start, run.stop, model, last
        known = self._runs.get(key)
        if known is None:
            first = self.cost(run.start, model, last)
            known = first + sum(self.cost(step, model, step - 1) for step in run[1:])
            self._runs[key] = known
        return known

    def reprices(self, step: int) -> bool:
        """Whether any model's price at this step is another one than at the step before."""
        beats = self.scene.beats
        return any(_rates(model, beats[step]) != _rates(model, beats[step - 1]) for model in self.models)

    def worth(self, step: int, model: int, last: int) -> int:
        """At most what the model's cache can save at this step or a later one, in picodollars."""
        return math.ceil(self.warm(step, model, last) * self._gains[model])

    def undercuts(self, one: int, other: int) -> bool:
        """Whether a model is in no step dearer than another, whatever they hold; of two alike, the first."""
        key = one, other
        if key not in self._undercuts:
            self._undercuts[key] = self._keeps_as_well(one, other) and self._costs_no_more(one, other)
        return self._undercuts[key]

    def outlasts(self, model: int, one: int, other: int) -> bool:
        """Whether a cache used last at step ``one`` holds all that one used last at ``other`` does."""
        if one <= other:
            return one == other
        beats, lives = self.scene.beats, self._lives[model]
        return beats[one].at + lives[beats[one].long] >= beats[other].at + lives[beats[other].long]

    def usage(self, step: int, model: int, last: int) -> Usage:
        """The input side of that, in the model's tokens."""
        return _usage(self.scene.beats[step], self.models[model], self.warm(step, model, last))

    def list_price(self, step: int, model: int) -> int:
        """The step's prompt and an ordinary answer at the price of plain input and output, in picodollars."""
        beat, one = self.scene.beats[step], self.models[model]
        rates = _rates(one, beat)
        return tokens_of(one, beat.prompt) * rates.input + tokens_of(one, OUTPUT) * rates.output

    def fits(self, step: int, model: int) -> bool:
        """Whether the model takes a prompt of this size."""
        one = self.models[model]
        return tokens_of(one, self.scene.beats[step].prompt) <= one.max_input

    def _keeps_as_well(self, one: int, other: int) -> bool:
        ours, theirs = self.models[one], self.models[other]
        longer = all(mine >= yours for mine, yours in zip(self._lives[one], self._lives[other], strict=True))
        least = ours.cache_min_tokens / ours.token_factor
        return longer and (least <= theirs.cache_min_tokens / theirs.token_factor or least < self._shortest)

    def _costs_no_more(self, one: int, other: int) -> bool:
        ours, theirs = self._per_token[one], self._per_token[other]
        pairs = [
            (mine, yours) for a, b in zip(ours, theirs, strict=True) for mine, yours in zip(a, b, strict=True)
        ]
        return all(mine <= yours for mine, yours in pairs) and (ours != theirs or one < other)

    def _kept(self, last: int, step: int) -> int:
        """How much of the prompt of step ``last`` is still the beginning of this step's."""
        known = self._shared.get((last, step))
        if known is None:
            beats = self.scene.beats
            known = min(beats[last].prompt, *(beat.kept for beat in beats[last + 1 : step + 1]))
            self._shared[last, step] = known
        return known

    def _cost(self, step: int, model: int, warm: int) -> int:
        beat, one = self.scene.beats[step], self.models[model]
        rates = _rates(one, beat)
        return rates.cost(_usage(beat, one, warm)) + tokens_of(one, beat.output) * rates.output


def _lifetime(model: Model, *, long: bool) -> timedelta:
    asked = model.cache_long_ttl_s if long else 0
    return timedelta(seconds=asked or model.cache_ttl_s)


def _per_token(model: Model, beat: Beat) -> tuple[float, ...]:
    """What an estimated token costs on the model: from its cache, not from it, and as output."""
    rates = _rates(model, beat)
    written = simulate(model.cache_min_tokens, 0, model, long=_is_long(beat, model))
    fresh = rates.cost(written) / model.cache_min_tokens
    return tuple(rate * tokens_of(model, 1000) / 1000 for rate in (rates.cache_read, fresh, rates.output))


def _is_long(beat: Beat, model: Model) -> bool:
    return beat.long and model.cache_long_ttl_s > 0


def _usage(beat: Beat, model: Model, warm: int) -> Usage:
    prompt, held = tokens_of(model, beat.prompt), tokens_of(model, warm)
    return simulate(prompt, held, model, long=_is_long(beat, model))


def _rates(model: Model, beat: Beat) -> Rates:
    if model.card is None:
        msg = f"{model.id} has no price, so it takes part in no replay"
        raise ValueError(msg)
    return model.card.rates_for(tokens_of(model, beat.prompt), beat.at)
