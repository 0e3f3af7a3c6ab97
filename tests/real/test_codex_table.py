"""Codex 0.169.0 over every kind of provider, scenario by scenario: what works without us works behind us."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from coderouter_cli.demo.script import Call, CloseBeforeHeaders, Reply, Say
from tests.real import codex_errors as errors
from tests.real import codex_history as history
from tests.real import codex_modes as modes
from tests.real import codex_work as work
from tests.real.codex import CLASSIC, CODE_MODE, KINDS, OPENAI, TITLE, Codex
from tests.real.codex_errors import LASTING, PASSING, Trouble
from tests.real.codex_model import Model, course
from tests.real.codex_runs import Fleet, Scenario, carried, fresh, over_every_provider, settled, title_of
from tests.real.conftest import MakeMachine
from tests.real.providers import CHAT_ONLY, Kind
from tests.real.table import Counted, Scoreboard

pytestmark = [
    pytest.mark.clients,
    pytest.mark.usefixtures("clients"),
    pytest.mark.asyncio(loop_scope="module"),
]

SCENARIOS: tuple[Scenario, ...] = (
    work.tool_loop,
    work.parallel_tools,
    work.apply_patch,
    work.tool_error,
    work.unknown_model,
    work.code_mode,
    work.subagent,
    work.subagent_of_old,
    work.base_url,
    modes.plan_mode,
    modes.images,
    modes.images_in_code_mode,
    modes.output_schema,
    modes.answer_cut_short,
    modes.hosted_search,
    history.compaction,
    history.automatic_compaction,
    history.compaction_by_the_provider,
)
_FAILOVER = "another model is asked before the client hears of it, or nobody any more"
_LEARNT = "what this provider wants back is learnt from its first refusal, once"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def fleet(tmp_path_factory: pytest.TempPathFactory, clients: None) -> AsyncIterator[Fleet]:
    """The machines of this module."""
    async with Fleet.assembled(tmp_path_factory.mktemp("fleet")) as made:
        yield made


@pytest.mark.parametrize("scenario", SCENARIOS, ids=title_of)
async def test_over_every_provider(scenario: Scenario, fleet: Fleet, scoreboard: Scoreboard) -> None:
    await over_every_provider(scenario, fleet, scoreboard)


@pytest.mark.parametrize("model", [CLASSIC, CODE_MODE])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
async def test_a_session_goes_on_over_every_provider(
    kind: Kind, model: str, fleet: Fleet, scoreboard: Scoreboard
) -> None:
    """The history holds reasoning and calls of another provider's model, in the shapes we gave them."""
    alone = fresh(fleet.direct, f"{model} from {kind.name}")
    session = await history.begin(alone, model)
    alone.machine.provider.seen.clear()
    await history.go_on(alone, session, model)
    direct = len(alone.asked())
    begun = fresh(next(codex for one, codex in fleet.behind if one is kind), f"{model} begun")
    session = await history.begin(begun, model)
    for other, codex in fleet.behind:
        with scoreboard.cell(TITLE, f"{model} from {kind.name}", other.name, direct) as cell:
            gone_on = fresh(codex, f"{model} from {kind.name}")
            gone_on.take_sessions_of(begun)
            async with carried(gone_on, _after(kind, other), cell):
                await history.go_on(gone_on, session, model)


def _after(begun: Kind, other: Kind) -> Kind:
    """How requests travel: to OpenAI, another maker's reasoning is taken out of them."""
    return replace(other, fidelity="sanitised") if other is OPENAI is not begun else other


@pytest.mark.parametrize("trouble", PASSING, ids=lambda one: one.name)
async def test_what_passes_is_survived(trouble: Trouble, fleet: Fleet, scoreboard: Scoreboard) -> None:
    alone = fresh(fleet.direct, trouble.name)
    await errors.survive(alone, trouble)
    direct = len(alone.asked())
    for kind, own in fleet.behind:
        with scoreboard.cell(TITLE, trouble.name, kind.name, direct) as cell:
            codex = fresh(own, trouble.name)
            before = len(codex.machine.rows())
            try:
                await errors.survive(codex, trouble)
            finally:
                cell.requests = len(codex.asked())
            rows = (await settled(codex))[before:]
            assert rows[-1]["status"] == "done"
            assert {row["status"] for row in rows[:-1]} <= {"failed", "cut"}
            # A pooled connection that closes without a byte is tried once more within the same attempt.
            unseen = isinstance(trouble.outcome, Reply) and trouble.outcome.fault == CloseBeforeHeaders()
            assert 0 <= cell.requests - sum(row["attempts"] for row in rows) <= unseen


@pytest.mark.parametrize("trouble", LASTING, ids=lambda one: one.name)
async def test_what_lasts_is_told(
    trouble: Trouble, machines: MakeMachine, fleet: Fleet, scoreboard: Scoreboard
) -> None:
    alone = fresh(fleet.direct, trouble.name)
    await errors.fail(alone, trouble)
    direct = len(alone.asked())
    for kind, own in fleet.behind:
        with scoreboard.cell(TITLE, f"{trouble.name}, for good", kind.name, direct) as cell:
            if trouble.remembered:
                async with machines(kind) as machine:
                    await _told(await Codex.set_up(machine, kind), trouble, cell, direct)
            else:
                codex = fresh(own, trouble.name)
                await _told(codex, trouble, cell, direct)
                codex.machine.provider.script = lambda _: Reply()
                shown = await codex.ask("Say done.")
                assert (shown.code, shown.text) == (0, "Done."), "nothing is left of it"


async def _told(codex: Codex, trouble: Trouble, cell: Counted, direct: int) -> None:
    before = 0 if trouble.remembered else len(codex.machine.rows())
    shown = await errors.fail(codex, trouble)
    cell.requests = len(codex.asked())
    if cell.requests != direct:
        cell.differs(cell.requests, _FAILOVER)
    assert [word for word in trouble.words if word not in shown.errors[-1]] == [], shown.errors
    assert cell.requests <= 3 * direct, "each of at most three models is asked no more often than one is"
    rows = (await settled(codex))[before:]
    assert {row["status"] for row in rows} <= {"failed", "cut"}
    assert sum(row["attempts"] for row in rows) == cell.requests


async def test_what_a_provider_wants_is_learnt_once(machines: MakeMachine, scoreboard: Scoreboard) -> None:
    """A user's own provider wants its reasoning back, and says so only when it misses it: of this one nobody
    has told us."""
    untold = replace(CHAT_ONLY, dialect="")
    look = Reply((Call("exec_command", {"cmd": "ls"}),))
    async with machines(untold) as machine:
        codex = await Codex.set_up(machine, untold)
        for scenario, more in (("first tool loop", 1), ("second tool loop", 0)):
            with scoreboard.cell(TITLE, scenario, CHAT_ONLY.name, 2) as cell:
                codex.machine.provider.seen.clear()
                codex.machine.provider.script = Model((course("Look", look, Reply((Say("Seen."),))),))
                shown = await codex.ask("Look around.")
                cell.requests = len(codex.asked())
                cell.differs(2 + more, _LEARNT)
                assert (shown.code, shown.text) == (0, "Seen."), shown.screen
