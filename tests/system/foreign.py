"""Something that belongs to another user, whoever runs the tests."""

import os
from pathlib import Path

_SOMEBODY = 12345


def foreign_directory(tmp_path: Path) -> Path:
    """Root gives one away; everybody else is shown one of root's."""
    if os.geteuid() != 0:
        return Path("/usr")
    path = tmp_path / "foreign"
    path.mkdir(mode=0o700)
    os.chown(path, _SOMEBODY, _SOMEBODY)
    return path


def foreign_file(tmp_path: Path) -> Path:
    """Root gives one away; everybody else is shown one of root's."""
    if os.geteuid() != 0:
        return Path("/etc/hosts")
    path = tmp_path / "foreign.txt"
    path.write_bytes(b"theirs")
    path.chmod(0o600)
    os.chown(path, _SOMEBODY, _SOMEBODY)
    return path
