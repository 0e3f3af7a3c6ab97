"""Keys in their stores; whole stories are in test_setup and commands/test_keys."""

import pytest

from coderouter_cli.cli.key_stores import leave, store_keys, stored_keys, usable_advice
from coderouter_cli.errors import ConfigError, KeyStoreError
from coderouter_cli.storage.settings import KeyStoreKind
from coderouter_cli.system.redaction import Secret
from tests.cli.home import KEY, Home

PROVIDERS = ("anthropic", "openai")
KEYS = {"anthropic": Secret(KEY), "openai": Secret(KEY[::-1])}


@pytest.mark.parametrize("kind", [KeyStoreKind.FILE, KeyStoreKind.KEYRING])
def test_what_is_stored_is_found_until_it_is_left(home: Home, kind: KeyStoreKind) -> None:
    home.with_keyring()
    store_keys(home.context, kind, KEYS)

    assert stored_keys(home.context, kind, PROVIDERS) == KEYS
    assert leave(home.context, kind, PROVIDERS) == ()
    assert stored_keys(home.context, kind, PROVIDERS) == {}
    assert leave(home.context, kind, PROVIDERS) == ()


def test_the_environment_holds_nothing_of_ours(home: Home) -> None:
    home.variables["ANTHROPIC_API_KEY"] = KEY

    assert stored_keys(home.context, KeyStoreKind.ENV, PROVIDERS) == {}
    assert leave(home.context, KeyStoreKind.ENV, PROVIDERS) == ()


def test_a_keyring_that_fails_leaves_no_directory(home: Home) -> None:
    home.with_keyring("Throwing")

    with pytest.raises(KeyStoreError) as caught:
        store_keys(home.context, KeyStoreKind.KEYRING, KEYS)
    assert "--key-store file" in caught.value.next_step
    assert KEY not in caught.value.sentence()
    assert home.snapshot() == {}


def test_a_keyring_that_cannot_be_left_is_said(home: Home) -> None:
    home.with_keyring("Locked")

    (line,) = leave(home.context, KeyStoreKind.KEYRING, PROVIDERS)

    assert line.startswith("Copies of the keys stay in the keyring: the keyring is locked")


def test_a_damaged_file_cannot_be_read_nor_left(home: Home) -> None:
    home.write(home.paths.credentials_file, "[]")

    with pytest.raises(ConfigError):
        stored_keys(home.context, KeyStoreKind.FILE, PROVIDERS)
    assert "not a file of keys" in leave(home.context, KeyStoreKind.FILE, PROVIDERS)[0]


def test_the_advice_is_one_the_command_line_can_follow() -> None:
    error = usable_advice(KeyStoreError("it broke", means="it matters", next_step="edit config.toml"))

    assert (error.what, error.means) == ("it broke", "it matters")
    assert "--key-store env" in error.next_step
    assert "config.toml" not in error.next_step
