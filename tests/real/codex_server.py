"""Codex with somebody in front of it: its app server, which its editor extension and its app talk to.

What only a person can do in the terminal program can be asked of it: plan mode, an answer to a question,
a compaction. It speaks JSON-RPC, one message a line (`codex app-server generate-ts` writes its types).
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.real import install
from tests.real.codex import Codex

_LONGEST_LINE = 16 * 1024 * 1024


@dataclass(slots=True)
class Thread:
    """One conversation. ``heard`` are the notifications so far, as method and parameters."""

    model: str
    _process: asyncio.subprocess.Process
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    _id: str = ""
    _calls: int = 0

    async def say(self, text: str, *, plan: bool = False) -> str:
        """Send a message in plan or in default mode; the last message of the turn's answer.

        Questions of the model are answered with their first option.
        """
        settings = {"model": self.model, "reasoning_effort": "medium", "developer_instructions": None}
        mode = {"mode": "plan" if plan else "default", "settings": settings}
        said = [{"type": "text", "text": text, "text_elements": []}]
        await self._call("turn/start", threadId=self._id, input=said, collaborationMode=mode)
        before = len(self.heard)
        await self._hear_the_end()
        items = [p["item"] for method, p in self.heard[before:] if method == "item/completed"]
        texts = [item["text"] for item in items if item["type"] in {"agentMessage", "plan"}]
        return str(texts[-1]) if texts else ""

    async def compact(self) -> None:
        """What `/compact` does."""
        await self._call("thread/compact/start", threadId=self._id)
        await self._hear_the_end()

    async def begin(self) -> None:
        """Say who we are and start the conversation, in the folder the server runs in."""
        who = {"name": "tests", "title": None, "version": "1"}
        await self._call("initialize", clientInfo=who, capabilities={"experimentalApi": True})
        self._send({"method": "initialized"})
        started = await self._call(
            "thread/start", model=self.model, approvalPolicy="never", sandbox="danger-full-access"
        )
        self._id = started["thread"]["id"]

    async def _hear_the_end(self) -> None:
        """Listen until the turn is over; it must not have failed."""
        while True:
            method, parameters = await self._hear()
            if method == "turn/completed":
                assert parameters["turn"]["status"] == "completed", parameters["turn"]["error"]
                return

    async def _call(self, method: str, **parameters: object) -> dict[str, Any]:
        self._calls += 1
        self._send({"id": self._calls, "method": method, "params": parameters})
        while True:
            message = await self._receive()
            if message.get("id") == self._calls and "method" not in message:
                assert "result" in message, message
                result: dict[str, Any] = message["result"]
                return result
            self._take(message)

    async def _hear(self) -> tuple[str, dict[str, Any]]:
        message = await self._receive()
        self._take(message)
        return message.get("method", ""), message.get("params", {})

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            return
        self.heard.append((message["method"], message.get("params", {})))
        if message["method"] == "item/tool/requestUserInput":
            asked = message["params"]["questions"]
            answers = {one["id"]: {"answers": [one["options"][0]["label"]]} for one in asked}
            self._send({"id": message["id"], "result": {"answers": answers}})

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")

    async def _receive(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        async with asyncio.timeout(30):
            line = await self._process.stdout.readline()
        assert line, "the app server has gone"
        message: dict[str, Any] = json.loads(line)
        return message


@asynccontextmanager
async def conversation(codex: Codex, model: str, *settings: str) -> AsyncIterator[Thread]:
    """A conversation with one model; the server is gone at the end."""
    process = await asyncio.create_subprocess_exec(
        str(install.codex_binary()),
        "app-server",
        *codex.settings,
        *(part for one in settings for part in ("-c", one)),
        env=codex.machine.environment,
        cwd=codex.folder,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        limit=_LONGEST_LINE,
    )
    thread = Thread(model, process)
    try:
        await thread.begin()
        yield thread
    finally:
        process.kill()
        await process.wait()
