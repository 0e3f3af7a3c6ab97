"""What a scripted provider is told to answer, and what it saw.

A script is a function from a request to an outcome. A `Reply` is a model's answer in no format at all;
each wire format puts it into its own words (`voices`). `HttpError` and `Raw` are for everything that is
not an answer. `ReplyQueue` is the script of most tests.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from coderouter_cli.domain.conversation import FormatName, JsonObject

ProviderName = str
"""``anthropic``, ``openai``, ``deepseek``, or a compatible provider of the test's own."""

StopWord = Literal[
    "end_turn",
    "max_tokens",
    "stop_sequence",
    "tool_use",
    "pause_turn",
    "refusal",
    "model_context_window_exceeded",
]
"""Why a reply ends, in Anthropic's words; the other formats have their own for it."""


@dataclass(frozen=True, slots=True)
class Say:
    """Text for the user."""

    text: str


@dataclass(frozen=True, slots=True)
class Think:
    """Reasoning. ``redacted`` is Anthropic's ``redacted_thinking``; OpenAI only shows a summary of it.

    ``signature`` is what Anthropic signs it with; None for the provider's own, which it will check.
    """

    text: str
    redacted: bool = False
    signature: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A tool call.

    ``arguments`` is the JSON object of a function's arguments. Text is sent as it stands: the input of
    a custom tool, or the broken JSON some models write. ``id`` None makes one up in the provider's style.
    """

    name: str
    arguments: Mapping[str, Any] | str = field(default_factory=dict)
    id: str | None = None
    namespace: str | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """The model declines, in these words. ``category`` is Anthropic's class of it."""

    text: str
    category: str | None = None


Verdict = Literal["not_flagged", "flagged", "unsupported", "unavailable"]
"""What Anthropic says of a reply's tool calls when a request asks for its safeguards (measured with Claude
Code 2.1.330 in auto mode): the first two are of each call, the others of the check itself."""

Piece = Say | Think | Call | Refuse


@dataclass(frozen=True, slots=True)
class Tokens:
    """Numbers a reply's usage shows instead of the provider's own count; None leaves the count.

    ``input`` is the uncached part. ``late_input`` is the value Anthropic's ``message_delta`` raises
    ``input_tokens`` to at the end of a stream.
    """

    input: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    cache_write_long: int | None = None
    output: int | None = None
    reasoning: int | None = None
    late_input: int | None = None


How = Literal["cut", "reset", "clean"]
"""How a connection ends early: closed in the middle of the body, reset (RST), or with the body properly ended
as if it were complete."""


@dataclass(frozen=True, slots=True)
class CloseBeforeHeaders:
    """Take the request, then close the connection without a byte."""

    reset: bool = False


@dataclass(frozen=True, slots=True)
class CloseAfter:
    """Break off after so many events, or so many bytes of the body."""

    events: int | None = None
    size: int | None = None
    how: How = "cut"


@dataclass(frozen=True, slots=True)
class Hang:
    """Say nothing more until ``release`` is set. ``events`` None: not even the headers are sent."""

    release: asyncio.Event
    events: int | None = None


@dataclass(frozen=True, slots=True)
class StreamError:
    """An error inside the stream, after ``events`` events, in the format's own shape; then the end."""

    events: int = 1
    kind: str = "overloaded_error"
    message: str = "Overloaded"


Fault = CloseBeforeHeaders | CloseAfter | Hang | StreamError
Pace = Callable[[int], Awaitable[None]]
"""Awaited before the n-th write of a stream (from 0): how a test slows or steers it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer.

    ``stop`` None is worked out from the pieces. ``model`` is the name the answer claims, None for the one
    asked for. ``verdict`` is Anthropic's on its calls, where the request asks for one. ``chunk`` is the
    number of characters in each text delta. ``interleave`` lets the argument deltas of parallel calls
    alternate (OpenAI). ``slice_size`` cuts a stream into writes of so many bytes, across event borders.
    ``usage`` False leaves every usage object out.
    """

    pieces: tuple[Piece, ...] = (Say("Done."),)
    stop: StopWord | None = None
    stop_sequence: str | None = None
    tokens: Tokens = Tokens()
    usage: bool = True
    model: str | None = None
    service_tier: str | None = None
    verdict: Verdict = "not_flagged"
    headers: tuple[tuple[str, str], ...] = ()
    chunk: int = 24
    interleave: bool = False
    slice_size: int | None = None
    pace: Pace | None = None
    fault: Fault | None = None

    @property
    def calls(self) -> tuple[Call, ...]:
        """The tool calls among the pieces."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Call))

    @property
    def reason(self) -> StopWord:
        """Why it ends: as told, or refusal, tool_use or end_turn by its pieces."""
        if self.stop is not None:
            return self.stop
        if any(isinstance(piece, Refuse) for piece in self.pieces):
            return "refusal"
        return "tool_use" if self.calls else "end_turn"


@dataclass(frozen=True, slots=True)
class HttpError:
    """An HTTP error in the provider's own shape.

    ``kind`` is its ``error.type`` (None: the usual one of the status), ``code`` and ``param`` are
    OpenAI's. ``body`` replaces the whole shape.
    """

    status: int
    message: str = "The scripted provider was told to fail."
    kind: str | None = None
    code: str | None = None
    param: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Raw:
    """Bytes as they stand, one write each: a proxy's HTML page, garbage, an endless stream."""

    chunks: Iterable[bytes]
    status: int = 200
    content_type: str = "text/event-stream"
    headers: tuple[tuple[str, str], ...] = ()


Outcome = Reply | HttpError | Raw


@dataclass(slots=True, eq=False)
class SeenRequest:
    """One request as it arrived, and how answering it went.

    ``path`` has the query. ``headers`` have lower-case names. ``body`` is the bytes as they came,
    ``json`` its object (empty when it is not one). ``port`` is the peer's: the same for requests on one
    connection. ``rejected`` is why the request was refused by the rules of the provider, None if it was
    not. ``done`` is set when the answer is over, whichever way.
    """

    number: int
    provider: ProviderName
    format: FormatName | None
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    json: JsonObject
    port: int
    status: int | None = None
    rejected: str | None = None
    events_sent: int = 0
    bytes_sent: int = 0
    disconnected: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def key(self) -> str | None:
        """The credential it came with; ``x-api-key`` is known to the Messages format only."""
        bearer = self.headers.get("authorization", "")
        if bearer.lower().startswith("bearer "):
            return bearer[7:]
        messages = self.format is FormatName.ANTHROPIC_MESSAGES or self.provider == "anthropic"
        return self.headers.get("x-api-key") if messages else None

    @property
    def model(self) -> str:
        """The model asked for."""
        name = self.json.get("model")
        return name if isinstance(name, str) else ""

    @property
    def streams(self) -> bool:
        """Whether a stream was asked for."""
        return self.json.get("stream") is True


Script = Callable[[SeenRequest], Outcome | Awaitable[Outcome]]


class ReplyQueue:
    """Outcomes handed out in the order they were added; outcomes for one provider go first.

    When nothing is left it answers ``default``; without one, a 500 that says so.
    """

    def __init__(self, *outcomes: Outcome, default: Outcome | None = None) -> None:
        self._any: deque[Outcome] = deque(outcomes)
        self._by_provider: dict[str, deque[Outcome]] = {}
        self.default = default

    def add(self, *outcomes: Outcome, provider: ProviderName | None = None) -> None:
        """Queue more outcomes, for one provider only if it is named."""
        queue = self._any if provider is None else self._by_provider.setdefault(provider, deque())
        queue.extend(outcomes)

    def __call__(self, seen: SeenRequest) -> Outcome:
        """The outcome for a request."""
        for queue in (self._by_provider.get(seen.provider), self._any):
            if queue:
                return queue.popleft()
        return self.default or HttpError(500, "The script has no reply left.")

    def __len__(self) -> int:
        """How many outcomes are left."""
        return len(self._any) + sum(len(queue) for queue in self._by_provider.values())
