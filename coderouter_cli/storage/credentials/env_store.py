"""Keys from environment variables: read only, and first of all."""

import re
from collections.abc import Collection, Mapping
from typing import NoReturn

from coderouter_cli.errors import KeyStoreError
from coderouter_cli.storage.credentials.store import clean_key
from coderouter_cli.storage.settings.values import KeyStoreKind
from coderouter_cli.system.redaction import Secret


class EnvStore:
    """Looks for CODEROUTER_<PROVIDER>_API_KEY, then for the provider's usual variable.

    ``key_env`` maps a provider to that usual variable. An empty variable counts as not set.
    """

    kind = KeyStoreKind.ENV

    def __init__(self, environ: Mapping[str, str], key_env: Mapping[str, str]) -> None:
        self._environ = environ
        self._key_env = key_env

    def variable(self, provider: str) -> str | None:
        """The variable a provider's key comes from; None when neither is set."""
        for name in (own_variable(provider), self._key_env.get(provider)):
            if name and self._environ.get(name, "").strip():
                return name
        return None

    def get(self, provider: str) -> Secret | None:
        """One provider's key."""
        name = self.variable(provider)
        return None if name is None else clean_key(self._environ[name], f"the variable {name}")

    def load(self, providers: Collection[str]) -> Mapping[str, Secret]:
        """The keys that are set for these providers."""
        found = ((provider, self.get(provider)) for provider in providers)
        return {provider: key for provider, key in found if key is not None}

    def list(self, providers: Collection[str]) -> tuple[str, ...]:
        """Which of these providers have a variable set."""
        return tuple(provider for provider in providers if self.variable(provider))

    def set(self, provider: str, key: Secret) -> NoReturn:  # noqa: ARG002 - the same for every key
        """Always refuses: only the user's shell can set a variable."""
        raise self._read_only(provider)

    def delete(self, provider: str) -> NoReturn:
        """Always refuses: only the user's shell can unset a variable."""
        raise self._read_only(provider)

    def _read_only(self, provider: str) -> KeyStoreError:
        return KeyStoreError(
            "environment variables cannot be changed from here",
            next_step=f"Set {own_variable(provider)} where the daemon is started, or choose a store:"
            ' key_store = "keyring" or "file" in config.toml.',
        )


def own_variable(provider: str) -> str:
    """Our own variable for a provider's key: CODEROUTER_Z_AI_API_KEY for ``z.ai``."""
    return f"CODEROUTER_{re.sub(r'[^A-Z0-9]', '_', provider.upper())}_API_KEY"
