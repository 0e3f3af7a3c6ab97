"""Provider keys move with their owner: from one store to another, leaving no copy behind."""

from collections.abc import Collection, Mapping

from coderouter_cli.cli.context import Context
from coderouter_cli.errors import ConfigError, KeyStoreError
from coderouter_cli.storage.credentials import open_store
from coderouter_cli.storage.settings import KeyStoreKind
from coderouter_cli.system.redaction import Secret

PATIENCE_S = 60.0
"""For visits a person waits for: the keyring's password may have to be typed."""


def store_keys(
    context: Context, kind: KeyStoreKind, keys: Mapping[str, Secret], *, timeout_s: float = PATIENCE_S
) -> None:
    """Keep keys in a store. Nothing is left behind when the keyring cannot be used.

    Raises:
        KeyStoreError: it cannot keep them; the next step says what to choose instead.
        ConfigError: the home cannot be used.
    """
    if kind is KeyStoreKind.FILE:
        context.paths.ensure()
    store = open_store(kind, context.environ, timeout_s=timeout_s)
    try:
        for name, key in keys.items():
            store.set(name, key)
    except KeyStoreError as error:
        raise usable_advice(error) from error
    context.paths.ensure()


def stored_keys(
    context: Context, kind: KeyStoreKind, providers: Collection[str], *, timeout_s: float = PATIENCE_S
) -> dict[str, Secret]:
    """The keys a store holds; none for `KeyStoreKind.ENV`, which is no store.

    Raises:
        KeyStoreError, ConfigError: it cannot be read.
    """
    if kind is KeyStoreKind.ENV:
        return {}
    return dict(open_store(kind, context.environ, timeout_s=timeout_s).load(tuple(providers)))


def leave(context: Context, kind: KeyStoreKind, providers: Collection[str]) -> tuple[str, ...]:
    """Take our keys out of a store that is no longer used; says what could not be taken."""
    if kind is KeyStoreKind.ENV:
        return ()
    store = open_store(kind, context.environ, timeout_s=PATIENCE_S)
    try:
        for name in store.list(tuple(providers)):
            store.delete(name)
    except (KeyStoreError, ConfigError) as error:
        return (f"Copies of the keys stay in the {kind.value}: {error.sentence()}",)
    return ()


def usable_advice(error: KeyStoreError) -> KeyStoreError:
    """The same error, with what the command line can do about it."""
    return KeyStoreError(
        error.what,
        means=error.means,
        next_step="Choose another place: --key-store file (a file only you can read), or --key-store env"
        " (nowhere: the variables CODEROUTER_<PROVIDER>_API_KEY).",
    )
