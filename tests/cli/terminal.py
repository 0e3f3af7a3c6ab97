"""A terminal that types: our command line asks, the test answers."""

import os
import pty
import select
import subprocess
import sys

from tests.cli.home import Home

_PATIENCE_S = 30.0
_LAUNCHER = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.executable, [sys.executable, "-m", "coderouter_cli", *sys.argv[1:]])
"""
"""Gives the child a controlling terminal, so that hidden prompts find it as they do in a shell."""


def converse(home: Home, arguments: list[str], *turns: tuple[str, str]) -> tuple[int, str]:
    """Run a command on a terminal; answer each question of ``turns`` when it is asked.

    A hidden prompt is only ready with the blank at its end: what is typed before is thrown away.

    Returns the exit code and everything the terminal showed.
    """
    leader, follower = pty.openpty()
    environ = {**home.environ, "TERM": "xterm", "COLUMNS": "120"}
    process = subprocess.Popen(
        [sys.executable, "-c", _LAUNCHER, *arguments],
        env=environ,
        stdin=follower,
        stdout=follower,
        stderr=follower,
        cwd=home.user,
    )
    os.close(follower)
    shown = ""
    for question, answer in turns:
        seen = len(shown)
        while question not in shown[seen:]:
            piece = _read(leader)
            if not piece:
                break
            shown += piece
        os.write(leader, answer.encode())
    while piece := _read(leader):
        shown += piece
    os.close(leader)
    return process.wait(60), shown


def _read(leader: int) -> str:
    ready, _, _ = select.select([leader], [], [], _PATIENCE_S)
    if not ready:
        raise TimeoutError
    try:
        return os.read(leader, 65536).decode()
    except OSError:  # Linux says so when the other side is closed
        return ""
