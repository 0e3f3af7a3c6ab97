"""The environment variables we honour, typed, and what a provider's address may look like."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from coderouter_cli.errors import ConfigError

PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
"""Coding clients obey these for loopback too (measured with Claude Code 2.1.330 and Codex 0.169.0)."""

_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?|[0-9A-Fa-f:.]+")
_SECRET_NAME = re.compile(r"(_API_KEY|_AUTH_TOKEN|_TOKEN|_SECRET|_SECRET_KEY|_SECRET_ACCESS_KEY|_PASSWORD)$")


@dataclass(frozen=True, slots=True)
class Environment:
    """What the environment says. An empty variable counts as not set.

    ``home`` is CODEROUTER_HOME. ``no_color`` follows https://no-color.org, ``ci`` is whether a CI
    service runs us, ``dumb_terminal`` is TERM=dumb. ``proxies`` names the proxy variables that are
    set (not their values, which may hold a password); ``no_proxy`` is the list of exceptions.
    ``listen_pid``, ``listen_fds`` and ``notify_socket`` are systemd's (sd_listen_fds(3), sd_notify(3)).
    """

    home: str | None = None
    no_color: bool = False
    ci: bool = False
    dumb_terminal: bool = False
    proxies: tuple[str, ...] = ()
    no_proxy: str | None = None
    listen_pid: int | None = None
    listen_fds: int | None = None
    notify_socket: str | None = None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> "Environment":
        """Read what we honour; everything else is ignored."""
        return cls(
            home=environ.get("CODEROUTER_HOME") or None,
            no_color=bool(environ.get("NO_COLOR")),
            ci=environ.get("CI", "").lower() not in ("", "0", "false"),
            dumb_terminal=environ.get("TERM") == "dumb",
            proxies=tuple(name for name in PROXY_VARIABLES if environ.get(name)),
            no_proxy=environ.get("NO_PROXY") or environ.get("no_proxy") or None,
            listen_pid=_whole(environ.get("LISTEN_PID")),
            listen_fds=_whole(environ.get("LISTEN_FDS")),
            notify_socket=environ.get("NOTIFY_SOCKET") or None,
        )


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdecimal() else None


def without_secrets(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a child that needs no key: variables named like a secret are left out."""
    return {name: value for name, value in environ.items() if not _SECRET_NAME.search(name.upper())}


def is_loopback_url(url: str) -> bool:
    """Whether the URL's host is this machine: ``localhost``, 127.0.0.0/8 or ``::1``, written plainly.

    Shorthand such as ``127.1`` or ``0x7f.1`` is not: programs disagree about what it means.
    """
    parts = _split(url)
    return parts is not None and _is_loopback_host(parts.hostname or "")


def _is_loopback_host(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _split(url: str) -> SplitResult | None:
    """The URL's parts; None when it has no host, or a port that is none."""
    try:
        parts = urlsplit(url)
        if parts.port == 0:
            return None
    except ValueError:
        return None
    return parts if parts.hostname else None


def check_provider_url(url: str) -> str:
    """A provider's address as we may use it: https, or http on this machine; never with a slash at the end.

    Keys are sent there, so it names one host and nothing else: no user, no query, no fragment.

    Raises:
        ConfigError: it is anything else. The message never repeats a part that could be a password.
    """
    parts = _plain(url)
    if any(step in (".", "..") for step in re.split(r"/|%2f", parts.path.lower().replace("%2e", "."))):
        raise ConfigError("the URL's path has . or .. in it")
    local = _is_loopback_host(parts.hostname or "")
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise ConfigError(
            f"the URL's scheme is {parts.scheme or 'missing'}",
            means="A key is only sent over https, or over http to this machine.",
        )
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def check_proxy_url(url: str) -> str:
    """A proxy's address: http or https, a host, a port, no path.

    What goes through it is encrypted for the provider, so plain http is fine.

    Raises:
        ConfigError: it is anything else. The message never repeats a part that could be a password.
    """
    parts = _plain(url)
    if parts.scheme not in ("http", "https") or parts.path.strip("/"):
        raise ConfigError(
            "this is not a proxy's address", next_step="Write it like http://proxy.example.com:3128."
        )
    return f"{parts.scheme}://{parts.netloc.lower()}"


def _could_be_host(parts: SplitResult) -> bool:
    """Whether a host is a name or an address, without escapes (``h%00``) or anything else nobody resolves."""
    return _HOST.fullmatch(parts.hostname or "") is not None


def _plain(url: str) -> SplitResult:
    """The parts of a URL that names a host and has no user, query, fragment or odd character."""
    parts = _split(url)
    if parts is None or not re.fullmatch(r"[\x21-\x5b\x5d-\x7e]+", url) or not _could_be_host(parts):
        raise ConfigError("this is not a URL", next_step="Write it like https://api.example.com.")
    if "@" in parts.netloc:
        raise ConfigError("the URL holds a user name or a password", next_step="Take that part out.")
    if "?" in url or "#" in url:
        raise ConfigError("the URL has a query or a fragment", next_step="End it before the ? or #.")
    return parts
