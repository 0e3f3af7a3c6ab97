"""Claude Code 2.1.330 at work, over every kind of provider: what it does with tools, and how."""

import base64
import json
import struct
import zlib
from typing import Any

import pytest

from coderouter_cli.demo.script import Call, Reply, Say
from tests.real.claude import Claude, Scenario, over_every_provider
from tests.real.conftest import MakeMachine
from tests.real.scripts import Agent, Course
from tests.real.table import Scoreboard

pytestmark = [pytest.mark.clients, pytest.mark.usefixtures("clients")]


async def tool_loop(claude: Claude) -> None:
    """The shell, the file tool, an answer."""
    folder = claude.machine.folder
    command = {"command": f"printf 'one\\n' > {folder}/shell.txt", "description": "Write a file"}
    written = {"file_path": f"{folder}/written.txt", "content": "two\n"}
    claude.plays(
        "Write both files",
        Reply((Say("First the shell."), Call("Bash", command))),
        Reply((Say("Now the file."), Call("Write", written))),
        Reply((Say("Both files are written."),)),
    )
    printed = await claude.ask("Write both files.", "--allowedTools", "Bash Write")
    assert (printed.code, printed.text) == (0, "Both files are written.")
    assert (folder / "shell.txt").read_text() == "one\n"
    assert (folder / "written.txt").read_text() == "two\n"
    assert [tool["name"] for tool in printed.tool_calls()] == ["Bash", "Write"]


async def parallel_tools(claude: Claude) -> None:
    """Three calls in one answer; every result goes back under its own call."""
    folder = claude.machine.folder
    for name in ("a", "b"):
        (folder / f"{name}.txt").write_text(f"the content of {name}\n")
    calls = (
        Call("Read", {"file_path": f"{folder}/a.txt"}),
        Call("Bash", {"command": "echo from the shell", "description": "Say something"}),
        Call("Read", {"file_path": f"{folder}/b.txt"}),
    )
    claude.plays(
        "Look at everything",
        Reply((Say("All at once."), *calls), interleave=True),
        Reply((Say("All is seen."),)),
    )
    printed = await claude.ask("Look at everything.", "--allowedTools", "Bash Read")
    assert (printed.code, printed.text) == (0, "All is seen.")
    by_call = {result["tool_use_id"]: str(result["content"]) for result in printed.tool_results()}
    results = [by_call[call["id"]] for call in printed.tool_calls()]
    assert [said in result for said, result in zip(_SAID, results, strict=True)] == [True] * 3
    last = claude.asked()[-1].body.decode()
    assert all(said in last for said in _SAID)


_SAID = ("the content of a", "from the shell", "the content of b")


async def tool_error(claude: Claude) -> None:
    """A command that fails and a file that is not there: the model is told, and goes on."""
    missing = f"{claude.machine.folder}/missing.txt"
    claude.plays(
        "Try the impossible",
        Reply((Call("Bash", {"command": "echo nonsense >&2; exit 3", "description": "Fail"}),)),
        Reply((Call("Read", {"file_path": missing}),)),
        Reply((Say("Neither works."),)),
    )
    printed = await claude.ask("Try the impossible.", "--allowedTools", "Bash Read")
    assert (printed.code, printed.text) == (0, "Neither works.")
    assert [result["is_error"] for result in printed.tool_results()] == [True, True]
    last = claude.asked()[-1].body.decode()
    assert "Exit code 3" in last
    assert "nonsense" in last
    assert "does not exist" in last


async def deferred_tool(claude: Claude) -> None:
    """A tool that the client only names until its own search has found it."""
    notebook = claude.machine.folder / "a.ipynb"
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "1", "outputs": []}
    notebook.write_text(json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    edit = {
        "notebook_path": str(notebook),
        "new_source": "print(2)",
        "edit_mode": "insert",
        "cell_type": "code",
    }
    claude.plays(
        "Edit the notebook",
        Reply((Call("Read", {"file_path": str(notebook)}),)),
        Reply((Call("ToolSearch", {"query": "select:NotebookEdit", "max_results": 1}),)),
        Reply((Call("NotebookEdit", edit),)),
        Reply((Say("The notebook has a cell more."),)),
    )
    printed = await claude.ask("Edit the notebook.", "--allowedTools", "Read ToolSearch NotebookEdit")
    assert (printed.code, printed.text) == (0, "The notebook has a cell more.")
    assert "print(2)" in notebook.read_text()


async def plan_mode(claude: Claude) -> None:
    """The model may look, but not write; the plan is the answer."""
    folder = claude.machine.folder
    (folder / "notes.txt").write_text("be careful\n")
    claude.plays(
        "Plan the work",
        Reply((Call("Read", {"file_path": f"{folder}/notes.txt"}),)),
        Reply((Call("Write", {"file_path": f"{folder}/code.py", "content": "pass\n"}),)),
        Reply((Say("1. Read the notes. 2. Write the code."),)),
    )
    printed = await claude.ask("Plan the work.", "--permission-mode", "plan")
    assert (printed.code, printed.text) == (0, "1. Read the notes. 2. Write the code.")
    assert [bool(result.get("is_error")) for result in printed.tool_results()] == [False, True]
    assert not (folder / "code.py").exists()
    assert all(b"Plan mode is active" in seen.body for seen in claude.asked())


async def subagent(claude: Claude) -> None:
    """A task that is handed on: a conversation of its own, whose end comes back as a result."""
    (claude.machine.folder / "secret.txt").write_text("4711\n")
    task = {
        "description": "Find the number",
        "prompt": "Find the secret in secret.txt.",
        "subagent_type": "Explore",
        "run_in_background": False,
    }
    look = Reply((Call("Bash", {"command": "cat secret.txt", "description": "Look"}),))
    claude.machine.provider.script = Agent(
        (
            Course("Find the secret", (look, Reply((Say("It says 4711."),)))),
            Course("Ask somebody", (Reply((Call("Agent", task),)), Reply((Say("The number is 4711."),)))),
        )
    )
    printed = await claude.ask("Ask somebody for the number.", "--allowedTools", "Bash Agent Task")
    assert (printed.code, printed.text) == (0, "The number is 4711.")
    assert b"It says 4711." in claude.asked()[-1].body


async def image_by_tool(claude: Claude) -> None:
    """A picture the model reads as a file: it travels inside a tool's result."""
    picture = claude.machine.folder / "red.png"
    picture.write_bytes(_png())
    claude.plays(
        "Look at the picture",
        Reply((Call("Read", {"file_path": str(picture)}),)),
        Reply((Say("It is red."),)),
    )
    printed = await claude.ask("Look at the picture.", "--allowedTools", "Read")
    assert (printed.code, printed.text) == (0, "It is red.")
    assert _IMAGE_DATA in claude.asked()[-1].body


async def image_in_prompt(claude: Claude) -> None:
    """A picture the person shows, as the SDKs send it."""
    source = {"type": "base64", "media_type": "image/png", "data": _IMAGE_DATA.decode()}
    shown: list[dict[str, Any]] = [
        {"type": "text", "text": "What colour is it?"},
        {"type": "image", "source": source},
    ]
    claude.plays("What colour", Reply((Say("It is red."),)))
    printed = await claude.converse(shown)
    assert (printed.code, printed.text) == (0, "It is red.")
    assert _IMAGE_DATA in claude.asked()[-1].body


def _png() -> bytes:
    """Eight by eight red points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xff\0\0" * 8) * 8
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 8, 8, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


_IMAGE_DATA = base64.b64encode(_png())
SCENARIOS = (
    Scenario("tool loop", tool_loop),
    Scenario("parallel tools", parallel_tools),
    Scenario("tool error", tool_error),
    Scenario("deferred tool", deferred_tool),
    Scenario("plan mode", plan_mode),
    Scenario("subagent", subagent),
    Scenario("image by tool", image_by_tool),
    Scenario("image in prompt", image_in_prompt),
)


@pytest.mark.parametrize("scenarios", [SCENARIOS[:4], SCENARIOS[4:]], ids=["tools", "modes"])
async def test_work_is_done_over_every_provider(
    scenarios: tuple[Scenario, ...], machines: MakeMachine, scoreboard: Scoreboard
) -> None:
    await over_every_provider(scenarios, machines, scoreboard)
