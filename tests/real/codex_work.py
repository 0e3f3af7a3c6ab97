"""Scenarios of Codex at work: what it does with tools, and how."""

import re

from coderouter_cli.demo.script import Call, Outcome, Reply, Say, SeenRequest
from tests.real.codex import CODE_MODE, UNKNOWN, Codex
from tests.real.codex_model import Model, course, javascript, literal

_AGENT_ID = re.compile(r"agent_id\W+([0-9a-f-]{36})")
PATCH = "*** Begin Patch\n*** Add File: written.txt\n+two\n*** End Patch\n"


async def tool_loop(codex: Codex) -> None:
    """The shell, an answer."""
    codex.machine.provider.script = Model(
        (
            course(
                "Write one",
                Reply((Say("First the shell."), Call("exec_command", {"cmd": "echo one > shell.txt"}))),
                Reply((Say("Look at it."), Call("exec_command", {"cmd": "cat shell.txt"}))),
                Reply((Say("It is written."),)),
            ),
        )
    )
    shown = await codex.ask("Write one to shell.txt.")
    assert (shown.code, shown.text) == (0, "It is written."), shown.screen
    assert (codex.folder / "shell.txt").read_text() == "one\n"


async def parallel_tools(codex: Codex) -> None:
    """Two commands in one answer."""
    codex.machine.provider.script = Model(
        (
            course(
                "Write both",
                Reply(
                    (
                        Say("Both at once."),
                        Call("exec_command", {"cmd": "echo one > one.txt"}),
                        Call("exec_command", {"cmd": "echo two > two.txt"}),
                    )
                ),
                Reply((Say("Both are written."),)),
            ),
        )
    )
    shown = await codex.ask("Write both.")
    assert (shown.code, shown.text) == (0, "Both are written."), shown.screen
    assert [(codex.folder / f"{n}.txt").read_text() for n in ("one", "two")] == ["one\n", "two\n"]


async def apply_patch(codex: Codex) -> None:
    """The free-text tool, with a patch that has to survive as it is; then another one."""
    update = '*** Begin Patch\n*** Update File: written.txt\n@@\n-two\n+"zwei" \\ ü\n*** End Patch\n'
    codex.machine.provider.script = Model(
        (
            course(
                "Patch",
                Reply((Say("A new file."), Call("apply_patch", PATCH))),
                Reply((Call("apply_patch", update),)),
                Reply((Say("Patched."),)),
            ),
        )
    )
    shown = await codex.ask("Patch it.")
    assert (shown.code, shown.text) == (0, "Patched."), shown.screen
    assert (codex.folder / "written.txt").read_text() == '"zwei" \\ ü\n'


async def tool_error(codex: Codex) -> None:
    """A command that fails, a patch that does not fit, and a tool that does not exist: the work goes on."""
    wrong = "*** Begin Patch\n*** Update File: missing.txt\n@@\n-a\n+b\n*** End Patch\n"
    codex.machine.provider.script = Model(
        (
            course(
                "Fail",
                Reply((Call("exec_command", {"cmd": "echo oops >&2; exit 3"}),)),
                Reply((Call("apply_patch", wrong),)),
                Reply((Call("view_image", {"path": "nothing.png"}),)),
                Reply((Say("All three failed."),)),
            ),
        )
    )
    shown = await codex.ask("Fail three times.")
    assert (shown.code, shown.text) == (0, "All three failed."), shown.screen
    assert "exited 3" in shown.screen


async def unknown_model(codex: Codex) -> None:
    """A name Codex has no metadata for: its fallback tools."""
    codex.machine.provider.script = Model(
        (
            course(
                "Write one",
                Reply((Call("exec_command", {"cmd": "echo one > shell.txt"}),)),
                Reply((Say("It is written."),)),
            ),
        )
    )
    shown = await codex.ask("Write one.", model=UNKNOWN)
    assert (shown.code, shown.text) == (0, "It is written."), shown.screen
    assert (codex.folder / "shell.txt").read_text() == "one\n"


async def code_mode(codex: Codex) -> None:
    """The default model: JavaScript that runs a command, patches a file, and says what it saw."""
    script = javascript(
        f"const r = await tools.exec_command({literal({'cmd': 'echo one > shell.txt; cat shell.txt'})});",
        f"await tools.apply_patch({literal(PATCH)});",
        'text("exit " + r.exit_code);',
        'text("said " + r.output);',
    )
    failing = javascript('throw new Error("no such luck");')
    codex.machine.provider.script = Model(
        (
            course(
                "Write both",
                Reply((Say("One script for both."), script)),
                Reply((failing,)),
                Reply((Say("Both files are written."),)),
            ),
        )
    )
    shown = await codex.ask("Write both files.", model=CODE_MODE)
    assert (shown.code, shown.text) == (0, "Both files are written."), shown.screen
    assert (codex.folder / "shell.txt").read_text() == "one\n"
    assert (codex.folder / "written.txt").read_text() == "two\n"
    last = codex.asked()[-1].body.decode()
    assert "exit 0" in last
    assert "said one" in last
    assert "no such luck" in last


async def subagent(codex: Codex) -> None:
    """The default model's agents: one is spawned, works, and its answer reaches the first."""
    spawned = {"task_name": "helper", "message": "Write forty-two.", "fork_turns": "none"}
    write = javascript(f"await tools.exec_command({literal({'cmd': 'echo 42 > child.txt'})});")
    codex.machine.provider.script = Model(
        (
            course("NEW_TASK", Reply((write,)), Reply((Say("The answer is 42."),))),
            course(
                "Have it done",
                Reply((Call("spawn_agent", spawned, namespace="collaboration"),)),
                Reply((Call("wait_agent", {"timeout_ms": 10_000}, namespace="collaboration"),)),
                Reply((Say("The helper is done."),)),
            ),
        )
    )
    shown = await codex.ask("Have it done.", model=CODE_MODE)
    assert (shown.code, shown.text) == (0, "The helper is done."), shown.screen
    assert (codex.folder / "child.txt").read_text() == "42\n"
    assert "The answer is 42." in codex.asked()[-1].body.decode()


async def base_url(codex: Codex) -> None:
    """Codex's own provider at another address: the websocket it tries is refused, and HTTP does."""
    codex.machine.provider.script = Model(
        (
            course(
                "Write one",
                Reply((Call("exec_command", {"cmd": "echo one > shell.txt"}),)),
                Reply((Say("It is written."),)),
            ),
        )
    )
    shown = await codex.ask_by_base_url("Write one.")
    assert (shown.code, shown.text) == (0, "It is written."), shown.screen
    assert (codex.folder / "shell.txt").read_text() == "one\n"
    assert "Reconnecting" not in shown.screen


async def subagent_of_old(codex: Codex) -> None:
    """The agents of models without code mode, whose tools stand in another namespace."""
    first = Reply((Call("spawn_agent", {"message": "Child task: write 42."}, namespace="multi_agent_v1"),))
    child = course(
        "Child task",
        Reply((Call("exec_command", {"cmd": "echo 42 > child.txt"}),)),
        Reply((Say("The answer is 42."),)),
    )

    def script(seen: SeenRequest) -> Outcome:
        """The model waits for the agent whose id it was given."""
        given = _AGENT_ID.search(seen.body.decode())
        waited = {"targets": [given[1] if given else ""], "timeout_ms": 10_000}
        wait = Reply((Call("wait_agent", waited, namespace="multi_agent_v1"),))
        return Model((child, course("Have it done", first, wait, Reply((Say("It is done."),)))))(seen)

    codex.machine.provider.script = script
    shown = await codex.ask("Have it done.", model=UNKNOWN)
    assert (shown.code, shown.text) == (0, "It is done."), shown.screen
    assert (codex.folder / "child.txt").read_text() == "42\n"
    assert "The answer is 42." in codex.asked()[-1].body.decode()
