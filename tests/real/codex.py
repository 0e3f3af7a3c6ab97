"""Codex as a person runs it: its command, what it showed, and the machine it ran on."""

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from coderouter_cli.demo.script import SeenRequest
from tests.real import install
from tests.real.conftest import Machine, run
from tests.real.providers import ANTHROPIC, CHAT_ONLY, Kind

TITLE = "Codex 0.169.0"
CLASSIC = "gpt-5.5"
"""A model with plain tools."""
CODE_MODE = "gpt-6.1-sol"
"""The default model: tools in an input item, and a shell that takes JavaScript."""
UNKNOWN = "gpt-5-mini"
"""A model Codex has no metadata for (OpenAI has it)."""

OPENAI = Kind("openai", "/openai/v1/responses", "raw", "openai")
TRANSLATED = Kind("anthropic", ANTHROPIC.path, "translated", "anthropic")
DEEPSEEK = Kind("deepseek", "/deepseek/responses", "sanitised", "deepseek")
COMPATIBLE = Kind(
    "compatible",
    "/openai/v1/responses",
    "sanitised",
    "openai",
    formats="openai_responses",
    model="gpt-5-mini",
)
KINDS = (OPENAI, TRANSLATED, DEEPSEEK, CHAT_ONLY, COMPATIBLE)

_REROUTED = ("rerouted", "flagged")
"""What Codex says when an answer's headers name another model than it asked for."""
_DIRECT = """\
model_provider = "direct"

[model_providers.direct]
name = "Direct"
base_url = "{root}"
wire_api = "responses"
experimental_bearer_token = "dummy-openai"
"""
_RETRIES = ("request_max_retries=1", "stream_max_retries=1")
"""So that an error that lasts is soon over, with and without us."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What one run showed. ``text`` is the last message, ``screen`` everything else."""

    code: int
    text: str
    screen: str

    @property
    def session(self) -> str:
        """The id to resume it by."""
        return next(line.split()[-1] for line in self.screen.splitlines() if line.startswith("session id:"))

    @property
    def errors(self) -> list[str]:
        """The errors a person reads, without the repetition at the end."""
        lines = (line.removeprefix("ERROR: ") for line in self.screen.splitlines() if "ERROR: " in line)
        return list(dict.fromkeys(lines))


@dataclass(frozen=True, slots=True)
class Codex:
    """The client on one machine: over a kind of provider behind us, or for None straight at the vendor."""

    machine: Machine
    kind: Kind | None

    @classmethod
    async def set_up(cls, machine: Machine, kind: Kind | None) -> "Codex":
        """Patched by `init`; or with a provider table of the same shape that names the vendor."""
        if kind is None:
            home = machine.home / ".codex"
            home.mkdir()
            config = _DIRECT.format(root=machine.provider.roots["openai"])
            (home / "config.toml").write_text(config, encoding="utf-8")
        else:
            await machine.init("codex")
        return cls(machine, kind)

    @property
    def folder(self) -> Path:
        """The project."""
        return self.machine.folder

    @property
    def settings(self) -> list[str]:
        """Options that every run has."""
        table = "direct" if self.kind is None else "coderouter"
        return [part for one in _RETRIES for part in ("-c", f"model_providers.{table}.{one}")]

    async def ask(self, prompt: str, *arguments: str, model: str = CLASSIC) -> Shown:
        """One run without a terminal."""
        return await self.run("--model", model, *arguments, prompt)

    async def resume(self, prompt: str, session: str = "--last", model: str = CLASSIC) -> Shown:
        """Go on with the last session of this project, or with another one."""
        return await self.run("resume", session, "--model", model, prompt)

    async def ask_by_base_url(self, prompt: str, *arguments: str, model: str = CLASSIC) -> Shown:
        """One run with Codex's own provider `openai`, of which only the address is another.

        It then tries a websocket first, and leaves compacting to the provider.
        """
        root, key = self.machine.provider.roots["openai"], "dummy-openai"
        if self.kind is not None:
            config = tomllib.loads((self.machine.home / ".codex" / "config.toml").read_text())
            table = config["model_providers"]["coderouter"]
            root, key = table["base_url"], table["experimental_bearer_token"]
        chosen = ("-c", 'model_provider="openai"', "-c", f'openai_base_url="{root}"', "--model", model)
        return await self.run(*chosen, *arguments, prompt, environment={"CODEX_API_KEY": key})

    async def run(self, *arguments: str, environment: dict[str, str] | None = None) -> Shown:
        """`codex exec` with these arguments."""
        command = [str(install.codex_binary()), "exec", "--skip-git-repo-check", *self.settings]
        command += ["--dangerously-bypass-approvals-and-sandbox", *arguments]
        known = {**self.machine.environment, **(environment or {})}
        code, out, err = await run(command, known, self.folder, limit_s=60)
        assert not [word for word in _REROUTED if word in err], err
        return Shown(code, out.strip(), err)

    def asked(self) -> list[SeenRequest]:
        """The requests for an answer that reached a provider."""
        return self.machine.provider.generations()

    def take_sessions_of(self, other: "Codex") -> None:
        """Have the sessions that were begun on another machine."""
        if self.machine.home != other.machine.home:
            begun, own = (one.machine.home / ".codex" / "sessions" for one in (other, self))
            shutil.copytree(begun, own, dirs_exist_ok=True)
