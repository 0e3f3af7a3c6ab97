"""Exchanges through a running daemon, for what only a daemon can show."""

import io
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from coderouter_cli.demo.compatible import Compatible
from coderouter_cli.demo.script import HttpError, Outcome, Reply, Say, SeenRequest
from coderouter_cli.domain.conversation import JsonObject
from tests.harness import KEYS, Daemon, daemon_with
from tests.pitfalls.kit import CHAT, FLASH, LUNA, MESSAGES, OPUS, RESPONSES, chat, claude, codex, item, user

DONE = Reply((Say("Done."),))
FORMATS = [MESSAGES, RESPONSES, CHAT]
PATHS = {MESSAGES: "/v1/messages", RESPONSES: "/v1/responses", CHAT: "/v1/chat/completions"}
ASKS = {MESSAGES: claude(user("Hi")), RESPONSES: codex(item("user", "Hi")), CHAT: chat(user("Hi"))}
OWN = {MESSAGES: "anthropic", RESPONSES: "openai", CHAT: "deepseek"}
"""Whose answers each client is given as they come."""
MODELS = {MESSAGES: OPUS, RESPONSES: LUNA, CHAT: FLASH}
PROVIDERS = {"own": OWN, "translated": {MESSAGES: "openai", RESPONSES: "anthropic", CHAT: "anthropic"}}
LAST = {MESSAGES: "error", RESPONSES: "response.failed", CHAT: "error"}
"""How each client's stream ends when its answer broke off."""


@dataclass(frozen=True)
class Said:
    """The answer to one request."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass
class Playing:
    """A script that hands these outcomes out in order, the last again and again, and notes who asked."""

    outcomes: Sequence[Outcome] = (DONE,)

    def __post_init__(self) -> None:
        self.seen: list[SeenRequest] = []

    def __call__(self, asked: SeenRequest) -> Outcome:
        self.seen.append(asked)
        return self.outcomes[min(len(self.seen), len(self.outcomes)) - 1]


@asynccontextmanager
async def running(
    folder: Path,
    script: Callable[[SeenRequest], Outcome] | Reply,
    *keys: str,
    config: str = "",
    compatible: Sequence[Compatible] = (),
) -> AsyncIterator[Daemon]:
    """A daemon at home in a new folder, with these keys (none: all)."""
    home = folder / "coderouter"
    home.mkdir(mode=0o700)
    known = keys or tuple(KEYS)
    async with daemon_with(home, script, keys=known, config=config, compatible=compatible) as daemon:
        yield daemon


async def ask(daemon: Daemon, path: str, body: Any, headers: Mapping[str, str] | None = None) -> Said:
    """Send one request to a daemon; ``body`` is JSON, or bytes as they stand."""
    data = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
    sent = {**daemon.auth, "content-type": "application/json", **(headers or {})}
    async with (
        aiohttp.ClientSession(auto_decompress=False) as session,
        session.post(daemon.url + path, headers=sent, data=data) as got,
    ):
        names = {name.lower(): value for name, value in got.headers.items()}
        return Said(got.status, names, (await got.read()).decode())


def refusing(message: str, status: int = 400) -> HttpError:
    """A provider's error in these words."""
    return HttpError(status, message)


def types(said: str) -> list[str]:
    """The types of a stream's events, in order; a comment is ``:``.

    Chat's are ``chunk``, ``error`` and ``[DONE]``.
    """
    return [kind for line in said.splitlines() if (kind := _type(line))]


def _type(line: str) -> str:
    if line.startswith(":"):
        return ":"
    data = line.removeprefix("data:").strip()
    if not line.startswith("data:") or data == "[DONE]":
        return data if line.startswith("data:") else ""
    value = json.loads(data)
    return "error" if value.get("error") else str(value.get("type", "chunk"))


def stop_word(event: JsonObject) -> Any:
    """In which word an event, or a whole answer, tells why the model stopped."""
    if event.get("type") == "message_delta":
        return event["delta"]["stop_reason"]
    if event.get("choices"):
        return event["choices"][0]["finish_reason"]
    return event.get("stop_reason") or event.get("response", event).get("status")
