"""The product as a user has it: real clients, patched by `init`, in a home of their own."""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import Call, Outcome, Reply, Say, SeenRequest
from coderouter_cli.system.environment import Environment
from tests.real import install


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


@dataclass(frozen=True)
class Machine:
    """A throwaway home. ``folder`` is the project the client works in."""

    home: Path
    folder: Path
    provider: ScriptedProvider
    keys: tuple[str, ...]

    @property
    def environment(self) -> dict[str, str]:
        """What every program on this machine sees; no variable of the real one but PATH."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "CODEROUTER_HOME": str(self.home / "coderouter"),
            "LANG": "C.UTF-8",
            "IS_SANDBOX": "1",
            **{f"{name.upper()}_API_KEY": f"dummy-{name}" for name in self.keys},
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
        await self.coderouter(
            "init",
            "--yes",
            "--client",
            client,
            "--key-store",
            "file",
            "--no-verify",
            "--port",
            "0",
            *urls,
            *more,
        )

    def rows(self) -> list[sqlite3.Row]:
        """The ledger's rows, oldest first."""
        with sqlite3.connect(self.home / "coderouter" / "data" / "ledger.sqlite3") as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute("SELECT * FROM exchanges ORDER BY id").fetchall()


async def run(command: list[str], environment: dict[str, str], folder: Path) -> tuple[int, str, str]:
    """Run a program to its end, at most two minutes, with nothing on its standard input."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(120):
            out, err = await process.communicate()
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


@pytest.fixture
async def machine(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Machine]:
    """A machine with keys for the providers in the test's `keys` marker, all scripted."""
    keys: tuple[str, ...] = request.param
    folder = tmp_path / "project"
    folder.mkdir()
    home = tmp_path / "home"
    home.mkdir()
    async with ScriptedProvider() as provider:
        made = Machine(home, folder, provider, keys)
        try:
            yield made
        finally:
            await run([sys.executable, "-m", "coderouter_cli", "stop"], made.environment, folder)
