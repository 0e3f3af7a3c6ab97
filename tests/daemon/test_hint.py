"""`daemon.json`: a hint, and nothing worse when it is damaged."""

import json
import stat
from dataclasses import asdict
from pathlib import Path

import pytest

from coderouter_cli.daemon.hint import DaemonHint, read_hint, write_hint

HINT = DaemonHint(pid=4321, create_time=1234.5, port=6237, instance="0123456789abcdef", version="0.1.0")


def test_what_was_left_is_found_and_private(tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    write_hint(file, HINT)
    assert read_hint(file) == HINT
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (HINT.identity.pid, HINT.identity.create_time) == (4321, 1234.5)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        *(json.dumps({**asdict(HINT), name: None}).encode() for name in ("pid", "create_time", "port")),
        *(json.dumps({**asdict(HINT), "pid": pid}).encode() for pid in (0, -1, 2**40, "x", 1e400)),
        *(json.dumps({**asdict(HINT), "port": port}).encode() for port in (0, -1, 70_000)),
        json.dumps({name: value for name, value in asdict(HINT).items() if name != "instance"}).encode(),
    ],
)
def test_a_damaged_hint_is_none(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "daemon.json"
    file.write_bytes(data)
    file.chmod(0o600)
    assert read_hint(file) is None


def test_no_hint(tmp_path: Path) -> None:
    assert read_hint(tmp_path / "daemon.json") is None
