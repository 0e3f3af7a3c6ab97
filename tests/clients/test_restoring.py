"""What becomes of files when they are restored; the clients' own cases are in their tests."""

from pathlib import Path

import pytest

from coderouter_cli.clients import restoring
from coderouter_cli.clients.restoring import Outcome, Patched, patched_clients, restore
from coderouter_cli.errors import PatchError
from coderouter_cli.system.files import read_optional, replace_unchanged
from tests.clients.machine import Machine

ORIGINAL = b'{"a": 1}'


def test_nothing_on_record_is_nothing_to_do(machine: Machine) -> None:
    assert restore(machine.claude, machine.journal) == ()
    assert not machine.paths.state_dir.exists()


def test_every_directory_of_a_client_is_restored_and_no_other_client(machine: Machine) -> None:
    machine.patch(machine.codex)
    files = []
    for name in ("one", "two"):
        machine.env["CLAUDE_CONFIG_DIR"] = str(machine.home / name)
        files.append(machine.write(machine.claude, ORIGINAL))
        machine.patch(machine.claude)
    codex = Patched("codex", machine.file(machine.codex))
    assert patched_clients(machine.journal) == (codex, *(Patched("claude-code", file) for file in files))
    reports = restore(machine.claude, machine.journal)
    assert [(report.file, report.outcome) for report in reports] == [
        (file, Outcome.RESTORED) for file in files
    ]
    assert [file.read_bytes() for file in files] == [ORIGINAL, ORIGINAL]
    assert patched_clients(machine.journal) == (codex,)


def test_an_inert_file_is_not_patched_and_not_restored_twice(machine: Machine) -> None:
    machine.patch(machine.codex)
    machine.restore(machine.codex, keep_history_table=True)
    assert patched_clients(machine.journal) == ()
    before = machine.snapshot()
    assert restore(machine.codex, machine.journal, keep_history_table=True) == ()
    assert machine.snapshot() == before


def test_restoring_twice_is_nothing_the_second_time(machine: Machine) -> None:
    machine.write(machine.claude, ORIGINAL)
    machine.patch(machine.claude)
    machine.restore(machine.claude)
    before = machine.snapshot()
    assert restore(machine.claude, machine.journal) == ()
    assert machine.snapshot() == before


def test_no_credential_outlives_the_restore(machine: Machine) -> None:
    machine.write(machine.claude, '{"env": {"ANTHROPIC_AUTH_TOKEN": "sk-theirs"}}')
    machine.patch(machine.claude)
    machine.restore(machine.claude)
    left = b"".join(file.read_bytes() for file in machine.paths.state_dir.rglob("*") if file.is_file())
    assert b"sk-theirs" not in left
    assert b"crt_" not in left


def test_without_its_copy_the_original_is_found_key_by_key(machine: Machine) -> None:
    file = machine.write(machine.claude, ORIGINAL)
    machine.patch(machine.claude)
    for backup in machine.paths.backups_dir.iterdir():
        backup.unlink()
    assert machine.restore(machine.claude).outcome is Outcome.MERGED
    assert file.read_bytes() == ORIGINAL


def test_a_file_put_back_by_hand_is_not_written(machine: Machine) -> None:
    file = machine.write(machine.claude, ORIGINAL)
    machine.patch(machine.claude)
    file.write_bytes(ORIGINAL)
    changed = file.stat().st_mtime_ns
    assert machine.restore(machine.claude).outcome is Outcome.NOTHING
    assert file.stat().st_mtime_ns == changed


def test_a_file_we_made_that_others_filled_keeps_what_they_wrote(machine: Machine) -> None:
    machine.patch(machine.claude)
    file = machine.file(machine.claude)
    file.write_text(file.read_text().replace("{", '{"theirs": 1,', 1))
    assert machine.restore(machine.claude).outcome is Outcome.MERGED
    assert file.read_text() == '{"theirs": 1\n}\n'


def test_a_file_we_made_that_others_only_laid_out_anew_is_removed(machine: Machine) -> None:
    machine.patch(machine.claude)
    file = machine.file(machine.claude)
    file.write_text(file.read_text().replace("  ", ""))
    assert machine.restore(machine.claude).outcome is Outcome.REMOVED
    assert not file.parent.exists()


def test_a_blank_file_that_others_only_laid_out_anew_is_blank_again(machine: Machine) -> None:
    file = machine.write(machine.claude, b" \n")
    machine.patch(machine.claude)
    file.write_text(file.read_text().replace("  ", ""))
    assert machine.restore(machine.claude).outcome is Outcome.RESTORED
    assert file.read_bytes() == b" \n"


def test_a_file_made_read_only_stays_on_record(machine: Machine) -> None:
    file = machine.write(machine.claude, ORIGINAL)
    machine.patch(machine.claude)
    file.write_bytes(file.read_bytes() + b"\n")
    file.chmod(0o444)
    report = machine.restore(machine.claude)
    assert report.outcome is Outcome.LEFT
    assert "read-only" in report.left[0]
    assert patched_clients(machine.journal) == (Patched("claude-code", file),)
    file.chmod(0o644)
    assert machine.restore(machine.claude).outcome is Outcome.MERGED
    assert file.read_bytes() == ORIGINAL + b"\n"


def test_a_directory_in_the_files_place_is_reported(machine: Machine) -> None:
    file = machine.write(machine.claude, ORIGINAL)
    machine.patch(machine.claude)
    file.unlink()
    file.mkdir()
    assert machine.restore(machine.claude).outcome is Outcome.LEFT


class Meddler:
    """Another program that writes a file just before we do, so many times."""

    def __init__(self, file: Path, times: int) -> None:
        self.file = file
        self.times = times

    def __call__(self, real: Path, before: bytes | None, after: bytes) -> bool:
        if self.times:
            self.times -= 1
            self.file.write_bytes(self.file.read_bytes().replace(b'"a": ', b'"a": 1'))
        return replace_unchanged(real, before, after)


def test_an_edit_made_meanwhile_is_kept(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    file = machine.write(machine.claude, ORIGINAL)
    machine.patch(machine.claude)
    monkeypatch.setattr(restoring, "replace_unchanged", Meddler(file, 2))
    assert machine.restore(machine.claude).outcome is Outcome.MERGED
    assert file.read_bytes() == b'{"a": 111}'


def test_a_file_that_never_rests_is_left(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    file = machine.write(machine.claude, ORIGINAL)
    machine.patch(machine.claude)
    monkeypatch.setattr(restoring, "replace_unchanged", Meddler(file, 9))
    report = machine.restore(machine.claude)
    assert report.outcome is Outcome.LEFT
    assert "keeps being changed" in report.left[0]
    assert b"ANTHROPIC" in file.read_bytes()


def test_a_file_we_made_is_not_removed_when_it_was_just_changed(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.patch(machine.claude)
    file = machine.file(machine.claude)
    looks: list[Path] = []

    def meddle(path: Path) -> bytes | None:
        looks.append(path)
        if len(looks) == 2:
            file.write_text(file.read_text().replace("{", '{"theirs": 1,', 1))
        return read_optional(path)

    monkeypatch.setattr(restoring, "read_optional", meddle)
    assert machine.restore(machine.claude).outcome is Outcome.MERGED
    assert file.read_text() == '{"theirs": 1\n}\n'


def test_a_damaged_journal_is_raised(machine: Machine) -> None:
    machine.patch(machine.claude)
    machine.paths.patches_file.write_text("{")
    with pytest.raises(PatchError, match="damaged"):
        restore(machine.claude, machine.journal)
