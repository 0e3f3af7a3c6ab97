"""What a process that holds keys does first: no loose file modes, no core dumps, no debugger."""

import ctypes
import os
import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource

_PR_SET_DUMPABLE = 4
"""prctl(2): 0 forbids core dumps also where they are piped to a program, and ptrace by others."""


def harden() -> None:
    """Protect this process's memory and the files it will make. The daemon calls it before all else.

    Does what the system offers: umask and core limit on POSIX, not dumpable on Linux (whose /proc
    then shows the process's files, and so the owner of its port, to root only).
    """
    os.umask(0o077)
    if sys.platform == "win32":
        return
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
