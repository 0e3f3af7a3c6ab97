"""Look at a client's configuration file before touching it, and refuse what is not safe to touch."""

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from coderouter_cli.errors import PatchError


@dataclass(frozen=True, slots=True)
class Target:
    """A file as it is now. ``real`` is where symbolic links lead; ``data`` is None when there is no file.

    ``missing_dirs`` are the directories that writing it would create, outermost first.
    """

    path: Path
    real: Path
    data: bytes | None = field(repr=False)
    mode: int | None
    missing_dirs: tuple[Path, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """What to tell the user of the file before a local token is put into it."""
        if os.name != "posix" or self.mode is None or not self.mode & 0o077:
            return ()
        return (f"Others on this machine can read {self.path}, and the local token with it: chmod 600.",)


def read_target(path: Path) -> Target:
    """Read the file behind ``path``, or note that there is none.

    Raises:
        PatchError: a link that leads nowhere, not a regular file, another owner, or not writable.
    """
    try:
        return _look(path)
    except OSError as error:
        raise PatchError(
            f"{path} cannot be read: {error.strerror}.", next_step="Nothing was changed."
        ) from None


def exists(path: Path) -> bool:
    """Whether something is there that we may know about."""
    try:
        return path.exists()
    except OSError:
        return False


def _look(path: Path) -> Target:
    _refuse_dangling(path)
    real = Path(os.path.realpath(path))
    try:
        status = real.stat()
    except FileNotFoundError:
        missing = _missing_dirs(real.parent)
        _refuse_closed_dir(missing[0].parent if missing else real.parent, path)
        return Target(path, real, None, None, missing)
    _refuse_foreign(path, status)
    _refuse_closed_dir(real.parent, path)
    return Target(path, real, real.read_bytes(), stat.S_IMODE(status.st_mode))


def _refuse_dangling(path: Path) -> None:
    for part in (path, *path.parents):
        if part.is_symlink() and not part.exists():
            raise PatchError(
                f"{part} is a symbolic link that leads nowhere.",
                next_step="Restore its target or remove the link, then run `coderouter init` again.",
            )


def _refuse_foreign(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise PatchError(f"{path} is not a regular file.", next_step="Nothing was changed.")
    if hasattr(os, "geteuid") and status.st_uid != os.geteuid():
        raise PatchError(
            f"{path} belongs to another user (uid {status.st_uid}).",
            next_step="Run CodeRouter as the owner of the file, without sudo. Nothing was changed.",
        )
    if not status.st_mode & stat.S_IWUSR:
        raise PatchError(
            f"{path} is read-only.",
            means="Something else manages it, or it was protected on purpose.",
            next_step=f"Make it writable (chmod u+w {path}) if that is what you want. Nothing was changed.",
        )


def _refuse_closed_dir(directory: Path, path: Path) -> None:
    if not os.access(directory, os.W_OK | os.X_OK):
        raise PatchError(
            f"{directory} is not writable, so {path.name} cannot be replaced safely.",
            next_step="Make the directory writable, then run `coderouter init` again. Nothing was changed.",
        )


def _missing_dirs(directory: Path) -> tuple[Path, ...]:
    missing: list[Path] = []
    while not directory.exists():
        missing.append(directory)
        directory = directory.parent
    return tuple(reversed(missing))
