"""What every place for keys can do, and what a key may look like."""

import re
from collections.abc import Collection, Mapping
from typing import Protocol

from coderouter_cli.errors import ConfigError
from coderouter_cli.storage.settings.values import KeyStoreKind
from coderouter_cli.system.redaction import Secret

_AROUND = "\ufeff\u200b\u00a0 \t\r\n"
"""What pasting from a web page or a file puts around a key: byte order mark, odd spaces, line ends."""

_SHORTEST, _LONGEST = 8, 1024


class KeyStore(Protocol):
    """A place for provider keys, one per provider. It is never exchanged for another silently."""

    @property
    def kind(self) -> KeyStoreKind: ...

    def load(self, providers: Collection[str]) -> Mapping[str, Secret]:
        """The keys it has for these providers, in one go.

        Raises:
            KeyStoreError: it cannot be read.
            ConfigError: what it holds is no key.
        """
        ...

    def get(self, provider: str) -> Secret | None:
        """One provider's key; None when it has none. Raises as `load`."""
        ...

    def set(self, provider: str, key: Secret) -> None:
        """Keep a key, replacing an older one; returns when it was read back.

        Raises:
            KeyStoreError: it cannot keep keys, or did not keep this one.
        """
        ...

    def delete(self, provider: str) -> bool:
        """Forget a key; whether there was one.

        Raises:
            KeyStoreError: it cannot be written.
        """
        ...

    def list(self, providers: Collection[str]) -> tuple[str, ...]:
        """Which of these providers it has a key for, in their order. Raises as `load`."""
        ...


def clean_key(text: str, source: str) -> Secret:
    """A key as it was typed or pasted, without what surrounds it.

    ``source`` says where it comes from, for the error. The error never repeats any of the key.

    Raises:
        ConfigError: it is empty, much too short or long, or holds what no header can carry.
    """
    key = text.strip(_AROUND)
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise ConfigError(
            f"the key from {source} has {len(key)} characters",
            next_step=f"A key has {_SHORTEST} to {_LONGEST}; copy it again, whole.",
        )
    if not re.fullmatch(r"[\x21-\x7e]+", key):
        raise ConfigError(
            f"the key from {source} holds a space, a line break or a special character",
            next_step="Copy it again, from its first character to its last and nothing else.",
        )
    return Secret(key)
