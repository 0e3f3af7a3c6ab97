"""The models a replay may use, the requests it puts to the router, and which models are good enough for what.

How good is good enough is the router's own judgement: it is asked once for every phase and difficulty, and
what it marks as below the bar is below it for every policy. So all of them are held to the same bar.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.catalog.dominance import undercutters
from coderouter_cli.domain.conversation import Conversation, FormatName, Message, Text
from coderouter_cli.domain.decision import Fidelity, Lane, Target
from coderouter_cli.domain.features import Classification, Features
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.domain.session import Signals
from coderouter_cli.domain.transcript import Need
from coderouter_cli.domain.warmth import tokens_of
from coderouter_cli.errors import ConfigError
from coderouter_cli.routing.request import Offer, RouteRequest
from coderouter_cli.routing.router import route
from coderouter_cli.simulation.scene import Beat

_SHORT = 10_000
"""A prompt that every model takes."""
_IDLE = Features(
    kind=RequestKind.TURN,
    plan_mode=False,
    subagent=False,
    effort=None,
    words=(),
    text_chars=0,
    question=False,
    stack_trace=False,
    continuation=False,
    turns=1,
    tool_calls=0,
    edits=0,
    test_edits=0,
    doc_edits=0,
    reads=0,
    commands=0,
    test_runs=0,
    tool_errors=0,
    error_streak=0,
    repeated_calls=0,
    complaint=False,
    prompt_tokens=0,
)


@dataclass(frozen=True, slots=True)
class Terms:
    """Under which strategy to route, with how much regret allowed, at what moment (aware)."""

    strategy: str
    max_regret_pct: int
    now: datetime


@dataclass(frozen=True, slots=True)
class Field:
    """``models`` may be chosen; ``requested`` is the position of the one the client asks for in ``priced``:
    the same models, and that one behind them where it is not among them. ``good`` are, for each
    need, the models that are good enough."""

    models: tuple[Model, ...]
    priced: tuple[Model, ...]
    requested: int
    terms: Terms
    offers: tuple[Offer, ...]
    good: Mapping[Need, frozenset[int]]

    @property
    def asked(self) -> Model:
        """The model the client asks for."""
        return self.priced[self.requested]

    def meets(self, model: int, need: Need) -> bool:
        """Whether a model is good enough; the one the client asks for always is."""
        return model == self.requested or model in self.good[need]


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a step tells the router. ``warm`` are estimated tokens, for each model of the field."""

    need: Need
    recent: tuple[Need, ...]
    beat: Beat
    warm: Sequence[int]
    incumbent: int | None
    horizon: int
    client: str

    @property
    def gone_cold(self) -> bool:
        """Whether the incumbent holds nothing of the prompt any more."""
        return self.incumbent is not None and self.warm[self.incumbent] == 0


def make_field(catalog: Catalog, keys: Collection[str], asked: Model, terms: Terms) -> Field:
    """The field of the models that these providers' keys reach.

    Raises:
        ConfigError: none is within reach, or the price of the one asked for is not known.
    """
    models = tuple(
        model
        for model in catalog.models.values()
        if model.provider in keys and not model.legacy and model.card is not None and model.quality
    )
    if not models:
        raise ConfigError("No model with a price is within reach of these keys.", next_step="See --keys.")
    if asked.card is None:
        raise ConfigError(f"The price of {asked.id} is not known, so nothing can be compared with it.")
    priced = models if asked in models else (*models, asked)
    better = undercutters(models)
    offers = tuple(
        Offer(model, _target(model), (), 0, available=True, undercut_by=better.get(model.id, frozenset()))
        for model in models
    )
    bare = Field(models, priced, priced.index(asked), terms, offers, {})
    good = {need: _good(bare, need) for need in (Need(*both) for both in product(Phase, Difficulty))}
    return replace(bare, good=good)


def request_for(field: Field, seen: Occasion) -> RouteRequest:
    """The request of a step, as the daemon would put it to the router."""
    system = (Text("", cache="1h"),) if seen.beat.long else ()
    return RouteRequest(
        conversation=Conversation(
            format=FormatName.ANTHROPIC_MESSAGES,
            model=field.asked.id,
            system=system,
            messages=(Message("user", (Text(""),)),),
        ),
        signals=Signals(seen.client, None, None, RequestKind.TURN),
        features=_IDLE,
        classification=Classification(*seen.need, 1.0, ("recorded",)),
        lane=Lane.SMART,
        strategy=field.terms.strategy,
        offers=_offers(field, seen),
        direct=_target(field.asked) if field.requested < len(field.models) else None,
        prompt_tokens=seen.beat.prompt,
        incumbent=None if seen.incumbent is None else field.priced[seen.incumbent].id,
        in_tool_loop=not seen.beat.fresh,
        now=seen.beat.at,
        max_regret_pct=field.terms.max_regret_pct,
        horizon=seen.horizon,
        asked=field.asked,
        home=field.asked.provider,
        recent=seen.recent,
        gone_cold=seen.gone_cold,
    )


def _offers(field: Field, seen: Occasion) -> tuple[Offer, ...]:
    """What is within reach. Where a tool loop goes on, that is the model at work: the router keeps it there,
    so the other offers need not be weighed."""
    held = seen.incumbent
    if held is not None and held < len(field.models) and not (seen.beat.fresh or seen.gone_cold):
        model = field.models[held]
        if tokens_of(model, seen.beat.prompt) <= model.max_input:
            return (replace(field.offers[held], warm_tokens=seen.warm[held]),)
    pairs = zip(field.offers, seen.warm, strict=False)
    return tuple(replace(offer, warm_tokens=warm) if warm else offer for offer, warm in pairs)


def _target(model: Model) -> Target:
    return Target(model.provider, model.id, model.name_on_wire, FormatName.ANTHROPIC_MESSAGES, Fidelity.RAW)


def _good(field: Field, need: Need) -> frozenset[int]:
    beat = Beat(0, field.terms.now, _SHORT, 0, 0, fresh=True, long=False)
    seen = Occasion(need, (), beat, (0,) * len(field.models), None, horizon=1, client="sdk")
    views = route(request_for(field, seen)).candidates
    fine = {view.target.model for view in views if not view.below_bar and not view.losses}
    found = frozenset(index for index, model in enumerate(field.models) if model.id in fine)
    if found:
        return found
    best = max(field.models, key=lambda model: model.quality[need.phase].score)
    return frozenset({field.models.index(best)})
