"""Who asks what of a request: its headers, the session, the repository, the settings.

Read once, before the plan. A line in the session may also be a command, which is answered here and goes
to no provider (see `commands`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from coderouter_cli.classify.directives import Talk, talk
from coderouter_cli.daemon.market import Market
from coderouter_cli.daemon.repositories import Policy
from coderouter_cli.daemon.rulebook import model_meant, requested_rules
from coderouter_cli.domain.conversation import Conversation
from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.domain.session import Signals
from coderouter_cli.providers.contract import ClientRequest
from coderouter_cli.routing.control import Rules, Voice, Voices
from coderouter_cli.storage.settings import Settings

AUTO, CHEAP, DIRECT, WHY = "auto", "cheap", "direct", "why"
WHY_NOT = "why not "
_FRUGAL = "frugal"


@dataclass(frozen=True, slots=True)
class Command:
    """What is to be answered: a word that is said alone, `why`, or one that nobody knows."""

    word: str
    rules: Rules | None = None
    """What the word asks from now on; None for a question, or a word that asks nothing we can do."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Everybody who speaks of a request, and the command it is, if it is one."""

    origin: Signals
    voices: Voices
    policy: Policy | None = None
    command: Command | None = None


def hear(
    request: ClientRequest,
    origin: Signals,
    settings: Settings,
    market: Market,
    policies: tuple[Policy, ...] = (),
) -> Heard:
    """Hear every voice.

    Raises:
        BadRequestError: a header asks for something we do not know.
    """
    asked = requested_rules(request.headers, market.catalog)
    said, command = _session(request.conversation, origin, market)
    own = settings.clients.get(origin.client, Rules())
    lane = settings.lanes.get(origin.client)
    voices = (
        (Voice.REQUEST, asked),
        (Voice.SESSION, said),
        *((Voice.REPOSITORY, policy.rules) for policy in policies),
        (Voice.CLIENT, replace(own, lane=lane)),
        (Voice.CONFIG, settings.rules),
    )
    spoken = tuple((voice, rules) for voice, rules in voices if rules != Rules())
    return Heard(origin, spoken, policies[0] if len(policies) == 1 else None, command)


def _session(conversation: Conversation, origin: Signals, market: Market) -> tuple[Rules, Command | None]:
    """What holds now, and what is to be answered. Only a person's own turns speak: not a subagent's orders,
    nor what a title request or a check quotes."""
    if origin.kind is not RequestKind.TURN or origin.subagent:
        return Rules(), None
    heard = talk(conversation)
    meaning = _meanings(market)
    choices = [rules for word in heard.said if (rules := meaning(word)) is not None]
    if not choices:
        choices = [rules for word in heard.held if (rules := meaning(word)) is not None]
    return choices[-1] if choices else Rules(), _command(heard, meaning)


def _command(heard: Talk, meaning: Callable[[str], Rules | None]) -> Command | None:
    if not heard.said or not heard.unanswered:
        return None
    unclear = next((word for word in heard.said if meaning(word) is None), None)
    if unclear is not None:
        return Command(unclear)
    return Command(heard.said[-1], meaning(heard.said[-1])) if heard.alone else None


def _meanings(market: Market) -> Callable[[str], Rules | None]:
    """From a word to what it asks; None for a question, and for a word that is no model's within reach."""
    fixed = {AUTO: Rules(), CHEAP: Rules(strategy=_FRUGAL), DIRECT: Rules(lane=Lane.DIRECT)}

    def meaning(word: str) -> Rules | None:
        if word in fixed:
            return fixed[word]
        if word == WHY or word.startswith(WHY_NOT):
            return None
        model = model_meant(word, market.catalog, (model for _, model in market.models()))
        reachable = model is not None and market.allows(model)
        return Rules(model=model.id) if model is not None and reachable else None

    return meaning
