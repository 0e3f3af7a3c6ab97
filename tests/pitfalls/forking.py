"""Runs pytest many times over changing code: in a fork of a process that has loaded everything but that code.

Most of a short run is spent on loading libraries, and hundreds of runs are made.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

_PARENT = """
import json, os, sys
sys.path.insert(0, os.getcwd())
import aiohttp.web, brotli, filelock, genai_prices, keyring, platformdirs, psutil, pytest
assert "coderouter_cli" not in sys.modules
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if child == 0:
        for stream in (1, 2):
            os.dup2(asked["output"], stream)
        code = pytest.main(asked["arguments"])
        sys.stdout.flush()
        os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Ran:
    """One run's exit code and all it printed."""

    code: int
    output: str


class Forking:
    """The process, in ``root``; ``environment`` is that of every run."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self._output: IO[bytes] = TemporaryFile()  # noqa: SIM115 - lives as long as this object
        self._process = subprocess.Popen(
            # -B: what is compiled from a damaged file must not be kept.
            [sys.executable, "-B", "-c", _PARENT],
            cwd=root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=(self._output.fileno(),),
            text=True,
        )

    def run(self, arguments: Sequence[str]) -> Ran:
        """Run pytest with these arguments."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._output.seek(0)
        self._output.truncate()
        asked = {"arguments": list(arguments), "output": self._output.fileno()}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        code = int(self._process.stdout.readline())
        self._output.seek(0)
        return Ran(code, self._output.read().decode(errors="replace"))

    def close(self) -> None:
        """End the process."""
        self._process.communicate()
        self._output.close()
