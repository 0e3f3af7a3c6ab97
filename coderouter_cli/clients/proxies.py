"""HTTP proxies in the environment: both clients send even loopback traffic through them.

Measured with Claude Code 2.1.330 and Codex 0.169.0: with ``HTTP_PROXY`` set and no exception for
127.0.0.1 nothing reaches a local address. A lower-case ``no_proxy`` beats ``NO_PROXY`` in Claude
Code, so whichever spelling is in use needs the exception.
"""

import re
from collections.abc import Mapping

from coderouter_cli.system.environment import PROXY_VARIABLES

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_SEPARATORS = re.compile(r"[,\s]+")


def proxy_variables(env: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the proxy variables that are set to something, in either spelling."""
    return tuple(name for name in PROXY_VARIABLES if env.get(name))


def no_proxy_variables(env: Mapping[str, str]) -> dict[str, str]:
    """The exceptions in use, by spelling."""
    return {name: env[name] for name in ("NO_PROXY", "no_proxy") if env.get(name)}


def with_loopback(exceptions: str) -> str:
    """The same list of exceptions, with this machine's own addresses added where they are missing."""
    listed = {entry.lower() for entry in _SEPARATORS.split(exceptions) if entry}
    if "*" in listed:
        return exceptions
    missing = [address for address in LOOPBACK if address not in listed]
    kept = exceptions.strip().rstrip(",")
    return ",".join([kept, *missing] if kept else missing) if missing else exceptions


def covers_loopback(env: Mapping[str, str]) -> bool:
    """Whether the exceptions that count (lower case first) name the address we listen on."""
    exceptions = env.get("no_proxy") or env.get("NO_PROXY") or ""
    listed = set(_SEPARATORS.split(exceptions))
    return "*" in listed or LOOPBACK[0] in listed
