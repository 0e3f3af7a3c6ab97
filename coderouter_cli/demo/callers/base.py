"""What the scripted clients share: outgoing requests, answers taken in, and a reader of event streams.

Like the scripted provider they do not use the product's codecs.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from coderouter_cli.demo.prompts import dump
from coderouter_cli.domain.conversation import FormatName, JsonObject

Headers = tuple[tuple[str, str], ...]

TITLE_SCHEMA: JsonObject = {
    "type": "object",
    "properties": {"title": {"type": "string"}},
    "required": ["title"],
    "additionalProperties": False,
}
"""What clients ask for when they name a session."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request, but for the address and the token."""

    format: FormatName
    headers: Headers
    body: bytes


@dataclass(frozen=True, slots=True)
class ToolUse:
    """A tool call that was received."""

    id: str
    name: str
    custom: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """What a tool gave back."""

    use: ToolUse
    text: str
    failed: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """An answer, read. ``problem`` says what is wrong with it, None when it is whole and well-formed."""

    text: str = ""
    uses: tuple[ToolUse, ...] = ()
    problem: str | None = None


class Caller(Protocol):
    """One conversation of a client, growing by what is asked and what comes back."""

    def title(self) -> Outgoing:
        """The request for a title of the session."""
        ...

    def begin(self, text: str, *, planning: bool) -> None:
        """A human turn begins; ``planning`` is whether plan mode is on."""
        ...

    def request(self) -> Outgoing:
        """The next request of the turn."""
        ...

    def take(self, body: bytes) -> Taken:
        """Read the answer to `request` and add it to the history, as it came."""
        ...

    def peek(self, body: bytes) -> Taken:
        """Read the answer to a title or a compaction; it does not become history."""
        ...

    def give(self, results: Sequence[Result]) -> None:
        """Add what the tools gave back."""
        ...

    def compaction(self) -> Outgoing:
        """The request for a summary of the conversation."""
        ...

    def compact(self, summary: str) -> None:
        """Go on from a summary instead of the history."""
        ...

    def subagent(self) -> "Caller":
        """A conversation of its own for a task of this one."""
        ...


def events(body: bytes) -> Iterator[Any]:
    """The JSON of each event of a stream, in order."""
    for block in body.replace(b"\r\n", b"\n").split(b"\n\n"):
        lines = [line[5:].strip() for line in block.split(b"\n") if line.startswith(b"data:")]
        data = b"\n".join(lines)
        if data and data != b"[DONE]":
            yield json.loads(data)


def is_stream(body: bytes) -> bool:
    """Whether an answer is a stream of events: it does not begin as a JSON object."""
    return not body.lstrip().startswith(b"{")


def join(head: bytes, parts: Sequence[bytes], tail: bytes) -> bytes:
    """A body whose middle is a list of objects that were serialised before."""
    return b"".join((head, b",".join(parts), tail))


def fragment(value: JsonObject) -> bytes:
    """An object as it will stand in every later body, byte for byte."""
    return dump(value)
