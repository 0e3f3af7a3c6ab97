"""A daemon in a process of its own, on a home of its own, with the scripted providers behind it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

import coderouter_cli
from coderouter_cli.daemon import process
from coderouter_cli.daemon.hint import read_hint
from coderouter_cli.daemon.process import Running
from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import Script
from coderouter_cli.domain.exchange import Row
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.system.local_token import load_token
from coderouter_cli.system.paths import Paths
from coderouter_cli.system.process import is_same
from tests.daemon.kit import until
from tests.harness import KEYS, write_config


@dataclass
class Machine:
    """``keys`` are in the daemon's environment, and what the providers take."""

    home: Path
    provider: ScriptedProvider
    keys: dict[str, str] = field(default_factory=lambda: {str(name): key for name, key in KEYS.items()})

    @property
    def environ(self) -> dict[str, str]:
        """What every command sees."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        package = str(Path(coderouter_cli.__file__).parents[1])
        keys = {f"{name.upper()}_API_KEY": key for name, key in self.keys.items()}
        return {**kept, **keys, "CODEROUTER_HOME": str(self.home), "PYTHONPATH": package}

    @property
    def paths(self) -> Paths:
        return Paths.from_environ(self.environ)

    @property
    def running(self) -> Running:
        """The daemon; fails when there is none."""
        found = process.find(self.paths)
        assert found is not None
        return found

    @property
    def url(self) -> str:
        hint = read_hint(self.paths.daemon_file)
        assert hint is not None
        return f"http://127.0.0.1:{hint.port}"

    @property
    def auth(self) -> dict[str, str]:
        token = load_token(self.paths.token_file)
        assert token is not None
        return {"authorization": f"Bearer {token.reveal()}"}

    async def start(self, port: int = 0) -> Running:
        """As `coderouter start` does it."""
        self.paths.ensure()
        return await asyncio.to_thread(process.start, self.paths, port, self.environ)

    async def stop(self) -> bool:
        """As `coderouter stop` does it."""
        return await asyncio.to_thread(process.stop, self.paths)

    async def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the daemon and wait for its end."""
        hint = read_hint(self.paths.daemon_file)
        assert hint is not None
        os.kill(hint.pid, number)
        await until(lambda: not is_same(hint.identity))

    async def command(self, *arguments: str) -> tuple[int, Any]:
        """Run a command with ``--json``; its exit code and what it said."""
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "coderouter_cli",
            *arguments,
            "--json",
            env=self.environ,
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await child.communicate()
        assert child.returncode is not None
        return child.returncode, json.loads(out)

    def rows(self) -> list[Row]:
        """Every row that is on the disk, oldest first."""
        return list(LedgerReader(self.paths).rows(None, None, None))

    def daemons(self) -> list[int]:
        """The pids of all living daemons of this home."""
        return [child.pid for child in psutil.Process().children(recursive=True) if self._is_daemon(child)]

    def _is_daemon(self, child: psutil.Process) -> bool:
        with suppress(psutil.Error):
            return "serve" in child.cmdline() and child.environ().get("CODEROUTER_HOME") == str(self.home)
        return False


@asynccontextmanager
async def machine_with(home: Path, script: Script, config: str = "") -> AsyncIterator[Machine]:
    """A home, configured; no daemon runs yet, and none will after."""
    async with ScriptedProvider(script, keys=KEYS) as provider:
        write_config(home, provider.roots, config)
        machine = Machine(home, provider)
        try:
            yield machine
        finally:
            for pid in machine.daemons():
                os.kill(pid, signal.SIGKILL)
