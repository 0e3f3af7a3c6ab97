"""Claude Code 2.1.330 and what a person says to CodeRouter in it."""

from pathlib import Path

import pytest

from coderouter_cli.demo.script import Call, Reply, Say
from tests.real.claude import MODEL, Claude
from tests.real.conftest import MakeMachine
from tests.real.providers import ANTHROPIC

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
