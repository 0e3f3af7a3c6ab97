"""A lock held for a process's life: the system lets go of it however the process ends."""

from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from coderouter_cli.errors import ConfigError
from coderouter_cli.system.paths import Paths


class LifetimeLock:
    """One file, one holder. Not inherited by children; a stale file means nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(path, mode=0o600, thread_local=False)

    def acquire(self, wait_s: float = 0.0) -> bool:
        """Take the lock; False when another process holds it (still, after ``wait_s`` seconds).

        Raises:
            ConfigError: the lock file cannot be made.
        """
        if not self.path.parent.is_dir():  # the library would make it, open to others
            raise ConfigError(f"cannot lock {self.path}: its directory does not exist")
        try:
            self._lock.acquire(timeout=wait_s, poll_interval=0.02)
        except Timeout:
            return False
        except OSError as error:
            raise ConfigError(f"cannot lock {self.path}: {error.strerror}") from error
        return True

    def release(self) -> None:
        """Let go; harmless when not held. The file stays: removing it would split the lock in two."""
        self._lock.release()

    @property
    def held(self) -> bool:
        """Whether this process holds it."""
        return self._lock.is_locked

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


class DaemonLock(LifetimeLock):
    """Whoever holds it is this home's daemon; neither the port nor a pid file decides that."""

    def __init__(self, paths: Paths) -> None:
        super().__init__(paths.lock_file)
