from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from coderouter_cli.daemon.process import stop
from coderouter_cli.errors import ConfigError
from tests.cli.home import Home


@pytest.fixture
def home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Home]:
    """A machine of its own; a daemon that a test started there is stopped."""
    made = Home(tmp_path, monkeypatch, capsys)
    yield made
    with suppress(ConfigError):
        stop(made.paths, timeout_s=1.0)
