"""The canonical conversation: a superset of Anthropic Messages and OpenAI Responses.

Every wire format is parsed into it and rendered from it. It is not modelled on Chat Completions,
which cannot carry thinking signatures, encrypted reasoning, custom tools or refusals.

Order is kept everywhere. JSON objects inside (tool schemas, output schemas) are treated as
immutable: whoever needs another one makes a copy.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

JsonObject = dict[str, Any]
"""A parsed JSON object. Keys keep their order."""


class FormatName(StrEnum):
    """The wire formats clients and providers speak."""

    ANTHROPIC_MESSAGES = "anthropic_messages"
    OPENAI_RESPONSES = "openai_responses"
    OPENAI_CHAT = "openai_chat"


class ToolKind(StrEnum):
    """How a tool is called."""

    FUNCTION = "function"
    """Arguments are one JSON object."""
    CUSTOM = "custom"
    """Input is free text (Codex's apply_patch and exec)."""
    CLIENT = "client"
    """Arguments are one JSON object, but the Responses format has an item type of its own for the call, and
    the client runs it (tool_search, local_shell, shell, apply_patch). Elsewhere it is a function."""
    SERVER = "server"
    """The provider runs it itself (web search); carried only to the provider's own format."""


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text. ``cache`` marks the end of a prefix the client asked to have cached: its TTL."""

    text: str
    cache: Literal["5m", "1h"] | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An image, either inline (``data`` is base64, ``media_type`` set) or by ``url``."""

    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document (PDF or text), inline as base64 or by URL.

    ``cited`` is whether the client asked Anthropic to cite it.
    """

    media_type: str | None = None
    data: str | None = None
    url: str | None = None
    name: str | None = None
    cited: bool = False


@dataclass(frozen=True, slots=True)
class Maker:
    """Who made an answer: a provider, the wire format it spoke, and the catalog's id of its model."""

    provider: str
    format: FormatName
    model: str


@dataclass(frozen=True, slots=True)
class Opaque:
    """What belongs to reasoning and only its origin can use, as it came.

    ``origin`` is the format it came in. ``kind`` is a thinking signature, redacted or encrypted
    reasoning, the ``thought`` signature of a tool call (``call_id``), or ``open``: reasoning without a
    carrier, of which only the maker is known. ``maker`` is None for what stands in a client's history
    without an envelope of ours (see `wire.envelope`). ``cuts`` are the lengths of the summary parts
    that the reasoning's text was joined from, empty for one part.
    """

    origin: FormatName
    kind: Literal["signature", "redacted", "encrypted", "thought", "open"]
    data: str
    maker: Maker | None = None
    call_id: str | None = None
    cuts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reasoning:
    """The model's thinking. ``text`` may be empty when only an opaque carrier is there.

    ``id`` is the item id of the Responses format.
    """

    text: str
    opaque: Opaque | None = None
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model calls a tool.

    ``arguments`` is the text as it came: a JSON object for a function, free text for a custom
    tool. ``namespace`` is the Responses tool namespace, None elsewhere.
    """

    id: str
    name: str
    arguments: str
    kind: ToolKind = ToolKind.FUNCTION
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool call returned; ``parts`` are texts, images and documents."""

    call_id: str
    parts: tuple["Text | Image | Document", ...]
    is_error: bool = False
    kind: ToolKind = ToolKind.FUNCTION


@dataclass(frozen=True, slots=True)
class Refusal:
    """The model's text when it declines."""

    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """A part we do not know, kept whole; ``kind`` is its ``type`` and ``value`` the object."""

    origin: FormatName
    kind: str
    value: JsonObject


Part = Text | Image | Document | Reasoning | ToolCall | ToolResult | Refusal | Unknown


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``system`` in the middle of the history keeps its place.

    Tool results are parts of a ``user`` message, tool calls parts of an ``assistant`` message, as
    in the Messages format; consecutive items of one role are one message.
    """

    role: Literal["user", "assistant", "system"]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool the model may call.

    ``schema`` is the JSON schema of a function's arguments. ``grammar`` is the Responses ``format``
    object of a custom tool. ``raw`` is the whole definition for a server tool, or for a field we do
    not model; ``origin`` says in which format.
    """

    name: str
    description: str = ""
    schema: JsonObject | None = None
    kind: ToolKind = ToolKind.FUNCTION
    namespace: str | None = None
    strict: bool | None = None
    grammar: JsonObject | None = None
    deferred: bool = False
    raw: JsonObject | None = None
    origin: FormatName | None = None


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Which tool the model must call; ``tool`` needs a ``name``."""

    mode: Literal["auto", "none", "required", "tool"]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """One request, whole.

    ``effort`` is the word the client used (none, minimal, low, medium, high, xhigh, max).
    ``thinking`` is whether the client asked for thinking (None: it did not say).
    ``output_schema`` is a JSON schema the answer must follow, ``output_name`` its name.
    ``max_output`` is in tokens. ``session_hint`` is what the body itself says about its session
    (Messages ``metadata.user_id``, OpenAI ``prompt_cache_key`` or ``user``).
    ``dropped`` names top-level fields that this model of a request does not carry, and with a dot what
    inside one of them matters (``context_management.compact``). ``compact`` is whether the client wants
    nothing but a summary of the history in an item of its own (Responses' ``compaction_trigger``).
    """

    format: FormatName
    model: str
    messages: tuple[Message, ...]
    system: tuple[Text, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    max_output: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    stop: tuple[str, ...] = ()
    effort: str | None = None
    thinking: bool | None = None
    output_schema: JsonObject | None = None
    output_name: str | None = None
    stream: bool = False
    include_usage: bool = True
    """Chat Completions only: whether the client asked for a usage chunk."""
    session_hint: str | None = None
    service_tier: str | None = None
    safeguards: bool = False
    """The client asks Anthropic for its server-side safety verdicts (Claude Code auto mode)."""
    dropped: tuple[str, ...] = ()
    unread: str | None = None
    """Why our reader refuses the request, in words; None for one that was read (see `wire.unread`)."""
    compact: bool = False
