"""What was trusted holds, and nothing that came after it."""

import json
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coderouter_cli.errors import ConfigError, UnsafeFileError
from coderouter_cli.storage.repository import LARGEST_POLICY, POLICY_FILE
from coderouter_cli.storage.trust import Standing, Trusted, TrustStore, digest_of, find_policy
from coderouter_cli.system.paths import Paths

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TEXT = 'lane = "direct"  # ours\n'


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    found = Paths.from_environ({"CODEROUTER_HOME": str(tmp_path / "home")})
    found.ensure()
    return found


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / "src").mkdir(parents=True)
    (root / POLICY_FILE).write_text(TEXT)
    return root


def trusted(root: Path, text: str = TEXT) -> Trusted:
    return Trusted((str(root),), text, NOW)


def test_the_list_is_kept_in_order_and_replaced_by_root(paths: Paths, tmp_path: Path) -> None:
    store = TrustStore(paths)
    assert store.all() == ()
    one, two = trusted(tmp_path / "b"), trusted(tmp_path / "a")
    store.add(one)
    store.add(two)
    store.add(trusted(tmp_path / "b", ""))
    assert store.all() == (two, trusted(tmp_path / "b", ""))
    assert stat.S_IMODE(paths.trusted_file.stat().st_mode) == 0o600
    assert store.remove(tmp_path / "a") is True
    assert store.remove(tmp_path / "a") is False
    assert store.all() == (trusted(tmp_path / "b", ""),)


def test_a_text_that_is_not_what_was_trusted_is_refused(paths: Paths, repository: Path) -> None:
    TrustStore(paths).add(trusted(repository))
    written = json.loads(paths.trusted_file.read_text())
    written["trusted"][0]["policy"] = 'lane = "smart"'
    paths.trusted_file.write_text(json.dumps(written))
    with pytest.raises(ConfigError, match="not a list of trusted repositories"):
        TrustStore(paths).all()


@pytest.mark.parametrize("text", ["{", "[]", '{"trusted": [{}]}', '{"trusted": 1}'])
def test_a_list_that_is_none_is_refused(paths: Paths, text: str) -> None:
    paths.trusted_file.write_text(text)
    paths.trusted_file.chmod(0o600)
    with pytest.raises(ConfigError, match="not a list of trusted"):
        TrustStore(paths).all()


def test_a_list_that_others_could_write_is_refused(paths: Paths, repository: Path) -> None:
    TrustStore(paths).add(trusted(repository))
    paths.trusted_file.chmod(0o666)
    with pytest.raises(UnsafeFileError):
        TrustStore(paths).all()


def test_the_file_is_compared_with_what_was_trusted(repository: Path) -> None:
    one, file = trusted(repository), repository / POLICY_FILE
    assert one.digest == digest_of(file.read_bytes())
    assert one.standing() is Standing.SAME
    file.write_text(TEXT + "#")
    assert one.standing() is Standing.CHANGED
    file.write_bytes(b"\xff" * (LARGEST_POLICY + 1))
    assert one.standing() is Standing.CHANGED
    file.unlink()
    assert one.standing() is Standing.GONE
    assert trusted(repository / "gone").standing() is Standing.GONE


def test_a_link_a_pipe_and_a_directory_are_not_what_was_trusted(repository: Path) -> None:
    """A link to the very same text is refused as well: it could be turned. No pipe is waited for."""
    one, file = trusted(repository), repository / POLICY_FILE
    file.rename(repository / "real.toml")
    file.symlink_to("real.toml")
    assert one.standing() is Standing.CHANGED
    file.unlink()
    os.mkfifo(file)
    assert one.standing() is Standing.CHANGED
    file.unlink()
    file.mkdir()
    assert one.standing() is Standing.CHANGED


def test_the_nearest_policy_above(repository: Path) -> None:
    assert find_policy(repository / "src") == repository / POLICY_FILE
    (repository / "src" / POLICY_FILE).write_text("")
    assert find_policy(repository / "src") == repository / "src" / POLICY_FILE


def test_a_policy_that_this_version_does_not_accept_is_told(repository: Path) -> None:
    with pytest.raises(ConfigError, match="line 1"):
        trusted(repository, "future = 1").policy()
