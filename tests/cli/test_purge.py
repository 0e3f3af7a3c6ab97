"""What `--purge` takes, and what it does not."""

from pathlib import Path

import pytest

from coderouter_cli.cli.purge import purge
from coderouter_cli.system.paths import Paths

OURS = (
    "config.toml", "credentials.json", "credentials.json.lock", ".config.toml.0a.coderouter-tmp",
    "state/daemon.lock", "state/daemon.json", "state/token", "state/patches.json", "state/patches.lock",
    "state/backups/settings.json.0123456789abcdef", "data/ledger.sqlite3", "data/ledger.sqlite3-wal",
    "data/ledger.sqlite3-shm", "data/ledger.lock", "data/ledger.spill.jsonl", "logs/daemon.log",
    "data/ledger.damaged-20261123T000000Z.sqlite3", "data/ledger.version-1.sqlite3", "logs/daemon.log.4",
    "logs/daemon.out",
)  # fmt: skip
THEIRS = ("notes.txt", "state/todo", "state/backups/photo.jpg", "data/ledger.csv", "logs/other.log")


def fill(root: Path, *names: str) -> None:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.from_environ({"CODEROUTER_HOME": str(tmp_path / "home")})


def test_a_home_of_ours_alone_is_gone(paths: Paths) -> None:
    fill(paths.config_dir, *OURS)

    assert purge(paths) == ()
    assert not paths.config_dir.exists()


def test_a_home_among_other_things_keeps_them(paths: Paths) -> None:
    fill(paths.config_dir, *OURS, *THEIRS)

    assert purge(paths) == ()
    left = [path for path in paths.config_dir.rglob("*") if path.is_file()]
    assert sorted(str(path.relative_to(paths.config_dir)) for path in left) == sorted(THEIRS)


def test_one_directory_for_everything(tmp_path: Path) -> None:
    one = tmp_path / "one"
    fill(one, *(Path(name).name for name in OURS if "backups" not in name))

    assert purge(Paths(one, one, one, one)) == ()
    assert not one.exists()


def test_what_is_kept_stays_with_its_directory(paths: Paths) -> None:
    fill(paths.config_dir, *OURS)

    purge(paths, (paths.config_file,))

    assert [path.name for path in paths.config_dir.iterdir()] == ["config.toml"]


def test_a_link_is_removed_and_not_followed(paths: Paths, tmp_path: Path) -> None:
    fill(tmp_path, "precious")
    paths.config_dir.mkdir()
    paths.config_file.symlink_to(tmp_path / "precious")

    assert purge(paths) == ()
    assert (tmp_path / "precious").exists()
    assert not paths.config_dir.exists()


def test_what_cannot_be_removed_is_said(paths: Paths) -> None:
    fill(paths.config_dir, "state/token/inside")

    (problem,) = purge(paths)

    assert problem.startswith(f"{paths.token_file} could not be removed")


def test_nothing_there_is_nothing_to_do(paths: Paths) -> None:
    assert purge(paths) == ()
