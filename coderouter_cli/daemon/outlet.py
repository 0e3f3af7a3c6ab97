"""Where the bytes of a streamed answer go, and what a client hears while there are none.

Clients give up on a connection that is silent for too long (Claude Code shows a banner after 20 s and aborts
after 300 s). So while no provider has anything to say, the client is sent what means nothing in its format,
and whichever model answers in the end may begin its stream after that: Claude Code, Codex and the SDKs read
on (measured with 2.1.330, 0.169.0, anthropic 2.12).
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.providers.headers import Headers
from coderouter_cli.wire.registry import format_of

_COMMENT = b": waiting\n\n"


def waiting_words(format_name: FormatName) -> bytes:
    """What a client hears before an answer begins.

    A Responses stream must begin with ``response.created``, so only a comment may stand before it.
    """
    return _COMMENT if format_name is FormatName.OPENAI_RESPONSES else format_of(format_name).ping()


class ClientStream(Protocol):
    """The client's end of a streamed answer."""

    async def start(self, headers: Headers) -> None:
        """Send status 200 and the headers."""
        ...

    async def write(self, data: bytes) -> None:
        """Send bytes; waits while the client is slow."""
        ...


class Outlet:
    """A client's end that begins with its first bytes, and hears ``words`` every ``patience_s`` seconds.

    ``begun`` is whether it has begun: then every word, an error too, has to stand inside the stream.
    """

    def __init__(self, client: ClientStream, words: bytes, patience_s: float) -> None:
        self._client = client
        self._words = words
        self._patience_s = patience_s
        self._writing = asyncio.Lock()
        self._taken = False
        self.begun = False
        self.ping_at = 0.0
        self.wait_on()

    def wait_on(self) -> None:
        """The client's patience begins anew."""
        self.ping_at = asyncio.get_running_loop().time() + self._patience_s

    def take(self) -> None:
        """From now on an answer keeps the client company with pings of its own."""
        self._taken = True

    async def send(self, data: bytes, headers: Headers) -> None:
        """Send bytes of an answer."""
        self.take()
        await self._write(data, headers)

    @asynccontextmanager
    async def kept_alive(self, headers: Headers) -> AsyncIterator[None]:
        """While this is open and no answer takes the outlet, the client hears its ``words``."""
        self._taken = False
        waiting = asyncio.create_task(self._wait(headers))
        try:
            yield
        finally:
            self._taken = True
            if not self._writing.locked():  # else it is about to end by itself
                waiting.cancel()
            with suppress(asyncio.CancelledError, ConnectionResetError):
                await waiting

    async def _wait(self, headers: Headers) -> None:
        clock = asyncio.get_running_loop().time
        while not self._taken:
            await asyncio.sleep(max(self.ping_at - clock(), 0.0))
            if not self._taken and clock() >= self.ping_at:
                await self._write(self._words, headers)

    async def _write(self, data: bytes, headers: Headers) -> None:
        async with self._writing:
            if not self.begun:
                self.begun = True
                await self._client.start(headers)
            if data:
                await self._client.write(data)
        self.wait_on()
