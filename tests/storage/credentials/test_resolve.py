from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from coderouter_cli.errors import ConfigError, KeyStoreError
from coderouter_cli.storage.credentials import (
    EnvStore,
    FileStore,
    KeyInfo,
    KeyringStore,
    describe,
    open_store,
    resolve_keys,
)
from coderouter_cli.storage.settings import KeyStoreKind, ProviderSettings, Settings
from coderouter_cli.system.redaction import Secret

PROVIDERS = {"anthropic": "ANTHROPIC_API_KEY", "openai": "OPENAI_API_KEY", "deepseek": "DEEPSEEK_API_KEY"}
FROM_ENV, STORED = "from-env-0123456789", "stored-0123456789abcd"


class Locked(FileStore):
    """A store that cannot be read."""

    def load(self, providers: Collection[str]) -> Mapping[str, Secret]:
        raise KeyStoreError("the keyring is locked")


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return {"CODEROUTER_HOME": str(tmp_path), "ANTHROPIC_API_KEY": FROM_ENV}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    store = FileStore(tmp_path / "credentials.json")
    store.set("anthropic", Secret(STORED))
    store.set("openai", Secret(STORED))
    return Settings(key_store=KeyStoreKind.FILE)


def test_the_environment_wins_and_the_store_fills_in(settings: Settings, environ: dict[str, str]) -> None:
    keys = resolve_keys(settings, PROVIDERS, environ)

    assert dict(keys) == {"anthropic": Secret(FROM_ENV), "openai": Secret(STORED)}
    assert len(keys) == 2
    assert "deepseek" not in keys
    assert keys.sources == {"anthropic": "env:ANTHROPIC_API_KEY", "openai": "file"}
    assert keys.problem is None


def test_what_is_shown_is_the_source_and_four_characters(settings: Settings, environ: dict[str, str]) -> None:
    keys = resolve_keys(settings, PROVIDERS, environ)

    assert describe(keys, PROVIDERS) == (
        KeyInfo("anthropic", "env:ANTHROPIC_API_KEY", "6789"),
        KeyInfo("openai", "file", "abcd"),
        KeyInfo("deepseek"),
    )
    assert FROM_ENV not in repr(keys)
    assert STORED not in repr(keys)


def test_the_store_env_asks_nothing_else(settings: Settings, environ: dict[str, str]) -> None:
    keys = resolve_keys(Settings(key_store=KeyStoreKind.ENV), PROVIDERS, environ)

    assert dict(keys) == {"anthropic": Secret(FROM_ENV)}


def test_the_settings_may_name_another_variable(environ: dict[str, str]) -> None:
    settings = Settings(
        key_store=KeyStoreKind.ENV, providers={"anthropic": ProviderSettings(key_env="WORK_KEY")}
    )

    assert dict(resolve_keys(settings, PROVIDERS, environ)) == {}
    assert set(resolve_keys(settings, PROVIDERS, environ | {"WORK_KEY": STORED})) == {"anthropic"}


def test_a_locked_store_leaves_the_keys_of_the_environment(tmp_path: Path, environ: dict[str, str]) -> None:
    keys = resolve_keys(Settings(), PROVIDERS, environ, store=Locked(tmp_path / "x"))

    assert dict(keys) == {"anthropic": Secret(FROM_ENV)}
    assert isinstance(keys.problem, KeyStoreError)


def test_a_store_is_not_asked_for_what_the_environment_has(tmp_path: Path, environ: dict[str, str]) -> None:
    one = {"anthropic": "ANTHROPIC_API_KEY"}

    assert resolve_keys(Settings(), one, environ, store=Locked(tmp_path / "x")).problem is None


def test_a_broken_variable_is_an_error(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        resolve_keys(
            Settings(key_store=KeyStoreKind.ENV), PROVIDERS, environ | {"OPENAI_API_KEY": "a b c d e f"}
        )


def test_each_kind_has_its_store(environ: dict[str, str], tmp_path: Path) -> None:
    assert isinstance(open_store(KeyStoreKind.ENV, environ), EnvStore)
    assert isinstance(open_store(KeyStoreKind.KEYRING, environ), KeyringStore)
    file = open_store(KeyStoreKind.FILE, environ)
    file.set("openai", Secret(STORED))
    assert (tmp_path / "credentials.json").exists()
