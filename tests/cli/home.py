"""A user's machine in a temporary directory, and our command line on it."""

import hashlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.cli.context import Context
from coderouter_cli.cli.main import run
from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.storage.ledger.writer import LedgerWriter
from coderouter_cli.system.clock import SystemClock
from coderouter_cli.system.paths import Paths

KEY = "sk-ant-api03-canary-0123456789abcd"
"""Looks like a real one; nothing may ever show more of it than its end."""

TAIL = KEY[-4:]
BACKENDS = Path(__file__).parents[1] / "storage" / "credentials" / "backends"
"""Keyrings that can be put in the place of the system's."""

Snapshot = dict[str, tuple[int, str, int]]


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """What ``--json`` gave: exactly one envelope of this schema, and nothing beside it."""
        envelope = json.loads(self.out)
        assert set(envelope) == {"schema", "data"}, self
        assert envelope["schema"] == 1
        return envelope["data"]

    @property
    def error(self) -> dict[str, str]:
        """The error ``--json`` gave."""
        envelope = json.loads(self.out)
        assert set(envelope) == {"schema", "error"}, self
        assert envelope["schema"] == 1
        assert set(envelope["error"]) == {"code", "message", "means", "next_step"}
        error: dict[str, str] = envelope["error"]
        return error

    @property
    def text(self) -> str:
        """Everything that was said, on both streams."""
        return self.out + self.err


@dataclass
class Home:
    """``variables`` are added to the bare environment that every command sees."""

    root: Path
    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]
    variables: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.user.mkdir()
        self.bare_path.mkdir()

    @property
    def user(self) -> Path:
        """The user's home directory."""
        return self.root / "user"

    @property
    def bare_path(self) -> Path:
        """A PATH without any client on it."""
        return self.root / "bin"

    @property
    def coderouter(self) -> Path:
        """CODEROUTER_HOME."""
        return self.user / "coderouter"

    @property
    def environ(self) -> dict[str, str]:
        """What a command sees; nothing of the machine the tests run on."""
        return {
            "PATH": str(self.bare_path),
            "HOME": str(self.user),
            "CODEROUTER_HOME": str(self.coderouter),
            "LANG": "C.UTF-8",
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            **self.variables,
        }

    @property
    def paths(self) -> Paths:
        return Paths.from_environ(self.environ)

    @property
    def context(self) -> Context:
        return Context(self.environ, self.paths, SystemClock(), self.user)

    @property
    def claude(self) -> Path:
        """Claude Code's settings."""
        return self.user / ".claude" / "settings.json"

    @property
    def codex(self) -> Path:
        """Codex's configuration."""
        return self.user / ".codex" / "config.toml"

    @property
    def config(self) -> Path:
        """Our settings."""
        return self.coderouter / "config.toml"

    def write(self, file: Path, data: bytes | str) -> Path:
        """A file only its owner can read, as the user has it."""
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_bytes(data.encode() if isinstance(data, str) else data)
        file.chmod(0o600)
        return file

    def with_keyring(self, backend: str = "Working") -> "Home":
        """Let the system's keyring be one of those in `fake_backends`."""
        self.variables |= {
            "PYTHON_KEYRING_BACKEND": f"fake_backends.{backend}",
            "PYTHONPATH": str(BACKENDS),
            "FAKE_KEYRING_FILE": str(self.root / "keyring.json"),
        }
        return self

    @property
    def keyring(self) -> JsonObject:
        """What the fake keyring holds."""
        file = self.root / "keyring.json"
        found: JsonObject = json.loads(file.read_text()) if file.exists() else {}
        return found

    def run(self, *arguments: str, typed: str = "") -> Done:
        """A command in this process: the same code, without the interpreter's start."""
        self.monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        for name in list(os.environ):
            self.monkeypatch.delenv(name)
        for name, value in self.environ.items():
            self.monkeypatch.setenv(name, value)
        self.capture.readouterr()
        code = run(list(arguments))
        out, err = self.capture.readouterr()
        return Done(code, out, err)

    def spawn(self, *arguments: str, typed: str | bytes = b"", **variables: str) -> Done:
        """A command in a process of its own; ``typed`` is its standard input."""
        done = subprocess.run(
            [sys.executable, "-m", "coderouter_cli", *arguments],
            env={**self.environ, **variables},
            cwd=self.user,
            input=typed.encode() if isinstance(typed, str) else typed,
            capture_output=True,
            check=False,
            timeout=60,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def init(self, *arguments: str) -> Done:
        """`init` as a script would run it, offline and without a daemon."""
        done = self.run("init", "--yes", "--no-verify", "--no-start", "--key-store", "file", *arguments)
        assert done.code == 0, done
        return done

    def snapshot(self) -> Snapshot:
        """Everything below the user's home: mode, content, time of change; directories too."""
        return {str(path.relative_to(self.user)): _look(path) for path in sorted(self.user.rglob("*"))}


def newer_ledger(home: Home) -> None:
    """A sound ledger of a later version than ours."""
    home.paths.ensure()
    writer = LedgerWriter(home.paths)
    writer.start()
    writer.shutdown(5.0)
    header = bytearray(home.paths.ledger_file.read_bytes())
    header[60:64] = (99).to_bytes(4, "big")  # PRAGMA user_version, https://www.sqlite.org/fileformat.html
    home.write(home.paths.ledger_file, bytes(header))


def urls(provider: ScriptedProvider) -> list[str]:
    """Options that put the scripted provider into every real one's place."""
    return [f"--provider-url={name}={root}" for name, root in provider.roots.items()]


def _look(path: Path) -> tuple[int, str, int]:
    status = path.stat()
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
    return status.st_mode, digest, status.st_mtime_ns
