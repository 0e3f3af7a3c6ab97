"""Processes: who is who, who owns a port, how to start one that outlives us and how to end it."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from coderouter_cli.errors import DaemonError
from coderouter_cli.system.files import make_private

_SAME_START_S = 0.02
"""Start times of one process may differ by rounding; a pid is not reused within two clock ticks."""


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """One process, also after its pid was given to another.

    ``create_time`` is in seconds: since the boot on Linux, where the wall clock may be moved under
    a running process, since the epoch elsewhere.
    """

    pid: int
    create_time: float


@dataclass(frozen=True, slots=True)
class PortOwner:
    """Who listens on a port. Both None when the system does not tell (another user's process)."""

    pid: int | None
    name: str | None


def identity(pid: int) -> ProcessIdentity | None:
    """The process that has this pid now; None when there is none, or only its exit status is left."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return None
        return ProcessIdentity(pid, _started(process))
    except psutil.Error:
        return None


def own_identity() -> ProcessIdentity:
    """This process."""
    return ProcessIdentity(os.getpid(), _started(psutil.Process()))


def _started(process: psutil.Process) -> float:
    if sys.platform != "linux":
        return process.create_time()
    # Field 22 of /proc/<pid>/stat (proc(5)) counts clock ticks since the boot; the name before it
    # may hold spaces and brackets. psutil adds the boot time, which moves with the wall clock.
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError as error:
        raise psutil.NoSuchProcess(process.pid) from error
    return int(fields[19]) / os.sysconf("SC_CLK_TCK")


def is_same(who: ProcessIdentity) -> bool:
    """Whether that very process still runs."""
    now = identity(who.pid)
    return now is not None and abs(now.create_time - who.create_time) <= _SAME_START_S


def owner_of_port(port: int) -> PortOwner | None:
    """Who listens on a TCP port of this machine, on any address; None when nobody does."""
    for listening, pid in _listeners():
        if listening == port:
            return PortOwner(pid, _name(pid))
    return None


def _listeners() -> Iterator[tuple[int, int | None]]:
    """Every listening port with its owner's pid."""
    try:
        for found in psutil.net_connections(kind="tcp"):
            if found.status == psutil.CONN_LISTEN and found.laddr:
                yield found.laddr.port, found.pid
    except psutil.AccessDenied:  # macOS shows the whole table to root only
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                for own in process.net_connections(kind="tcp"):
                    if own.status == psutil.CONN_LISTEN and own.laddr:
                        yield own.laddr.port, process.pid


def _name(pid: int | None) -> str | None:
    if pid is None:
        return None
    try:
        return psutil.Process(pid).name()
    except psutil.Error:
        return None


class _Detached(subprocess.Popen[bytes]):
    """A child that is meant to outlive us: leaving it running is no mistake to be warned about."""

    def __del__(self) -> None:
        return


def spawn_detached(argv: Sequence[str], *, env: Mapping[str, str], output: Path) -> int:
    """Start a program that has no terminal and outlives us; returns its pid.

    Its standard output and error are appended to ``output`` (0600). It starts in that file's
    directory, so it neither holds the caller's directory nor imports from it.

    Raises:
        DaemonError: it cannot be started.
        ConfigError: ``output`` cannot be made.
    """
    make_private(output)
    with output.open("ab") as log:
        try:
            child = _Detached(
                list(argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(env),
                cwd=output.parent,
                start_new_session=True,
                creationflags=_detached_flags(),
            )
        except OSError as error:
            raise DaemonError(f"cannot start {argv[0]}: {error.strerror}") from error
    return child.pid


def _detached_flags() -> int:
    if sys.platform == "win32":
        return subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
    return 0


def terminate(who: ProcessIdentity, *, timeout_s: float) -> bool:
    """Ask a process to end, and end it after ``timeout_s`` seconds; True when it is gone.

    A process that took over the pid meanwhile is never touched.
    """
    if not is_same(who):
        return True
    try:
        process = psutil.Process(who.pid)
        process.terminate()
        if _gone(process, timeout_s):
            return True
        process.kill()
        return _gone(process, 2.0)
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False


def _gone(process: psutil.Process, timeout_s: float) -> bool:
    try:
        process.wait(timeout_s)
    except psutil.TimeoutExpired:
        return process.status() == psutil.STATUS_ZOMBIE
    return True
