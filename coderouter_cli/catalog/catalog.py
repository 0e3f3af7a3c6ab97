"""The catalog: every model and provider we know, and how to find one by what a client calls it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from types import MappingProxyType
from typing import TypeVar

from coderouter_cli.catalog.dominance import dominated_pairs
from coderouter_cli.catalog.models import load_models
from coderouter_cli.catalog.names import provider_of, spellings
from coderouter_cli.catalog.providers import checked_root, load_providers
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.model import Model, Provider
from coderouter_cli.domain.rates import RateCard
from coderouter_cli.errors import ConfigError

_Value = TypeVar("_Value")

OPUS = "opus"
"""The family the all-Opus baseline is measured on."""

_PRICES = "coderouter_cli.catalog.prices"
"""Imported by name when prices are asked for: with it comes the price library."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Models by id and providers by name. The methods that change something return a copy."""

    models: Mapping[str, Model]
    providers: Mapping[str, Provider]

    def resolve(self, name: str) -> Model | None:
        """The model a client means by a name, None when we do not know it.

        Accepted: ids and aliases in any case, a dated suffix (``-20251001``, ``-2025-08-07``,
        ``-latest``), a context suffix (``[1m]``), a known provider in front (``anthropic/``), and a
        Claude version with a dot.
        """
        if name in self.models:
            return self.models[name]
        known = self._names()
        return next((known[one] for one in spellings(name, self.providers) if one in known), None)

    def provider_for(self, name: str, format_name: FormatName) -> Provider | None:
        """The provider that serves a name, known or not; None when nothing in it says which.

        A name nobody knows is told by its beginning (``claude``, ``gpt-``, ``o3``, ``deepseek``): the
        provider's own answer is then the truth about it.
        """
        model = self.resolve(name)
        provider = provider_of(name, format_name, self.providers) if model is None else model.provider
        return None if provider is None else self.providers.get(provider)

    def opus(self) -> Model:
        """The Opus of the all-Opus baseline: the best that is not legacy, or the best of all.

        Raises:
            ConfigError: the catalog has no Opus.
        """
        family = [model for model in self.models.values() if model.family == OPUS]
        if not family:
            raise ConfigError("The catalog has no model of the Opus family.")
        current = [model for model in family if not model.legacy]
        return max(current or family, key=lambda model: sum(q.score for q in model.quality.values()))

    def with_roots(self, roots: Mapping[str, str]) -> "Catalog":
        """The catalog with other base URLs, by provider name.

        Raises:
            ConfigError: no such provider, or not a URL a key may be sent to.
        """
        changed = {
            name: replace(self._provider(name), root=checked_root(name, root)) for name, root in roots.items()
        }
        return replace(self, providers=_frozen({**self.providers, **changed}))

    def with_providers(self, providers: tuple[Provider, ...], models: tuple[Model, ...]) -> "Catalog":
        """The catalog with the user's own providers and models, which replace ours of the same name.

        Raises:
            ConfigError: a model names a provider that does not exist.
        """
        all_providers = {**self.providers, **{provider.name: provider for provider in providers}}
        for model in models:
            if model.provider not in all_providers:
                raise ConfigError(
                    f"Model {model.id} is of provider {model.provider}, which is not defined.",
                    next_step=f"Define it, or use one of: {', '.join(sorted(all_providers))}.",
                )
        all_models = {**self.models, **{model.id: model for model in models}}
        return Catalog(models=_frozen(all_models), providers=_frozen(all_providers))

    def choosing(self, names: Iterable[str]) -> "Catalog":
        """The catalog in which exactly these models may be chosen; the others become legacy.

        A legacy model that is named may be chosen again: whoever names it has decided that.

        Raises:
            ConfigError: a name that no model has.
        """
        chosen = {self._model(name).id for name in names}
        models = {name: replace(model, legacy=name not in chosen) for name, model in self.models.items()}
        return replace(self, models=_frozen(models))

    def dominated(self) -> tuple[tuple[str, str], ...]:
        """Pairs of a model and another of its provider that is no dearer and no worse in any phase."""
        return dominated_pairs(self.models.values())

    def _names(self) -> dict[str, Model]:
        """Every name in lower case; an id wins over an alias."""
        aliases = {alias.lower(): model for model in self.models.values() for alias in model.aliases}
        return aliases | {name.lower(): model for name, model in self.models.items()}

    def _provider(self, name: str) -> Provider:
        if name not in self.providers:
            known = ", ".join(sorted(self.providers))
            raise ConfigError(f"There is no provider {name!r}.", next_step=f"Known: {known}.")
        return self.providers[name]

    def _model(self, name: str) -> Model:
        model = self.resolve(name)
        if model is None:
            raise ConfigError(f"There is no model {name!r}.", next_step="Run: coderouter models")
        return model


def load_catalog(*, prices: bool = True) -> Catalog:
    """The catalog that comes with this version.

    Without ``prices`` every card is None and the price library is not imported, which takes a fifth of
    a second; use it wherever no money is counted.
    """
    cards = _load_cards() if prices else {}
    return Catalog(models=_frozen(load_models(cards)), providers=_frozen(load_providers()))


def _load_cards() -> dict[str, RateCard]:
    cards: dict[str, RateCard] = import_module(_PRICES).load_cards()
    return cards


def _frozen(table: dict[str, _Value]) -> Mapping[str, _Value]:
    return MappingProxyType(table)
