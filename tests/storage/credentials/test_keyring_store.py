import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from coderouter_cli.errors import ConfigError, KeyStoreError
from coderouter_cli.storage.credentials import KeyringStore, KeyStore
from coderouter_cli.system.redaction import Secret

BACKENDS = Path(__file__).parent / "backends"
KEY, OTHER = Secret("canary-0123456789ab"), Secret("canary-9876543210ba")


def environ(tmp_path: Path, backend: str) -> dict[str, str]:
    """An environment in which the keyring is the one we say."""
    name = backend if "." in backend else f"fake_backends.{backend}"
    return {
        **os.environ,
        "HOME": str(tmp_path),
        "PYTHONPATH": str(BACKENDS),
        "PYTHON_KEYRING_BACKEND": name,
        "FAKE_KEYRING_FILE": str(tmp_path / "items.json"),
    }


def keyring(tmp_path: Path, backend: str, timeout_s: float = 30.0) -> KeyStore:
    return KeyringStore(environ(tmp_path, backend), timeout_s=timeout_s)


def test_what_is_set_is_found_and_what_is_deleted_is_gone(tmp_path: Path) -> None:
    store = keyring(tmp_path, "Working")
    assert store.get("anthropic") is None
    assert not store.delete("anthropic")
    store.set("anthropic", KEY)
    store.set("openai", OTHER)

    assert store.load(["openai", "deepseek", "anthropic"]) == {"openai": OTHER, "anthropic": KEY}
    assert store.list(["deepseek", "openai"]) == ("openai",)
    assert store.delete("anthropic")
    assert store.get("anthropic") is None
    assert store.get("openai") == OTHER
    items = json.loads((tmp_path / "items.json").read_text())
    assert set(items) == {"coderouter/openai"}


def test_nothing_is_asked_for_no_provider(tmp_path: Path) -> None:
    store = keyring(tmp_path, "Throwing")

    assert store.load([]) == {}
    assert store.list([]) == ()


def test_the_key_is_in_no_argument_and_no_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", KEY.reveal())
    keyring(tmp_path, "Watched").set("anthropic", KEY)

    shown = json.loads((tmp_path / "items.json.shown").read_text())
    assert KEY.reveal() not in json.dumps([shown["argv"], shown["environ"]])
    assert not [name for name in shown["modules"] if name.startswith("coderouter_cli")]


def test_a_hostile_working_directory_is_not_imported_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json.py", "keyring.py", "sitecustomize.py"):
        (tmp_path / name).write_text("import os; os._exit(3)")
    monkeypatch.chdir(tmp_path)
    store = keyring(tmp_path, "Working")

    store.set("anthropic", KEY)

    assert store.get("anthropic") == KEY


@pytest.mark.parametrize(
    ("backend", "named"),
    [
        ("keyring.backends.null.Keyring", "keyring.backends.null"),
        ("keyring.backends.fail.Keyring", "keyring.backends.fail"),
        ("Weak", "Weak"),
        ("PlaintextKeyring", "Plaintext"),
    ],
)
def test_a_keyring_that_cannot_be_trusted_is_refused_by_name(
    tmp_path: Path, backend: str, named: str
) -> None:
    store = keyring(tmp_path, backend)

    for use in (
        lambda: store.set("anthropic", KEY),
        lambda: store.get("anthropic"),
        lambda: store.delete("x"),
    ):
        with pytest.raises(KeyStoreError, match=named) as caught:
            use()
        assert "--key-store file" in caught.value.next_step
        assert caught.value.exit_code == 69
    assert not (tmp_path / "items.json").exists()


def test_a_system_without_any_keyring_is_told_what_to_do(tmp_path: Path) -> None:
    bare = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    store = KeyringStore(bare | {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}, timeout_s=30)

    with pytest.raises(KeyStoreError, match="no keyring"):
        store.get("anthropic")


@pytest.mark.parametrize(
    ("backend", "says"),
    [
        ("Forgetful", "does not give it back"),
        ("Mangling", "does not give it back"),
        ("Locked", "locked"),
        ("Throwing", "RuntimeError"),
        ("Crashing", "exit status"),
        ("Talking", "exit status"),
        ("missing_module.Keyring", "ModuleNotFoundError"),
    ],
)
def test_a_keyring_that_fails_is_a_typed_error_without_the_key(
    tmp_path: Path, backend: str, says: str
) -> None:
    with pytest.raises(KeyStoreError, match=says) as caught:
        keyring(tmp_path, backend).set("anthropic", KEY)

    assert "canary" not in caught.value.sentence()
    assert "file" in caught.value.next_step or backend in ("Forgetful", "Mangling")


def test_a_keyring_that_hangs_is_killed_with_all_it_started(tmp_path: Path) -> None:
    store = keyring(tmp_path, "Hanging", timeout_s=4.0)
    started = time.monotonic()

    with pytest.raises(KeyStoreError, match="did not answer within 4 seconds"):
        store.get("anthropic")

    assert time.monotonic() - started < 10
    left = [pid for pid in json.loads((tmp_path / "items.json").read_text()) if alive(pid)]
    assert left == []


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_a_key_that_somebody_else_stored_broken_is_named_and_not_shown(tmp_path: Path) -> None:
    (tmp_path / "items.json").write_text(json.dumps({"coderouter/anthropic": "two words here"}))

    with pytest.raises(ConfigError, match="anthropic") as caught:
        keyring(tmp_path, "Working").get("anthropic")

    assert "two words" not in caught.value.sentence()


def test_an_interpreter_that_is_gone_is_a_typed_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    with pytest.raises(KeyStoreError, match="cannot start"):
        keyring(tmp_path, "Working").get("anthropic")


def test_the_store_itself_does_not_load_the_library() -> None:
    script = "import sys, coderouter_cli.storage.credentials; print('keyring' in sys.modules)"

    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True).stdout == b"False\n"
    )
