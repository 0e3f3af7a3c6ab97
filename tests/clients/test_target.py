import os
from pathlib import Path

import pytest

from coderouter_cli.clients.target import exists, read_target
from coderouter_cli.errors import PatchError


def test_a_file_is_read_with_its_mode_where_links_lead(tmp_path: Path) -> None:
    (tmp_path / "real").write_bytes(b"x")
    (tmp_path / "real").chmod(0o640)
    (tmp_path / "link").symlink_to("real")
    target = read_target(tmp_path / "link")
    assert (target.path, target.real) == (tmp_path / "link", (tmp_path / "real").resolve())
    assert (target.data, target.mode, target.missing_dirs) == (b"x", 0o640, ())
    assert "data" not in repr(target)


def test_no_file_names_the_directories_to_make(tmp_path: Path) -> None:
    target = read_target(tmp_path / "a" / "b" / "c.json")
    assert target.data is None
    assert target.missing_dirs == (tmp_path.resolve() / "a", tmp_path.resolve() / "a" / "b")


@pytest.mark.parametrize(("mode", "notes"), [(0o600, 0), (0o644, 1), (0o640, 1)])
def test_a_file_others_can_read_is_mentioned(tmp_path: Path, mode: int, notes: int) -> None:
    file = tmp_path / "f"
    file.write_text("")
    file.chmod(mode)
    assert [str(file) in note for note in read_target(file).notes] == [True] * notes


def test_a_directory_in_the_files_place_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PatchError, match="not a regular file"):
        read_target(tmp_path)


def test_a_file_in_a_directorys_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(PatchError, match="cannot be read"):
        read_target(tmp_path / "a" / "c.json")


@pytest.mark.parametrize("name", ["there.json", "new.json", "sub/new.json"])
def test_a_directory_we_may_not_write_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "there.json").write_text("{}")
    asked: list[Path] = []

    def refuse(path: Path, _mode: int) -> bool:
        asked.append(path)
        return False

    monkeypatch.setattr(os, "access", refuse)
    with pytest.raises(PatchError, match="not writable"):
        read_target(tmp_path / name)
    assert asked == [tmp_path.resolve()]


def test_what_may_not_be_looked_at_does_not_exist_for_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_path: Path, **_: bool) -> os.stat_result:
        raise PermissionError(13, "Permission denied")

    assert exists(tmp_path)
    monkeypatch.setattr(Path, "stat", refuse)
    assert not exists(tmp_path)
    with pytest.raises(PatchError, match="cannot be read: Permission denied"):
        read_target(tmp_path / "x")
