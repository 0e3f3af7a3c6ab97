"""Scenarios of Codex: once straight at the vendor, then over every kind of provider behind us.

One machine of each kind serves all scenarios of a module: setting one up takes longer than using it.
"""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from coderouter_cli.demo.script import Call, Reply
from tests.daemon.kit import until
from tests.real.codex import KINDS, TITLE, Codex
from tests.real.codex_model import Model, course
from tests.real.conftest import new_machine
from tests.real.providers import Kind
from tests.real.table import Counted, Scoreboard

Scenario = Callable[[Codex], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Fleet:
    """Codex on a machine for each kind of provider, and on one without us."""

    direct: Codex
    behind: tuple[tuple[Kind, Codex], ...]

    @classmethod
    @asynccontextmanager
    async def assembled(cls, place: Path) -> AsyncIterator["Fleet"]:
        """All machines, set up; what they started is stopped at the end."""
        async with AsyncExitStack() as stack:
            alone = await stack.enter_async_context(new_machine(place / "direct", ()))
            entered = [
                (kind, await stack.enter_async_context(new_machine(place / kind.name, (kind.name,), kind)))
                for kind in KINDS
            ]
            made = await asyncio.gather(*(Codex.set_up(machine, kind) for kind, machine in entered))
            for codex in made:
                await _get_acquainted(codex)
            yield cls(await Codex.set_up(alone, None), tuple(zip(KINDS, made, strict=True)))


async def _get_acquainted(codex: Codex) -> None:
    """A first tool loop: what a provider only says when it refuses a request is learnt once for all."""
    look = Reply((Call("exec_command", {"cmd": "ls"}),))
    codex.machine.provider.script = Model((course("Look", look, Reply()),))
    shown = await codex.ask("Look around.")
    assert (shown.code, shown.text) == (0, "Done."), shown.screen
    await settled(codex)


def title_of(scenario: Scenario) -> str:
    """Its name in the table."""
    return scenario.__name__.replace("_", " ")


async def straight(scenario: Scenario, fleet: Fleet) -> int:
    """The scenario without us: how many requests for an answer it takes. The vendor refuses none."""
    codex = fresh(fleet.direct, scenario.__name__)
    await scenario(codex)
    assert _refused(codex) == []
    return len(codex.asked())


async def over_every_provider(scenario: Scenario, fleet: Fleet, scoreboard: Scoreboard) -> None:
    """The scenario everywhere, with the same claims about what a person sees."""
    direct = await straight(scenario, fleet)
    for kind, own in fleet.behind:
        with scoreboard.cell(TITLE, title_of(scenario), kind.name, direct) as cell:
            codex = fresh(own, scenario.__name__)
            async with carried(codex, kind, cell):
                await scenario(codex)


@asynccontextmanager
async def carried(codex: Codex, kind: Kind, cell: Counted) -> AsyncIterator[None]:
    """What is asked meanwhile goes to this kind of provider in its own format, and is refused by none of its
    rules; each request has one row that says so, and was one attempt."""
    before = len(codex.machine.rows())
    try:
        yield
    finally:
        cell.requests = len(codex.asked())
        rows = (await settled(codex))[before:]
    asked = codex.asked()
    assert _refused(codex) == []
    assert {seen.path.partition("?")[0] for seen in asked} == {kind.path}
    assert [row["status"] for row in rows] == ["done"] * len(asked)
    assert {row["attempts"] for row in rows} == {1}
    assert {(row["provider"], row["fidelity"]) for row in rows} == {(kind.name, kind.fidelity)}
    assert {row["client"] for row in rows} == {"codex"}


async def settled(codex: Codex) -> list[sqlite3.Row]:
    """All rows, once all are closed: an answer reaches its client before its row is."""
    await until(lambda: all(row["status"] != "open" for row in codex.machine.rows()))
    return codex.machine.rows()


def fresh(codex: Codex, project: str) -> Codex:
    """The client in a new project, with nothing asked yet."""
    folder = codex.machine.folder / project
    folder.mkdir()
    codex.machine.provider.seen.clear()
    return replace(codex, machine=replace(codex.machine, folder=folder))


def _refused(codex: Codex) -> list[str]:
    return [seen.rejected for seen in codex.asked() if seen.rejected is not None]
