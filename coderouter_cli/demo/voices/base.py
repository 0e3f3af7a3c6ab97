"""What the three voices share: the context of an answer, its numbers, ids, and the framing of events."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from coderouter_cli.demo.cache import Counted, count_tokens
from coderouter_cli.demo.prompts import dump
from coderouter_cli.demo.script import Call, HttpError, ProviderName, Refuse, Reply, Say, StreamError, Think
from coderouter_cli.domain.conversation import JsonObject

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Context:
    """What an answer needs to know besides the reply.

    ``body`` is the request, ``model`` the name the answer carries, ``seed`` is unique to this answer and
    all ids derive from it, ``created`` is in unix seconds. ``sign`` signs a thinking text.
    """

    provider: ProviderName
    body: JsonObject
    model: str
    seed: str
    created: int
    counted: Counted
    sign: Callable[[str], str]

    def new_id(self, prefix: str, index: int = 0, length: int = 24) -> str:
        """An id in the provider's style; the same for the same answer, prefix and index."""
        number = int.from_bytes(hashlib.sha256(f"{self.seed}/{prefix}/{index}".encode()).digest(), "big")
        letters = []
        for _ in range(length):
            number, rest = divmod(number, len(_ALPHABET))
            letters.append(_ALPHABET[rest])
        return prefix + "".join(letters)


@dataclass(frozen=True, slots=True)
class Spent:
    """The numbers of a usage object; the input classes are disjoint, reasoning is part of output."""

    fresh: int
    read: int
    write: int
    write_long: int
    output: int
    reasoning: int
    late_fresh: int

    @property
    def prompt(self) -> int:
        """All input tokens."""
        return self.fresh + self.read + self.write + self.write_long


class Voice(Protocol):
    """One wire format, speaking. All bytes are built by hand here: the product's own codecs are not used,
    or a test would only show that they agree with themselves."""

    def whole(self, reply: Reply, context: Context) -> bytes:
        """The body of an answer that is not streamed."""
        ...

    def events(self, reply: Reply, context: Context) -> list[bytes]:
        """The events of a streamed answer, in order, framed."""
        ...

    def error(self, error: HttpError, provider: ProviderName, request_id: str) -> bytes:
        """The body of an HTTP error."""
        ...

    def stream_error(self, fault: StreamError, sequence: int) -> bytes:
        """An error inside a stream; ``sequence`` is the number of events before it."""
        ...


def spend(reply: Reply, counted: Counted) -> Spent:
    """The usage of a reply: what was counted, but for what the reply says instead."""
    told = reply.tokens
    reasoning = sum(_size(piece.text) for piece in reply.pieces if isinstance(piece, Think))
    output = reasoning + sum(_written(reply))
    fresh = _told(told.input, counted.fresh)
    spent_reasoning = _told(told.reasoning, round(count_tokens(reasoning) * counted.factor))
    return Spent(
        fresh=fresh,
        read=_told(told.cache_read, counted.read),
        write=_told(told.cache_write, counted.write),
        write_long=_told(told.cache_write_long, counted.write_long),
        output=_told(told.output, max(1, round(count_tokens(output) * counted.factor))),
        reasoning=spent_reasoning,
        late_fresh=_told(told.late_input, fresh),
    )


def argument_text(call: Call) -> str:
    """The arguments of a call as they go over the wire."""
    if isinstance(call.arguments, str):
        return call.arguments
    return dump(dict(call.arguments)).decode()


def slices(text: str, size: int) -> Iterator[str]:
    """The text in pieces of at most ``size`` characters; nothing for an empty text."""
    for start in range(0, len(text), max(1, size)):
        yield text[start : start + max(1, size)]


def event(name: str, data: JsonObject) -> bytes:
    """A server-sent event with a name."""
    return b"event: " + name.encode() + b"\ndata: " + dump(data) + b"\n\n"


def data_line(data: JsonObject) -> bytes:
    """A server-sent event without a name."""
    return b"data: " + dump(data) + b"\n\n"


def openai_error(error: HttpError, usual_kind: str, provider: ProviderName) -> bytes:
    """The error object that OpenAI and DeepSeek share; DeepSeek has one code for everything
    (https://github.com/Aider-AI/aider/issues/4851)."""
    kind = error.kind or usual_kind
    code = error.code or ("invalid_request_error" if provider == "deepseek" else None)
    return dump({"error": {"message": error.message, "type": kind, "param": error.param, "code": code}})


def _written(reply: Reply) -> Iterator[int]:
    for piece in reply.pieces:
        if isinstance(piece, Say | Refuse):
            yield _size(piece.text)
        elif isinstance(piece, Call):
            yield _size(piece.name) + _size(argument_text(piece))


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _told(told: int | None, counted: int) -> int:
    return counted if told is None else told
