"""Keys in credentials.json: for machines without a keyring, and only when the user says so."""

import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

from coderouter_cli.errors import ConfigError, KeyStoreError
from coderouter_cli.storage.credentials.store import clean_key
from coderouter_cli.storage.settings.values import KeyStoreKind
from coderouter_cli.system.files import read_private, write_private
from coderouter_cli.system.lock import LifetimeLock
from coderouter_cli.system.redaction import Secret

_VERSION = 1
_LOCK_S = 5.0


class FileStore:
    """One JSON file, 0600, whose owner and mode are checked at every read.

    Changes take a lock beside the file, so that two at once lose nothing.
    """

    kind = KeyStoreKind.FILE

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self, providers: Collection[str]) -> Mapping[str, Secret]:
        """The keys the file holds for these providers."""
        keys = self._read()
        return {name: clean_key(keys[name], f"{self._path} ({name})") for name in providers if name in keys}

    def get(self, provider: str) -> Secret | None:
        """One provider's key."""
        return self.load((provider,)).get(provider)

    def list(self, providers: Collection[str]) -> tuple[str, ...]:
        """Which of these providers the file has a key for."""
        keys = self._read()
        return tuple(name for name in providers if name in keys)

    def set(self, provider: str, key: Secret) -> None:
        """Write a key and read it back."""
        self._change(lambda keys: keys.__setitem__(provider, key.reveal()))
        if self.get(provider) != key:
            raise KeyStoreError(f"{self._path} did not keep the key", next_step="Check the disk.")

    def delete(self, provider: str) -> bool:
        """Remove a key."""
        there = provider in self._read()
        if there:
            self._change(lambda keys: keys.pop(provider, None))
        return there

    def _change(self, change: Callable[[dict[str, str]], object]) -> None:
        with LifetimeLock(self._path.with_name(f"{self._path.name}.lock")) as lock:
            if not lock.acquire(_LOCK_S):
                raise KeyStoreError(f"{self._path} is in use by another program", next_step="Try again.")
            keys = self._read()
            change(keys)
            text = json.dumps({"version": _VERSION, "keys": keys}, indent=2)
            write_private(self._path, text.encode() + b"\n")

    def _read(self) -> dict[str, str]:
        data = read_private(self._path)
        if data is None:
            return {}
        try:
            found = json.loads(data)
        except ValueError:
            found = None
        if (
            not isinstance(found, dict)
            or found.get("version") != _VERSION
            or not _all_text(found.get("keys"))
        ):
            raise ConfigError(
                f"{self._path} is not a file of keys",
                next_step="Repair or remove it, then run `coderouter keys set` again.",
            )
        keys: dict[str, str] = found["keys"]
        return keys


def _all_text(keys: object) -> bool:
    return isinstance(keys, dict) and all(isinstance(key, str) for key in keys.values())
