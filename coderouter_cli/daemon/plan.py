"""From a request to a plan: what it is, where it goes, and the ledger row that says so.

Nothing here sends anything, so `explain` uses the same code for a decision without a request.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from coderouter_cli.classify.classifier import classify
from coderouter_cli.classify.directives import without_directives
from coderouter_cli.classify.features import features
from coderouter_cli.classify.humantext import in_tool_loop
from coderouter_cli.classify.signals import signals
from coderouter_cli.daemon.hearing import Heard, hear
from coderouter_cli.daemon.lessons import Lessons
from coderouter_cli.daemon.market import Market
from coderouter_cli.daemon.repositories import Repositories
from coderouter_cli.daemon.turns import TurnFacts
from coderouter_cli.daemon.warmth import Prefixes, WarmthBook
from coderouter_cli.daemon.whose import conversation_key, hashed
from coderouter_cli.daemon.workplace import working_directory
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.decision import Decision, Target
from coderouter_cli.domain.exchange import Opening
from coderouter_cli.domain.phase import Phase
from coderouter_cli.providers.circuit import Circuit
from coderouter_cli.providers.contract import ClientRequest, Way
from coderouter_cli.routing.control import Settled, denial, settle
from coderouter_cli.routing.replay import decision_json, ending_json
from coderouter_cli.routing.request import Offer, RouteRequest
from coderouter_cli.routing.router import route
from coderouter_cli.storage.settings import Settings
from coderouter_cli.system.clock import Clock
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.prefix import prefixes
from coderouter_cli.wire.registry import format_of

_ID_PREFIX = {
    FormatName.ANTHROPIC_MESSAGES: "msg_",
    FormatName.OPENAI_RESPONSES: "resp_",
    FormatName.OPENAI_CHAT: "chatcmpl-",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a plan depends on besides the request."""

    settings: Settings
    market: Market
    warmth: WarmthBook
    circuits: Mapping[str, Circuit]
    lessons: Lessons = field(default_factory=Lessons)
    repositories: Repositories = field(default_factory=Repositories)


@dataclass(frozen=True, slots=True)
class Moment:
    """When and under which id an exchange starts. ``monotonic`` is in seconds."""

    id: str
    now: datetime
    monotonic: float


@dataclass(frozen=True, slots=True)
class Plan:
    """One exchange before it is sent. ``ways`` are the decision's chain, in order."""

    request: ClientRequest
    moment: Moment
    decision: Decision
    ways: tuple[Way, ...]
    opening: Opening
    context: ReplyContext
    prefixes: Prefixes
    conversation: str
    prompt_tokens: int
    facts: TurnFacts


async def hear_out(request: ClientRequest, around: Surroundings, clock: Clock) -> Heard:
    """Everybody who speaks of a request.

    Raises:
        BadRequestError: a header asks for something we do not know.
    """
    conversation, repositories = request.conversation, around.repositories
    origin = signals(request.headers, conversation)
    place = working_directory(conversation) if repositories.known else None
    policies = await repositories.policies(place, origin, clock)
    return hear(request, origin, around.settings, around.market, policies)


def make_plan(request: ClientRequest, around: Surroundings, moment: Moment, heard: Heard) -> Plan:
    """Classify, route, and write down what was decided.

    Raises:
        RoutingError: no model can serve the request.
    """
    conversation, origin = request.conversation, heard.origin
    checkpoints = prefixes(conversation)
    prompt_tokens = checkpoints[-1].tokens
    seen = features(without_directives(conversation), origin, prompt_tokens)
    classification = classify(seen)
    need = classification.phase, classification.difficulty
    facts = TurnFacts(origin.client, origin.kind, not in_tool_loop(conversation), need, seen)
    turns, mine = around.warmth.turns, around.settings.escalation
    settled = _settled(heard, around.settings, classification.phase)
    key = conversation_key(origin, conversation, checkpoints)
    taught = _Taught(request, around.lessons, key)
    ways, offers = _offers(taught, around, _Seen(checkpoints, moment, heard, settled))
    direct, denied = _own_way(taught, around, heard)
    if direct is not None:
        ways.setdefault(direct.target, direct)
    asked = RouteRequest(
        conversation=conversation,
        signals=origin,
        features=seen,
        classification=classification,
        lane=settled.lane,
        strategy=settled.strategy,
        offers=offers,
        direct=None if direct is None else direct.target,
        prompt_tokens=prompt_tokens,
        incumbent=around.warmth.incumbent(key),
        in_tool_loop=not facts.new_turn,
        now=moment.now,
        max_regret_pct=around.settings.max_regret_pct,
        horizon=turns.horizon(origin.client, opening=facts.opening),
        recent=turns.recent(key, new_turn=facts.new_turn),
        gone_cold=turns.gone_cold(key, moment.monotonic),
        standing=turns.standing(key, enabled=mine.enabled, holdout_pct=mine.holdout_pct),
        asked=around.market.catalog.resolve(conversation.model),
        home=around.market.home(request),
        control=replace(settled.control, denied=denied),
    )
    decision = route(asked)
    chain = tuple(ways[target] for target in decision.chain)
    ended = turns.ending(key, seen, new_turn=facts.new_turn)
    notes = {"learned": taught.told(chain), "ended": ending_json(ended)}
    return Plan(
        request=request,
        moment=moment,
        decision=decision,
        ways=chain,
        opening=_opening(asked, decision, taught, moment, notes),
        context=reply_context(request, moment, origin.client),
        prefixes=checkpoints,
        conversation=key,
        prompt_tokens=prompt_tokens,
        facts=facts,
    )


@dataclass(frozen=True, slots=True)
class _Taught:
    """A request, and what is known of who refuses what in its conversation."""

    request: ClientRequest
    lessons: Lessons
    conversation: str

    def way(self, way: Way) -> Way:
        """The way without what its provider has refused before."""
        return self.lessons.applied(self.request, way, self.conversation)

    def offered(self, way: Way, losses: tuple[str, ...]) -> tuple[Way, tuple[str, ...]]:
        """The same with what is lost on that way."""
        better = self.way(way)
        if better.endpoint == way.endpoint:
            return better, losses
        wire = format_of(better.endpoint.format)
        return better, wire.losses(self.request.conversation, better.endpoint.dialect)

    def told(self, chain: tuple[Way, ...]) -> list[list[str]]:
        """Provider, model and what it refused, for all ways of a chain."""
        return [
            [way.target.provider, way.target.model, refused.capability.value]
            for way in chain
            for refused in self.lessons.known(way, self.conversation)
        ]


@dataclass(frozen=True, slots=True)
class _Seen:
    """What every offer is looked at with."""

    checkpoints: Prefixes
    moment: Moment
    heard: Heard
    settled: Settled

    @property
    def named(self) -> str | None:
        """The model that somebody asked for."""
        pin = self.settled.control.pin
        return None if pin is None else pin.model

    def judged(self, way: Way, lost: tuple[str, ...]) -> tuple[Way, tuple[str, ...]]:
        """A way with what is lost on it, and who denies its model."""
        denied = denial(self.heard.voices, way.provider.name, way.model.id)
        return way, lost if denied is None else (*lost, denied)


def _own_way(taught: _Taught, around: Surroundings, heard: Heard) -> tuple[Way | None, str | None]:
    """The way to the client's own model, or the code of who denies it."""
    way = around.market.direct(taught.request)
    if way is None:
        return None, None
    denied = denial(heard.voices, way.provider.name, way.model.id)
    return (taught.way(way), None) if denied is None else (None, denied)


def _settled(heard: Heard, settings: Settings, phase: Phase) -> Settled:
    found = settle(heard.voices, settings.lane, settings.strategy.value, phase, heard.origin.kind)
    if heard.policy is None:
        return found
    told = replace(found.control, policy=heard.policy.digest, policy_changed=heard.policy.changed)
    return replace(found, control=told)


def _offers(
    taught: _Taught, around: Surroundings, seen: _Seen
) -> tuple[dict[Target, Way], tuple[Offer, ...]]:
    found = around.market.ways(taught.request, seen.named)
    ways = [seen.judged(*taught.offered(way, losses)) for way, losses in found]
    offers = tuple(
        Offer(
            model=way.model,
            target=way.target,
            wire_losses=losses,
            warm_tokens=around.warmth.warm_tokens(way.model, seen.checkpoints, seen.moment.monotonic),
            available=around.circuits[way.provider.name].allows(seen.moment.monotonic),
            undercut_by=around.market.undercut.get(way.model.id, frozenset()),
        )
        for way, losses in ways
    )
    return {way.target: way for way, _ in ways}, offers


def _opening(
    asked: RouteRequest,
    decision: Decision,
    taught: _Taught,
    moment: Moment,
    notes: JsonObject,
) -> Opening:
    chosen, origin, request = decision.chosen, asked.signals, taught.request
    return Opening(
        id=moment.id,
        started_at=moment.now,
        client=origin.client,
        format=request.format,
        lane=decision.lane,
        bypass=decision.bypass,
        kind=origin.kind,
        phase=decision.phase,
        difficulty=decision.difficulty,
        confidence=decision.confidence,
        requested_model=request.conversation.model,
        model=chosen.model,
        provider=chosen.provider,
        fidelity=chosen.fidelity,
        session=None if origin.session is None else hashed(origin.session),
        conversation=taught.conversation,
        stream=request.conversation.stream,
        estimate=asked.prompt_tokens,
        decision=decision_json(decision, asked) | notes,
    )


def reply_context(request: ClientRequest, moment: Moment, client: str) -> ReplyContext:
    """What an encoder needs to answer a request."""
    return ReplyContext(
        model=request.conversation.model,
        response_id=_ID_PREFIX[request.format] + moment.id,
        created=int(moment.now.timestamp()),
        tools=request.conversation.tools,
        include_usage=request.conversation.include_usage,
        compact=request.conversation.compact,
        client=client,
    )
