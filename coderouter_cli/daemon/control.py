"""Talks to a running daemon from the command line: is it healthy, is it ours, stop it.

Uses the standard library's HTTP client, so that `start` and `status` need not load the daemon's.
The local token is sent to a port only after `/healthz` has answered with our own instance id: a
stranger on the port never sees it.
"""

import http.client
import json
from dataclasses import dataclass

from coderouter_cli.domain.conversation import JsonObject

_HOST = "127.0.0.1"
_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Health:
    """What `/healthz` says."""

    instance: str
    version: str


def health(port: int) -> Health | None:
    """The daemon on this port, None when nothing, or something else, answers."""
    answer = _ask(port, "GET", "/healthz", None)
    if answer is None:
        return None
    instance, version = answer.get("instance"), answer.get("version")
    if isinstance(instance, str) and isinstance(version, str):
        return Health(instance, version)
    return None


def status(port: int, token: str) -> JsonObject | None:
    """What the daemon says of itself; None when it does not answer."""
    return _ask(port, "GET", "/_coderouter/status", token)


def request_shutdown(port: int, token: str) -> bool:
    """Ask the daemon to drain and end; whether it agreed."""
    return _ask(port, "POST", "/_coderouter/shutdown", token) is not None


def request_reload(port: int, token: str) -> bool:
    """Ask the daemon to read its settings and keys anew; whether it did."""
    return _ask(port, "POST", "/_coderouter/reload", token) is not None


def _ask(port: int, method: str, path: str, token: str | None) -> JsonObject | None:
    headers = {"host": f"{_HOST}:{port}"}
    if token is not None:
        headers["authorization"] = f"Bearer {token}"
    if method == "POST":
        headers["content-type"] = "application/json"
    connection = http.client.HTTPConnection(_HOST, port, timeout=_TIMEOUT_S)
    try:
        connection.request(method, path, body="{}" if method == "POST" else None, headers=headers)
        response = connection.getresponse()
        value = json.loads(response.read(64 * 1024)) if response.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()
    return value if isinstance(value, dict) else None
