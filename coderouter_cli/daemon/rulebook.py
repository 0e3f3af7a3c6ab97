"""The names in rules, looked up in the catalog: what people write, and the ids that routing compares."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from difflib import get_close_matches

from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.model import Model
from coderouter_cli.errors import BadRequestError, ConfigError
from coderouter_cli.routing.control import Rules, matches, patterns_of
from coderouter_cli.routing.policies import POLICIES

LANE_HEADER = "x-coderouter-lane"
MODEL_HEADER = "x-coderouter-model"
STRATEGY_HEADER = "x-coderouter-strategy"
_WILD = frozenset("*?[")


def resolved(rules: Rules, catalog: Catalog) -> Rules:
    """The rules with the catalog's ids for their pins; a name that nobody knows stays, and leads nowhere."""
    pins = {phase: _id(name, catalog) for phase, name in rules.pins.items()}
    return replace(rules, pins=pins)


def checked(rules: Rules, catalog: Catalog, at: str) -> Rules:
    """The same for the user's own settings, where a name that nobody knows is a mistake: a typing error in
    a list of what is denied would deny nothing. A pattern may match nothing yet.

    Raises:
        ConfigError: a pin or a plain name in a list is of no model, or of no provider.
    """
    for key, kind, name in unknown_names(rules, catalog):
        raise _unknown(f"{at}{key}", kind, name, catalog.models if kind == "model" else catalog.providers)
    return resolved(rules, catalog)


def unknown_names(rules: Rules, catalog: Catalog) -> Iterator[tuple[str, str, str]]:
    """Pins and plain names that the catalog does not know: their key, of what kind they are, and the name."""
    for phase, name in rules.pins.items():
        if catalog.resolve(name) is None:
            yield f"pins.{phase.value}", "model", name
    for key, pattern in patterns_of(rules):
        kind, known = ("model", catalog.models) if key.endswith("models") else ("provider", catalog.providers)
        wild = bool(_WILD & set(pattern))
        if not wild and not any(matches((pattern,), *_names(name, catalog, kind)) for name in known):
            yield key, kind, pattern


def requested_rules(headers: Mapping[str, str], catalog: Catalog) -> Rules:
    """What a request's headers ask.

    Raises:
        BadRequestError: a header says something we do not know, or two contradict each other.
    """
    lane, strategy = _said(headers, LANE_HEADER), _said(headers, STRATEGY_HEADER)
    name = _said(headers, MODEL_HEADER)
    if lane is not None and lane not in set(Lane):
        raise BadRequestError(f"The {LANE_HEADER} header must be smart or direct.")
    strategies = [policy.name for policy in POLICIES]
    if strategy is not None and strategy not in strategies:
        raise BadRequestError(f"The {STRATEGY_HEADER} header must be one of: {', '.join(strategies)}.")
    if name is not None and lane == Lane.DIRECT.value:
        raise BadRequestError(f"{MODEL_HEADER} names a model, and {LANE_HEADER} leaves it to the client.")
    model = None if name is None else catalog.resolve(name)
    if name is not None and model is None:
        raise BadRequestError(
            f"The {MODEL_HEADER} header names no model of the catalog.", next_step="Run `coderouter models`."
        )
    return Rules(
        lane=None if lane is None else Lane(lane),
        strategy=strategy,
        model=None if model is None else model.id,
    )


def model_meant(word: str, catalog: Catalog, within: Iterable[Model]) -> Model | None:
    """The model a person means by a name: an id, an alias, or a family, whose best within reach it is."""
    exact = catalog.resolve(word) or catalog.resolve(f"claude-{word}")
    if exact is not None:
        return exact
    family = [model for model in catalog.models.values() if model.family == word]
    reachable = {model.id for model in within}
    best = [model for model in family if model.id in reachable] or [m for m in family if not m.legacy]
    return max(best or family, key=_strength, default=None)


def _strength(model: Model) -> tuple[int, str]:
    return sum(quality.score for quality in model.quality.values()), model.id


def _id(name: str, catalog: Catalog) -> str:
    model = catalog.resolve(name)
    return name if model is None else model.id


def _names(name: str, catalog: Catalog, kind: str) -> tuple[str, ...]:
    return (name, f"{catalog.models[name].provider}/{name}") if kind == "model" else (name,)


def _unknown(at: str, kind: str, name: str, known: Iterable[str]) -> ConfigError:
    near = get_close_matches(name.lower(), list(known), n=1)
    meant = f"Did you mean {near[0]}? " if near else ""
    shown = f'"{name}"' if len(name) <= 40 else "a long text"
    return ConfigError(
        f"config.toml, {at}: there is no {kind} {shown}",
        next_step=f"{meant}`coderouter models --all` lists them; a pattern like gpt-* may match none.",
    )


def _said(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name)
    return None if value is None else value.strip().lower()
