import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from coderouter_cli.errors import ConfigError, UnsafeFileError
from coderouter_cli.system.paths import Paths
from tests.system.foreign import foreign_directory


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_everything_is_below_coderouter_home() -> None:
    home = Path("/home/ada/router")

    paths = Paths.from_environ({"CODEROUTER_HOME": str(home)})

    assert paths.config_file == home / "config.toml"
    assert paths.credentials_file == home / "credentials.json"
    assert paths.lock_file == home / "state" / "daemon.lock"
    assert paths.daemon_file == home / "state" / "daemon.json"
    assert paths.token_file == home / "state" / "token"
    assert paths.patches_file == home / "state" / "patches.json"
    assert paths.backups_dir == home / "state" / "backups"
    assert paths.ledger_file == home / "data" / "ledger.sqlite3"
    assert paths.log_file == home / "logs" / "daemon.log"


def test_a_tilde_is_the_users_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")

    assert Paths.from_environ({"CODEROUTER_HOME": "~/router"}).config_dir == Path("/home/ada/router")


@pytest.mark.parametrize("home", ["router", "./router", "..", "~nobody-of-that-name/router"])
def test_a_relative_home_is_refused(home: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Paths.from_environ({"CODEROUTER_HOME": home})

    assert home in str(caught.value)
    assert caught.value.exit_code == 78


def test_without_a_home_the_systems_places_are_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)

    paths = Paths.from_environ({})

    for directory in (paths.config_dir, paths.state_dir, paths.data_dir, paths.log_dir):
        assert directory.is_relative_to(tmp_path)
        assert "coderouter" in directory.parts


@pytest.mark.usefixtures("umask")
def test_every_directory_made_is_0700_under_any_umask(tmp_path: Path) -> None:
    home = tmp_path / "deep" / "home"
    paths = Paths.from_environ({"CODEROUTER_HOME": str(home)})

    assert paths.ensure() == ()

    made = [home.parent, home, *(path for path in home.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o700}
    assert len(made) == 6


def test_a_loose_directory_is_closed_and_reported(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state").chmod(0o755)
    paths = Paths.from_environ({"CODEROUTER_HOME": str(tmp_path)})

    assert paths.ensure() == (tmp_path / "state",)
    assert paths.ensure() == ()


def test_a_file_in_the_way_is_an_error_without_a_traceback(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("in the way")

    with pytest.raises(ConfigError, match="state"):
        Paths.from_environ({"CODEROUTER_HOME": str(tmp_path)}).ensure()


def test_a_directory_of_another_user_is_refused(tmp_path: Path) -> None:
    theirs = foreign_directory(tmp_path)

    with pytest.raises(UnsafeFileError, match="another user"):
        Paths(theirs, tmp_path / "state", tmp_path / "data", tmp_path / "logs").ensure()
