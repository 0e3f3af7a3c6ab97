"""`daemon.json`: where the running daemon of this home can be found. A hint, never a proof.

The lifetime lock says whether there is a daemon; the instance id that `/healthz` answers with says
whether what listens on the port is it; the start time says whether the pid is still its.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from coderouter_cli.system.files import read_optional, write_private
from coderouter_cli.system.process import ProcessIdentity

_PIDS, _PORTS = 2**31, 2**16


@dataclass(frozen=True, slots=True)
class DaemonHint:
    """One daemon. ``create_time`` is that of `ProcessIdentity`."""

    pid: int
    create_time: float
    port: int
    instance: str
    version: str

    @property
    def identity(self) -> ProcessIdentity:
        """Its process."""
        return ProcessIdentity(self.pid, self.create_time)


def write_hint(path: Path, hint: DaemonHint) -> None:
    """Leave the hint for the command line."""
    write_private(path, json.dumps(asdict(hint)).encode())


def read_hint(path: Path) -> DaemonHint | None:
    """The hint; None when there is none, or it cannot be read."""
    data = read_optional(path)
    if data is None:
        return None
    try:
        value = json.loads(data)
        hint = DaemonHint(
            pid=int(value["pid"]),
            create_time=float(value["create_time"]),
            port=int(value["port"]),
            instance=str(value["instance"]),
            version=str(value["version"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    return hint if 0 < hint.pid < _PIDS and 0 < hint.port < _PORTS else None
