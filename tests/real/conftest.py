"""The product as a user has it: real clients, patched by `init`, in a home of their own."""

import asyncio
import itertools
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import Call, Outcome, Reply, Say, SeenRequest
from coderouter_cli.system.environment import Environment
from tests.real import install
from tests.real.providers import Kind
from tests.real.table import Scoreboard


@dataclass
class AgentScript:
    """Plays an agent: one reply per tool result so far, then the last one for ever.

    Requests without tools (titles) get a title and are counted apart.
    """

    steps: tuple[Reply, ...]
    asked: list[SeenRequest] = field(default_factory=list)

    def __call__(self, seen: SeenRequest) -> Outcome:
        self.asked.append(seen)
        body = json.dumps(seen.json)
        done = sum(body.count(mark) for mark in ('"type": "tool_result"', '_call_output"', '"role": "tool"'))
        return self.steps[min(done, len(self.steps) - 1)]


def claude_steps(folder: Path) -> tuple[Reply, ...]:
    """A shell command, a file, a final answer, in Claude Code's tools."""
    command = {"command": f"printf 'one\\n' > {folder}/shell.txt", "description": "Write a file"}
    written = {"file_path": f"{folder}/written.txt", "content": "two\n"}
    return (
        Reply((Say("First the shell."), Call("Bash", command))),
        Reply((Say("Now the file."), Call("Write", written))),
        Reply((Say("Both files are written."),)),
    )


def codex_steps(folder: Path) -> tuple[Reply, ...]:
    """The same task in Codex's tools: exec_command, and apply_patch with its free text."""
    patch = "*** Begin Patch\n*** Add File: written.txt\n+two\n*** End Patch\n"
    return (
        Reply(
            (Say("First the shell."), Call("exec_command", {"cmd": f"printf 'one\\n' > {folder}/shell.txt"}))
        ),
        Reply((Say("Now the file."), Call("apply_patch", patch))),
        Reply((Say("Both files are written."),)),
    )


def _ports() -> Iterator[int]:
    """Ports below those that the system gives out by itself: a port found free among these may be somebody
    else's by the time the daemon takes it. Each process of a test run has its own."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
    return filter(_is_free, itertools.count(12_000 + worker * 1_000))


def _is_free(port: int) -> bool:
    with closing(socket.socket()) as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


_PORTS = _ports()


@dataclass
class Machine:
    """A throwaway home. ``folder`` is the project the client works in, ``keys`` are whose keys it has."""

    home: Path
    folder: Path
    provider: ScriptedProvider
    keys: tuple[str, ...]
    config: str = ""
    """What the user has written into config.toml before `init`."""

    @property
    def environment(self) -> dict[str, str]:
        """What every program on this machine sees; no variable of the real one but PATH."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "CODEROUTER_HOME": str(self.home / "coderouter"),
            "LANG": "C.UTF-8",
            "IS_SANDBOX": "1",
            **{f"{name.upper().replace('-', '_')}_API_KEY": f"dummy-{name}" for name in self.keys},
        }

    async def coderouter(self, *arguments: str) -> str:
        """Run our own command line; it must succeed."""
        code, out, err = await run(
            [sys.executable, "-m", "coderouter_cli", *arguments], self.environment, self.folder
        )
        assert code == 0, f"coderouter {arguments}: {code}\n{out}\n{err}"
        return out

    async def coderouter_json(self, *arguments: str) -> dict[str, Any]:
        """The data of a command's JSON envelope."""
        data: dict[str, Any] = json.loads(await self.coderouter(*arguments, "--json"))["data"]
        return data

    async def init(self, client: str, *more: str) -> None:
        """Set up one client, with the scripted provider in every real one's place."""
        urls = [f"--provider-url={name}={url}" for name, url in self.provider.roots.items()]
        if self.config:
            self._write_config()
        await self.coderouter(
            "init",
            "--yes",
            "--client",
            client,
            "--key-store",
            "file",
            "--no-verify",
            "--port",
            str(next(_PORTS)),
            *urls,
            *more,
        )

    def change_keys(self, *names: str) -> None:
        """The person has other keys from now on; `init` must be told."""
        self.keys = names
        (self.home / "coderouter" / "credentials.json").unlink()

    async def settled_rows(self) -> list[sqlite3.Row]:
        """The rows after the daemon has stopped: an answer reaches its client before its row is closed."""
        await self.stop()
        return self.rows()

    async def stop(self) -> None:
        """End the daemon as a system that shuts down does, and wait until it has closed its books."""
        hint = self.home / "coderouter" / "state" / "daemon.json"
        if not hint.exists():
            return
        with suppress(psutil.NoSuchProcess):
            daemon = psutil.Process(json.loads(hint.read_text())["pid"])
            daemon.terminate()
            await asyncio.to_thread(daemon.wait, 20)

    def _write_config(self) -> None:
        file = self.home / "coderouter" / "config.toml"
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.write_text(self.config, encoding="utf-8")
        file.chmod(0o600)

    def rows(self) -> list[sqlite3.Row]:
        """The ledger's rows, oldest first."""
        with sqlite3.connect(self.home / "coderouter" / "data" / "ledger.sqlite3") as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute("SELECT * FROM exchanges ORDER BY id").fetchall()


async def run(
    command: list[str],
    environment: dict[str, str],
    folder: Path,
    *,
    given: bytes | None = None,
    limit_s: float = 120.0,
) -> tuple[int, str, str]:
    """Run a program to its end, at most ``limit_s`` seconds; ``given`` is what it reads, None for nothing."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL if given is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(limit_s):
            out, err = await process.communicate(given)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.fixture(scope="session")
def clients() -> None:
    """The pinned clients: fetched by `tests/real/install.py` with npm. In CI they must be there."""
    if install.installed() or install.main() == 0:
        return
    reason = "the real clients are missing: run `python tests/real/install.py` (needs npm)"
    if Environment.read(os.environ).ci:
        pytest.fail(reason)
    pytest.skip(reason)


MakeMachine = Callable[..., AbstractAsyncContextManager[Machine]]


@asynccontextmanager
async def new_machine(
    place: Path, keys: tuple[str, ...], kind: Kind | None = None, *, one_model: bool = False
) -> AsyncIterator[Machine]:
    """A machine in an empty place, with keys for these providers; what it started is stopped at the end."""
    folder, home = place / "project", place / "home"
    folder.mkdir(parents=True)
    home.mkdir()
    async with ScriptedProvider() as provider:
        config = "" if kind is None else kind.config(provider.roots, one_model=one_model)
        made = Machine(home, folder, provider, keys, config)
        try:
            yield made
        finally:
            await made.stop()


@pytest.fixture
async def machine(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Machine]:
    """A machine with keys for the providers in the test's `keys` marker, all scripted."""
    async with new_machine(tmp_path, request.param) as made:
        yield made


@pytest.fixture
def machines(tmp_path: Path) -> MakeMachine:
    """Makes machines: for a kind of provider, or for None one on which the client talks to the vendor."""
    numbers = itertools.count(1)

    def make(
        kind: Kind | None, *more_keys: str, one_model: bool = False
    ) -> AbstractAsyncContextManager[Machine]:
        keys = () if kind is None else (kind.name,)
        place = tmp_path / f"machine-{next(numbers)}"
        return new_machine(place, (*keys, *more_keys), kind, one_model=one_model)

    return make


@pytest.fixture
def scoreboard(record_property: Callable[[str, object], None], subtests: pytest.Subtests) -> Scoreboard:
    """Takes the cells of the test's scenario."""
    return Scoreboard(record_property, subtests)
