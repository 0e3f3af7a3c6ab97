"""The one place where objects meet: from settings and keys to what serves a request."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.catalog.dominance import undercutters
from coderouter_cli.daemon.books import Books, Ledger
from coderouter_cli.daemon.drain import Drain
from coderouter_cli.daemon.lessons import Lessons
from coderouter_cli.daemon.market import Market, keyed_providers
from coderouter_cli.daemon.pipeline import Pipeline
from coderouter_cli.daemon.plan import Moment, Surroundings
from coderouter_cli.daemon.repositories import Known, Repositories
from coderouter_cli.daemon.rulebook import checked, resolved
from coderouter_cli.daemon.shelf import stocked_catalog
from coderouter_cli.daemon.warmth import WarmthBook
from coderouter_cli.providers.circuit import Circuit
from coderouter_cli.providers.transport import Timeouts, Transport
from coderouter_cli.storage.credentials import ResolvedKeys, resolve_keys
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.storage.settings import Settings, load_settings
from coderouter_cli.storage.trust import TrustStore
from coderouter_cli.system.clock import Clock
from coderouter_cli.system.ids import ExchangeIds
from coderouter_cli.system.paths import Paths
from coderouter_cli.system.redaction import Redactor

Environ = Mapping[str, str]

_WHOLE_TIMES = 5


@dataclass(frozen=True, slots=True)
class Configuration:
    """What settings and keys come to. Read at start and anew on `reload`."""

    settings: Settings
    market: Market
    keys: ResolvedKeys
    repositories: tuple[Known, ...] = ()


def configure(paths: Paths, environ: Environ) -> Configuration:
    """Read the settings and the keys.

    Raises:
        ConfigError, KeyStoreError: what is written there cannot be used.
    """
    settings = load_settings(paths)
    catalog = stocked_catalog(settings)
    settings = _named(settings, catalog)
    key_env = {provider.name: provider.key_env for provider in catalog.providers.values()}
    keys = resolve_keys(settings, key_env, environ)
    market = Market(
        catalog, keyed_providers(keys, catalog), settings.rules, undercutters(catalog.models.values())
    )
    return Configuration(settings, market, keys, _trusted(paths, catalog))


def _named(settings: Settings, catalog: Catalog) -> Settings:
    """The settings with every name in their rules looked up."""
    clients = {
        client: checked(rules, catalog, f"clients.{client}.") for client, rules in settings.clients.items()
    }
    return replace(settings, rules=checked(settings.rules, catalog, ""), clients=clients)


def _trusted(paths: Paths, catalog: Catalog) -> tuple[Known, ...]:
    """The policies that the user trusts. One that this version does not accept is told, not left out: what
    it forbids would be allowed.

    Raises:
        ConfigError: there is such a one, or the list cannot be read.
    """
    trusted = TrustStore(paths).all()
    return tuple(Known(one, resolved(one.policy().rules, catalog)) for one in trusted)


def surroundings(
    configuration: Configuration, warmth: WarmthBook, circuits: Mapping[str, Circuit]
) -> Surroundings:
    """What a plan is made from."""
    repositories = Repositories(configuration.repositories)
    return Surroundings(
        configuration.settings, configuration.market, warmth, circuits, repositories=repositories
    )


def fresh_circuits(configuration: Configuration) -> dict[str, Circuit]:
    """One closed circuit per provider."""
    return {name: Circuit() for name in configuration.market.catalog.providers}


def timeouts(settings: Settings) -> Timeouts:
    """The transport's limits. A whole answer may take as many times longer as the SDKs' ten minutes are
    longer than our two for a first event."""
    limits = settings.limits
    return Timeouts(
        limits.connect_s, limits.first_event_s, limits.gap_s, whole_s=_WHOLE_TIMES * limits.first_event_s
    )


@dataclass(slots=True)
class Works:
    """What a daemon keeps while its configuration may be read anew: warmth, lessons, ledger, connections."""

    paths: Paths
    environ: Environ
    ledger: Ledger
    transport: Transport
    clock: Clock
    redactor: Redactor
    warmth: WarmthBook = field(default_factory=WarmthBook)
    lessons: Lessons = field(default_factory=Lessons)
    drain: Drain = field(default_factory=Drain)
    sessions: OrderedDict[str, str] = field(default_factory=OrderedDict)
    """Where each session works, as far as it has said."""

    def pipeline(self, configuration: Configuration) -> Pipeline:
        """A pipeline for this configuration. Refused keys get another chance."""
        self.redactor.learn(configuration.keys.values())
        circuits = fresh_circuits(configuration)
        books = Books(self.ledger, self.clock, configuration.market.catalog, self.warmth)
        repositories = Repositories(configuration.repositories, self.sessions)
        around = replace(
            surroundings(configuration, self.warmth, circuits),
            lessons=self.lessons,
            repositories=repositories,
        )
        remembered = LedgerReader(self.paths).last_routed
        return Pipeline(around, books, self.transport, configuration.keys, self.drain, remembered)

    def moments(self) -> Callable[[], Moment]:
        """The source of ids and times for exchanges."""
        ids = ExchangeIds(self.clock)
        return lambda: Moment(ids.next(), self.clock.now(), self.clock.monotonic())
