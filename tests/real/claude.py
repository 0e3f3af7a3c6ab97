"""Claude Code as a person runs it: its command, what it printed, and the machine it ran on."""

import asyncio
import json
import math
import sqlite3
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from coderouter_cli.demo.script import Outcome, SeenRequest
from tests.real import install
from tests.real.conftest import Machine, MakeMachine, run
from tests.real.providers import ANTHROPIC, CHAT_ONLY, COMPATIBLE, DEEPSEEK, OPENAI, Kind
from tests.real.scripts import Agent, Course
from tests.real.table import Scoreboard

TITLE = "Claude Code 2.1.330"
MODEL = "claude-opus-5-5"
_AT_ONCE = 3
"""Machines that work at the same time: the client waits before it asks again, while others can work."""
KINDS = (ANTHROPIC, DEEPSEEK, OPENAI, CHAT_ONLY, COMPATIBLE)


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

    def tool_calls(self) -> Iterator[dict[str, Any]]:
        """The calls of tools, in order."""
        for event in self.events:
            if event["type"] == "assistant":
                yield from (b for b in event["message"]["content"] if b["type"] == "tool_use")

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

    async def converse(
        self, *prompts: str | list[dict[str, Any]], arguments: tuple[str, ...] = ()
    ) -> Printed:
        """One run that is given several prompts, each when the one before it is answered."""
        command = [str(install.claude_binary()), "-p", "--input-format", "stream-json", "--model", MODEL]
        said = [{"type": "user", "message": {"role": "user", "content": prompt}} for prompt in prompts]
        given = "".join(json.dumps(one) + "\n" for one in said).encode()
        return await self._run([*command, *arguments], given)

    def plays(self, ask: str, *steps: Outcome) -> None:
        """What the model does about the ask with these words in it."""
        self.machine.provider.script = Agent((Course(ask, steps),))

    def asked(self) -> list[SeenRequest]:
        """The requests for an answer that reached a provider."""
        return self.machine.provider.generations()

    async def _run(self, command: list[str], given: bytes | None) -> Printed:
        command = [*command, "--output-format", "stream-json", "--verbose"]
        code, out, err = await run(command, self.environment, self.machine.folder, given=given, limit_s=120)
        events = tuple(json.loads(line) for line in out.splitlines() if line.startswith("{"))
        return Printed(code, events, err)


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something a person does with the client.

    ``play`` does it and checks what the person sees; it is the same with and without us. ``counts`` are the
    kinds of provider over which another number of requests is right, and why. ``may_refuse`` are words of
    the only refusal by a provider that belongs to it. ``ends`` is how every exchange ends in the books: None
    where some fail before the last is done. ``resends`` is how often a connection that was kept open proves
    dead, which is no attempt of its own.
    """

    name: str
    play: Callable[[Claude], Awaitable[None]]
    counts: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    may_refuse: str | None = None
    ends: Literal["done", "failed"] | None = "done"
    resends: int = 0


@dataclass(frozen=True, slots=True)
class Played:
    """One scenario over one provider: the requests that arrived, and what its claims failed with.

    ``began`` is in unix milliseconds.
    """

    scenario: Scenario
    began: int
    asked: tuple[SeenRequest, ...]
    problem: BaseException | None

    def check(self) -> None:
        """Raise what went wrong; nothing may have been refused but what belongs to the scenario."""
        if self.problem is not None:
            raise self.problem
        expected = self.scenario.may_refuse
        refusals = [seen.rejected for seen in self.asked if seen.rejected]
        assert [said for said in refusals if expected is None or expected not in said] == []


@dataclass(frozen=True, slots=True)
class Tour:
    """All scenarios over one kind of provider, with the rows of the ledger; None is the vendor itself."""

    kind: Kind | None
    played: list[Played]
    rows: list[sqlite3.Row]

    def record(self, straight: "Tour", scoreboard: Scoreboard) -> None:
        """One cell for each scenario: as many requests as straight at the vendor, and all in the books."""
        assert self.kind is not None
        ends = [*(one.began for one in self.played[1:]), math.inf]
        for one, direct, end in zip(self.played, straight.played, ends, strict=True):
            with scoreboard.cell(TITLE, one.scenario.name, self.kind.name, len(direct.asked)) as cell:
                cell.requests = len(one.asked)
                if self.kind.name in one.scenario.counts:
                    cell.differs(*one.scenario.counts[self.kind.name])
                one.check()
                _check_books(one, [r for r in self.rows if one.began <= r["started_at"] < end], self.kind)


async def over_every_provider(
    scenarios: Iterable[Scenario], machines: MakeMachine, scoreboard: Scoreboard, *, one_model: bool = False
) -> None:
    """Play them one after the other straight at the vendor, and behind us over each kind of provider."""
    gate = asyncio.Semaphore(_AT_ONCE)

    async def play_all(kind: Kind | None) -> Tour:
        async with gate, machines(kind, one_model=one_model) as machine:
            claude = await Claude.set_up(machine, kind)
            played = [await _play(one, claude) for one in scenarios]
            return Tour(kind, played, [] if kind is None else await machine.settled_rows())

    straight, *behind = await asyncio.gather(play_all(None), *map(play_all, KINDS))
    for one in straight.played:
        one.check()
    for tour in behind:
        tour.record(straight, scoreboard)


async def _play(scenario: Scenario, claude: Claude) -> Played:
    """In a project folder of its own."""
    machine, before, began = claude.machine, len(claude.asked()), time.time_ns() // 1_000_000
    machine.folder = machine.home.parent / scenario.name.replace(" ", "-")
    machine.folder.mkdir()
    (problem,) = await asyncio.gather(scenario.play(claude), return_exceptions=True)
    return Played(scenario, began, tuple(claude.asked()[before:]), problem)


def _check_books(played: Played, rows: list[sqlite3.Row], kind: Kind) -> None:
    """Every request went to its provider and is in the books, with what the provider said it took."""
    assert {seen.provider for seen in played.asked} == {kind.plays}
    assert {row["provider"] for row in rows} == {kind.name}
    assert sum(row["attempts"] for row in rows) + played.scenario.resends == len(played.asked)
    done = [row for row in rows if row["status"] == "done"]
    assert all(row["usage_source"] == "reported" for row in done)
    ends = played.scenario.ends
    if ends is None:
        assert rows[-1]["status"] == "done"
        assert len(done) < len(rows)
    elif played.scenario.may_refuse is None:
        assert [(row["status"], row["attempts"]) for row in rows] == [(ends, 1)] * len(rows)
