"""Stop the real program at each of its steps on the disk, one after another.

Run as a program: for every step a child process is forked that patches or restores two clients and
meets a fault there. An audit hook sees each open, rename, removal and directory made, so the code
under test is not touched. Prints how many steps there were.

kill   the process ends at the step, as with kill -9
once   the step fails as on a full disk; the next ones work
on     the step fails, and every later one
"""

import errno
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from coderouter_cli.clients.patching import apply_all
from coderouter_cli.clients.restoring import restore
from coderouter_cli.errors import CodeRouterError
from tests.clients.machine import Machine

EVENTS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"})
SETTINGS = b'{\r\n  "env": {"A": "1"}\r\n}'
KILLED, REFUSED = 9, 3
MOST_STEPS = 500


@dataclass
class Fault:
    """An audit hook that strikes at one step below a directory."""

    kind: str
    root: str
    step: int
    armed: bool = True

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.armed or event not in EVENTS or not str(arguments[0]).startswith(self.root):
            return
        self.step -= 1
        if self.step > 0:
            return
        if self.kind == "kill":
            os._exit(KILLED)
        self.armed = self.kind == "on"
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def prepare(root: Path, action: str) -> tuple[Machine, Callable[[], object]]:
    """A machine where Claude Code has settings and Codex has none, and what to do there."""
    root.mkdir(parents=True)
    machine = Machine(root)
    machine.write(machine.claude, SETTINGS)
    plans = [machine.plan(machine.claude), machine.plan(machine.codex)]
    machine.paths.ensure()
    if action == "patch":
        return machine, lambda: apply_all(plans, machine.journal)
    apply_all(plans, machine.journal)
    return machine, lambda: [restore(client, machine.journal) for client in (machine.claude, machine.codex)]


def strike(root: Path, action: str, kind: str, step: int) -> int:
    """The exit code of a child that meets a fault at a step; 0 when it was done before."""
    _, act = prepare(root, action)
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    fault = Fault(kind, str(root), step)
    sys.addaudithook(fault)
    try:
        act()
    except CodeRouterError:
        os._exit(REFUSED)
    os._exit(0 if fault.step > 0 else REFUSED)


def main(root: Path, action: str, kind: str) -> None:
    for step in range(1, MOST_STEPS):
        code = strike(root / str(step), action, kind, step)
        if code == 0:
            sys.stdout.write(f"{step - 1}\n")
            return
        if code not in (KILLED, REFUSED):
            sys.exit(f"step {step}: exit code {code}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
