"""Which repositories' policies the user has read and trusts.

A policy counts only as it was when it was trusted: its text is kept here with its digest, and the file in
the repository is compared with that, never obeyed. So a policy that somebody changed (a `git pull` does)
is not read until it is trusted again, and what it forbade stays forbidden meanwhile. Where the file is
gone, its policy is too.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from coderouter_cli.errors import ConfigError
from coderouter_cli.storage.repository import LARGEST_POLICY, POLICY_FILE, RepositoryPolicy, parse_policy
from coderouter_cli.system.files import read_limited, read_private, replace_unchanged
from coderouter_cli.system.paths import Paths

_VERSION = 1
_TRIES = 3


class Standing(StrEnum):
    """How the file in a repository stands to what was trusted."""

    SAME = "same"
    CHANGED = "changed"
    """Another text, or not a file we would read: what was trusted holds."""
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Trusted:
    """One trusted policy. ``roots`` are the spellings of its repository's root: real, and as it was given."""

    roots: tuple[str, ...]
    text: str
    at: datetime

    @property
    def root(self) -> Path:
        """The root without links."""
        return Path(self.roots[0])

    @property
    def digest(self) -> str:
        """What the text comes to (SHA-256, hexadecimal)."""
        return digest_of(self.text.encode())

    def policy(self) -> RepositoryPolicy:
        """The policy.

        Raises:
            ConfigError: this version does not accept what another did.
        """
        return parse_policy(self.text.encode(), str(self.root / POLICY_FILE))

    def standing(self) -> Standing:
        """Compare with the file. Reads the disk."""
        try:
            found = read_limited(self.root / POLICY_FILE, LARGEST_POLICY)
        except ConfigError:
            return Standing.CHANGED
        if found is None:
            return Standing.GONE
        return Standing.SAME if digest_of(found) == self.digest else Standing.CHANGED


def digest_of(data: bytes) -> str:
    """The digest a policy is known by."""
    return hashlib.sha256(data).hexdigest()


def find_policy(start: Path) -> Path | None:
    """The policy's file of a directory or of the nearest one above it; None when there is none."""
    for place in (start, *start.parents):
        file = place / POLICY_FILE
        if file.is_symlink() or file.exists():
            return file
    return None


class TrustStore:
    """The trusted policies of one home."""

    def __init__(self, paths: Paths) -> None:
        self._file = paths.trusted_file

    def all(self) -> tuple[Trusted, ...]:
        """Every trusted policy, in the order of their roots.

        Raises:
            UnsafeFileError: others could have written the list.
            ConfigError: it cannot be read.
        """
        return self._parsed(read_private(self._file))

    def add(self, new: Trusted) -> None:
        """Trust a policy; what was trusted for its root before is replaced.

        Raises:
            UnsafeFileError, ConfigError: the list cannot be read or written.
        """
        self._change(lambda known: [*(one for one in known if one.root != new.root), new])

    def remove(self, root: Path) -> bool:
        """Trust a root's policy no longer; whether it was trusted.

        Raises:
            UnsafeFileError, ConfigError: the list cannot be read or written.
        """
        if not any(str(root) in one.roots for one in self.all()):
            return False
        self._change(lambda known: [one for one in known if str(root) not in one.roots])
        return True

    def _change(self, change: Callable[[tuple[Trusted, ...]], list[Trusted]]) -> None:
        for _ in range(_TRIES):
            before = read_private(self._file)
            after = sorted(change(self._parsed(before)), key=lambda one: one.roots)
            if replace_unchanged(self._file, before, _written(after)):
                return
        raise ConfigError(f"{self._file} is being changed by another program", next_step="Try again.")

    def _parsed(self, data: bytes | None) -> tuple[Trusted, ...]:
        if data is None:
            return ()
        try:
            listed = json.loads(data)["trusted"]
            return tuple(_read(one) for one in listed)
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigError(
                f"{self._file} is not a list of trusted repositories",
                next_step="Remove it, and run `coderouter trust` in each of them again.",
            ) from error


def _written(known: list[Trusted]) -> bytes:
    listed = [
        {"roots": list(one.roots), "sha256": one.digest, "at": one.at.isoformat(), "policy": one.text}
        for one in known
    ]
    return (json.dumps({"version": _VERSION, "trusted": listed}, indent=1) + "\n").encode()


def _read(value: dict[str, Any]) -> Trusted:
    found = Trusted(tuple(value["roots"]), value["policy"], datetime.fromisoformat(value["at"]))
    if not found.roots or not all(isinstance(root, str) for root in found.roots):
        msg = "a trusted policy without a root"
        raise ValueError(msg)
    if found.digest != value["sha256"]:
        msg = "a trusted policy that is not what was trusted"
        raise ValueError(msg)
    return found
