"""What CodeRouter changed in which file, so that it can be taken back: ``patches.json``.

An entry is written before its file is, so a crash between the two leaves an entry whose file is
still the original: both states are recognised by their hash. The journal holds the text of the keys
it replaced, which may be a credential, and so is private, as are the originals in ``backups``.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from coderouter_cli.clients.contract import KeyRecord
from coderouter_cli.errors import ConfigError, PatchError
from coderouter_cli.system.files import read_private, sweep, write_private
from coderouter_cli.system.lock import LifetimeLock
from coderouter_cli.system.paths import Paths

_VERSION = 1
_WAIT_S = 10.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One patched file.

    ``file`` is the client's name for it, ``real`` where links led. ``before`` is the SHA-256 of the
    original (None: there was no file), ``after`` that of every version which is the original plus
    our keys and nothing else; empty once others changed the file between two of our patches, for
    then only the keys can be taken back. ``created_dirs`` are directories made for it, outermost
    first. ``inert`` marks a restored file that keeps a trace for the sake of old sessions.
    """

    client: str
    file: Path
    real: Path
    mode: int | None
    before: str | None
    after: tuple[str, ...]
    created_dirs: tuple[Path, ...]
    keys: tuple[KeyRecord, ...] = field(repr=False)
    inert: bool = False

    @property
    def created(self) -> bool:
        """Whether the file is ours altogether."""
        return self.before is None


class Journal:
    """The journal of one CodeRouter home. Change it only while `locked`."""

    def __init__(self, paths: Paths) -> None:
        self._paths = paths

    @property
    def begun(self) -> bool:
        """Whether this home has ever held a journal."""
        return self._paths.state_dir.is_dir()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other CodeRouter processes from changing client files meanwhile.

        Raises:
            PatchError: another one is at it, and still is after ten seconds.
            ConfigError: the lock or its directory cannot be made.
        """
        self._paths.ensure()
        lock = LifetimeLock(self._paths.state_dir / "patches.lock")
        if not lock.acquire(_WAIT_S):
            raise PatchError(
                "Another `coderouter` is changing client configurations.",
                next_step="Try again when it is done.",
            )
        with lock:
            sweep(self._paths.patches_file, older_than_s=0)
            yield

    def entries(self) -> tuple[Entry, ...]:
        """All entries, oldest first.

        Raises:
            PatchError: the journal cannot be understood.
            UnsafeFileError: others could read or write it.
        """
        data = read_private(self._paths.patches_file)
        if data is None:
            return ()
        try:
            content = json.loads(data)
            version = content["version"]
            if version == _VERSION:
                return tuple(_entry(item) for item in content["patches"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise self._damaged("is damaged") from None
        raise self._damaged(f"was written by another version of CodeRouter (format {version})")

    def entry(self, real: Path) -> Entry | None:
        """The entry of a file."""
        return next((entry for entry in self.entries() if entry.real == real), None)

    def put(self, entry: Entry) -> None:
        """Add an entry, or replace the one of the same file."""
        self._write([*(other for other in self.entries() if other.real != entry.real), entry])

    def drop(self, real: Path) -> None:
        """Forget a file and its original."""
        self._write([entry for entry in self.entries() if entry.real != real])
        backup = self._backup(real)
        sweep(backup, older_than_s=0)
        with suppress(OSError):
            backup.unlink(missing_ok=True)

    def keep_original(self, real: Path, data: bytes) -> None:
        """Keep a file as it was before CodeRouter; only for a file that is not patched."""
        write_private(self._backup(real), data)

    def original(self, entry: Entry) -> bytes | None:
        """The file as it was before CodeRouter; None when there was none, or its copy is lost."""
        try:
            data = read_private(self._backup(entry.real))
        except ConfigError:
            return None
        return data if digest(data) == entry.before else None

    def _backup(self, real: Path) -> Path:
        name = hashlib.sha256(str(real).encode("utf-8", "surrogateescape")).hexdigest()[:16]
        return self._paths.backups_dir / f"{real.name}.{name}"

    def _write(self, entries: list[Entry]) -> None:
        content = {"version": _VERSION, "patches": [asdict(entry) for entry in entries]}
        text = json.dumps(content, indent=1, default=str)
        write_private(self._paths.patches_file, text.encode() + b"\n")

    def _damaged(self, what: str) -> PatchError:
        return PatchError(
            f"{self._paths.patches_file} {what}.",
            means="CodeRouter no longer knows what it changed.",
            next_step=f"The originals are in {self._paths.backups_dir}.",
        )


def digest(data: bytes | None) -> str | None:
    """The SHA-256 of a file; None when there is none."""
    return None if data is None else hashlib.sha256(data).hexdigest()


def _entry(item: dict[str, Any]) -> Entry:
    keys = tuple(
        KeyRecord(**(key | {"path": tuple(key["path"]), "earlier": tuple(key["earlier"])}))
        for key in item["keys"]
    )
    paths = {name: Path(item[name]) for name in ("file", "real")}
    created_dirs = tuple(Path(path) for path in item["created_dirs"])
    return Entry(
        **(item | paths | {"after": tuple(item["after"]), "created_dirs": created_dirs, "keys": keys})
    )
