"""The catalog as the user's settings change it: other addresses, own providers, own models."""

from dataclasses import replace

from coderouter_cli.catalog.catalog import Catalog, load_catalog
from coderouter_cli.catalog.providers import custom_provider
from coderouter_cli.domain.model import Capabilities, Model, Provider, Quality
from coderouter_cli.domain.rates import RateCard
from coderouter_cli.storage.settings import ModelSettings, ProviderSettings, Settings

_CUSTOM_TTL_S = 300
"""Nobody tells how long an unlisted provider keeps a prompt: the shortest of those known."""


def stocked_catalog(settings: Settings, *, prices: bool = True) -> Catalog:
    """The bundled catalog with the user's own entries.

    Raises:
        ConfigError: a setting names something that does not exist or cannot be used.
    """
    catalog = load_catalog(prices=prices)
    built_in = {name: own for name, own in settings.providers.items() if name in catalog.providers}
    catalog = catalog.with_roots({name: own.url for name, own in built_in.items() if own.url is not None})
    changed = tuple(_changed(catalog.providers[name], own) for name, own in built_in.items())
    added = tuple(_added(name, own) for name, own in settings.providers.items() if name not in built_in)
    return catalog.with_providers((*changed, *added), tuple(_model(model) for model in settings.models))


def _changed(provider: Provider, own: ProviderSettings) -> Provider:
    return replace(provider, auth=own.auth or provider.auth, key_env=own.key_env or provider.key_env)


def _added(name: str, own: ProviderSettings) -> Provider:
    key_env = own.key_env or f"{name.upper().replace('-', '_')}_API_KEY"
    return custom_provider(name, own.url or "", own.formats, key_env, own.auth or "bearer")


def _model(own: ModelSettings) -> Model:
    rates = None if own.prices is None else own.prices.rates()
    return Model(
        id=own.id,
        provider=own.provider,
        family=own.id,
        max_input=own.max_input,
        max_output=own.max_output,
        capabilities=Capabilities(vision=own.vision, tools=own.tools),
        quality={phase: Quality(score, "your own figure", "") for phase, score in own.quality.items()},
        card=None if rates is None else RateCard(own.id, rates, source="your own price"),
        cache_ttl_s=_CUSTOM_TTL_S,
        wire_name=own.wire_name,
        legacy=not own.quality,
    )
