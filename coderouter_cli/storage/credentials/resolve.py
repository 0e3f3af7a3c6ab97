"""Find the key of every provider: the environment first, then the store the settings name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coderouter_cli.errors import ConfigError, KeyStoreError
from coderouter_cli.storage.credentials.env_store import EnvStore
from coderouter_cli.storage.credentials.file_store import FileStore
from coderouter_cli.storage.credentials.keyring_store import KeyringStore
from coderouter_cli.storage.credentials.store import KeyStore
from coderouter_cli.storage.settings.values import KeyStoreKind, Settings
from coderouter_cli.system.paths import Paths
from coderouter_cli.system.redaction import Secret


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a provider's key.

    ``source`` is ``env:<VARIABLE>``, ``keyring`` or ``file``; None when there is no key. ``tail``
    is the key's last four characters.
    """

    provider: str
    source: str | None = None
    tail: str = ""


@dataclass(frozen=True, slots=True)
class ResolvedKeys(Mapping[str, Secret]):
    """The keys that were found, by provider, and where.

    ``problem`` is why the store could not be asked; the keys of the environment are there all the
    same. A provider that is missing while there is a problem may well have a key.
    """

    keys_found: Mapping[str, Secret]
    sources: Mapping[str, str]
    problem: KeyStoreError | ConfigError | None = None

    def __getitem__(self, provider: str) -> Secret:
        return self.keys_found[provider]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys_found)

    def __len__(self) -> int:
        return len(self.keys_found)


def resolve_keys(
    settings: Settings,
    providers: Mapping[str, str],
    environ: Mapping[str, str],
    *,
    store: KeyStore | None = None,
) -> ResolvedKeys:
    """The keys of these providers (name to usual variable; the settings may name another).

    The store is only asked for what the environment lacks; ``store`` replaces the one of the
    settings and of this environment's home.

    Raises:
        ConfigError: a variable holds something that is no key.
    """
    env = EnvStore(environ, _variables(settings, providers))
    keys = dict(env.load(providers))
    sources = {provider: f"env:{env.variable(provider)}" for provider in keys}
    missing = [provider for provider in providers if provider not in keys]
    chosen = store or open_store(settings.key_store, environ)
    if not missing or chosen.kind is KeyStoreKind.ENV:
        return ResolvedKeys(keys, sources)
    try:
        stored = chosen.load(missing)
    except (KeyStoreError, ConfigError) as problem:
        return ResolvedKeys(keys, sources, problem)
    sources |= dict.fromkeys(stored, chosen.kind.value)
    return ResolvedKeys(keys | dict(stored), sources)


def open_store(kind: KeyStoreKind, environ: Mapping[str, str], *, timeout_s: float = 5.0) -> KeyStore:
    """The store of this kind for this environment's home. Nothing is touched until it is used."""
    if kind is KeyStoreKind.FILE:
        return FileStore(Paths.from_environ(environ).credentials_file)
    if kind is KeyStoreKind.KEYRING:
        return KeyringStore(environ, timeout_s=timeout_s)
    return EnvStore(environ, {})


def describe(resolved: ResolvedKeys, providers: Mapping[str, str]) -> tuple[KeyInfo, ...]:
    """What may be shown of each provider's key."""
    return tuple(
        KeyInfo(provider, resolved.sources[provider], resolved[provider].tail)
        if provider in resolved
        else KeyInfo(provider)
        for provider in providers
    )


def _variables(settings: Settings, providers: Mapping[str, str]) -> dict[str, str]:
    own = {name: provider.key_env for name, provider in settings.providers.items() if provider.key_env}
    return {**providers, **own}
