"""What we know of a model and of the provider that serves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.phase import Phase
from coderouter_cli.domain.rates import RateCard


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a model is at a phase: 0 to 100, with the figure's source and its date (ISO)."""

    score: int
    source: str
    date: str


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a request may ask of a model."""

    vision: bool = True
    tools: bool = True
    forced_tool_choice: bool = True
    sampling: bool = True
    """Accepts temperature and top_p."""
    thinking_can_be_off: bool = True
    efforts: tuple[str, ...] = ()
    """Effort words the model takes, weakest first; empty when it takes none."""
    structured_output: bool = True
    server_tools: bool = False
    """Runs the client's hosted tools (web search) itself."""
    system_turns: bool = True
    """Messages: takes ``role: system`` inside the history (Claude: Opus 4.8 and later, not Sonnet 5)."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the catalog.

    ``id`` is our name for it and, unless ``wire_name`` says otherwise, the provider's.
    ``max_input`` and ``max_output`` are in tokens. ``cache_ttl_s`` is how long the provider keeps
    a prompt prefix, in seconds; ``cache_min_tokens`` the shortest prefix it keeps.
    ``token_factor`` is this tokenizer's count for the same text relative to the Claude 4.5
    tokenizer (an estimate). ``card`` is None when no price is known: the cost is then unknown,
    not zero. ``legacy`` models are served when asked for but never chosen.
    """

    id: str
    provider: str
    family: str
    max_input: int
    max_output: int
    capabilities: Capabilities
    quality: Mapping[Phase, Quality]
    card: RateCard | None
    cache_ttl_s: int
    cache_min_tokens: int = 1024
    token_factor: float = 1.0
    wire_name: str | None = None
    aliases: tuple[str, ...] = ()
    legacy: bool = False

    @property
    def name_on_wire(self) -> str:
        """The name the provider expects."""
        return self.wire_name or self.id


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one provider's version of a wire format accepts; a declarative record, no code.

    The defaults accept everything: a format's own vendor.
    """

    name: str
    vendor: FormatName | None = None
    """The format whose own vendor this is: the client's bytes may travel raw."""
    betas: Literal["all", "none"] = "all"
    """Which ``anthropic-beta`` values are forwarded."""
    drop_fields: frozenset[str] = frozenset()
    """Top-level body fields the provider refuses."""
    drop_tool_fields: frozenset[str] = frozenset()
    """Fields of a tool definition the provider refuses."""
    drop_server_tools: bool = False
    fold_system: bool = False
    """``role: system`` inside the history is refused: fold it into the user's text, in place."""
    developer_role: bool = True
    """The ``developer`` role is known; otherwise it is sent as ``system``."""
    strip_billing_block: bool = False
    """Drop the client's attribution block, which changes per request and defeats prefix caches."""
    foreign_thinking: Literal["keep", "drop"] = "keep"
    """Thinking blocks with a signature of another provider."""
    reasoning_content: bool = False
    """Assistant turns with tool calls must carry their reasoning (Chat ``reasoning_content``, Messages
    ``thinking``, Responses ``reasoning_text``), at least blank."""
    effort_map: Mapping[str, str] = field(default_factory=dict)
    """The client's effort word to the provider's; empty: words pass unchanged."""
    images: bool = True
    tools: bool = True
    """Function tools are accepted (OpenAI's Chat endpoint refuses them beside reasoning, from gpt-5.4)."""
    custom_tools: bool = True
    """Responses: freeform ``custom`` tools and namespaces are known."""
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_completion_tokens"
    cache_control: bool = True


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a provider serves a wire format: a path below its root, and its dialect."""

    format: FormatName
    path: str
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider. ``root`` has no trailing slash; ``endpoints`` are in order of preference.

    ``auth`` is the header that carries the key. ``key_env`` is the provider's usual variable.
    """

    name: str
    root: str
    endpoints: tuple[Endpoint, ...]
    auth: Literal["bearer", "x-api-key"]
    key_env: str
    headers: tuple[tuple[str, str], ...] = ()

    def endpoint(self, wanted: FormatName) -> Endpoint:
        """The endpoint in the client's own format if there is one, else the preferred one."""
        for endpoint in self.endpoints:
            if endpoint.format is wanted:
                return endpoint
        return self.endpoints[0]
