import json
import os
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from coderouter_cli.clients.contract import KeyRecord
from coderouter_cli.clients.journal import Entry, Journal, digest
from coderouter_cli.errors import PatchError, UnsafeFileError
from coderouter_cli.system.paths import Paths


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths.from_environ({"CODEROUTER_HOME": str(tmp_path / "home")})
    paths.ensure()
    return paths


def entry(real: Path) -> Entry:
    key = KeyRecord(("env", "A"), had_before=True, old_raw='"secret"', new_raw='"ours"', earlier=('"old"',))
    return Entry("codex", real, real, 0o640, digest(b"x"), ("a", "b"), (real.parent,), (key,))


def test_entries_come_back_as_they_were_in_order(paths: Paths, tmp_path: Path) -> None:
    journal = Journal(paths)
    first, second = entry(tmp_path / "ä"), replace(entry(tmp_path / "b"), before=None, mode=None, inert=True)
    journal.put(first)
    journal.put(second)
    assert Journal(paths).entries() == (first, second)
    changed = replace(first, after=("c",))
    journal.put(changed)
    assert set(journal.entries()) == {changed, second}
    assert journal.entry(first.real) == changed
    assert second.created
    assert not first.created


def test_what_holds_credentials_is_private_and_not_printed(paths: Paths, tmp_path: Path) -> None:
    journal = Journal(paths)
    known = entry(tmp_path / "f")
    journal.put(known)
    journal.keep_original(known.real, b"x")
    files = [paths.patches_file, *paths.backups_dir.iterdir()]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    assert paths.backups_dir.stat().st_mode & 0o777 == 0o700
    assert "secret" not in repr(known)


def test_an_original_that_is_lost_or_changed_is_none(paths: Paths, tmp_path: Path) -> None:
    journal = Journal(paths)
    known = entry(tmp_path / "f")
    assert journal.original(known) is None
    journal.keep_original(known.real, b"x")
    assert journal.original(known) == b"x"
    (backup,) = paths.backups_dir.iterdir()
    backup.chmod(0o644)
    assert journal.original(known) is None
    journal.keep_original(known.real, b"y")
    assert journal.original(known) is None


def test_dropping_forgets_the_original_too(paths: Paths, tmp_path: Path) -> None:
    journal = Journal(paths)
    for name in ("a", "b"):
        journal.put(entry(tmp_path / name))
        journal.keep_original(tmp_path / name, b"x")
    journal.drop(tmp_path / "a")
    journal.drop(tmp_path / "never there")
    assert [known.real.name for known in journal.entries()] == ["b"]
    assert len(list(paths.backups_dir.iterdir())) == 1


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", '{"version": 1}', '{"version": 1, "patches": [{}]}', '{"version": 1, "patches": [1]}'],
)
def test_a_damaged_journal_says_where_the_originals_are(paths: Paths, content: str) -> None:
    paths.patches_file.write_text(content)
    paths.patches_file.chmod(0o600)
    with pytest.raises(PatchError, match="is damaged") as caught:
        Journal(paths).entries()
    assert str(paths.backups_dir) in caught.value.next_step


def test_a_newer_journal_is_not_guessed_at(paths: Paths) -> None:
    paths.patches_file.write_text(json.dumps({"version": 2, "patches": []}))
    paths.patches_file.chmod(0o600)
    with pytest.raises(PatchError, match="another version"):
        Journal(paths).entries()


def test_a_journal_others_could_change_is_refused(paths: Paths) -> None:
    paths.patches_file.write_text(json.dumps({"version": 1, "patches": []}))
    paths.patches_file.chmod(0o666)
    with pytest.raises(UnsafeFileError):
        Journal(paths).entries()


def test_one_process_at_a_time(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coderouter_cli.clients.journal._WAIT_S", 0.0)
    with Journal(paths).locked(), pytest.raises(PatchError, match="Another"), Journal(paths).locked():
        pytest.fail("two at once")
    with Journal(paths).locked():
        pass


def test_the_lock_is_waited_for(paths: Paths) -> None:
    seen: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait()
        with Journal(paths).locked():
            seen.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with Journal(paths).locked():
        inside.set()
        os.sched_yield()
        seen.append("first")
    thread.join()
    assert seen == ["first", "second"]


def test_no_file_has_no_digest() -> None:
    assert digest(None) is None
    assert digest(b"") != digest(None)
