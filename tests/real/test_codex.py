"""Codex 0.169.0, patched by `init`, does a task through the daemon."""

import pytest

from tests.real import install
from tests.real.conftest import AgentScript, Machine, codex_steps, run

TASK = "Write one to shell.txt with the shell and two to written.txt with a patch, then say you are done."
pytestmark = [pytest.mark.clients, pytest.mark.usefixtures("clients")]


async def work(machine: Machine, model: str) -> tuple[AgentScript, str]:
    """Run the task to its end; the client must succeed."""
    script = AgentScript(codex_steps(machine.folder))
    machine.provider.script = script
    command = [
        str(install.codex_binary()), "exec", "--skip-git-repo-check", "--model", model,
        "--dangerously-bypass-approvals-and-sandbox", TASK,
    ]  # fmt: skip
    code, out, err = await run(command, machine.environment, machine.folder)
    assert code == 0, out + err
    assert (machine.folder / "shell.txt").read_text() == "one\n"
    assert (machine.folder / "written.txt").read_text() == "two\n"
    return script, out


ROUTES = [
    (("openai",), {"raw"}, "/openai/v1/responses"),
    (("anthropic",), {"translated"}, "/anthropic/v1/messages"),
    (("deepseek",), {"sanitised", "translated"}, "/deepseek/responses"),
]


@pytest.mark.parametrize(
    ("machine", "fidelities", "path"), ROUTES, indirect=["machine"], ids=[route[0][0] for route in ROUTES]
)
async def test_a_task_is_done_and_every_exchange_has_one_row(
    machine: Machine, fidelities: set[str], path: str
) -> None:
    await machine.init("codex")
    script, out = await work(machine, "gpt-5.5")
    assert "Both files are written." in out
    assert {seen.path.partition("?")[0] for seen in script.asked} == {path}
    rows = machine.rows()
    assert len(rows) == len(script.asked) == 3, (
        "one row and one upstream request for each of the three exchanges"
    )
    assert {row["status"] for row in rows} == {"done"}
    assert {row["fidelity"] for row in rows} <= fidelities
    assert {row["client"] for row in rows} == {"codex"}
    assert all(row["usage_source"] == "reported" for row in rows)


@pytest.mark.parametrize("machine", [("openai",)], indirect=True)
async def test_a_hard_coded_opus_is_routed_too(machine: Machine) -> None:
    await machine.init("codex")
    script = AgentScript(codex_steps(machine.folder)[2:])
    machine.provider.script = script
    command = [
        str(install.codex_binary()),
        "exec",
        "--skip-git-repo-check",
        "--model",
        "claude-opus-4-7",
        "Say hello.",
    ]
    code, out, err = await run(command, machine.environment, machine.folder)
    assert code == 0, out + err
    (row,) = machine.rows()
    assert (row["requested_model"], row["lane"], row["bypass"]) == ("claude-opus-4-7", "smart", None)
    assert row["model"] != "claude-opus-4-7"


@pytest.mark.parametrize("machine", [("openai",)], indirect=True)
async def test_uninstall_gives_the_file_back(machine: Machine) -> None:
    config = machine.home / ".codex" / "config.toml"
    config.parent.mkdir()
    original = b'# mine\r\nmodel = "gpt-5.5"   # keep\r\n\r\n[mcp_servers.docs]\r\n  command = "docs"'
    config.write_bytes(original)
    await machine.init("codex")
    assert config.read_bytes() != original
    await machine.coderouter("uninstall", "--yes")
    assert config.read_bytes() == original
