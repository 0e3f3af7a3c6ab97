"""Claude Code 2.1.330, patched by `init`, does a task through the daemon: raw, sanitised, translated."""

import asyncio
import json

import pytest

from coderouter_cli.demo.script import SeenRequest
from tests.real import install
from tests.real.conftest import AgentScript, Machine, claude_steps, run

TASK = (
    "Write one to shell.txt with the shell and two to written.txt with the file tool, then say you are done."
)
pytestmark = [pytest.mark.clients, pytest.mark.usefixtures("clients")]


async def work(machine: Machine, *arguments: str, model: str = "claude-opus-5-5") -> tuple[AgentScript, str]:
    """Run the task to its end; the client must succeed."""
    script = AgentScript(claude_steps(machine.folder))
    machine.provider.script = script
    command = [
        str(install.claude_binary()),
        "-p",
        TASK,
        "--model",
        model,
        "--allowedTools",
        "Bash Write",
        *arguments,
    ]
    code, out, err = await run(command, machine.environment, machine.folder)
    assert code == 0, out + err
    assert (machine.folder / "shell.txt").read_text() == "one\n"
    assert (machine.folder / "written.txt").read_text() == "two\n"
    return script, out


def exchanges(script: AgentScript) -> list[SeenRequest]:
    return [seen for seen in script.asked if not seen.path.endswith("count_tokens")]


ROUTES = [
    (("anthropic",), "raw", "/anthropic/v1/messages"),
    (("deepseek",), "sanitised", "/deepseek/anthropic/v1/messages"),
    (("openai",), "translated", "/openai/v1/responses"),
]


@pytest.mark.parametrize(
    ("machine", "fidelity", "path"), ROUTES, indirect=["machine"], ids=[r[1] for r in ROUTES]
)
@pytest.mark.parametrize("model", ["claude-opus-5-5", "claude-opus-4-7"])
async def test_a_task_is_done_and_every_exchange_has_one_row(
    machine: Machine, fidelity: str, path: str, model: str
) -> None:
    await machine.init("claude-code")
    script, out = await work(machine, model=model)
    assert "Both files are written." in out
    asked = exchanges(script)
    assert {seen.path.partition("?")[0] for seen in asked} == {path}
    rows = await machine.settled_rows()
    assert len(rows) == len(asked) == 3, (
        "one row and one upstream request for each of the task's three exchanges"
    )
    assert {row["status"] for row in rows} == {"done"}
    assert {row["fidelity"] for row in rows} == {fidelity}
    assert {row["requested_model"] for row in rows} == {model}
    assert {row["client"] for row in rows} == {"claude-code"}
    assert all(row["usage_source"] == "reported" for row in rows)
    report = await machine.coderouter_json("report")
    assert (report["requests"], report["routed"], report["bypassed"]) == (3, 3, 0)


@pytest.mark.parametrize("machine", [("anthropic", "deepseek")], indirect=True)
async def test_the_direct_lane_keeps_the_model(machine: Machine) -> None:
    await machine.init("claude-code")
    await machine.coderouter("lane", "direct", "--client", "claude-code")
    script, _ = await work(machine, model="claude-opus-4-7")
    assert {seen.model for seen in exchanges(script)} == {"claude-opus-4-7"}
    assert {seen.provider for seen in exchanges(script)} == {"anthropic"}
    await machine.stop()
    report = await machine.coderouter_json("report")
    assert (report["routed"], report["bypassed"]) == (0, 3)
    assert report["spend"]["saved_usd"] == "0.00"


@pytest.mark.parametrize("machine", [("anthropic",)], indirect=True)
async def test_what_the_client_prints_as_json_names_the_model_it_asked_for(machine: Machine) -> None:
    await machine.init("claude-code")
    _, out = await work(machine, "--output-format", "stream-json", "--verbose", model="claude-opus-5-5")
    messages = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    models = {message["message"]["model"] for message in messages if message["type"] == "assistant"}
    assert models == {"claude-opus-5-5"}


@pytest.mark.parametrize("machine", [("anthropic",)], indirect=True)
async def test_uninstall_gives_the_file_back_and_a_second_run_reaches_nobody(machine: Machine) -> None:
    settings = machine.home / ".claude" / "settings.json"
    settings.parent.mkdir()
    original = b'{\r\n\t"permissions": {"allow": ["Read"]},\r\n   "env": { "A": "\\u00e9" }\r\n}'
    settings.write_bytes(original)
    await machine.init("claude-code")
    assert settings.read_bytes() != original
    await work(machine)
    await asyncio.to_thread(lambda: None)
    await machine.coderouter("uninstall", "--yes")
    assert settings.read_bytes() == original
