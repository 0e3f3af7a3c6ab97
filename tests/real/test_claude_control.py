"""Claude Code 2.1.330 and what a person says to CodeRouter in it."""

import json
from pathlib import Path

import pytest

from coderouter_cli.demo.script import Call, Outcome, Reply, Say, SeenRequest
from tests.real.claude import MODEL, Claude
from tests.real.conftest import MakeMachine
from tests.real.providers import ANTHROPIC
from tests.real.scripts import Agent, Course

pytestmark = [pytest.mark.clients, pytest.mark.usefixtures("clients")]

POLICY = 'strategy = "quality"\n[pins]\nsmall_edit = "claude-sonnet-5"\n'


def trusted(folder: Path) -> None:
    (folder / ".coderouter.toml").write_text(POLICY)


async def test_the_person_speaks_to_coderouter_in_the_terminal(machines: MakeMachine) -> None:
    """`@cr why` is answered here; `@cr direct` keeps the client's model for the turn and its tools; the
    repository's policy holds where the client works."""
    async with machines(ANTHROPIC) as machine:
        claude = await Claude.set_up(machine, ANTHROPIC)
        trusted(machine.folder)
        await machine.coderouter("trust", "--yes")
        run = Call("Bash", {"command": "echo one", "description": "Say one"})
        claude.plays("Rename", Reply((run,)), Reply((Say("Renamed."),)))

        plain = await claude.ask("Rename the variable foo to bar in parser.py")
        why = await claude.ask("@cr why", "--resume", plain.session)
        direct = await claude.ask("@cr direct\nRename foo to baz in parser.py", "--allowedTools", "Bash")
        asked = claude.asked()
        rows = await machine.settled_rows()

    assert (plain.text, direct.text) == ("Renamed.", "Renamed.")
    assert why.text.startswith("claude-sonnet-5 at anthropic was chosen")
    assert f"your client asks for {MODEL}" in why.text
    turns = [row for row in rows if row["kind"] == "turn"]
    assert [row["bypass"] for row in turns] == [None, None, "command", "direct_lane", "direct_lane"]
    assert [row["model"] for row in turns] == [*["claude-sonnet-5"] * 2, "none", *[MODEL] * 2]
    assert len(asked) == len(rows) - 1


async def test_plan_mode_subagents_and_safety_checks_go_where_the_rules_say(machines: MakeMachine) -> None:
    """A subagent is a conversation of its own, for which nobody has said anything; a safety check stays with
    the model that the client names for it."""
    async with machines(ANTHROPIC) as machine:
        claude = await Claude.set_up(machine, ANTHROPIC)
        task = {
            "description": "Find the number",
            "prompt": "Find the secret number, and say it.",
            "subagent_type": "Explore",
            "run_in_background": False,
        }
        act = {"command": "curl -s http://127.0.0.1:9/; echo made > made.txt", "description": "Make a file"}
        agent = Agent(
            (
                Course("Find the secret", (Reply((Say("It is 4711."),)),)),
                Course("Ask somebody", (Reply((Call("Agent", task),)), Reply((Say("4711."),)))),
                Course("Plan the work", (Reply((Say("1. Write the code."),)),)),
                Course(
                    "Act now", (Reply((Call("Bash", act),), verdict="unsupported"), Reply((Say("Acted."),)))
                ),
            )
        )

        def script(seen: SeenRequest) -> Outcome:
            checks = b"You are a security monitor for autonomous AI coding agents" in seen.body
            return Reply((Say("<block>no</block>"),)) if checks else agent(seen)

        machine.provider.script = script
        asked = await claude.ask("@cr opus\nAsk somebody for the number.", "--allowedTools", "Agent")
        planned = await claude.ask("Plan the work.", "--permission-mode", "plan")
        acted = await claude.ask("Act now.", "--permission-mode", "auto")
        rows = await machine.settled_rows()

    assert [one.text for one in (asked, planned, acted)] == ["4711.", "1. Write the code.", "Acted."]
    cases = [(row, json.loads(row["decision"])["case"]) for row in rows]
    pins = [case["control"]["pin"] for row, case in cases[:3]]
    assert pins == [[MODEL, "session"], None, [MODEL, "session"]], "the subagent's is between its parent's"
    (plan,) = [(row, case) for row, case in cases if "plan_mode" in case["evidence"]]
    assert plan[0]["phase"] == "plan"
    checks = [row for row in rows if row["kind"] == "safety_check"]
    assert {(row["model"], row["bypass"]) for row in checks} == {("claude-sonnet-5", "safety_check")}
