"""Claude Code as a person runs it: its command, what it printed, and the machine it ran on."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from coderouter_cli.demo.script import SeenRequest
from tests.real import install
from tests.real.conftest import Machine, run
from tests.real.providers import Kind

TITLE = "Claude Code 2.1.330"
MODEL = "claude-opus-5-5"


@dataclass(frozen=True, slots=True)
class Printed:
    """What one run printed. ``events`` are the lines of its stream-json."""

    code: int
    events: tuple[dict[str, Any], ...]
    err: str

    @property
    def result(self) -> dict[str, Any]:
        """The last event, which sums the run up."""
        return next(event for event in reversed(self.events) if event["type"] == "result")

    @property
    def text(self) -> str:
        """What the person reads at the end: the answer, or the error."""
        return str(self.result.get("result", ""))

    @property
    def session(self) -> str:
        """The id to resume it by."""
        return str(self.result["session_id"])

    def tool_results(self) -> Iterator[dict[str, Any]]:
        """The results of tools, in order."""
        for event in self.events:
            if event["type"] == "user" and isinstance(event["message"]["content"], list):
                yield from (b for b in event["message"]["content"] if b["type"] == "tool_result")


@dataclass(frozen=True, slots=True)
class Claude:
    """The client on one machine: over a kind of provider behind us, or for None straight at the vendor."""

    machine: Machine
    kind: Kind | None
    environment: dict[str, str]

    @classmethod
    async def set_up(cls, machine: Machine, kind: Kind | None) -> "Claude":
        """Patched by `init`; or with the vendor's address and a key, as the client's own manual says."""
        # So that an error that lasts is soon over, with and without us.
        environment = {**machine.environment, "CLAUDE_CODE_MAX_RETRIES": "2"}
        if kind is None:
            environment["ANTHROPIC_BASE_URL"] = machine.provider.roots["anthropic"]
            environment["ANTHROPIC_AUTH_TOKEN"] = "dummy-anthropic"
        else:
            await machine.init("claude-code")
        return cls(machine, kind, environment)

    async def ask(self, prompt: str, *arguments: str, model: str = MODEL) -> Printed:
        """One run without a terminal."""
        command = [str(install.claude_binary()), "-p", prompt, "--model", model]
        return await self._run([*command, *arguments], None)

    async def converse(self, *prompts: str, arguments: tuple[str, ...] = ()) -> Printed:
        """One run that is given several prompts, each when the one before it is answered."""
        command = [str(install.claude_binary()), "-p", "--input-format", "stream-json", "--model", MODEL]
        said = [{"type": "user", "message": {"role": "user", "content": prompt}} for prompt in prompts]
        given = "".join(json.dumps(one) + "\n" for one in said).encode()
        return await self._run([*command, *arguments], given)

    def asked(self) -> list[SeenRequest]:
        """The requests for an answer that reached a provider."""
        return self.machine.provider.generations()

    async def _run(self, command: list[str], given: bytes | None) -> Printed:
        command = [*command, "--output-format", "stream-json", "--verbose"]
        code, out, err = await run(command, self.environment, self.machine.folder, given=given, limit_s=60)
        events = tuple(json.loads(line) for line in out.splitlines() if line.startswith("{"))
        return Printed(code, events, err)
