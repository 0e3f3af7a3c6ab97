"""Provider keys: where they are kept, and how they are found."""

from coderouter_cli.storage.credentials.env_store import EnvStore
from coderouter_cli.storage.credentials.file_store import FileStore
from coderouter_cli.storage.credentials.keyring_store import KeyringStore
from coderouter_cli.storage.credentials.resolve import (
    KeyInfo,
    ResolvedKeys,
    describe,
    open_store,
    resolve_keys,
)
from coderouter_cli.storage.credentials.store import KeyStore, clean_key

__all__ = [
    "EnvStore",
    "FileStore",
    "KeyInfo",
    "KeyStore",
    "KeyringStore",
    "ResolvedKeys",
    "clean_key",
    "describe",
    "open_store",
    "resolve_keys",
]
