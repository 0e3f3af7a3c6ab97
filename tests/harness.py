"""A real daemon inside the test's process: real sockets, real ledger, scripted providers."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aiohttp import web

from coderouter_cli.catalog.catalog import Catalog, load_catalog
from coderouter_cli.daemon import shelf
from coderouter_cli.daemon.app import Front, Limits, make_runner
from coderouter_cli.daemon.guard import Door
from coderouter_cli.daemon.wiring import Works, configure, timeouts
from coderouter_cli.demo.compatible import Compatible
from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import ProviderName, Reply, Script
from coderouter_cli.domain.exchange import Closing, Opening, Progress, Row
from coderouter_cli.providers.transport import Transport
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.storage.ledger.rows import Record
from coderouter_cli.storage.ledger.writer import LedgerWriter
from coderouter_cli.system.clock import Clock, SystemClock
from coderouter_cli.system.local_token import new_token
from coderouter_cli.system.paths import Paths
from coderouter_cli.system.redaction import Redactor

KEYS: Mapping[ProviderName, str] = {
    "anthropic": "dummy-anthropic",
    "openai": "dummy-openai",
    "deepseek": "dummy-deepseek",
}
"""The keys of a daemon; each scripted provider takes its own and no other."""


_load_catalog = cache(load_catalog)
"""The bundled catalog is a constant; reading it takes longer than most tests."""


@dataclass
class HandClock:
    """A clock that is moved by hand."""

    seconds: float = 0.0
    began: datetime = datetime(2026, 11, 23, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self.began + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


class Noted:
    """The real writer; remembers what is still on its way to the disk."""

    def __init__(self, writer: LedgerWriter) -> None:
        self._writer = writer
        self._pending: list[Future[None]] = []

    def open(self, opening: Opening) -> Future[None]:
        return self._note(self._writer.open(opening))

    def progress(self, progress: Progress) -> Future[None]:
        return self._note(self._writer.progress(progress))

    def close(self, closing: Closing) -> Future[None]:
        return self._note(self._writer.close(closing))

    def settle(self) -> None:
        """Wait until everything so far is on the disk; raises what a write raised."""
        while self._pending:
            self._pending.pop(0).result(timeout=5)

    def _note(self, future: Future[None]) -> "Future[None]":
        self._pending.append(future)
        return future


@dataclass(frozen=True)
class Daemon:
    """A running one."""

    url: str
    token: str
    front: Front
    provider: ScriptedProvider
    paths: Paths
    ledger: Noted

    @property
    def auth(self) -> dict[str, str]:
        """The header that opens the door."""
        return {"authorization": f"Bearer {self.token}"}

    async def raw(self, request: bytes) -> bytes:
        """Send bytes as they stand, and take what comes until the daemon closes the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.front.door.port)
        writer.write(request)
        async with asyncio.timeout(10):
            answer = await reader.read()
        writer.close()
        return answer

    def rows(self) -> list[Row]:
        """Every row, oldest first."""
        self.ledger.settle()
        return list(LedgerReader(self.paths).rows(None, None, None))

    def record(self, which: str = "last") -> Record:
        """One row whole."""
        self.ledger.settle()
        return LedgerReader(self.paths).record(which)


def write_config(home: Path, roots: Mapping[Any, str], more: str = "") -> None:
    """A config.toml that sends every provider to its scripted stand-in; ``more`` is added to it."""
    lines = ['key_store = "env"', more]
    lines += [f'[providers.{name}]\nurl = "{url}"' for name, url in roots.items()]
    file = home / "config.toml"
    file.write_text("\n".join(lines) + "\n")
    file.chmod(0o600)


async def _nothing() -> None:
    """Nothing to read anew."""


@asynccontextmanager
async def daemon_with(
    home: Path,
    script: Script | Reply,
    *,
    keys: Sequence[str] = tuple(KEYS),
    config: str = "",
    clock: Clock | None = None,
    roots: Mapping[str, str] | None = None,
    compatible: Sequence[Compatible] = (),
    catalog: Catalog | None = None,
) -> AsyncIterator[Daemon]:
    """Run a daemon with keys for these providers.

    ``config`` is added to its config.toml; ``<NAME>`` in it is the address of a ``compatible`` provider
    that it defines. ``roots`` are addresses of providers that are not the scripted ones. ``catalog``
    replaces the bundled one.
    """
    async with AsyncExitStack() as stack:
        told = (lambda _: script) if isinstance(script, Reply) else script
        provider = await stack.enter_async_context(ScriptedProvider(told, keys=KEYS, compatible=compatible))
        urls = {**provider.roots, **(roots or {})}
        defined = {name for name in urls if f"<{name}>" in config}
        for name in defined:
            config = config.replace(f"<{name}>", urls[name])
        write_config(home, {name: url for name, url in urls.items() if name not in defined}, config)
        environ = {"CODEROUTER_HOME": str(home)} | {
            f"{name.upper()}_API_KEY": f"dummy-{name}" for name in keys
        }
        paths = Paths.from_environ(environ)
        paths.ensure()
        writer = LedgerWriter(paths)
        writer.start()
        stack.callback(writer.shutdown, 5.0)
        with patch.object(shelf, "load_catalog", _load_catalog if catalog is None else lambda **_: catalog):
            configuration = configure(paths, environ)
        transport = await stack.enter_async_context(Transport(timeouts(configuration.settings)))
        ledger = Noted(writer)
        works = Works(paths, environ, ledger, transport, clock or SystemClock(), Redactor())
        token = new_token().reveal()
        limits = configuration.settings.limits
        front = Front(
            pipeline=works.pipeline(configuration),
            door=Door(1, token.encode(), limits.max_body),
            limits=Limits(limits.max_body, limits.max_exchanges),
            instance="test",
            moment=works.moments(),
            status=dict,
            reload=_nothing,
        )
        runner = make_runner(front, 1.0)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        front.door = Door(port, token.encode(), limits.max_body)
        yield Daemon(f"http://127.0.0.1:{port}", token, front, provider, paths, ledger)
