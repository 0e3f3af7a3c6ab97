"""One visit to the system's keyring, in a process of its own.

A keyring may wait for ever: a locked Secret Service whose prompt nobody sees, a D-Bus that does not
answer. So the library is only ever used in this short-lived program, which can be killed. It is run
by its path, imports nothing of the package, and reads one JSON object from standard input:

    {"op": "get" | "set" | "delete", "service": ..., "items": {user: value or null, ...}}

It answers with one on standard output: ``{"items": {user: value or null}}``, or ``{"error": code}``
with the code ``none``, ``locked`` or ``failed``, and in ``detail`` the name of the backend or of the
exception. Values travel through the two pipes only.
"""

import json
import sys
from types import TracebackType
from typing import Any

import keyring
import keyring.backend
import keyring.backends.chainer
import keyring.core
import keyring.errors

_LEAST_PRIORITY = 1
"""The library recommends a backend from this priority on; null, fail and plain text files are below."""


def _backends(backend: keyring.backend.KeyringBackend) -> list[keyring.backend.KeyringBackend]:
    """The backends that would be used; a chain tries several."""
    if isinstance(backend, keyring.backends.chainer.ChainerBackend):
        return list(backend.backends)
    return [backend]


def _usable(backend: keyring.backend.KeyringBackend) -> bool:
    name = f"{type(backend).__module__}.{type(backend).__qualname__}".lower()
    known_bad = any(word in name for word in ("backends.null", "backends.fail", "plaintext", "keyrings.alt"))
    return not known_bad and backend.priority >= _LEAST_PRIORITY


def _visit(backend: keyring.backend.KeyringBackend, asked: dict[str, Any]) -> dict[str, str | None]:
    service, items = asked["service"], asked["items"]
    if asked["op"] == "set":
        for user, value in items.items():
            backend.set_password(service, user, value)
    if asked["op"] == "delete":
        found = {user: backend.get_password(service, user) for user in items}
        for user in (user for user, value in found.items() if value is not None):
            backend.delete_password(service, user)
        return found
    return {user: backend.get_password(service, user) for user in items}


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """Do what was asked, or say why not."""
    try:
        keyring.core.init_backend(limit=keyring.core.recommended)
        backend = keyring.get_keyring()
        used = _backends(backend)
        if not used or not all(map(_usable, used)):
            return {"error": "none", "detail": f"{type(backend).__module__}.{type(backend).__qualname__}"}
        return {"items": _visit(backend, asked)}
    except keyring.errors.NoKeyringError:
        return {"error": "none"}
    except keyring.errors.KeyringLocked as error:
        return {"error": "locked", "detail": type(error).__name__}


def _failed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A backend raises whatever its system's library raises: only the exception's name is told."""
    del error, trace
    sys.stdout.write(json.dumps({"error": "failed", "detail": kind.__name__}))


if __name__ == "__main__":
    sys.excepthook = _failed
    sys.stdout.write(json.dumps(answer(json.load(sys.stdin))))
