"""Claude Code 2.1.330 with a past, over every kind of provider: compaction, and sessions taken up again."""

import pytest

from coderouter_cli.demo.script import Call, Reply, Say, Tokens
from tests.real.claude import TITLE, Claude, Scenario, over_every_provider
from tests.real.conftest import MakeMachine
from tests.real.providers import ANTHROPIC, DEEPSEEK, OPENAI, Kind
from tests.real.scripts import Agent, Course
from tests.real.table import Scoreboard

pytestmark = [pytest.mark.clients, pytest.mark.usefixtures("clients")]

SUMMARY = Course(
    "CRITICAL: Respond with TEXT ONLY",
    (Reply((Say("<summary>The person had a word said by the shell.</summary>"),)),),
)
WORK = Reply((Call("Bash", {"command": "echo a word", "description": "Say a word"}),))
LATER = Course("Second ask", (Reply((Say("The second answer."),)),))
FIRST = Course("First ask", (WORK, Reply((Say("The first answer."),))))


async def resumed_by_id(claude: Claude) -> None:
    """A session is taken up again by its id, with its thinking and its tools in the history."""
    claude.machine.provider.script = Agent((LATER, FIRST))
    first = await claude.ask("First ask.", "--allowedTools", "Bash")
    assert (first.code, first.text) == (0, "The first answer.")
    second = await claude.ask("Second ask.", "--resume", first.session)
    assert (second.code, second.text, second.session) == (0, "The second answer.", first.session)
    assert b"The first answer." in claude.asked()[-1].body


async def continued(claude: Claude) -> None:
    """The last session of the folder goes on."""
    claude.machine.provider.script = Agent((LATER, FIRST))
    first = await claude.ask("First ask.", "--allowedTools", "Bash")
    second = await claude.ask("Second ask.", "--continue")
    assert (second.code, second.text, second.session) == (0, "The second answer.", first.session)
    assert b"The first answer." in claude.asked()[-1].body


async def compacted_by_hand(claude: Claude) -> None:
    """The person asks for a summary, and goes on from it."""
    claude.machine.provider.script = Agent((SUMMARY, LATER, FIRST))
    await claude.ask("First ask.", "--allowedTools", "Bash")
    compacted = await claude.ask("/compact", "--continue")
    assert compacted.code == 0
    assert "success" in [event.get("compact_result") for event in compacted.events]
    second = await claude.ask("Second ask.", "--continue")
    assert (second.code, second.text) == (0, "The second answer.")
    last = claude.asked()[-1].body
    assert b"The person had a word said by the shell." in last
    assert b"echo a word" not in last


async def compacted_by_usage(claude: Claude) -> None:
    """The usage we report says that the window is nearly full: the client compacts by itself and goes on."""
    full = Tokens(input=985_000, cache_read=0, cache_write=0, cache_write_long=0)
    filling = Course("First ask", (Reply(WORK.pieces, tokens=full),))
    going_on = Course("This session is being continued", (Reply((Say("It goes on."),)),))
    claude.machine.provider.script = Agent((SUMMARY, going_on, filling))
    printed = await claude.ask("First ask.", "--allowedTools", "Bash")
    assert (printed.code, printed.text) == (0, "It goes on.")
    bounds = [event["compact_metadata"] for event in printed.events if "compact_metadata" in event]
    assert [bound["trigger"] for bound in bounds] == ["auto"]
    assert bounds[0]["pre_tokens"] >= 985_000


MOVERS = (ANTHROPIC, DEEPSEEK, OPENAI)
BOUND = "only Anthropic binds thinking to what stood before it; the client asks once more without it"
SCENARIOS = (
    Scenario("resumed by id", resumed_by_id),
    Scenario("continued", continued),
    Scenario(
        "compacted by hand",
        compacted_by_hand,
        counts=dict.fromkeys(("deepseek", "openai", "chat-only", "compatible"), (4, BOUND)),
        may_refuse="bound to a different conversation",
    ),
    Scenario("compacted by usage", compacted_by_usage),
)


async def test_a_history_goes_over_every_provider(machines: MakeMachine, scoreboard: Scoreboard) -> None:
    await over_every_provider(SCENARIOS, machines, scoreboard)


async def _three_turns(claude: Claude, *kinds: Kind) -> None:
    """Three asks in one session; before each but the first the person may have got another provider's key."""
    claude.machine.provider.script = Agent((Course("Third ask", LATER.steps), LATER, FIRST))
    first = await claude.ask("First ask.", "--allowedTools", "Bash")
    assert (first.code, first.text) == (0, "The first answer.")
    for prompt, kind in zip(("Second ask.", "Third ask."), kinds or (None, None), strict=True):
        if kind is not None:
            claude.machine.change_keys(kind.name)
            await claude.machine.init("claude-code")
        later = await claude.ask(prompt, "--continue")
        assert (later.code, later.text, later.session) == (0, "The second answer.", first.session)
    assert [seen.rejected for seen in claude.asked() if seen.rejected] == []


@pytest.mark.parametrize("begun", MOVERS, ids=lambda kind: kind.name)
async def test_a_session_moves_from_one_provider_to_another_and_back(
    begun: Kind, machines: MakeMachine, scoreboard: Scoreboard
) -> None:
    """Another key, another provider: the thinking of the one is in the history the other is sent."""
    async with machines(None) as machine:
        straight = await Claude.set_up(machine, None)
        await _three_turns(straight)
        direct = len(straight.asked())
    for to in (kind for kind in MOVERS if kind is not begun):
        with scoreboard.cell(TITLE, f"begun on {begun.name}", to.name, direct) as cell:
            async with machines(begun) as machine:
                claude = await Claude.set_up(machine, begun)
                await _three_turns(claude, to, begun)
                cell.requests = len(claude.asked())
                went = [begun.plays, begun.plays, to.plays, begun.plays]
                assert [seen.provider for seen in claude.asked()] == went
                rows = await machine.settled_rows()
                assert [(row["status"], row["attempts"]) for row in rows] == [("done", 1)] * len(went)
