"""Writing plans: all or none, nothing lost, and nothing half done wherever it stops."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coderouter_cli.clients import patching
from coderouter_cli.clients.patching import Applied, apply, apply_all
from coderouter_cli.clients.restoring import restore
from coderouter_cli.errors import ConfigError, PatchError
from coderouter_cli.system.files import replace_unchanged
from tests.clients.faults import SETTINGS
from tests.clients.machine import Machine

REPOSITORY = Path(__file__).resolve().parents[2]


def test_all_plans_are_written_in_order(machine: Machine) -> None:
    plans = [machine.plan(machine.claude), machine.plan(machine.codex)]
    assert apply_all(plans, machine.journal) == (
        Applied("claude-code", machine.file(machine.claude), changed=True),
        Applied("codex", machine.file(machine.codex), changed=True),
    )
    assert [machine.file(client).read_bytes() for client in (machine.claude, machine.codex)] == [
        plan.after for plan in plans
    ]


def test_the_journal_records_what_the_task_is_to_undo(machine: Machine) -> None:
    file = machine.write(machine.claude, '{"env": {"ANTHROPIC_BASE_URL": "https://gw"}}')
    file.chmod(0o640)
    plan = machine.plan(machine.claude)
    apply(plan, machine.journal)
    (entry,) = machine.journal.entries()
    assert (entry.client, entry.file, entry.real, entry.mode) == ("claude-code", file, file.resolve(), 0o640)
    assert entry.created_dirs == ()
    url, token = entry.keys
    assert (url.path, url.had_before, url.old_raw) == (("env", "ANTHROPIC_BASE_URL"), True, '"https://gw"')
    assert (token.path, token.had_before, token.old_raw) == (("env", "ANTHROPIC_AUTH_TOKEN"), False, None)
    assert machine.journal.original(entry) == plan.before


def test_a_file_changed_since_the_plan_is_not_written(machine: Machine) -> None:
    file = machine.write(machine.claude, "{}")
    plan = machine.plan(machine.claude)
    file.write_text('{"theirs": 1}')
    with pytest.raises(PatchError, match="changed by another program"):
        apply(plan, machine.journal)
    assert file.read_text() == '{"theirs": 1}'
    assert machine.journal.entries() == ()


@pytest.mark.parametrize("present", [True, False])
def test_a_file_changed_while_we_write_keeps_the_change(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, present: bool
) -> None:
    if present:
        machine.write(machine.claude, "{}")
    plan = machine.plan(machine.claude)

    def meddle(real: Path, before: bytes | None, after: bytes) -> bool:
        real.write_text('{"theirs": 1}')
        return replace_unchanged(real, before, after)

    monkeypatch.setattr(patching, "replace_unchanged", meddle)
    with pytest.raises(PatchError, match="changed by another program"):
        apply(plan, machine.journal)
    assert machine.file(machine.claude).read_text() == '{"theirs": 1}'
    assert machine.journal.entries() == ()
    assert machine.temporaries() == []


def test_when_a_later_plan_fails_the_earlier_ones_are_taken_back(machine: Machine) -> None:
    codex = machine.write(machine.codex, 'model = "x"\n')
    plans = [machine.plan(machine.claude), machine.plan(machine.codex)]
    codex.write_text('model = "y"\n')
    with pytest.raises(PatchError, match="changed by another program"):
        apply_all(plans, machine.journal)
    assert not (machine.home / ".claude").exists()
    assert codex.read_text() == 'model = "y"\n'
    assert machine.journal.entries() == ()


def test_taking_back_returns_to_the_patch_before(machine: Machine) -> None:
    file = machine.write(machine.claude, SETTINGS)
    codex = machine.write(machine.codex, "")
    machine.patch(machine.claude)
    patched, entries = file.read_bytes(), machine.journal.entries()
    plans = [machine.plan(machine.claude, port=4242), machine.plan(machine.codex, port=4242)]
    codex.write_text("# theirs\n")
    with pytest.raises(PatchError):
        apply_all(plans, machine.journal)
    assert file.read_bytes() == patched
    assert machine.journal.entries() == entries
    restore(machine.claude, machine.journal)
    assert file.read_bytes() == SETTINGS


def test_an_interrupt_takes_back_too(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    plans = [machine.plan(machine.claude), machine.plan(machine.codex)]

    def interrupt(real: Path, before: bytes | None, after: bytes) -> bool:
        if real.name == "config.toml":
            raise KeyboardInterrupt
        return replace_unchanged(real, before, after)

    monkeypatch.setattr(patching, "replace_unchanged", interrupt)
    with pytest.raises(KeyboardInterrupt):
        apply_all(plans, machine.journal)
    assert list(machine.home.iterdir()) == []
    assert machine.journal.entries() == ()


def test_a_second_plan_that_changes_nothing_writes_no_journal(machine: Machine) -> None:
    machine.patch(machine.codex)
    before = machine.snapshot()
    assert apply(machine.plan(machine.codex), machine.journal).changed is False
    assert machine.snapshot() == before


def test_a_directory_that_cannot_be_made_is_refused(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = machine.plan(machine.codex)
    machine.paths.ensure()
    mkdir = Path.mkdir

    def full(self: Path, mode: int = 0o777, *, parents: bool = False, exist_ok: bool = False) -> None:
        if self.name == ".codex":
            raise OSError(28, "No space left on device")
        mkdir(self, mode, parents, exist_ok)

    monkeypatch.setattr(Path, "mkdir", full)
    with pytest.raises(PatchError, match="cannot be made: No space left"):
        apply(plan, machine.journal)
    assert machine.journal.entries() == ()


def test_a_state_directory_that_cannot_be_used_changes_nothing(machine: Machine) -> None:
    plan = machine.plan(machine.claude)
    machine.paths.config_dir.write_text("in the way")
    with pytest.raises(ConfigError):
        apply(plan, machine.journal)
    assert list(machine.home.iterdir()) == []


def strike(root: Path, action: str, kind: str) -> list[Machine]:
    """The machines on which an action met a fault, one for each of its steps."""
    command = [sys.executable, "-m", "tests.clients.faults", str(root), action, kind]
    done = subprocess.run(
        command,
        cwd=REPOSITORY,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    steps = int(done.stdout)
    assert steps > 15
    return [Machine(root / str(step)) for step in range(1, steps + 1)]


def files(machine: Machine) -> tuple[bytes | None, bytes | None]:
    claude, codex = (machine.file(client) for client in (machine.claude, machine.codex))
    return claude.read_bytes(), codex.read_bytes() if codex.exists() else None


@pytest.fixture
def patched(tmp_path: Path) -> tuple[bytes | None, bytes | None]:
    """What both files are when nothing fails."""
    (tmp_path / "good").mkdir()
    machine = Machine(tmp_path / "good")
    machine.write(machine.claude, SETTINGS)
    apply_all([machine.plan(machine.claude), machine.plan(machine.codex)], machine.journal)
    return files(machine)


def all_restored(machine: Machine) -> bool:
    for client in (machine.claude, machine.codex):
        restore(client, machine.journal)
    return files(machine) == (SETTINGS, None) and machine.journal.entries() == ()


@pytest.mark.parametrize("action", ["patch", "restore"])
@pytest.mark.parametrize("kind", ["kill", "on"])
def test_wherever_it_stops_each_file_is_old_or_new_and_the_way_back_is_open(
    tmp_path: Path, patched: tuple[bytes | None, bytes | None], action: str, kind: str
) -> None:
    for machine in strike(tmp_path / "stopped", action, kind):
        claude, codex = files(machine)
        assert claude in (SETTINGS, patched[0])
        assert codex in (None, patched[1])
        for temporary in machine.temporaries():
            assert temporary.stat().st_mode & 0o077 == 0
        assert all_restored(machine), machine.root
        assert machine.temporaries() == []


@pytest.mark.parametrize("kind", ["kill", "on"])
def test_wherever_it_stops_patching_again_finishes_it(
    tmp_path: Path, patched: tuple[bytes | None, bytes | None], kind: str
) -> None:
    for machine in strike(tmp_path / "stopped", "patch", kind):
        for client in (machine.claude, machine.codex):
            machine.patch(client)
        assert files(machine) == patched
        assert all_restored(machine), machine.root
        assert not (machine.home / ".codex").exists()


def test_one_failure_while_patching_leaves_no_trace(tmp_path: Path) -> None:
    for machine in strike(tmp_path / "failed", "patch", "once"):
        assert files(machine) in ((SETTINGS, None), _finished(machine))
        if files(machine) == (SETTINGS, None):
            assert machine.journal.entries() == ()
            assert not (machine.home / ".codex").exists()
        assert machine.temporaries() == []


def _finished(machine: Machine) -> tuple[bytes | None, bytes | None]:
    """What the files are when both plans are written; a fault in tidying up does not stop them."""
    both = (machine.claude, machine.codex)
    return files(machine) if not any(machine.plan(client).changed for client in both) else (None, None)


def test_one_failure_while_restoring_is_made_good_by_the_next_try(tmp_path: Path) -> None:
    for machine in strike(tmp_path / "failed", "restore", "once"):
        assert all_restored(machine), machine.root
        assert machine.temporaries() == []
