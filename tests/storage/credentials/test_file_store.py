import json
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from coderouter_cli.errors import ConfigError, KeyStoreError, UnsafeFileError
from coderouter_cli.storage.credentials import FileStore, KeyStore
from coderouter_cli.system.lock import LifetimeLock
from coderouter_cli.system.redaction import Secret

KEY, OTHER = Secret("first-0123456789ab"), Secret("other-0123456789ab")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "credentials.json"


@pytest.fixture
def store(path: Path) -> KeyStore:
    return FileStore(path)


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def test_without_a_file_there_are_no_keys(store: KeyStore) -> None:
    assert store.get("anthropic") is None
    assert store.load(["anthropic"]) == {}
    assert store.list(["anthropic"]) == ()
    assert not store.delete("anthropic")


def test_what_is_set_is_found_and_what_is_deleted_is_gone(store: KeyStore) -> None:
    store.set("anthropic", KEY)
    store.set("openai", KEY)
    store.set("openai", OTHER)

    assert store.load(["openai", "anthropic", "deepseek"]) == {"openai": OTHER, "anthropic": KEY}
    assert store.list(["deepseek", "openai"]) == ("openai",)
    assert store.delete("openai")
    assert not store.delete("openai")
    assert store.get("openai") is None
    assert store.get("anthropic") == KEY


@pytest.mark.usefixtures("umask")
def test_the_file_is_private_under_any_umask(store: KeyStore, path: Path) -> None:
    store.set("anthropic", KEY)

    assert {stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()} == {0o600}


def test_a_file_others_can_read_is_refused_at_every_use(store: KeyStore, path: Path) -> None:
    store.set("anthropic", KEY)
    path.chmod(0o644)

    for use in (lambda: store.get("anthropic"), lambda: store.set("openai", KEY), lambda: store.delete("x")):
        with pytest.raises(UnsafeFileError) as caught:
            use()
        assert "chmod 600" in caught.value.next_step


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"version": 2, "keys": {}}',
        '{"version": 1, "keys": []}',
        '{"version": 1, "keys": {"a": 1}}',
    ],
)
def test_a_file_of_something_else_is_refused_and_kept(store: KeyStore, path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)

    with pytest.raises(ConfigError, match=r"credentials\.json"):
        store.set("anthropic", KEY)

    assert path.read_text() == text


def test_a_broken_key_in_the_file_is_named_and_not_shown(store: KeyStore, path: Path) -> None:
    path.write_text(
        json.dumps({"version": 1, "keys": {"anthropic": "two words here", "openai": OTHER.reveal()}})
    )
    path.chmod(0o600)

    with pytest.raises(ConfigError, match="anthropic") as caught:
        store.get("anthropic")

    assert "two words" not in caught.value.sentence()
    assert store.get("openai") == OTHER


def test_writers_at_the_same_time_lose_nothing(store: KeyStore, path: Path) -> None:
    threads = [
        threading.Thread(target=FileStore(path).set, args=(f"provider-{number}", KEY)) for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(store.load([f"provider-{number}" for number in range(12)])) == 12


def test_a_file_in_use_is_said_to_be(store: KeyStore, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coderouter_cli.storage.credentials.file_store._LOCK_S", 0.05)
    with LifetimeLock(path.with_name("credentials.json.lock")) as lock:
        assert lock.acquire()

        with pytest.raises(KeyStoreError, match="in use"):
            store.set("anthropic", KEY)
