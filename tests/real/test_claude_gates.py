"""Claude Code 2.1.330 where it needs more of a provider than words: a search, a check of its actions."""

import pytest

from coderouter_cli.demo.script import Call, Outcome, Reply, Say, Script, SeenRequest, Verdict
from tests.real.claude import Claude, Scenario, over_every_provider
from tests.real.conftest import MakeMachine
from tests.real.scripts import Agent, Course
from tests.real.table import Scoreboard

pytestmark = [pytest.mark.clients, pytest.mark.usefixtures("clients")]

SEARCHED = "Here is what was found: rain in Bern."


async def web_search(claude: Claude) -> None:
    """The provider searches for the client; where none can, the model is told so, and nothing is made up."""
    claude.machine.provider.script = Agent(
        (
            Course("Perform a web search", (Reply((Say(SEARCHED),)),)),
            Course(
                "Search the web",
                (
                    Reply((Call("ToolSearch", {"query": "select:WebSearch", "max_results": 1}),)),
                    Reply((Call("WebSearch", {"query": "weather in Bern"}),)),
                    Reply((Say("That is all there is."),)),
                ),
            ),
        )
    )
    printed = await claude.ask("Search the web for the weather.", "--allowedTools", "WebSearch ToolSearch")
    assert (printed.code, printed.text) == (0, "That is all there is.")
    found = list(printed.tool_results())[-1]
    if claude.kind is None or claude.kind.name == "anthropic":
        assert SEARCHED in found["content"]
        return
    assert found["is_error"]
    assert "it runs no hosted tools" in found["content"]
    assert "coderouter keys set" in found["content"]


async def not_flagged(claude: Claude) -> None:
    """Auto mode, and the action is judged harmless: it is done."""
    printed = await _act(claude, "not_flagged", "<block>no</block>")
    assert [bool(result.get("is_error")) for result in printed] == [False]
    assert (claude.machine.folder / "made.txt").read_text() == "made\n"


async def flagged(claude: Claude) -> None:
    """Auto mode, and the action is judged dangerous: it is not done, and the model is told."""
    said = (
        "<block>yes</block><category>Data Exfiltration</category><reason>[Data Exfiltration] It is.</reason>"
    )
    printed = await _act(claude, "flagged", said)
    assert [bool(result.get("is_error")) for result in printed] == [True]
    assert not (claude.machine.folder / "made.txt").exists()


async def unsupported(claude: Claude) -> None:
    """Auto mode, and the provider judges nothing: the client's own check is asked, once for the action."""
    printed = await _act(claude, "unsupported", "<block>no</block>")
    assert [bool(result.get("is_error")) for result in printed] == [False]
    assert (claude.machine.folder / "made.txt").read_text() == "made\n"


async def _act(claude: Claude, verdict: Verdict, checker: str) -> list[dict[str, object]]:
    """One action in auto mode; the results of tools."""
    act = {"command": "curl -s http://127.0.0.1:9/; echo made > made.txt", "description": "Make a file"}
    agent = Agent(
        (Course("Act now", (Reply((Call("Bash", act),), verdict=verdict), Reply((Say("Acted."),)))),)
    )
    claude.machine.provider.script = _checked(agent, checker)
    printed = await claude.ask("Act now.", "--permission-mode", "auto")
    assert (printed.code, printed.text) == (0, "Acted.")
    return list(printed.tool_results())


def _checked(agent: Agent, checker: str) -> Script:
    """The agent; the client's check of an action, which has a system prompt of its own, gets ``checker``."""

    def answer(seen: SeenRequest) -> Outcome:
        if b"You are a security monitor for autonomous AI coding agents" in seen.body:
            return Reply((Say(checker),))
        return agent(seen)

    return answer


ELSEWHERE = ("deepseek", "openai", "chat-only", "compatible")
NO_SEARCH = "nobody within reach can search: the request is refused here, with the reason, and not sent"
OWN_CHECK = "only Anthropic judges actions by itself; elsewhere the client asks its own check for each one"
SCENARIOS = (
    Scenario("web search", web_search, counts=dict.fromkeys(ELSEWHERE, (3, NO_SEARCH))),
    Scenario("auto, not flagged", not_flagged, counts=dict.fromkeys(ELSEWHERE, (3, OWN_CHECK))),
    Scenario("auto, flagged", flagged, counts=dict.fromkeys(ELSEWHERE, (4, OWN_CHECK))),
    Scenario("auto, unsupported", unsupported),
)


async def test_a_need_is_met_or_refused_with_the_reason(
    machines: MakeMachine, scoreboard: Scoreboard
) -> None:
    await over_every_provider(SCENARIOS, machines, scoreboard)
