"""Claude Code 2.1.330 when things go wrong, over every kind of provider: what it shows, how often it asks.

Every provider has one model within reach here, so that what we do is compared with what the vendor sees;
where several models or providers are in reach, one of them answers instead (the last tests).
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from coderouter_cli.demo.script import (
    Call,
    CloseAfter,
    CloseBeforeHeaders,
    HttpError,
    Outcome,
    Reply,
    Say,
    SeenRequest,
    StreamError,
)
from coderouter_cli.demo.transcripts import marks
from tests.real.claude import TITLE, Claude, Printed, Scenario, over_every_provider
from tests.real.conftest import MakeMachine
from tests.real.providers import CHAT_ONLY, OPENAI
from tests.real.scripts import Agent, Course
from tests.real.table import Scoreboard

pytestmark = [pytest.mark.clients, pytest.mark.usefixtures("clients")]

ANSWER = "Hello there, and all the best from the model that answers at last, once and for all."
AGENT = Agent((Course("Say hello", (Reply((Say(ANSWER),)),)),))
WRONG = Call("Bash", {"command": "touch wrong.txt; echo one two three four five six", "description": "Do it"})


async def _worked_through(claude: Claude, *troubles: Outcome) -> None:
    """A task of as many steps as there are troubles, and before each step one of them; the person sees only
    the answer, and nothing of what broke off is done."""
    word = Reply((Call("Bash", {"command": "echo a word >> words.txt", "description": "Say a word"}),))
    steps = (word,) * (len(troubles) - 1)
    agent = Agent((Course("Say hello", (*steps, Reply((Say(ANSWER),)))),))
    left = deque(troubles)
    tried: set[int] = set()

    def answer(seen: SeenRequest) -> Outcome:
        first = left and not seen.rejected and _step(seen) not in tried
        tried.add(_step(seen))
        return left.popleft() if first else agent(seen)

    claude.machine.provider.script = answer
    printed = await claude.ask("Say hello.", "--allowedTools", "Bash")
    assert (printed.code, printed.text) == (0, ANSWER)
    assert not left
    folder = claude.machine.folder
    assert (folder / "words.txt").read_text() == "a word\n" * len(steps)
    assert not (folder / "wrong.txt").exists()


def _step(seen: SeenRequest) -> int:
    """How far the task is."""
    return sum(mark.who == "tool" for mark in marks(seen))


async def _refused(claude: Claude, error: HttpError) -> Printed:
    """It never gets better: the person is told."""
    claude.machine.provider.script = lambda _: error
    printed = await claude.ask("Say hello.")
    assert (printed.code, printed.result["is_error"]) == (1, True)
    return printed


async def error_400(claude: Claude) -> None:
    printed = await _refused(claude, HttpError(400, "this is not to our taste"))
    assert printed.text == "API Error: 400 this is not to our taste"


async def too_long(claude: Claude) -> None:
    printed = await _refused(claude, HttpError(400, "prompt is too long: 1200000 tokens > 1000000 maximum"))
    assert printed.text.startswith("Prompt is too long · the request is ~1200000 tokens (limit 1000000)")


async def error_401(claude: Claude) -> None:
    """Anthropic's own words make the client speak of its own login; behind us the key is ours."""
    printed = await _refused(claude, HttpError(401, "invalid x-api-key"))
    if claude.kind is None:
        assert printed.text == "Not logged in · Please run /login"
        return
    advice = f"(check the key: `coderouter keys set {claude.kind.name}`)"
    assert printed.text == f"Failed to authenticate. API Error: 401 invalid API key {advice}"


async def error_429(claude: Claude) -> None:
    printed = await _refused(claude, HttpError(429, "This request would exceed your rate limit."))
    assert printed.text == "API Error: Request rejected (429) · This request would exceed your rate limit."


async def error_500(claude: Claude) -> None:
    printed = await _refused(claude, HttpError(500, "Internal server error"))
    assert printed.text.startswith("API Error: 500 Internal server error. This is a server-side issue")


async def error_529(claude: Claude) -> None:
    printed = await _refused(claude, HttpError(529, "Overloaded"))
    assert printed.text.startswith("API Error: 529 Overloaded. This is a server-side issue")


async def once_busy(claude: Claude) -> None:
    """Each request is first answered with another trouble that passes."""
    wait = (("retry-after", "1"),)
    await _worked_through(
        claude,
        HttpError(429, "This request would exceed your rate limit.", headers=wait),
        HttpError(500, "Internal server error"),
        HttpError(529, "Overloaded"),
    )


async def once_broken(claude: Claude) -> None:
    """Each answer breaks off first, each time elsewhere: on a new connection, and on one kept open."""
    await _worked_through(
        claude,
        Reply(fault=CloseBeforeHeaders()),
        Reply((Say(ANSWER * 3),), fault=CloseAfter(events=7)),
        Reply((Say(ANSWER * 3),), fault=CloseAfter(events=7, how="clean")),
        Reply((WRONG,), chunk=8, fault=CloseAfter(events=8)),
        Reply((Say(ANSWER * 3),), fault=StreamError(events=7)),
        Reply(fault=CloseBeforeHeaders()),
    )


async def slow(claude: Claude) -> None:
    """A model that takes its time over every piece, and then over the first word of the next answer."""

    async def pause(write: int) -> None:
        await asyncio.sleep(0.05 if write else 1.0)

    claude.machine.provider.script = lambda seen: Reply((Say(ANSWER),), chunk=4, pace=pause)
    printed = await claude.ask("Say hello.")
    assert (printed.code, printed.text) == (0, ANSWER)


async def said_twice(claude: Claude) -> None:
    echo = Call("Bash", {"command": "echo a word", "description": "Say a word"})
    claude.plays("Say it twice", Reply((echo,)), Reply((echo,)), Reply((Say("Said."),)))
    printed = await claude.ask("Say it twice.", "--allowedTools", "Bash")
    assert (printed.code, printed.text) == (0, "Said.")


ELSEWHERE = ("deepseek", "openai", "chat-only", "compatible")
NO_LADDER = (
    "what we write for a provider gains nothing from the client's leaving things out: it is told to stop"
)
NO_RETRY = "a key that is refused is not tried again: the client is told so at once"
LASTING = (
    Scenario("400", error_400, ends="failed", counts=dict.fromkeys(ELSEWHERE, (1, NO_LADDER))),
    Scenario("400, too long", too_long, ends="failed"),
    Scenario("500", error_500, ends="failed"),
    Scenario("529", error_529, ends="failed"),
    Scenario("429", error_429, ends="failed"),
    Scenario("401", error_401, ends="failed", counts=dict.fromkeys(("anthropic", *ELSEWHERE), (1, NO_RETRY))),
)
PASSING = (
    Scenario("cut, dropped, error", once_broken, ends=None, resends=1),
    Scenario("slow", slow),
    Scenario("429, 500, 529 once", once_busy, ends=None),
)


@pytest.mark.parametrize("scenarios", [LASTING, PASSING], ids=["lasting", "passing"])
async def test_what_goes_wrong_looks_and_costs_the_same(
    scenarios: tuple[Scenario, ...], machines: MakeMachine, scoreboard: Scoreboard
) -> None:
    await over_every_provider(scenarios, machines, scoreboard, one_model=True)


async def _straight(scenario: Callable[[Claude], Awaitable[None]], machines: MakeMachine) -> int:
    """How many requests it takes straight at the vendor."""
    async with machines(None) as machine:
        claude = await Claude.set_up(machine, None)
        await scenario(claude)
        return len(claude.asked())


async def test_another_provider_answers_for_one_that_is_down(
    machines: MakeMachine, scoreboard: Scoreboard
) -> None:
    """Straight at a vendor that stays overloaded the client gives up after its third try."""

    direct = await _straight(error_529, machines)

    def overloaded(seen: SeenRequest) -> Outcome:
        return HttpError(529, "Overloaded") if seen.provider == "openai" else AGENT(seen)

    with scoreboard.cell(TITLE, "529, two providers", "openai", direct) as cell:
        cell.differs(2, "the other provider answers at once, and the client sees nothing of it")
        async with machines(OPENAI, "deepseek") as machine:
            claude = await Claude.set_up(machine, OPENAI)
            machine.provider.script = overloaded
            printed = await claude.ask("Say hello.")
            cell.requests = len(claude.asked())
            assert (printed.code, printed.text) == (0, ANSWER)
            assert [seen.provider for seen in claude.asked()] == ["openai", "deepseek"]
            (row,) = await machine.settled_rows()
            assert (row["status"], row["attempts"], row["provider"]) == ("done", 2, "deepseek")


async def test_a_provider_that_nobody_has_described_is_understood_after_one_refusal(
    machines: MakeMachine, scoreboard: Scoreboard
) -> None:
    """It wants reasoning back, and config.toml does not say so: its refusal does."""
    undescribed = replace(CHAT_ONLY, dialect="")
    direct = await _straight(said_twice, machines)
    with scoreboard.cell(TITLE, "undescribed provider", "chat-only", direct) as cell:
        cell.differs(4, "one request is refused, and sent once more in the way the refusal asks for")
        async with machines(undescribed) as machine:
            claude = await Claude.set_up(machine, undescribed)
            await said_twice(claude)
            cell.requests = len(claude.asked())
            rows = await machine.settled_rows()
            assert [(row["status"], row["attempts"]) for row in rows] == [
                ("done", 1),
                ("done", 2),
                ("done", 1),
            ]
