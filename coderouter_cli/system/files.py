"""Files that are never half written, and secret files that only their owner can read.

A file is replaced as a whole: a temporary file beside the real target (symlinks are resolved, so a
link into a dotfiles repository stays a link) is written, synced and renamed over it. After a crash
the target is the old file or the new one.

Windows has no mode bits: files there inherit the access list of the user's profile, and the checks
of owner and mode do nothing.
"""

import os
import secrets
import stat
import time
from contextlib import suppress
from pathlib import Path

from coderouter_cli.errors import ConfigError, UnsafeFileError

PRIVATE = 0o600
_LARGEST_PRIVATE = 4 * 1024 * 1024
_STALE_S = 3600
_NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
_NONBLOCK: int = getattr(os, "O_NONBLOCK", 0)
_BINARY: int = getattr(os, "O_BINARY", 0)
_POSIX = os.name == "posix"
_RENAME_TRIES = 20
"""A virus scanner on Windows holds a fresh file open for a moment: 20 tries in two seconds."""


def write_atomic(path: Path, data: bytes, *, mode: int | None = None) -> None:
    """Replace a file, keeping its mode unless ``mode`` is given; a new file is 0600.

    Raises:
        UnsafeFileError: the file belongs to another user, is read-only, or is not a plain file.
        ConfigError: it cannot be written, or ``path`` is a link to nothing.
    """
    target = _resolve(path)
    temporary = _write_beside(target, data, _mode_for(target, mode))
    try:
        _rename(temporary, target)
    finally:
        _forget(temporary)


def replace_unchanged(path: Path, before: bytes | None, after: bytes) -> bool:
    """Replace a file if it still holds ``before`` (None: if it is still absent); says whether it did.

    The comparison is made when everything but the rename is done, so another program's edit made
    meanwhile is seen, not overwritten.

    Raises:
        UnsafeFileError: as `write_atomic`.
        ConfigError: as `write_atomic`.
    """
    target = _resolve(path)
    temporary = _write_beside(target, after, _mode_for(target, None))
    try:
        if read_optional(target) != before:
            return False
        _rename(temporary, target)
    finally:
        _forget(temporary)
    return True


def write_private(path: Path, data: bytes) -> None:
    """Replace a secret file: 0600 from the first byte on, never through a symlink.

    Raises:
        UnsafeFileError: the path is a symlink, or belongs to another user.
        ConfigError: it cannot be written.
    """
    if path.is_symlink():
        raise _unsafe(path, "is a symbolic link", f"Remove it: rm {path}")
    write_atomic(path, data, mode=PRIVATE)


def read_optional(path: Path) -> bytes | None:
    """A file's bytes, None when there is no such file.

    Raises:
        ConfigError: it is there and cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _cannot("read", path, error) from error


def read_private(path: Path) -> bytes | None:
    """A secret file's bytes, None when there is no such file. What was checked is what is read.

    Raises:
        UnsafeFileError: others can read or write it, it belongs to another user, or it is a link.
        ConfigError: it cannot be read, or is larger than any secret file (4 MiB).
    """
    try:
        handle = os.open(path, os.O_RDONLY | _NOFOLLOW | _BINARY)
    except FileNotFoundError:
        return None
    except OSError as error:
        if path.is_symlink():
            raise _unsafe(path, "is a symbolic link", f"Put the file itself there: {path}") from error
        raise _cannot("read", path, error) from error
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        _check_owned(path, found)
        if _POSIX and stat.S_IMODE(found.st_mode) & 0o077:
            raise _unsafe(path, "can be read or written by others", f"Run: chmod 600 {path}")
        data = file.read(_LARGEST_PRIVATE + 1)
    if len(data) > _LARGEST_PRIVATE:
        raise ConfigError(f"{path} is larger than 4 MiB", means="It is not a file CodeRouter wrote.")
    return data


def read_limited(path: Path, most: int) -> bytes | None:
    """The bytes of a small file that anybody may have written; None when there is no such file.

    Nothing it could be harms the reader: a link is not followed, a pipe or a device is not waited for, and
    no more than ``most`` bytes are read. What was checked is what is read.

    Raises:
        UnsafeFileError: it is a link, or not a plain file.
        ConfigError: it is larger than that, or cannot be read.
    """
    try:
        handle = os.open(path, os.O_RDONLY | _NOFOLLOW | _NONBLOCK | _BINARY)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if path.is_symlink():
            raise _unsafe(path, "is a symbolic link", "Put the file itself there.") from error
        raise _cannot("read", path, error) from error
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise _unsafe(path, "is not a plain file", "Move it away.")
        with os.fdopen(handle, "rb", closefd=False) as file:
            data = file.read(most + 1)
    except OSError as error:
        raise _cannot("read", path, error) from error
    finally:
        os.close(handle)
    if len(data) > most:
        raise ConfigError(f"{path} is larger than {most // 1024} KiB")
    return data


def read_trusted(path: Path) -> bytes | None:
    """The bytes of a file that steers us but holds no secret; None when there is no such file.

    Others may read it. Whoever could write it could send the user's keys elsewhere, so only the
    user (or root, who can do anything anyway) may.

    Raises:
        UnsafeFileError: others can write it, or it belongs to another user.
        ConfigError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            if _POSIX and found.st_uid != 0:
                _check_owned(path, found)
            if _POSIX and stat.S_IMODE(found.st_mode) & 0o022:
                raise _unsafe(path, "can be written by others", f"Run: chmod go-w {path}")
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _cannot("read", path, error) from error


def make_private(path: Path) -> bool:
    """Make an empty 0600 file, or take an existing one away from others; says whether it had to.

    Raises:
        UnsafeFileError: it is a symlink or belongs to another user.
        ConfigError: it cannot be made.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | _NOFOLLOW, PRIVATE)
    except OSError as error:
        if path.is_symlink():
            raise _unsafe(path, "is a symbolic link", f"Remove it: rm {path}") from error
        raise _cannot("create", path, error) from error
    try:
        found = os.fstat(handle)
        _check_owned(path, found)
        loose = _POSIX and bool(stat.S_IMODE(found.st_mode) & 0o077)
        if loose:
            os.fchmod(handle, PRIVATE)
    finally:
        os.close(handle)
    return loose


def sync_directory(path: Path) -> None:
    """Make renames in a directory survive a power cut; where a directory cannot be synced, nothing."""
    if not _POSIX:
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _resolve(path: Path) -> Path:
    try:
        target = path.resolve(strict=False)
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, before Python 3.13
        raise ConfigError(f"{path} is a symbolic link that leads nowhere") from error
    if path.is_symlink() and not target.exists():
        raise ConfigError(f"{path} is a symbolic link to {target}, which does not exist")
    return target


def _mode_for(target: Path, mode: int | None) -> int:
    try:
        found = target.lstat()
    except FileNotFoundError:
        return PRIVATE if mode is None else mode
    except OSError as error:
        raise _cannot("write", target, error) from error
    _check_owned(target, found)
    if not found.st_mode & stat.S_IWUSR:
        raise _unsafe(target, "is read-only", f"If you mean it to change: chmod u+w {target}")
    return stat.S_IMODE(found.st_mode) if mode is None else mode


def _check_owned(path: Path, found: os.stat_result) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise _unsafe(path, "is not a plain file", "Move it away.")
    if _POSIX and found.st_uid != os.geteuid():
        raise _unsafe(path, "belongs to another user", "Run as its owner, and without sudo.")


def _write_beside(target: Path, data: bytes, mode: int) -> Path:
    sweep(target)
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.coderouter-tmp")
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NOFOLLOW | _BINARY, mode)
        with os.fdopen(handle, "wb") as file:
            if _POSIX and mode & 0o077:
                os.fchmod(handle, mode)  # a file others may read keeps its mode whatever the umask
            file.write(data)
            file.flush()
            os.fsync(handle)
    except OSError as error:
        _forget(temporary)
        raise _cannot("write", target, error) from error
    return temporary


def _rename(temporary: Path, target: Path) -> None:
    for attempt in range(1, _RENAME_TRIES + 1):
        try:
            temporary.replace(target)
            sync_directory(target.parent)
        except PermissionError as error:
            if _POSIX or attempt == _RENAME_TRIES:
                raise _cannot("write", target, error) from error
            time.sleep(0.1)
        except OSError as error:
            raise _cannot("write", target, error) from error
        else:
            return


def sweep(target: Path, *, older_than_s: float = _STALE_S) -> None:
    """Remove what a killed process left beside a file: it may hold a token.

    A young one may be another process's that is writing just now. Whoever holds a lock that all
    writers of the file take can pass 0.
    """
    with suppress(OSError):
        for stale in target.parent.glob(f".{_literal(target.name)}.*.coderouter-tmp"):
            if time.time() - stale.lstat().st_mtime >= older_than_s:
                stale.unlink(missing_ok=True)


def _literal(name: str) -> str:
    return "".join(f"[{char}]" if char in "*?[" else char for char in name)


def _forget(temporary: Path) -> None:
    with suppress(OSError):
        temporary.unlink(missing_ok=True)


def _unsafe(path: Path, what: str, next_step: str) -> UnsafeFileError:
    return UnsafeFileError(f"{path} {what}", next_step=next_step)


def _cannot(verb: str, path: Path, error: OSError) -> ConfigError:
    return ConfigError(f"cannot {verb} {path}: {error.strerror or type(error).__name__}")
