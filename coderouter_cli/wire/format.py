"""The contract every wire format fulfils. One package each under `wire/formats/`.

A format turns requests into the canonical conversation and back, and answers into the canonical
events and back. Everything here is a pure function of its arguments: the same conversation gives
the same bytes, so provider prompt caches hold. Decoders accept bytes at any split and give the same
events; they are forgiving about what providers send and never raise on it: what cannot be read
becomes a `Failed` event.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Maker, Tool
from coderouter_cli.domain.events import Answer, Event
from coderouter_cli.domain.failure import Failure
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.domain.usage import Usage


@dataclass(frozen=True, slots=True)
class ReplyContext:
    """What an encoder needs to answer a client.

    ``model`` is the name the client asked for. ``response_id`` is unique and made at the edge, as is
    ``created`` (unix seconds). ``input_estimate`` is in tokens, shown until the provider reports.
    ``tools`` are the client's own definitions. ``include_usage`` is Chat's stream option. ``maker`` is
    who answers: with it, reasoning that only that provider can read goes out in an envelope. ``compact``
    is `Conversation.compact`. ``client`` is its name as in `Signals`, for those whose reactions are known.
    """

    model: str
    response_id: str
    created: int
    input_estimate: int = 0
    tools: tuple[Tool, ...] = ()
    include_usage: bool = True
    maker: Maker | None = None
    compact: bool = False
    client: str = ""


@dataclass(frozen=True, slots=True)
class ErrorReply:
    """An HTTP error in a format's own shape; ``headers`` besides content type and length."""

    status: int
    body: JsonObject
    headers: tuple[tuple[str, str], ...] = ()


class StreamDecoder(Protocol):
    """Provider bytes to canonical events (see `domain.events` for the grammar)."""

    def feed(self, data: bytes) -> list[Event]:
        """Events that are complete with these bytes. After the terminal event: always empty."""
        ...

    def close(self) -> list[Event]:
        """The provider closed the stream. `Failed` (truncated) if no terminal event was seen."""
        ...


class StreamEncoder(Protocol):
    """Canonical events to client bytes. Any number of events may give no bytes yet."""

    def feed(self, event: Event) -> bytes:
        """Bytes for one event. The terminal event's bytes close the stream in the format's way."""
        ...


class WireFormat(Protocol):
    """One wire format, both sides of it."""

    @property
    def name(self) -> FormatName: ...

    def parse(self, body: JsonObject) -> Conversation:
        """Read a client's request.

        Raises:
            BadRequestError: the body is not a request of this format; the message names the field.
        """
        ...

    def render(self, conversation: Conversation, model: Model, dialect: Dialect) -> JsonObject:
        """Write a request for a provider, from a conversation of any format.

        Never loses what the conversation needs without `losses` saying so.
        """
        ...

    def sanitise(self, body: JsonObject, model: Model, dialect: Dialect) -> JsonObject:
        """The client's own body of this format, made fit for a provider's dialect of it.

        A copy; ``body`` is not changed. Key order is kept.
        """
        ...

    def losses(self, conversation: Conversation, dialect: Dialect) -> tuple[str, ...]:
        """What of this conversation cannot be carried by this format in this dialect; stable codes."""
        ...

    def decode_answer(self, body: JsonObject, tools: tuple[Tool, ...]) -> Answer | Failure:
        """Read a provider's whole answer; a `Failure` when it is not one."""
        ...

    def encode_answer(self, answer: Answer, context: ReplyContext) -> JsonObject:
        """Write a whole answer for a client."""
        ...

    def read_usage(self, raw: JsonObject, tier: str | None, /) -> Usage:
        """A provider's usage object, as the ledger keeps it, in normal form.

        ``tier`` is the service tier that the answer around it named, if it did.
        """
        ...

    def decoder(self, tools: tuple[Tool, ...] = ()) -> StreamDecoder:
        """A decoder for one streamed answer; ``tools`` turn provider names back into the client's."""
        ...

    def encoder(self, context: ReplyContext) -> StreamEncoder:
        """An encoder for one streamed answer."""
        ...

    def decode_failure(self, status: int, headers: Mapping[str, str], body: bytes) -> Failure:
        """Read a provider's HTTP error. ``headers`` have lower-case names; any body is accepted."""
        ...

    def encode_failure(
        self, failure: Failure, *, request_id: str, retry: bool, client: str = ""
    ) -> ErrorReply:
        """Write an error for a client. ``retry`` is whether its own retry could help.

        Always sets ``x-should-retry``; ``retry-after`` when known and ``retry``. ``client`` is its name
        as in `Signals`: the errors of those whose reactions are known are written for them.
        """
        ...

    def ping(self) -> bytes:
        """Bytes that keep a silent stream alive and mean nothing to the client."""
        ...
