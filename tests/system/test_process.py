import dataclasses
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from coderouter_cli.errors import DaemonError
from coderouter_cli.system.process import (
    PortOwner,
    ProcessIdentity,
    identity,
    is_same,
    own_identity,
    owner_of_port,
    spawn_detached,
    terminate,
)

_WAIT = "import sys; print('ready', flush=True); sys.stdin.read()"
_POLITE = (
    "import signal, sys\n"
    "signal.signal(signal.SIGTERM, lambda *_: sys.exit(print('bye')))\n"
    "print('ready', flush=True); sys.stdin.read()"
)
_STUBBORN = (
    "import signal, sys\n"
    "signal.signal(signal.SIGTERM, lambda *_: print('no', flush=True))\n"
    "print('ready', flush=True)\n"
    "while True: sys.stdin.read(1)"
)


def until(true: Callable[[], bool]) -> None:
    """Wait for what another process does; ten seconds at most."""
    deadline = time.monotonic() + 10
    while not true():
        assert time.monotonic() < deadline
        os.sched_yield() if hasattr(os, "sched_yield") else None


@pytest.fixture
def child() -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        [sys.executable, "-c", _WAIT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process
        process.kill()


def known(pid: int) -> ProcessIdentity:
    found = identity(pid)
    assert found is not None
    return found


def test_this_process_is_itself() -> None:
    assert own_identity() == identity(os.getpid())
    assert is_same(own_identity())


def test_a_process_that_ended_is_nobody(child: "subprocess.Popen[str]") -> None:
    who = known(child.pid)
    assert is_same(who)
    child.kill()
    until(lambda: not is_same(who))  # a zombie until somebody asks for its status
    child.wait()

    assert identity(child.pid) is None
    assert not is_same(who)


def test_another_start_time_is_another_process(child: "subprocess.Popen[str]") -> None:
    who = known(child.pid)
    stranger = dataclasses.replace(who, create_time=who.create_time - 1)

    assert not is_same(stranger)


def test_an_identity_does_not_move_with_the_wall_clock(
    child: "subprocess.Popen[str]", monkeypatch: pytest.MonkeyPatch
) -> None:
    who = known(child.pid)
    if sys.platform == "linux":
        monkeypatch.setattr("psutil._pslinux.boot_time", lambda: 86_400.0)

    assert is_same(who)


@pytest.mark.parametrize(
    ("script", "timeout_s", "last_words"), [(_POLITE, 10, "bye"), (_STUBBORN, 1.0, "no")]
)
def test_terminate_asks_first_and_then_kills(script: str, timeout_s: float, last_words: str) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        who = known(process.pid)

        assert terminate(who, timeout_s=timeout_s)
        assert not is_same(who)
        assert process.stdout.read().strip() == last_words


def test_terminate_never_touches_a_stranger_with_a_reused_pid(child: "subprocess.Popen[str]") -> None:
    stranger = dataclasses.replace(known(child.pid), create_time=1.0)

    assert terminate(stranger, timeout_s=1)
    assert child.poll() is None


def test_who_listens_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert owner_of_port(port) == PortOwner(os.getpid(), psutil.Process().name())

    assert owner_of_port(port) is None


def test_a_connection_is_no_listener() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.create_connection(server.getsockname()) as near,
    ):
        assert owner_of_port(near.getsockname()[1]) is None


def test_the_table_of_each_process_serves_where_the_whole_is_denied(monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(**kwargs: object) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", deny)
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = owner_of_port(server.getsockname()[1])

    assert found is not None
    assert found.pid == os.getpid()


def test_a_detached_program_has_its_own_session_and_writes_to_a_private_file(tmp_path: Path) -> None:
    output = tmp_path / "daemon.log"
    output.write_text("before\n")
    output.chmod(0o600)
    script = (
        "import os, sys; print(os.getsid(0), os.getcwd(), sorted(os.environ)[-1]); sys.stderr.write('err')"
    )

    pid = spawn_detached([sys.executable, "-c", script], env={"ZZZ": "1"}, output=output)
    os.waitpid(pid, 0)

    first, second = output.read_text().splitlines()[:2]
    assert first == "before"
    assert {str(pid), str(tmp_path), "ZZZ"} <= set(second.replace("err", "").split())
    assert "err" in output.read_text()
    assert output.stat().st_mode & 0o777 == 0o600


def test_a_program_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DaemonError, match="missing-program"):
        spawn_detached([str(tmp_path / "missing-program")], env={}, output=tmp_path / "log")
