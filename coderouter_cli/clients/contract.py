"""The contract every coding client fulfils: find its configuration, plan a change, take it back.

A client never writes: it turns the bytes of its configuration into other bytes and says which keys
differ. `patching` writes them, `restoring` takes them back, `journal` remembers. A plan that
was made has already been proven: the new text parses to the old one plus exactly our keys.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from coderouter_cli.clients.display import unified

_TOKEN = re.compile(r"[A-Za-z0-9_\-]+")


@dataclass(frozen=True, slots=True)
class LocalEndpoint:
    """Where the daemon listens, and the token a client must show there.

    Raises:
        ValueError: a port outside 1 to 65535, or a token that would need quoting.
    """

    port: int
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        if not 0 < self.port < 65536:
            msg = f"{self.port} is not a port"
            raise ValueError(msg)
        if not _TOKEN.fullmatch(self.token):
            msg = "a local token is letters, digits, '_' and '-'"
            raise ValueError(msg)

    @property
    def origin(self) -> str:
        """The daemon's address, without a path."""
        return f"http://127.0.0.1:{self.port}"


@dataclass(frozen=True, slots=True)
class Detection:
    """Whether the client is on this machine, what says so, and where its configuration is."""

    installed: bool
    evidence: str
    config_file: Path


@dataclass(frozen=True, slots=True)
class KeyChange:
    """One key a plan sets.

    ``path`` is the key's path in the parsed file. ``found`` is its text in the file as it is (None:
    not there), ``new_raw`` the text it gets. ``ours`` marks a text found that CodeRouter wrote
    itself: it is never kept as the user's original.
    """

    path: tuple[str, ...]
    found: str | None = field(repr=False)
    new_raw: str = field(repr=False)
    ours: bool = False


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What the journal knows of one key: the user's text, and every text we put there.

    ``earlier`` holds what we wrote before ``new_raw`` (another port, an older token): any of them
    in the file is still ours.
    """

    path: tuple[str, ...]
    had_before: bool
    old_raw: str | None = field(repr=False)
    new_raw: str = field(repr=False)
    earlier: tuple[str, ...] = field(default=(), repr=False)

    @property
    def written(self) -> tuple[str, ...]:
        """Every text we ever put there, the latest first."""
        return (self.new_raw, *self.earlier)


@dataclass(frozen=True, slots=True)
class PatchPlan:
    """A proven change to one file. ``before`` is None when there is no file yet.

    ``original`` is ``before`` without anything CodeRouter wrote earlier: what a restore returns to.
    ``notes`` are sentences for the user.
    """

    client: str
    file: Path
    before: bytes | None = field(repr=False)
    after: bytes = field(repr=False)
    keys: tuple[KeyChange, ...]
    original: bytes | None = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.before != self.after

    def diff(self, *, mask: bool = True) -> str:
        """A unified diff; with ``mask`` no token, key or password of either side is in it."""
        return unified(str(self.file), self.before or b"", self.after, mask=mask)


@dataclass(frozen=True, slots=True)
class Reverted:
    """A file without our keys. ``empty`` is whether nothing but ours was in it.

    ``left`` are sentences about what was ours and stays, because it was changed since.
    """

    data: bytes = field(repr=False)
    empty: bool = False
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Override:
    """Something else that says where this client sends its requests.

    ``value`` is safe to show: an origin, or the word ``set``. ``wins`` is whether it beats what we
    write; ``effect`` says the same in words.
    """

    source: str
    file: Path | None
    setting: str
    value: str
    wins: bool
    effect: str


class Client(Protocol):
    """One coding client. ``env`` is the environment it would be started in."""

    @property
    def name(self) -> str:
        """The stable identifier, for example ``codex``."""
        ...

    @property
    def title(self) -> str:
        """The name people know."""
        ...

    def config_file(self, env: Mapping[str, str], home: Path) -> Path:
        """The user-level configuration file, whether it exists or not."""
        ...

    def detect(self, env: Mapping[str, str], home: Path) -> Detection:
        """Look for the client; runs nothing."""
        ...

    def plan(self, endpoint: LocalEndpoint, env: Mapping[str, str], home: Path) -> PatchPlan:
        """Plan the change that sends this client to ``endpoint``; reads the file, writes nothing.

        Raises:
            PatchError: the file cannot be changed safely; the message says why and what to do.
        """
        ...

    def revert(self, data: bytes, keys: Sequence[KeyRecord], original: bytes | None) -> Reverted:
        """Take our keys out of a file that others have changed since, key by key.

        ``original`` is the file as it was before CodeRouter, for what the keys do not say.

        Raises:
            PatchError: the file no longer parses.
        """
        ...

    def overrides(self, env: Mapping[str, str], home: Path, cwd: Path) -> tuple[Override, ...]:
        """Who else sets the base URL for a client started in ``cwd``."""
        ...

    def needs_history_table(self, env: Mapping[str, str], home: Path) -> bool:
        """Whether sessions made through CodeRouter would no longer load without a trace of it."""
        ...

    def with_history_table(self, data: bytes | None) -> bytes | None:
        """The restored file plus the inert trace that lets such sessions load."""
        ...

    def manual_steps(self) -> str:
        """How to take our keys out by hand."""
        ...
