"""What the daemon and a provider say to each other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject
from coderouter_cli.domain.decision import Target
from coderouter_cli.domain.failure import Failure
from coderouter_cli.domain.model import Endpoint, Model, Provider
from coderouter_cli.errors import CodeRouterError


@dataclass(frozen=True, slots=True)
class ClientRequest:
    """A client's request, read once: the bytes, the object they are, and what it means.

    ``headers`` have lower-case names and hold the client's token: never log a `ClientRequest`.
    """

    format: FormatName
    headers: Mapping[str, str]
    body: bytes
    json: JsonObject
    conversation: Conversation

    def __repr__(self) -> str:
        return f"ClientRequest({self.format}, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True)
class Way:
    """A target with everything known about it: how a request can reach a model."""

    target: Target
    model: Model
    provider: Provider
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to a provider, ready to send. ``headers`` hold the key: never log a `Call`."""

    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    method: str = "POST"

    def __repr__(self) -> str:
        return f"Call(url={self.url!r}, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request as it will be sent to one target.

    ``format`` is what the provider answers in. ``reencode`` is whether its answer must be decoded
    and encoded again for the client; otherwise its bytes are relayed. ``codex`` is whether Codex's own
    vendor answers.
    """

    call: Call
    format: FormatName
    reencode: bool
    codex: bool = False


@dataclass(frozen=True, slots=True)
class RawReply:
    """A provider's HTTP error, as it came. ``headers`` have lower-case names."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class AttemptFailedError(CodeRouterError):
    """A provider could not serve the attempt; ``reply`` is its own error when it sent one."""

    code: ClassVar[str] = "provider_failed"
    http_status: ClassVar[int] = 502

    def __init__(self, failure: Failure, reply: RawReply | None = None) -> None:
        super().__init__(failure.message)
        self.failure = failure
        self.reply = reply
