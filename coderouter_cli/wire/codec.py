"""A wire format as a record of its functions.

Each package under `wire/formats/` fills in one `Codec`; the functions are named and described in
`wire.format.WireFormat`, whose contract a `Codec` keeps (`wire.registry` lets the type checker prove it).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Tool
from coderouter_cli.domain.events import Answer
from coderouter_cli.domain.failure import Failure
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.format import ErrorReply, ReplyContext, StreamDecoder, StreamEncoder


class MakeDecoder(Protocol):
    """`WireFormat.decoder`: a decoder's class."""

    def __call__(self, tools: tuple[Tool, ...] = ()) -> StreamDecoder: ...


class EncodeFailure(Protocol):
    """`WireFormat.encode_failure`."""

    def __call__(self, failure: Failure, *, request_id: str, retry: bool, client: str = "") -> ErrorReply: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """One wire format. ``keep_alive`` is what `ping` gives."""

    name: FormatName
    parse: Callable[[JsonObject], Conversation]
    render: Callable[[Conversation, Model, Dialect], JsonObject]
    sanitise: Callable[[JsonObject, Model, Dialect], JsonObject]
    losses: Callable[[Conversation, Dialect], tuple[str, ...]]
    decode_answer: Callable[[JsonObject, tuple[Tool, ...]], Answer | Failure]
    encode_answer: Callable[[Answer, ReplyContext], JsonObject]
    read_usage: Callable[[JsonObject, str | None], Usage]
    decoder: MakeDecoder
    encoder: Callable[[ReplyContext], StreamEncoder]
    decode_failure: Callable[[int, Mapping[str, str], bytes], Failure]
    encode_failure: EncodeFailure
    keep_alive: bytes

    def ping(self) -> bytes:
        """Bytes that keep a silent stream alive and mean nothing to the client."""
        return self.keep_alive
