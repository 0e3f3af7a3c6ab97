"""The child is run by `test_keyring_store` as a process; here are the answers it can give, one by one."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.storage.credentials import keyring_store

BACKENDS = Path(__file__).parent / "backends"


def ask(tmp_path: Path, backend: str, question: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-P", Path(keyring_store.__file__).with_name("keyring_child.py")],
        input=question,
        capture_output=True,
        text=True,
        check=False,
        env={
            **os.environ,
            "PYTHONPATH": str(BACKENDS),
            "PYTHON_KEYRING_BACKEND": backend,
            "FAKE_KEYRING_FILE": str(tmp_path / "items.json"),
        },
    )
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.stderr == ""
    return found


def question(operation: str, **items: str | None) -> str:
    return json.dumps({"op": operation, "service": "s", "items": items})


def test_set_get_and_delete_answer_with_the_items(tmp_path: Path) -> None:
    backend = "fake_backends.Working"

    assert ask(tmp_path, backend, question("set", a="1", b="2")) == {"items": {"a": "1", "b": "2"}}
    assert ask(tmp_path, backend, question("get", a=None, c=None)) == {"items": {"a": "1", "c": None}}
    assert ask(tmp_path, backend, question("delete", a=None, c=None)) == {"items": {"a": "1", "c": None}}
    assert ask(tmp_path, backend, question("get", a=None)) == {"items": {"a": None}}


@pytest.mark.parametrize(
    ("backend", "answer"),
    [
        ("keyring.backends.null.Keyring", {"error": "none", "detail": "keyring.backends.null.Keyring"}),
        ("fake_backends.Locked", {"error": "locked", "detail": "KeyringLocked"}),
        ("fake_backends.Throwing", {"error": "failed", "detail": "RuntimeError"}),
    ],
)
def test_what_cannot_be_done_has_a_code(tmp_path: Path, backend: str, answer: dict[str, str]) -> None:
    assert ask(tmp_path, backend, question("get", a=None)) == answer


def test_a_question_that_is_none_is_a_failure(tmp_path: Path) -> None:
    assert ask(tmp_path, "fake_backends.Working", "no json")["error"] == "failed"
