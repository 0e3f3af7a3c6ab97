"""Clients of the three formats as raw HTTP: what they send, and what they make of what comes back.

Nothing of the product's codecs is used: a stream is read as its clients read it.
"""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

import aiohttp
import pytest

from coderouter_cli.demo.script import ProviderName
from coderouter_cli.domain.conversation import FormatName, JsonObject

PROMPT = "Implement a parser for the settings file in parser.py"


@dataclass(frozen=True)
class Client:
    """One format's client. ``vendor`` is whose format it is, ``asked`` the model it has hard-coded."""

    format: FormatName
    path: str
    vendor: ProviderName
    asked: str

    def body(self, prompt: str = PROMPT, *, stream: bool = True, **more: Any) -> JsonObject:
        """A request; ``more`` adds fields or replaces them, None removes one."""
        body: JsonObject = {"model": self.asked, "stream": stream}
        if self.format is FormatName.OPENAI_RESPONSES:
            body["input"] = prompt
        else:
            body["messages"] = [{"role": "user", "content": prompt}]
        if self.format is FormatName.ANTHROPIC_MESSAGES:
            body["max_tokens"] = 1000
        if self.format is FormatName.OPENAI_CHAT and stream:
            body["stream_options"] = {"include_usage": True}
        return {name: value for name, value in (body | more).items() if value is not None}

    def text(self, stream: bytes) -> str:
        """The text of a streamed answer, whole or not."""
        return "".join(self._piece(event) for event in events(stream))

    def whole_text(self, body: bytes) -> str:
        """The text of an answer that is not streamed."""
        value = json.loads(body)
        if self.format is FormatName.ANTHROPIC_MESSAGES:
            return "".join(block["text"] for block in value["content"])
        if self.format is FormatName.OPENAI_CHAT:
            return str(value["choices"][0]["message"]["content"])
        return "".join(part["text"] for item in value["output"] for part in item["content"])

    def finished(self, stream: bytes) -> bool:
        """Whether a stream is one clean answer: it begins once, ends once, and nothing in it is an error."""
        return self.beginnings(stream) == 1 and self.endings(stream) == 1 and not self.errors(stream)

    def beginnings(self, stream: bytes) -> int:
        """How many answers begin in a stream."""
        if self.format is FormatName.OPENAI_CHAT:
            return len({event["id"] for event in events(stream) if "id" in event})
        first = {"message_start", "response.created"}
        return sum(event.get("type") in first for event in events(stream))

    def endings(self, stream: bytes) -> int:
        """How many answers are complete in a stream."""
        if self.format is FormatName.OPENAI_CHAT:
            return stream.count(b"data: [DONE]\n\n")
        return sum(event.get("type") in {"message_stop", "response.completed"} for event in events(stream))

    def errors(self, stream: bytes) -> list[str]:
        """The messages of the errors in a stream, as its client shows them."""
        return [error["message"] for event in events(stream) if (error := self._error(event))]

    def error(self, body: bytes) -> str:
        """The message of an error reply; fails when the body is not one of this format."""
        value = json.loads(body)
        if self.format is FormatName.ANTHROPIC_MESSAGES:
            assert value["type"] == "error"
            assert set(value["error"]) == {"type", "message"}
        else:
            assert set(value["error"]) == {"message", "type", "param", "code"}
        return str(value["error"]["message"])

    def _piece(self, event: JsonObject) -> str:
        if self.format is FormatName.ANTHROPIC_MESSAGES:
            return str(event.get("delta", {}).get("text", ""))
        if self.format is FormatName.OPENAI_CHAT:
            return "".join(choice["delta"].get("content") or "" for choice in event.get("choices", ()))
        return str(event["delta"]) if event.get("type") == "response.output_text.delta" else ""

    def _error(self, event: JsonObject) -> JsonObject | None:
        if self.format is FormatName.OPENAI_RESPONSES and event.get("type") == "response.failed":
            return dict(event["response"]["error"])
        if self.format is FormatName.OPENAI_RESPONSES and event.get("type") == "error":
            return {"message": event["message"]}
        error = event.get("error")
        return dict(error) if error else None


MESSAGES = Client(FormatName.ANTHROPIC_MESSAGES, "/v1/messages", "anthropic", "claude-opus-5-5")
RESPONSES = Client(FormatName.OPENAI_RESPONSES, "/v1/responses", "openai", "gpt-6.1-sol")
CHAT = Client(FormatName.OPENAI_CHAT, "/v1/chat/completions", "openai", "gpt-6.1-sol")
CLIENTS = (MESSAGES, RESPONSES, CHAT)

each_client = pytest.mark.parametrize("client", CLIENTS, ids=lambda client: client.format.value)
each_mode = pytest.mark.parametrize("stream", [True, False], ids=["stream", "whole"])


@dataclass(frozen=True)
class Got:
    """An answer. ``broken`` is whether the connection ended before the answer did."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    broken: bool = False


class Served(Protocol):
    """A daemon as its clients see it."""

    @property
    def url(self) -> str: ...

    @property
    def auth(self) -> dict[str, str]: ...


async def ask(
    daemon: Served,
    client: Client,
    body: JsonObject | bytes | None = None,
    headers: Mapping[str, str] | None = None,
    on_bytes: Callable[[bytes], None] | None = None,
) -> Got:
    """Send one request and take what comes; ``on_bytes`` sees everything so far whenever there is more."""
    data = body if isinstance(body, bytes) else json.dumps(client.body() if body is None else body).encode()
    sent = {**daemon.auth, "content-type": "application/json", **(headers or {})}
    received, broken = bytearray(), False
    async with (
        aiohttp.ClientSession(auto_decompress=False) as http,
        http.post(daemon.url + client.path, data=data, headers=sent) as response,
    ):
        try:
            async for chunk in response.content.iter_any():
                received += chunk
                if on_bytes is not None:
                    on_bytes(bytes(received))
        except aiohttp.ClientPayloadError:
            broken = True
        names = {name.lower(): value for name, value in response.headers.items()}
        return Got(response.status, names, bytes(received), broken)


def events(stream: bytes) -> Iterator[JsonObject]:
    """The JSON of each whole event, in order."""
    for block in stream.replace(b"\r\n", b"\n").split(b"\n\n")[:-1]:
        data = b"\n".join(line[5:].strip() for line in block.split(b"\n") if line.startswith(b"data:"))
        if data and data != b"[DONE]":
            yield json.loads(data)


async def until(condition: Callable[[], bool]) -> None:
    """Return when the condition holds; fails after fifteen seconds."""
    async with asyncio.timeout(15):
        while not condition():  # noqa: ASYNC110 - what is waited for signals nobody
            await asyncio.sleep(0.005)


class Visitor:
    """A client that sends a request and may leave at any moment."""

    def __init__(self, daemon: Served, client: Client, body: JsonObject) -> None:
        self.received = bytearray()
        self._task = asyncio.create_task(ask(daemon, client, body, on_bytes=self._note))

    async def heard(self) -> None:
        """Return when something of the answer has arrived."""
        await until(lambda: bool(self.received))

    async def leave(self) -> None:
        """Close the connection; a daemon that has gone first is no matter."""
        self._task.cancel()
        with suppress(asyncio.CancelledError, aiohttp.ClientError):
            await self._task

    def _note(self, received: bytes) -> None:
        self.received[:] = received
