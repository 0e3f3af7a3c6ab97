import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from coderouter_cli.errors import ConfigError
from coderouter_cli.system.lock import DaemonLock, LifetimeLock
from coderouter_cli.system.paths import Paths

_HOLDER = """
import sys
from pathlib import Path
from coderouter_cli.system.lock import LifetimeLock
lock = LifetimeLock(Path(sys.argv[1]))
print(lock.acquire(), flush=True)
sys.stdin.read()
"""


def hold(path: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", _HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def said(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_one_process_holds_it_and_a_second_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with hold(path) as holder:
        assert said(holder) == "True"
        started = time.monotonic()
        lock = LifetimeLock(path)

        assert not lock.acquire()
        assert not lock.held
        assert time.monotonic() - started < 1
        holder.kill()


def test_a_killed_holder_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with hold(path) as holder:
        assert said(holder) == "True"
        holder.kill()

    with LifetimeLock(path) as lock:
        assert lock.acquire()
        assert lock.held


def test_of_twenty_that_start_together_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    contenders = [hold(path) for _ in range(20)]
    answers = [said(process) for process in contenders]
    for process in contenders:
        process.communicate()

    assert answers.count("True") == 1
    assert answers.count("False") == 19


def test_it_waits_as_long_as_it_is_told(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with LifetimeLock(path) as first, LifetimeLock(path) as second:
        assert first.acquire()
        started = time.monotonic()

        assert not second.acquire(0.2)
        assert time.monotonic() - started >= 0.2
        first.release()
        assert second.acquire(0.2)


def test_the_daemons_lock_is_private_and_in_its_home(tmp_path: Path) -> None:
    paths = Paths.from_environ({"CODEROUTER_HOME": str(tmp_path)})
    paths.ensure()

    with DaemonLock(paths) as lock:
        assert lock.acquire()
        assert lock.path == paths.lock_file
        assert stat.S_IMODE(paths.lock_file.stat().st_mode) == 0o600


def test_a_lock_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "directory").mkdir()

    for path in (tmp_path / "missing" / "lock", tmp_path / "directory"):
        with pytest.raises(ConfigError, match="cannot lock"):
            LifetimeLock(path).acquire()
    assert not (tmp_path / "missing").exists()
