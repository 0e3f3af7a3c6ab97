"""Keys in the system's keyring, one item per provider.

The library itself runs in `keyring_child`, a process that is killed when it does not answer. One
item per provider, not one for all: Windows limits an item to 2560 bytes (CRED_MAX_CREDENTIAL_BLOB_SIZE).
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from coderouter_cli.errors import KeyStoreError
from coderouter_cli.storage.credentials.store import clean_key
from coderouter_cli.storage.settings.values import KeyStoreKind
from coderouter_cli.system.environment import without_secrets
from coderouter_cli.system.redaction import Secret

SERVICE = "coderouter"
_CHILD = Path(__file__).with_name("keyring_child.py")
_ALTERNATIVES = (
    "Use `--key-store file` (a file only you can read), or `--key-store env` to keep keys in the environment."
)

_Operation = Literal["get", "set", "delete"]


class KeyringStore:
    """The system's keyring.

    ``environ`` is the environment the keyring is looked for with (the session's D-Bus address, for
    one). ``timeout_s`` is how long one visit may take; longer where a person may have to type the
    keyring's password.
    """

    kind = KeyStoreKind.KEYRING

    def __init__(self, environ: Mapping[str, str], *, timeout_s: float = 5.0) -> None:
        self._environ = without_secrets(environ)
        self._timeout_s = timeout_s

    def load(self, providers: Collection[str]) -> Mapping[str, Secret]:
        """The keys the keyring holds for these providers, in one visit."""
        if not providers:
            return {}
        items = self._visit("get", dict.fromkeys(providers))
        return {
            name: clean_key(value, f"the keyring ({name})")
            for name, value in items.items()
            if value is not None
        }

    def get(self, provider: str) -> Secret | None:
        """One provider's key."""
        return self.load((provider,)).get(provider)

    def list(self, providers: Collection[str]) -> tuple[str, ...]:
        """Which of these providers the keyring has a key for."""
        items = self._visit("get", dict.fromkeys(providers)) if providers else {}
        return tuple(name for name in providers if items.get(name) is not None)

    def set(self, provider: str, key: Secret) -> None:
        """Keep a key; a second visit reads it back, for there are keyrings that forget at once."""
        self._visit("set", {provider: key.reveal()})
        if self.get(provider) != key:
            raise KeyStoreError(
                "the keyring took the key and does not give it back",
                means="It keeps nothing.",
                next_step=_ALTERNATIVES,
            )

    def delete(self, provider: str) -> bool:
        """Remove a key."""
        return self._visit("delete", {provider: None}).get(provider) is not None

    def _visit(self, operation: _Operation, items: Mapping[str, str | None]) -> dict[str, str | None]:
        asked = json.dumps({"op": operation, "service": SERVICE, "items": items})
        answer = self._ask(asked)
        if "error" in answer:
            raise _error(answer)
        found: dict[str, str | None] = answer["items"]
        return found

    def _ask(self, asked: str) -> dict[str, Any]:
        """Run the child with its question, and kill it when it does not answer."""
        with self._start() as child:
            try:
                output, _ = child.communicate(asked.encode(), self._timeout_s)
            except subprocess.TimeoutExpired:
                _kill_group(child)
                raise KeyStoreError(
                    f"the keyring did not answer within {self._timeout_s:g} seconds",
                    means="It may be locked and waiting for a password.",
                    next_step=f"Unlock it and try again. {_ALTERNATIVES}",
                ) from None
        return _parsed(output, child.returncode)

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(  # noqa: S603 - our own interpreter with our own file
                [sys.executable, "-P", str(_CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=self._environ,
                start_new_session=True,
            )
        except OSError as error:
            raise KeyStoreError(
                f"cannot start {sys.executable} to ask the keyring: {error.strerror}",
                next_step=_ALTERNATIVES,
            ) from error


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End the child and whatever it started; its pipes are closed unread."""
    with suppress(ProcessLookupError):
        if sys.platform == "win32":
            child.kill()
        else:
            os.killpg(child.pid, signal.SIGKILL)


def _parsed(output: bytes, status: int) -> dict[str, Any]:
    try:
        answer = json.loads(output)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        return {"error": "failed", "detail": f"exit status {status}"}
    return answer


def _error(answer: Mapping[str, Any]) -> KeyStoreError:
    detail = answer.get("detail", "")
    if answer["error"] == "none":
        return KeyStoreError(
            f"this system has no keyring that can be trusted with a key{detail and f' (found: {detail})'}",
            next_step=_ALTERNATIVES,
        )
    if answer["error"] == "locked":
        return KeyStoreError("the keyring is locked", next_step=f"Unlock it and try again. {_ALTERNATIVES}")
    return KeyStoreError(f"the keyring failed ({detail})", next_step=_ALTERNATIVES)
