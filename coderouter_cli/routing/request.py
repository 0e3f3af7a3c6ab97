"""What the router is asked: the request as classified, and the models that could serve it."""

from dataclasses import dataclass
from datetime import datetime

from coderouter_cli.domain.conversation import Conversation
from coderouter_cli.domain.decision import Lane, Target
from coderouter_cli.domain.features import Classification, Features
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.session import Signals
from coderouter_cli.routing.control import NO_CONTROL, Control
from coderouter_cli.routing.escalation import Standing
from coderouter_cli.routing.outlook import Need


@dataclass(frozen=True, slots=True)
class Offer:
    """One model within reach, and the way to it.

    ``wire_losses`` are what the wire format would lose of this conversation on that way.
    ``warm_tokens`` is how much of this prompt the provider still holds in its cache, in estimated
    (Claude 4.5) tokens. ``available`` is False while the provider's circuit is open. ``undercut_by`` are ids
    of models that are no dearer at anything, no less able and keep a prompt as long
    (`catalog.dominance`).
    """

    model: Model
    target: Target
    wire_losses: tuple[str, ...]
    warm_tokens: int
    available: bool
    undercut_by: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RouteRequest:
    """One request to route.

    ``direct`` is the client's own model, None without a key for its provider. ``prompt_tokens`` is the
    prompt's estimated size in Claude 4.5 tokens. ``incumbent`` is the id of the model that answered
    this conversation's last exchange. ``in_tool_loop``: the request only brings back tool results.
    ``now`` is aware. ``horizon`` is how many exchanges a choice is expected to last, at least 1. ``asked``
    is what the catalog knows of the model the client asked for, within reach or not, and ``home`` the
    provider whose key would reach it. ``recent`` is what the last turns of this conversation needed, oldest
    first, without the one under way. ``gone_cold``: the incumbent's cache of this conversation is lost (it
    was idle for too long, or the history was compacted). ``standing`` says whether the conversation may
    move up. ``control`` is what people and their files ask for besides lane and strategy.
    """

    conversation: Conversation
    signals: Signals
    features: Features
    classification: Classification
    lane: Lane
    strategy: str
    offers: tuple[Offer, ...]
    direct: Target | None
    prompt_tokens: int
    incumbent: str | None
    in_tool_loop: bool
    now: datetime
    max_regret_pct: int
    horizon: int
    asked: Model | None = None
    home: str = ""
    recent: tuple[Need, ...] = ()
    gone_cold: bool = False
    standing: Standing = Standing.OPEN
    control: Control = NO_CONTROL
