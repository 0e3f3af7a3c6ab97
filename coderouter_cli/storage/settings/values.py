"""What config.toml may say, with its defaults. Every field is a key of the file unless it says otherwise."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.decision import Lane
from coderouter_cli.domain.money import per_token
from coderouter_cli.domain.phase import Phase
from coderouter_cli.domain.rates import Rates
from coderouter_cli.routing.control import Rules

DEFAULT_PORT = 6237
"""Unassigned at IANA (6223 to 6240, https://www.iana.org/assignments/service-names-port-numbers), below
the ranges that systems give to outgoing connections (Linux from 32768, macOS and Windows from 49152),
and open to browsers, which refuse some ports. Fixed, because it stands in the clients' configurations."""

CLIENTS = ("claude-code", "codex", "cursor", "sdk", "unknown")
"""The clients a lane can be set for, as requests are told apart."""


class Strategy(StrEnum):
    """How much quality to trade for cost."""

    BALANCED = "balanced"
    FRUGAL = "frugal"
    QUALITY = "quality"


class KeyStoreKind(StrEnum):
    """Where provider keys are kept. Environment variables win over either store."""

    ENV = "env"
    """Nowhere: environment variables only."""
    KEYRING = "keyring"
    """The system's keyring."""
    FILE = "file"
    """credentials.json, 0600."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Time limits in seconds, sizes, and how much may happen at once.

    ``first_event_s`` is from the request to the first event of the answer, ``gap_s`` between two
    events. ``max_body`` is a request's size in bytes, decompressed (``max_body_mib`` in the file).
    """

    connect_s: float = 5.0
    first_event_s: float = 120.0
    gap_s: float = 120.0
    max_body: int = 32 * 1024 * 1024
    max_exchanges: int = 64


@dataclass(frozen=True, slots=True)
class CountTokens:
    """How requests to count tokens are answered.

    ``exact``: by the vendor of the model they name, if there is a key for it; otherwise, and while it
    does not answer, by our own estimate.
    """

    exact: bool = False


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """A built-in provider seen otherwise, or a provider of the user's own.

    None and an empty tuple mean: as built in. A provider that is not built in needs ``url`` and
    ``formats``. ``url`` is the root, without a slash at the end. ``keyless`` servers answer without a key.
    ``dialect`` holds fields of `domain.model.Dialect` for every format the provider serves, and
    ``by_format`` (``[providers.NAME.FORMAT]`` in the file) those of one, with ``path`` and ``inherit``.
    """

    url: str | None = None
    formats: tuple[FormatName, ...] = ()
    key_env: str | None = None
    auth: Literal["bearer", "x-api-key"] | None = None
    keyless: bool | None = None
    dialect: Mapping[str, Any] = field(default_factory=dict)
    by_format: Mapping[FormatName, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Prices:
    """USD per million tokens. A figure that is not given equals ``input``: no discount is known."""

    input: Decimal
    output: Decimal
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_long: Decimal | None = None

    def rates(self) -> Rates:
        """The same in picodollars per token."""
        cache_write = self.input if self.cache_write is None else self.cache_write
        long = cache_write if self.cache_write_long is None else self.cache_write_long
        return Rates(
            input=per_token(self.input),
            cache_read=per_token(self.input if self.cache_read is None else self.cache_read),
            cache_write=per_token(cache_write),
            cache_write_long=per_token(long),
            output=per_token(self.output),
        )


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """A model of the user's own. ``max_input`` and ``max_output`` are in tokens.

    Without ``prices`` its cost is unknown, which is not zero. ``quality`` is 0 to 100 per phase; a
    model without one is served when asked for and never chosen. ``wire_name`` is the provider's
    name for it when that is another. ``efforts`` are the effort words it takes, weakest first; without any
    it gets none. The other flags are those of `domain.model.Capabilities`.
    """

    id: str
    provider: str
    max_input: int
    max_output: int
    prices: Prices | None = None
    quality: Mapping[Phase, int] = field(default_factory=dict)
    wire_name: str | None = None
    vision: bool = False
    tools: bool = True
    efforts: tuple[str, ...] = ()
    sampling: bool = True
    structured_output: bool = True
    forced_tool_choice: bool = True
    thinking_can_be_off: bool = True


@dataclass(frozen=True, slots=True)
class Escalation:
    """Whether a conversation moves up when its model flails; ``holdout_pct`` do not, for comparison."""

    enabled: bool = True
    holdout_pct: int = 0


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a user can set.

    ``lanes`` holds the lane of a client where it is not ``lane``. ``max_regret_pct`` caps what a
    change of model may ever cost, in percent of staying. ``rules`` bound every
    choice, ``clients`` hold what is asked for one client besides.
    ``upstream_proxy`` is a proxy for calls to providers; without it none is used, whatever the
    environment says.
    """

    port: int = DEFAULT_PORT
    strategy: Strategy = Strategy.BALANCED
    lane: Lane = Lane.SMART
    key_store: KeyStoreKind = KeyStoreKind.KEYRING
    max_regret_pct: int = 20
    rules: Rules = field(default_factory=Rules)
    clients: Mapping[str, Rules] = field(default_factory=lambda: MappingProxyType({}))
    upstream_proxy: str | None = None
    lanes: Mapping[str, Lane] = field(default_factory=lambda: MappingProxyType({}))
    limits: Limits = field(default_factory=Limits)
    count_tokens: CountTokens = field(default_factory=CountTokens)
    escalation: Escalation = field(default_factory=Escalation)
    providers: Mapping[str, ProviderSettings] = field(default_factory=lambda: MappingProxyType({}))
    models: tuple[ModelSettings, ...] = ()

    def lane_for(self, client: str) -> Lane:
        """The lane of a client: its own, or everybody's."""
        return self.lanes.get(client, self.lane)
