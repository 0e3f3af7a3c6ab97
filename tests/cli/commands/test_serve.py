"""`serve`: the daemon in the foreground."""

import os
import re
import signal
import subprocess
import sys

import pytest

from coderouter_cli.daemon.process import find
from tests.cli.home import KEY, Home


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_says_where_it_listens_and_ends_when_told(home: Home, number: signal.Signals) -> None:
    home.variables["DEEPSEEK_API_KEY"] = KEY
    process = subprocess.Popen(
        [sys.executable, "-m", "coderouter_cli", "serve", "--port", "0"],
        env=home.environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        assert process.stdout is not None
        said = process.stderr.readline()
        while "listens" not in said:
            said = process.stderr.readline()
        running = find(home.paths)
        assert running is not None
        assert said == f"CodeRouter listens on http://127.0.0.1:{running.hint.port} (keys: deepseek).\n"
        if number == signal.SIGINT:
            second = home.run("serve", "--port", "0", "--json")
            assert second.code == 69
            assert re.search(r"already runs .* on port \d+", second.error["message"])
        os.kill(process.pid, number)
        assert process.stdout.read() == ""
    assert process.returncode == 0
    assert find(home.paths) is None
