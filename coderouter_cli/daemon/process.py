"""Starting, finding and stopping the daemon of one home, from the command line's side."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from coderouter_cli import __version__
from coderouter_cli.daemon import control
from coderouter_cli.daemon.hint import DaemonHint, read_hint
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.errors import (
    CodeRouterError,
    ConfigError,
    DaemonError,
    KeyStoreError,
    LedgerError,
    LedgerVersionError,
    NotRunningError,
    PortTakenError,
    UnsafeFileError,
)
from coderouter_cli.system.files import read_optional
from coderouter_cli.system.local_token import load_token
from coderouter_cli.system.lock import DaemonLock
from coderouter_cli.system.paths import Paths
from coderouter_cli.system.process import (
    ProcessIdentity,
    identity,
    is_same,
    owner_of_port,
    spawn_detached,
    terminate,
)

_T = TypeVar("_T")

START_TIMEOUT_S = 15.0
DRAIN_S = 10.0
_POLL_S = 0.03
_LOG_TAIL_LINES = 8
_KINDS: Mapping[str, type[CodeRouterError]] = {
    kind.code: kind
    for kind in (
        PortTakenError,
        ConfigError,
        UnsafeFileError,
        KeyStoreError,
        LedgerError,
        LedgerVersionError,
    )
}
"""Errors of a daemon that does not start, which its starter passes on as what they are."""


@dataclass(frozen=True, slots=True)
class Running:
    """A daemon that answers. ``fresh`` is whether this call started it."""

    hint: DaemonHint
    fresh: bool = False

    @property
    def outdated(self) -> bool:
        """Whether it runs another version than this command line."""
        return self.hint.version != __version__


def find(paths: Paths) -> Running | None:
    """The running daemon of this home, None when there is none or it does not answer."""
    hint = read_hint(paths.daemon_file)
    if hint is None or not is_same(hint.identity):
        return None
    answer = control.health(hint.port)
    return Running(hint) if answer is not None and answer.instance == hint.instance else None


def start(paths: Paths, port: int, environ: Mapping[str, str]) -> Running:
    """Start the daemon and wait until it is healthy; a running one is left alone.

    Raises:
        PortTakenError: another program has the port; the message names it.
        ConfigError, KeyStoreError, LedgerError: what is on the disk cannot be used.
        DaemonError: it did not come up; the message shows the end of its log.
    """
    running = find(paths)
    if running is not None:
        return running
    output = paths.log_dir / "daemon.out"
    offset = output.stat().st_size if output.exists() else 0
    argv = [sys.executable, "-m", "coderouter_cli", "serve", "--json", "--port", str(port)]
    pid = spawn_detached(argv, env=environ, output=output)
    child = identity(pid)
    found = _wait(START_TIMEOUT_S, lambda: find(paths) or _ended(child))
    if isinstance(found, Running):
        return Running(found.hint, fresh=found.hint.pid == pid)
    if found is None:
        raise DaemonError(
            f"The daemon did not answer within {START_TIMEOUT_S:g} seconds.",
            next_step=f"Look at {paths.log_file}.",
        )
    if not _lock_is_held(paths):
        raise _why_it_ended(output, offset)
    # Another `start` may have won the race for the lock: then its daemon is the daemon. Or the one before
    # finishes its last answers: then the place is free when it has gone.
    other = _wait(START_TIMEOUT_S, lambda: find(paths) or not _lock_is_held(paths))
    if isinstance(other, Running):
        return other
    if other is None:
        raise _why_it_ended(output, offset)
    return start(paths, port, environ)


def stop(paths: Paths, *, timeout_s: float = DRAIN_S) -> bool:
    """Stop the daemon; running answers may finish for ``timeout_s`` seconds. False: none was running.

    Raises:
        DaemonError: it is still there.
    """
    hint = read_hint(paths.daemon_file)
    if hint is None or not is_same(hint.identity):
        return False
    token = load_token(paths.token_file)
    answer = control.health(hint.port)
    ours = answer is not None and answer.instance == hint.instance
    if token is not None and ours and control.request_shutdown(hint.port, token.reveal()):
        _wait(timeout_s + 2.0, lambda: not is_same(hint.identity))
    if not terminate(hint.identity, timeout_s=timeout_s):
        raise DaemonError(f"The daemon (process {hint.pid}) did not stop.", next_step="End it yourself.")
    return True


def reload(paths: Paths) -> bool:
    """Have a running daemon read its settings and keys anew; False when none is running."""
    running, token = find(paths), load_token(paths.token_file)
    if running is None or token is None:
        return False
    return control.request_reload(running.hint.port, token.reveal())


def details(paths: Paths) -> JsonObject:
    """What the running daemon says of itself.

    Raises:
        NotRunningError: there is none.
    """
    running, token = find(paths), load_token(paths.token_file)
    told = None if running is None or token is None else control.status(running.hint.port, token.reveal())
    if told is None:
        raise NotRunningError("No daemon is running for this home.", next_step="Run `coderouter start`.")
    return told


def _wait(seconds: float, ready: Callable[[], _T]) -> _T | None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = ready()
        if value:
            return value
        time.sleep(_POLL_S)
    return None


def _ended(child: ProcessIdentity | None) -> bool:
    return child is None or not is_same(child)


def _lock_is_held(paths: Paths) -> bool:
    with DaemonLock(paths) as lock:
        return not lock.acquire()


def _why_it_ended(output: Path, offset: int) -> CodeRouterError:
    """The daemon's last words, as the error they tell of."""
    said = (read_optional(output) or b"")[offset:].decode(errors="replace")
    try:
        error = json.loads(said[said.index("{") :])["error"]
        kind = _KINDS.get(error["code"], DaemonError)
        return kind(str(error["message"]), means=str(error["means"]), next_step=str(error["next_step"]))
    except (ValueError, KeyError, TypeError):
        tail = "\n".join(said.splitlines()[-_LOG_TAIL_LINES:])
        return DaemonError("The daemon ended while it was starting.", means=tail)


def port_taken(port: int) -> PortTakenError:
    """The error for a port that another program has, naming it where the system tells."""
    owner = owner_of_port(port)
    who = "another program"
    if owner is not None and owner.name is not None:
        who = f"{owner.name} (process {owner.pid})"
    return PortTakenError(
        f"Port {port} is taken by {who}.",
        means="CodeRouter's clients are set to this port, so it does not pick another one by itself.",
        next_step="Stop that program, or run `coderouter init --port N`.",
    )
