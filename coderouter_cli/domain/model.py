"""What we know of a model and of the provider that serves it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

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
    cache_breakpoints: bool = False
    """OpenAI: takes ``prompt_cache_breakpoint`` (gpt-5.6 and later)."""
    prefill: bool = True
    """Messages: continues an assistant's turn at the end of the history (Claude: before 4.6)."""
    budgets: bool = False
    """Messages: takes thinking with a budget of tokens (Claude: before 4.7)."""
    between_tools: bool = False
    """Messages: takes ``thinking.type: between_tools``."""
    computer_tools: tuple[str, ...] = ()
    """Messages: the versions of Anthropic's computer tool that it takes, by their ``type``."""


@dataclass(frozen=True, slots=True)
class ImageRule:
    """How a model counts an image: one token for every square of ``patch`` pixels, begun ones included.

    A larger one is first scaled down to ``longest`` pixels on its long edge and ``most`` squares. The
    defaults are those of Claude before Opus 4.7
    (https://platform.claude.com/docs/en/build-with-claude/vision).
    """

    patch: int = 28
    longest: int = 1568
    most: int = 1568


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the catalog.

    ``id`` is our name for it and, unless ``wire_name`` says otherwise, the provider's.
    ``max_input`` and ``max_output`` are in tokens. ``cache_ttl_s`` is how long the provider keeps
    a prompt prefix, in seconds, and ``cache_long_ttl_s`` how long where the request asks for the long
    cache (0: there is none to ask for); ``cache_min_tokens`` is the shortest prefix it keeps.
    ``token_factor`` is this tokenizer's count for the same text relative to the Claude 4.5
    tokenizer (an estimate); ``calibration`` is what our estimates must be multiplied by besides, as the
    user's own requests show (`accounting.calibration`). ``card`` is None when no price is known: the
    cost is then unknown, not zero. ``legacy`` models are served when asked for but never chosen.
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
    cache_long_ttl_s: int = 0
    token_factor: float = 1.0
    wire_name: str | None = None
    aliases: tuple[str, ...] = ()
    legacy: bool = False
    image_rule: ImageRule = ImageRule()
    calibration: float = 1.0

    @property
    def name_on_wire(self) -> str:
        """The name the provider expects."""
        return self.wire_name or self.id


@dataclass(frozen=True, slots=True)
class SchemaRules:
    """Which JSON schemas a provider accepts, for a tool's arguments and for an answer: by default, all."""

    keywords: frozenset[str] | None = None
    """The only keywords accepted; None: all."""
    formats: frozenset[str] | None = None
    """The only values of ``format`` accepted; None: all."""
    patterns: Literal["any", "portable", "none"] = "any"
    """Regular expressions: every one, those that Python's syntax knows too (``\\p{Cc}`` is none), none."""
    enums: Literal["any", "strings"] = "any"
    """What an ``enum`` may list."""
    array_items: bool = False
    """An array must say what is in it."""
    refs: bool = True
    """``$ref`` is understood; otherwise what it points at is written in its place."""
    type_lists: bool = True
    """``type`` may be a list or "null"; otherwise alternatives are spelt out with ``anyOf``."""
    typed_unions: bool = True
    """``type`` may stand beside ``anyOf``; otherwise it moves into each alternative."""
    top_unions: bool = True
    """The schema itself may be a choice between several."""


ChoiceMode = Literal["auto", "none", "required", "tool"]
_EVERY_CHOICE: frozenset[ChoiceMode] = frozenset({"auto", "none", "required", "tool"})


@dataclass(frozen=True, slots=True)
class Dialect:
    """What one provider's version of a wire format accepts; a declarative record, no code.

    The defaults accept everything: a format's own vendor. Every field is a key of a dialect's table in
    ``providers.toml`` and in the user's settings.
    """

    name: str
    vendor: FormatName | None = None
    """The format whose own vendor this is: the client's bytes may travel raw."""

    # The request
    betas: frozenset[str] | None = None
    """The ``anthropic-beta`` values that are forwarded, without their dates; None: all, whatever they are."""
    drop_betas: frozenset[str] = frozenset()
    """Those that are not forwarded in any case, without their dates."""
    fields: frozenset[str] | None = None
    """The only top-level body fields the provider accepts; None: all but `drop_fields`."""
    drop_fields: frozenset[str] = frozenset()
    """Top-level body fields the provider refuses."""
    extra_fields: Mapping[str, Any] = field(default_factory=dict)
    """Top-level fields of the provider's own that every request gets, whatever the client sets."""
    max_output: int | None = None
    """The most output tokens the endpoint accepts, whatever the model could do."""
    max_tokens_field: Literal["max_tokens", "max_completion_tokens"] = "max_completion_tokens"
    """Chat: what the limit is called."""
    temperatures: tuple[float, float] | None = None
    """The lowest and the highest temperature accepted; another one is moved to the nearer end."""
    max_stops: int | None = None
    """How many stop sequences are accepted; None: as many as the format's own vendor takes."""
    cache_control: bool = True
    """Messages: cache marks are accepted."""

    # Roles and the history
    fold_system: bool = False
    """``role: system`` inside the history is refused: fold it into the user's text, in place."""
    developer_role: bool = True
    """The ``developer`` role is known; otherwise it is sent as ``system``."""
    strip_billing_block: bool = False
    """Drop the client's attribution block, which changes per request and defeats prefix caches."""
    images: bool = True
    image_urls: bool = True
    """Images may be named by URL; otherwise they must be in the request."""

    # Tools
    tools: bool = True
    """Function tools are accepted (OpenAI's Chat endpoint refuses them beside reasoning, from gpt-5.4)."""
    custom_tools: bool = True
    """Responses: freeform ``custom`` tools and namespaces are known."""
    tool_fields: frozenset[str] | None = None
    """The only fields of a tool's definition that are accepted; None: all but `drop_tool_fields`."""
    drop_tool_fields: frozenset[str] = frozenset()
    """Fields of a tool definition the provider refuses."""
    drop_server_tools: bool = False
    tool_choices: frozenset[ChoiceMode] = _EVERY_CHOICE
    """What a tool choice may ask for. Without "required" and "tool" a request that forces is not served."""
    max_tool_name: Literal[64, 128] = 128
    """The longest name of a tool, in characters: OpenAI's limit or Anthropic's."""
    safe_ids: bool = True
    """Calls come with ids that every client and provider takes (``[a-zA-Z0-9_-]+``); otherwise answers are
    written anew for the client, whose history would keep the odd ids for ever."""
    schema: SchemaRules = SchemaRules()
    """What the schemas of tools and answers may hold."""
    thought_signatures: bool = False
    """Chat: tool calls come with ``extra_content.google.thought_signature`` and must go back with it."""

    # Thinking
    foreign_thinking: Literal["keep", "drop"] = "keep"
    """Thinking blocks with a signature of another provider."""
    drop_thinking: bool = False
    """No thinking of earlier turns is sent back, whoever thought."""
    reasoning_content: bool = False
    """Assistant turns with tool calls must carry their reasoning (Chat: `reasoning_field`, Messages
    ``thinking``, Responses ``reasoning_text``), at least blank."""
    reasoning_field: Literal["reasoning_content", "reasoning"] = "reasoning_content"
    """Chat: what the reasoning of an assistant's message is called in the history."""
    effort_map: Mapping[str, str] = field(default_factory=dict)
    """The client's effort word to the provider's; empty: words pass unchanged."""
    efforts: tuple[str, ...] | None = None
    """The effort words the endpoint accepts, weakest first; None: those the model takes."""
    effort_field: Literal["reasoning_effort", "reasoning", "none"] = "reasoning_effort"
    """Chat: where the effort stands; ``reasoning`` is OpenRouter's object, "none": nowhere."""
    reasoning_summary: bool = True
    """Responses: ``reasoning.summary`` is accepted."""
    thinking_switch: Literal["none", "thinking", "enable_thinking", "chat_template_kwargs"] = "none"
    """Chat: how thinking is switched on and off: DeepSeek's object, Qwen's flag, the flag of open servers."""
    thinking_on: Literal["adaptive", "enabled", "none"] = "adaptive"
    """Messages: the ``thinking.type`` that asks for thinking; "none": the provider knows no such field."""
    thinking_budgets: Mapping[str, int] = field(default_factory=dict)
    """Tokens per effort word, for a provider that wants a budget: Messages ``budget_tokens``, Qwen's
    ``thinking_budget``. Empty: it wants none."""

    def refuses(self, name: str) -> bool:
        """Whether a top-level body field must not be sent."""
        return name in self.drop_fields or (self.fields is not None and name not in self.fields)

    def refuses_in_tool(self, name: str) -> bool:
        """Whether a field of a tool's definition must not be sent."""
        return name in self.drop_tool_fields or (
            self.tool_fields is not None and name not in self.tool_fields
        )

    def refuses_choice(self, mode: str) -> bool:
        """Whether a tool choice of this mode must not be sent."""
        return mode not in self.tool_choices


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
    ``keyless`` servers answer without a key: one that is set is sent all the same.
    """

    name: str
    root: str
    endpoints: tuple[Endpoint, ...]
    auth: Literal["bearer", "x-api-key"]
    key_env: str
    headers: tuple[tuple[str, str], ...] = ()
    keyless: bool = False

    def endpoint(self, wanted: FormatName) -> Endpoint:
        """The endpoint in the client's own format if there is one, else the preferred one."""
        for endpoint in self.endpoints:
            if endpoint.format is wanted:
                return endpoint
        return self.endpoints[0]
