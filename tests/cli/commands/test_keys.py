"""`keys`: a key goes in by prompt or pipe, and never comes out."""

import json
import stat
import tomllib

import pytest

from coderouter_cli.daemon.process import find
from tests.cli.home import KEY, TAIL, Home
from tests.cli.terminal import converse

FILE = ("--key-store", "file")


def provider_names(home: Home) -> list[str]:
    """The providers that the running daemon has keys for."""
    return [provider["name"] for provider in home.run("status", "--json").data["daemon"]["providers"]]


def test_a_key_piped_in_is_kept_and_only_its_end_is_shown(home: Home) -> None:
    done = home.spawn("keys", "set", "anthropic", *FILE, typed=f"  {KEY}\r\n")
    as_json = home.spawn("keys", "set", "deepseek", "--json", typed=f"\ufeff{KEY}")

    assert done.code == 0
    assert "The anthropic key is in: file." in done.out
    assert as_json.data == {"provider": "deepseek", "key_store": "file", "reloaded": False, "moved": []}
    file = home.paths.credentials_file
    assert json.loads(file.read_text())["keys"] == {"anthropic": KEY, "deepseek": KEY}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    listed = home.run("keys", "list")
    assert f"anthropic: file (…{TAIL})" in listed.out
    assert KEY not in done.text + as_json.text + listed.text


def test_a_key_typed_at_a_terminal_is_not_shown(home: Home) -> None:
    code, shown = converse(home, ["keys", "set", "openai", *FILE], ("openai key: ", f"{KEY}\n"))

    assert code == 0
    assert KEY not in shown
    assert home.run("keys", "list", "--json").data["keys"][1] == {
        "provider": "openai", "source": "file", "tail": TAIL,
    }  # fmt: skip


def test_a_person_may_give_up(home: Home) -> None:
    code, shown = converse(home, ["keys", "set", "openai", *FILE], ("openai key: ", "\x03"))

    assert (code, "Nothing was changed." in shown) == (1, True)
    assert home.snapshot() == {}


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        (b"", "0 characters"),
        (b"short", "5 characters"),
        (b"canary with a space", "a space"),
        (b"canary\ncanary-canary", "a line break"),
        ("canary-ünïcode-canary".encode(), "special character"),
        (b"canary-\xff\xfe-canary", "special character"),
        (b"canary" * 40_000, "65536 characters"),
    ],
)
def test_what_is_no_key_is_refused_and_not_repeated(home: Home, typed: bytes, says: str) -> None:
    done = home.spawn("keys", "set", "openai", *FILE, typed=typed)

    assert done.code == 78
    assert says in done.err
    assert "canary" not in done.text
    assert not home.paths.credentials_file.exists()


def test_the_settings_say_where_keys_are_from_the_first_one_on(home: Home) -> None:
    home.with_keyring()

    home.run("keys", "set", "openai", typed=KEY)

    assert home.keyring == {"coderouter/openai": KEY}
    assert tomllib.loads(home.config.read_text()) == {"key_store": "keyring"}


def test_another_store_takes_all_keys_along(home: Home) -> None:
    home.with_keyring()
    home.run("keys", "set", "openai", typed=KEY)

    done = home.run("keys", "set", "anthropic", *FILE, "--json", typed=KEY)

    assert done.data["moved"] == ["openai"]
    assert home.keyring == {}
    sources = {key["provider"]: key["source"] for key in home.run("keys", "list", "--json").data["keys"]}
    assert (sources["anthropic"], sources["openai"], sources["deepseek"]) == ("file", "file", None)


def test_a_store_that_cannot_be_left_is_told(home: Home) -> None:
    home.write(home.config, 'key_store = "keyring" # the default\n')

    done = home.run("keys", "set", "anthropic", *FILE, typed=KEY)

    assert done.code == 0
    assert "Keys in the keyring, if any, were not moved: this system has no keyring" in done.out
    assert home.config.read_text() == 'key_store = "file" # the default\n'


def test_without_a_keyring_nothing_is_left_and_the_other_places_are_named(home: Home) -> None:
    done = home.run("keys", "set", "anthropic", typed=KEY)

    assert done.code == 69
    assert "--key-store file" in done.err
    assert home.snapshot() == {}


@pytest.mark.parametrize("option", [(), ("--key-store", "env")])
def test_the_environment_is_no_store(home: Home, option: tuple[str, ...]) -> None:
    home.write(home.config, 'key_store = "env"\n')

    done = home.run("keys", "set", "anthropic", *option)

    assert done.code == 69
    assert "ANTHROPIC_API_KEY" in done.err
    assert home.run("keys", "remove", "anthropic").code == 69


def test_a_variable_goes_first_and_is_told(home: Home) -> None:
    home.variables["CODEROUTER_ANTHROPIC_API_KEY"] = KEY

    done = home.run("keys", "set", "anthropic", *FILE, typed="another-key-0123456789")
    removed = home.run("keys", "remove", "anthropic")

    assert "But the variable CODEROUTER_ANTHROPIC_API_KEY is set, and goes first." in done.out
    assert "There is still one in the variable CODEROUTER_ANTHROPIC_API_KEY." in removed.out
    assert f"anthropic: env:CODEROUTER_ANTHROPIC_API_KEY (…{TAIL})" in home.run("keys", "list").out


def test_a_removed_key_is_gone(home: Home) -> None:
    home.run("keys", "set", "anthropic", *FILE, typed=KEY)

    first = home.run("keys", "remove", "anthropic", "--json")
    second = home.run("keys", "remove", "anthropic")

    assert first.data == {"provider": "anthropic", "removed": True, "variable": None}
    assert (second.code, second.out) == (0, "There was no anthropic key.\n")
    assert KEY not in home.paths.credentials_file.read_text()


def test_a_store_that_cannot_be_asked_makes_the_list_fail(home: Home) -> None:
    home.with_keyring("Locked")
    home.variables["OPENAI_API_KEY"] = KEY

    done = home.run("keys", "list")
    as_json = home.run("keys", "list", "--json")

    assert done.code == as_json.code == 69
    assert f"openai: env:OPENAI_API_KEY (…{TAIL})" in done.out
    assert "the keyring is locked" in done.out
    assert "the keyring is locked" in as_json.data["problem"]


def test_a_key_file_others_can_read_is_refused(home: Home) -> None:
    home.run("keys", "set", "anthropic", *FILE, typed=KEY)
    home.paths.credentials_file.chmod(0o644)

    done = home.run("keys", "list")

    assert done.code == 78
    assert "chmod 600" in done.out
    assert KEY not in done.text


def test_own_providers_are_known(home: Home) -> None:
    home.write(
        home.config, '[providers.mine]\nurl = "https://example.com"\nformats = ["openai_chat"]\n'
    )  # fmt: skip
    assert home.run("keys", "set", "mine", *FILE, typed=KEY).code == 0
    assert f"mine: file (…{TAIL})" in home.run("keys", "list").out


def test_a_running_daemon_takes_and_forgets_keys_at_once(home: Home) -> None:
    home.write(home.config, 'key_store = "file"\n')
    assert home.run("start", "--port", "0").code == 0
    running = find(home.paths)
    assert provider_names(home) == []

    done = home.run("keys", "set", "deepseek", typed=KEY)
    assert "does not run" not in done.out
    assert provider_names(home) == ["deepseek"]
    home.run("keys", "remove", "deepseek")
    assert provider_names(home) == []
    again = find(home.paths)
    assert running is not None
    assert again is not None
    assert again.hint.instance == running.hint.instance
