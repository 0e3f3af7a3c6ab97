"""Which models the user's keys can reach, and how a given request would travel to each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.catalog.names import unlisted_name
from coderouter_cli.domain.conversation import Conversation, FormatName
from coderouter_cli.domain.decision import Fidelity, Target
from coderouter_cli.domain.model import Capabilities, Endpoint, Model, Provider
from coderouter_cli.providers.contract import ClientRequest, Way
from coderouter_cli.providers.prepare import fidelity_of
from coderouter_cli.routing.control import Rules, allows
from coderouter_cli.wire.registry import format_of

_ALL_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
_VENDORS = {
    FormatName.ANTHROPIC_MESSAGES: "anthropic",
    FormatName.OPENAI_RESPONSES: "openai",
    FormatName.OPENAI_CHAT: "openai",
}


@dataclass(frozen=True, slots=True)
class Market:
    """The catalog, cut down to the providers with a key, or that need none (`keyed_providers`).

    ``rules`` are the user's own: what they deny is offered to nobody. ``undercut`` names, by model, others
    that are no dearer at anything and no less able (`catalog.dominance`).
    """

    catalog: Catalog
    keyed: frozenset[str]
    rules: Rules = field(default_factory=Rules)
    undercut: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def models(self) -> Iterator[tuple[Provider, Model]]:
        """Every model the router may choose."""
        for provider, model in self._reachable(None):
            if allows(self.rules, provider.name, model.id):
                yield provider, model

    def allows(self, model: Model) -> bool:
        """Whether a model may be asked at all: there is a key for it, and the user's rules let it."""
        return model.provider in self.keyed and allows(self.rules, model.provider, model.id)

    def _reachable(self, named: str | None) -> Iterator[tuple[Provider, Model]]:
        """Every model with a key that is not legacy, and the one that somebody has named."""
        for model in self.catalog.models.values():
            if model.provider in self.keyed and (not model.legacy or model.id == named):
                yield self.catalog.providers[model.provider], model

    def ways(self, request: ClientRequest, named: str | None = None) -> list[tuple[Way, tuple[str, ...]]]:
        """How the request could reach each model, with what that way would lose; denied models are among
        them, so that a decision can say who denies them. ``named`` is a model that is asked for by its id."""
        chosen: dict[str, tuple[Endpoint, tuple[str, ...]]] = {}
        ways = []
        for provider, model in self._reachable(named):
            if provider.name not in chosen:
                chosen[provider.name] = _best_endpoint(provider, request)
            endpoint, losses = chosen[provider.name]
            ways.append((way_to(request, provider, model, endpoint), losses))
        return ways

    def direct(self, request: ClientRequest) -> Way | None:
        """The way to exactly the model the client named; None without a key for its provider.

        A name the catalog does not know goes to the provider its prefix suggests, or to the vendor
        of the client's format: that provider's own error is then the truth about the name.
        """
        name = request.conversation.model
        model = self.catalog.resolve(name)
        provider = self._provider_of(name, request.format, model)
        if provider is None:
            return None
        model = _unlisted(name, provider) if model is None else _spelled(model, name)
        endpoint, _ = _best_endpoint(provider, request)
        return way_to(request, provider, model, endpoint)

    def home(self, request: ClientRequest) -> str:
        """The provider whose key reaches the model the client named, whether there is one or not."""
        name = request.conversation.model
        model = self.catalog.resolve(name)
        if model is not None:
            return model.provider
        provider = self.catalog.provider_for(name, request.format)
        return _VENDORS[request.format] if provider is None else provider.name

    def takes_as_it_is(self, request: ClientRequest) -> bool:
        """Whether the client's own model can be asked in the client's own bytes."""
        way = self.direct(request)
        return way is not None and way.target.fidelity is Fidelity.RAW

    def _provider_of(self, name: str, format_name: FormatName, model: Model | None) -> Provider | None:
        if model is not None:
            provider: Provider | None = self.catalog.providers[model.provider]
        else:
            provider = self.catalog.provider_for(name, format_name)
            if provider is None or not self._reaches(provider):
                provider = self.catalog.providers[_VENDORS[format_name]]
        return provider if provider is not None and self._reaches(provider) else None

    def _reaches(self, provider: Provider) -> bool:
        return provider.keyless or provider.name in self.keyed


def way_to(request: ClientRequest, provider: Provider, model: Model, endpoint: Endpoint) -> Way:
    """The way of a request to a model through an endpoint."""
    target = Target(
        provider=provider.name,
        model=model.id,
        wire_name=model.name_on_wire,
        format=endpoint.format,
        fidelity=fidelity_of(request, endpoint, model),
    )
    return Way(target, model, provider, endpoint)


def _best_endpoint(provider: Provider, request: ClientRequest) -> tuple[Endpoint, tuple[str, ...]]:
    """The first endpoint that loses nothing, the client's own format before the provider's order."""
    own = provider.endpoint(request.format)
    ordered = (own, *(endpoint for endpoint in provider.endpoints if endpoint is not own))
    losses = [(endpoint, _losses(endpoint, request.conversation)) for endpoint in ordered]
    return next((pair for pair in losses if not pair[1]), losses[0])


def _losses(endpoint: Endpoint, conversation: Conversation) -> tuple[str, ...]:
    return format_of(endpoint.format).losses(conversation, endpoint.dialect)


def _spelled(model: Model, name: str) -> Model:
    """The model under the name the client wrote, where its provider knows it: an alias, a dated name."""
    known = name in model.aliases or name.startswith(f"{model.id}-")
    return replace(model, wire_name=name) if known and model.wire_name is None else model


def _unlisted(name: str, provider: Provider) -> Model:
    """A model we know nothing of: nothing is clamped, and its cost is unknown."""
    wire_name = unlisted_name(name, provider.name)
    return Model(
        id=name,
        wire_name=None if wire_name == name else wire_name,
        provider=provider.name,
        family="unknown",
        max_input=10_000_000,
        max_output=10_000_000,
        capabilities=Capabilities(efforts=_ALL_EFFORTS, server_tools=True),
        quality={},
        card=None,
        cache_ttl_s=300,
    )


def keyed_providers(keys: Mapping[str, object], catalog: Catalog) -> frozenset[str]:
    """The providers of the catalog for which there is a key, and those that need none and have a model.

    Nobody knows what a server on the user's machine serves, or whether it runs: it takes part when the
    user lists a model of it. Asked for by name it is reached all the same.
    """
    serving = {model.provider for model in catalog.models.values()}
    return frozenset(
        name
        for name, provider in catalog.providers.items()
        if name in keys or (provider.keyless and name in serving)
    )
