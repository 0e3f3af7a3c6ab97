"""Where CodeRouter keeps its files.

With CODEROUTER_HOME set everything is below that directory; otherwise each system's own places are
used (XDG directories, ~/Library, %LOCALAPPDATA%), which may be one and the same directory.
"""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import PlatformDirs

from coderouter_cli.errors import ConfigError, UnsafeFileError
from coderouter_cli.system.environment import Environment

_APP = "coderouter"


@dataclass(frozen=True, slots=True)
class Paths:
    """The four directories, absolute, and the files in them. Nothing here touches the disk but `ensure`."""

    config_dir: Path
    state_dir: Path
    data_dir: Path
    log_dir: Path

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Paths":
        """The paths of CODEROUTER_HOME, or those of the system (which reads its own environment).

        Raises:
            ConfigError: CODEROUTER_HOME is relative; what it means would depend on the project one
                happens to stand in.
        """
        home = Environment.read(environ).home
        if home is None:
            dirs = PlatformDirs(_APP, appauthor=False)
            return cls(dirs.user_config_path, dirs.user_state_path, dirs.user_data_path, dirs.user_log_path)
        root = Path(os.path.expanduser(home))  # noqa: PTH111 - Path.expanduser raises on an unknown user
        if not root.is_absolute():
            raise ConfigError(
                f"CODEROUTER_HOME is a relative path: {home}", next_step="Set it to an absolute path."
            )
        return cls(root, root / "state", root / "data", root / "logs")

    @property
    def config_file(self) -> Path:
        """The user's settings."""
        return self.config_dir / "config.toml"

    @property
    def credentials_file(self) -> Path:
        """Provider keys, only with ``key_store = "file"``."""
        return self.config_dir / "credentials.json"

    @property
    def lock_file(self) -> Path:
        """Held by the running daemon for life."""
        return self.state_dir / "daemon.lock"

    @property
    def daemon_file(self) -> Path:
        """Process id, start time, port, version and instance of the running daemon: a hint."""
        return self.state_dir / "daemon.json"

    @property
    def token_file(self) -> Path:
        """The local token that clients show the daemon."""
        return self.state_dir / "token"

    @property
    def patches_file(self) -> Path:
        """What we changed in the clients' configurations."""
        return self.state_dir / "patches.json"

    @property
    def trusted_file(self) -> Path:
        """The repositories' policies that the user trusts."""
        return self.state_dir / "trusted.json"

    @property
    def backups_dir(self) -> Path:
        """The clients' configurations as they were before us."""
        return self.state_dir / "backups"

    @property
    def ledger_file(self) -> Path:
        """The ledger."""
        return self.data_dir / "ledger.sqlite3"

    @property
    def log_file(self) -> Path:
        """The daemon's log; older ones end in .1 to .4."""
        return self.log_dir / "daemon.log"

    def ensure(self) -> tuple[Path, ...]:
        """Make the directories, each 0700. Returns those that others could look into and now cannot.

        Raises:
            ConfigError: a directory cannot be made.
            UnsafeFileError: a directory belongs to another user.
        """
        wanted = (self.config_dir, self.state_dir, self.backups_dir, self.data_dir, self.log_dir)
        return tuple(path for path in dict.fromkeys(wanted) if _ensure_private(path))


def _ensure_private(path: Path) -> bool:
    try:
        for missing in reversed([path, *path.parents]):
            if not missing.is_dir():
                missing.mkdir(mode=0o700, exist_ok=True)
        return _tighten(path)
    except OSError as error:
        raise ConfigError(
            f"cannot use the directory {path}: {error.strerror}",
            next_step="Check it, or set CODEROUTER_HOME to another one.",
        ) from error


def _tighten(path: Path) -> bool:
    if os.name == "nt":
        return False  # the user's profile has an access list of its own, and no mode bits
    found = path.stat()
    if found.st_uid != os.geteuid():
        raise UnsafeFileError(
            f"the directory {path} belongs to another user",
            means="They could read or replace what is kept in it.",
            next_step="Set CODEROUTER_HOME to a directory of your own.",
        )
    if not stat.S_IMODE(found.st_mode) & 0o077:
        return False
    path.chmod(0o700)
    return True
