"""Keyrings for the tests, found through PYTHON_KEYRING_BACKEND in the process that asks the keyring."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import keyring.backend
import keyring.errors


class Working(keyring.backend.KeyringBackend):
    """Keeps items in the file FAKE_KEYRING_FILE."""

    priority = 5

    def _items(self) -> dict[str, str]:
        path = Path(os.environ["FAKE_KEYRING_FILE"])
        items: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
        return items

    def _keep(self, items: dict[str, str]) -> None:
        Path(os.environ["FAKE_KEYRING_FILE"]).write_text(json.dumps(items))

    def get_password(self, service: str, username: str) -> str | None:
        return self._items().get(f"{service}/{username}")

    def set_password(self, service: str, username: str, password: str) -> None:
        self._keep({**self._items(), f"{service}/{username}": password})

    def delete_password(self, service: str, username: str) -> None:
        items = self._items()
        del items[f"{service}/{username}"]
        self._keep(items)


class Watched(Working):
    """Also writes down what the system shows of its process: arguments and environment."""

    def set_password(self, service: str, username: str, password: str) -> None:
        shown = {"argv": sys.orig_argv, "environ": dict(os.environ), "modules": sorted(sys.modules)}
        Path(os.environ["FAKE_KEYRING_FILE"] + ".shown").write_text(json.dumps(shown))
        super().set_password(service, username, password)


class Forgetful(Working):
    """Takes everything and keeps nothing, at a priority that would be trusted."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return


class Mangling(Working):
    """Gives back something else than it got."""

    def get_password(self, service: str, username: str) -> str | None:
        found = super().get_password(service, username)
        return None if found is None else found + "-mangled"


class Weak(Working):
    """Works, at a priority the library does not recommend."""

    priority = 0.5  # type: ignore[assignment]  # the base class computes it


class PlaintextKeyring(Working):
    """Works, and says by its name that it should not."""


class Locked(Working):
    """Waits for nobody's password, and says so."""

    def get_password(self, service: str, username: str) -> str | None:
        msg = "canary-0123456789"
        raise keyring.errors.KeyringLocked(msg)


class Throwing(Working):
    """Raises what its system's library raises, with the key in the text."""

    def get_password(self, service: str, username: str) -> str | None:
        raise RuntimeError(username)

    def set_password(self, service: str, username: str, password: str) -> None:
        raise RuntimeError(password)


class Crashing(Working):
    """Takes its process down."""

    def get_password(self, service: str, username: str) -> str | None:
        os.kill(os.getpid(), signal.SIGSEGV)
        return None


class Talking(Working):
    """Writes to standard output, as a library should not."""

    def get_password(self, service: str, username: str) -> str | None:
        sys.stdout.write("hello ")
        return super().get_password(service, username)


class Hanging(Working):
    """A keyring whose prompt nobody sees; starts a program that holds on to the pipes, too."""

    def get_password(self, service: str, username: str) -> str | None:
        with subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"]) as prompt:
            Path(os.environ["FAKE_KEYRING_FILE"]).write_text(json.dumps([os.getpid(), prompt.pid]))
            signal.pause()
        return None
