"""Where writes go that the database cannot take: a file of JSON lines beside it, synced line by line.

It is read back into the database as soon as that works again, at the latest by the next start. A
crash in between imports twice, which changes nothing (see `write`).
"""

import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coderouter_cli.errors import ConfigError
from coderouter_cli.storage.ledger.write import Kind, Write, parse_line
from coderouter_cli.system.files import PRIVATE, sync_directory, write_private

_ORDER = tuple(Kind)


@dataclass(frozen=True, slots=True)
class Spilled:
    """What the file holds: its writes, openings first, and how many lines could not be read.

    ``size`` is in bytes: what is appended after the reading stands behind it.
    """

    writes: tuple[Write, ...]
    damaged: int
    size: int


class Spill:
    """The spill file; safe to use from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self.pending = path.exists()

    def append(self, writes: Sequence[Write]) -> None:
        """Keep writes; returns when they are on the disk.

        Raises:
            OSError: they are not.
        """
        data = "".join(f"{write.line()}\n" for write in writes).encode()
        with self._lock:
            fresh = not self.path.exists()
            flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
            handle = os.open(self.path, flags, PRIVATE)
            with os.fdopen(handle, "rb+", buffering=0) as file:
                if file.seek(0, os.SEEK_END) and file.seek(-1, os.SEEK_END) and file.read(1) != b"\n":
                    data = b"\n" + data  # behind a torn line, of which nothing can be read any more
                written = file.write(data)
                os.fsync(handle)
            if fresh:
                sync_directory(self.path.parent)
            if written != len(data):
                raise OSError(f"only {written} of {len(data)} bytes were written to {self.path}")
            self.pending = True

    def read(self) -> Spilled:
        """Everything the file holds.

        Raises:
            OSError: it cannot be read.
        """
        with self._lock:
            data = self.path.read_bytes() if self.path.exists() else b""
        lines = [line for line in data.split(b"\n") if line.strip()]
        writes = [write for line in lines if (write := parse_line(line)) is not None]
        ordered = sorted(writes, key=lambda write: _ORDER.index(write.kind))
        return Spilled(tuple(ordered), len(lines) - len(writes), len(data))

    def forget(self, read: Spilled, keep: Sequence[Write] = ()) -> None:
        """Drop what was read, but for some writes, and keep what was appended since.

        Raises:
            OSError: the file cannot be replaced; it then still holds everything.
        """
        with self._lock:
            since = self.path.read_bytes()[read.size :] if self.path.exists() else b""
            rest = "".join(f"{write.line()}\n" for write in keep).encode() + since
            try:
                if rest:
                    write_private(self.path, rest)
                else:
                    self.path.unlink(missing_ok=True)
            except ConfigError as error:
                raise OSError(error.what) from error
            self.pending = bool(rest)
