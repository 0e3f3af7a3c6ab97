"""What people and their files ask of routing, and who wins when several do.

Five voices may speak of one request, the nearest first: the request's own headers, a line in the
session, the repository's policy, the settings of the client, the settings of all. Where they choose (the
lane, the strategy, a model) the nearest wins. Where they bound (models and providers that are allowed or
denied, the least quality of a phase) all of them hold, and the strictest counts.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import translate
from functools import lru_cache

from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.phase import Phase, RequestKind


class Voice(StrEnum):
    """Who asks, the nearest to the request first."""

    REQUEST = "request"
    SESSION = "session"
    REPOSITORY = "repository"
    CLIENT = "client"
    CONFIG = "config"


SPOKEN = frozenset({Voice.REQUEST, Voice.SESSION})
"""Voices that speak of one request or conversation: what they ask holds inside a tool loop as well."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What one voice asks; None and empty where it says nothing.

    ``model`` is for every phase, ``pins`` for one; both hold ids of the catalog. ``floors`` are scores from
    0 to 100. The lists hold patterns (``gpt-*``): an empty ``allow`` list allows all.
    """

    lane: Lane | None = None
    strategy: str | None = None
    model: str | None = None
    pins: Mapping[Phase, str] = field(default_factory=dict)
    floors: Mapping[Phase, int] = field(default_factory=dict)
    allow_models: tuple[str, ...] = ()
    deny_models: tuple[str, ...] = ()
    allow_providers: tuple[str, ...] = ()
    deny_providers: tuple[str, ...] = ()


Voices = tuple[tuple[Voice, Rules], ...]
"""Everybody who speaks of a request, the nearest first."""


@dataclass(frozen=True, slots=True)
class Pin:
    """A model that was asked for by its id, and by whom."""

    model: str
    voice: Voice


@dataclass(frozen=True, slots=True)
class Floor:
    """The least score that is good enough, whatever the strategy says."""

    score: int
    voice: Voice


@dataclass(frozen=True, slots=True)
class Control:
    """What was asked, settled for one request; part of the case, so that a replay has it.

    ``lane_by`` and ``strategy_by`` say who chose those. ``denied`` is the code of who denies the client's
    own model (None: nobody). ``policy`` is a digest of the repository's policy in force, which names
    neither path nor file; ``policy_changed`` is whether the file has changed since it was trusted.
    """

    lane_by: Voice = Voice.CONFIG
    strategy_by: Voice = Voice.CONFIG
    pin: Pin | None = None
    floor: Floor | None = None
    denied: str | None = None
    policy: str | None = None
    policy_changed: bool = False


NO_CONTROL = Control()


@dataclass(frozen=True, slots=True)
class Settled:
    """Lane, strategy and the rest, once every voice was heard."""

    lane: Lane
    strategy: str
    control: Control


def settle(voices: Voices, lane: Lane, strategy: str, phase: Phase, kind: RequestKind) -> Settled:
    """Hear every voice; ``lane`` and ``strategy`` stand where none of them chooses."""
    chosen_lane, lane_by, model = _picker(voices, lane)
    chosen, strategy_by = next(
        ((rules.strategy, voice) for voice, rules in voices if rules.strategy is not None),
        (strategy, Voice.CONFIG),
    )
    pin = model or (None if strategy_by in SPOKEN else _phase_pin(voices, phase, kind))
    control = Control(lane_by, strategy_by, pin, _floor(voices, phase))
    return Settled(chosen_lane, chosen, control)


def denial(voices: Voices, provider: str, model: str) -> str | None:
    """The code of who denies a model at a provider; None when nobody does."""
    return next(
        (f"denied_by_{voice.value}" for voice, rules in voices if not allows(rules, provider, model)), None
    )


def allows(rules: Rules, provider: str, model: str) -> bool:
    """Whether one voice lets a request go to a model at a provider."""
    names = (model, f"{provider}/{model}")
    return not (
        matches(rules.deny_models, *names)
        or matches(rules.deny_providers, provider)
        or (rules.allow_models and not matches(rules.allow_models, *names))
        or (rules.allow_providers and not matches(rules.allow_providers, provider))
    )


def matches(patterns: tuple[str, ...], *names: str) -> bool:
    """Whether a pattern (``*``, ``?``, ``[...]``, in any case) is one of the names whole."""
    return any(_compiled(pattern).match(name) for pattern in patterns for name in names)


def patterns_of(rules: Rules) -> Iterator[tuple[str, str]]:
    """Every pattern, with the key it stands under."""
    for key in ("allow_models", "deny_models", "allow_providers", "deny_providers"):
        for pattern in getattr(rules, key):
            yield key, pattern


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(translate(pattern.strip()), re.IGNORECASE)


def _picker(voices: Voices, lane: Lane) -> tuple[Lane, Voice, Pin | None]:
    """Who picks the model: whoever is nearest and names a lane, or a model, which the router then gives."""
    for voice, rules in voices:
        if rules.model is not None:
            return Lane.SMART, voice, Pin(rules.model, voice)
        if rules.lane is not None:
            return rules.lane, voice, None
    return lane, Voice.CONFIG, None


def _phase_pin(voices: Voices, phase: Phase, kind: RequestKind) -> Pin | None:
    """The nearest model for a phase. Housekeeping has phases too, but nobody pins a model for titles."""
    if kind is not RequestKind.TURN:
        return None
    return next((Pin(rules.pins[phase], voice) for voice, rules in voices if phase in rules.pins), None)


def _floor(voices: Voices, phase: Phase) -> Floor | None:
    floors = [Floor(rules.floors[phase], voice) for voice, rules in voices if phase in rules.floors]
    return max(floors, key=lambda floor: floor.score, default=None)
