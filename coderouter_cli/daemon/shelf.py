"""The catalog as the user's settings change it: other addresses, own providers, own models."""

from collections.abc import Iterable
from dataclasses import replace

from coderouter_cli.catalog.catalog import Catalog, load_catalog
from coderouter_cli.catalog.providers import Changes, changed_provider, changes_of, custom_provider
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.model import Capabilities, Model, Provider, Quality
from coderouter_cli.domain.rates import RateCard
from coderouter_cli.storage.settings import ModelSettings, ProviderSettings, Settings
from coderouter_cli.system.environment import is_loopback_url

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
    served = tuple(endpoint.format for endpoint in provider.endpoints)
    return replace(
        changed_provider(provider, _changes(own, served)),
        auth=own.auth or provider.auth,
        key_env=own.key_env or provider.key_env,
        keyless=provider.keyless if own.keyless is None else own.keyless,
    )


def _added(name: str, own: ProviderSettings) -> Provider:
    """A provider of the user's own. A server on this machine needs no key, unless one is spoken of."""
    here = own.key_env is None and own.auth is None and is_loopback_url(own.url or "")
    return custom_provider(
        name,
        own.url or "",
        (*own.formats, *own.by_format),
        own.key_env or f"{name.upper().replace('-', '_')}_API_KEY",
        own.auth or "bearer",
        keyless=here if own.keyless is None else own.keyless,
        changes=_changes(own, own.formats),
    )


def _changes(own: ProviderSettings, formats: Iterable[FormatName]) -> dict[FormatName, Changes]:
    """What is different, by format: what holds for every format, and what is said of one."""
    shared = dict(own.dialect)
    wanted = (*formats, *own.by_format) if shared else tuple(own.by_format)
    stated = {wire: changes_of(own.by_format.get(wire, {})) for wire in wanted}
    return {wire: replace(one, fields={**shared, **one.fields}) for wire, one in stated.items()}


def _model(own: ModelSettings) -> Model:
    rates = None if own.prices is None else own.prices.rates()
    return Model(
        id=own.id,
        provider=own.provider,
        family=own.id,
        max_input=own.max_input,
        max_output=own.max_output,
        capabilities=Capabilities(
            vision=own.vision,
            tools=own.tools,
            efforts=own.efforts,
            sampling=own.sampling,
            structured_output=own.structured_output,
            forced_tool_choice=own.forced_tool_choice,
            thinking_can_be_off=own.thinking_can_be_off,
        ),
        quality={phase: Quality(score, "your own figure", "") for phase, score in own.quality.items()},
        card=None if rates is None else RateCard(own.id, rates, source="your own price"),
        cache_ttl_s=_CUSTOM_TTL_S,
        wire_name=own.wire_name,
        legacy=not own.quality,
    )
