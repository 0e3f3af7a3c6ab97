"""Providers and dialects: those of `providers.toml`, and those a user defines."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Literal, get_args
from urllib.parse import SplitResult, urlsplit

from coderouter_cli.catalog.dialects import INHERIT, named, read_dialects, unknown_key, with_fields, wrong
from coderouter_cli.catalog.files import read_table
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect, Endpoint, Provider
from coderouter_cli.errors import ConfigError

Auth = Literal["bearer", "x-api-key"]

_COMPATIBLE = {
    FormatName.ANTHROPIC_MESSAGES: ("compatible-anthropic", "/messages"),
    FormatName.OPENAI_RESPONSES: ("compatible-openai-responses", "/responses"),
    FormatName.OPENAI_CHAT: ("compatible-openai-chat", "/chat/completions"),
}
_ANTHROPIC_VERSION = ("anthropic-version", "2023-06-01")
_AUTHS: tuple[str, ...] = get_args(Auth)
_KEYS = frozenset({"auth", "endpoints", "headers", "key_env", "keyless", "prices", "root"})
_PATH = re.compile(r"(/(?!\.+(/|$))[A-Za-z0-9._~:@+-]+)+")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9.])?|[0-9A-Fa-f:.]+")
"""A name, or an address of either kind."""
_VERSION = re.compile(r"/v\d+[a-z0-9]*(/|$)")
_VERSION_LAST = re.compile(r"/v\d+[a-z0-9]*$")


def load_providers() -> dict[str, Provider]:
    """The providers we know, by name."""
    return read_providers(read_table("providers.toml"))


def read_providers(table: JsonObject) -> dict[str, Provider]:
    """The providers of a table like `providers.toml`, by name.

    Raises:
        ConfigError: the table says something that cannot be; the message names the key.
    """
    dialects = read_dialects(table.get("dialects", {}))
    return {name: _provider(name, entry, dialects) for name, entry in table["providers"].items()}


@dataclass(frozen=True, slots=True)
class Changes:
    """What a user's settings say of an endpoint: another ``path``, a dialect to start from, its fields."""

    path: str | None = None
    inherit: str | None = None
    fields: JsonObject = field(default_factory=dict)


def custom_provider(  # noqa: PLR0913 - each is one key of the user's table
    name: str,
    root: str,
    formats: Iterable[FormatName],
    key_env: str,
    auth: Auth = "bearer",
    *,
    keyless: bool = False,
    changes: Mapping[FormatName, Changes] = MappingProxyType({}),
) -> Provider:
    """A provider the user defines, spoken to in the dialects every compatible endpoint takes.

    ``root`` is a base URL as SDKs take it. Paths below it follow the two conventions there are: what
    names a version already (``.../v1``, ``/v1beta/openai``) gets no second one. ``changes`` say what is
    different about it, by format.

    Raises:
        ConfigError: the name, the root, the formats or the changes cannot be used; the message says which.
    """
    wanted = tuple(dict.fromkeys(formats))
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot name a provider.", next_step="Use a-z, 0-9, - and _.")
    if not wanted:
        accepted = ", ".join(_COMPATIBLE)
        raise ConfigError(f"Provider {name} has no format.", next_step=f"Name at least one of: {accepted}.")
    base = checked_root(name, root)
    dialects = _bundled()
    provider = Provider(
        name=name,
        root=base,
        endpoints=tuple(_compatible(wire, base, dialects) for wire in wanted),
        auth=auth,
        key_env=key_env,
        headers=(_ANTHROPIC_VERSION,) if FormatName.ANTHROPIC_MESSAGES in wanted else (),
        keyless=keyless,
    )
    return changed_provider(provider, changes)


def changed_provider(provider: Provider, changes: Mapping[FormatName, Changes]) -> Provider:
    """The provider with its endpoints changed; a format it does not serve yet needs a ``path``.

    Raises:
        ConfigError: a change cannot be made; the message names the key.
    """
    known = {endpoint.format: endpoint for endpoint in provider.endpoints}
    for wire, change in changes.items():
        known[wire] = _changed(provider.name, wire, known.get(wire), change)
    return replace(provider, endpoints=tuple(known.values()))


def changes_of(table: Mapping[str, Any]) -> Changes:
    """What a table of the user's says of an endpoint."""
    fields = {key: value for key, value in table.items() if key not in {"path", INHERIT}}
    return Changes(table.get("path"), table.get(INHERIT), fields)


def check_changes(change: Changes, at: str) -> None:
    """Refuse what no endpoint could be changed to. ``at`` is where the table stands.

    Raises:
        ConfigError: the message names the key.
    """
    dialects = _bundled()
    if change.inherit is not None:
        named(dialects, change.inherit, f"{at}.{INHERIT}")
    if change.path is not None and not (isinstance(change.path, str) and _PATH.fullmatch(change.path)):
        raise wrong(f"{at}.path", "not a path", "Write it like /v1/messages.")
    with_fields(Dialect("checked"), change.fields, at)


def checked_root(name: str, root: str) -> str:
    """A provider's base URL without its trailing slash.

    Plain HTTP is accepted on this machine only: anywhere else it would show the key to the network.

    Raises:
        ConfigError: not such a URL.
    """
    parts = _split(name, root)
    local = parts.hostname in {"127.0.0.1", "::1", "localhost"}
    if parts.scheme != "https" and not (parts.scheme == "http" and local):
        raise ConfigError(
            f"The address of provider {name} is not an https URL.",
            next_step="Write https://host/path; http is for 127.0.0.1 only.",
        )
    if not parts.hostname or parts.query or parts.fragment or parts.username or parts.password:
        raise ConfigError(
            f"The address of provider {name} must be a host and a path.",
            next_step="Leave out user, password, query and fragment.",
        )
    return root.rstrip("/")


def _split(name: str, root: str) -> SplitResult:
    """The parts of a base URL whose host and port could be one."""
    try:
        parts = urlsplit(root)
        sound = parts.port != 0 and (not parts.netloc or _HOST.fullmatch(parts.hostname or "") is not None)
    except ValueError:
        sound = False
    if not sound:
        raise ConfigError(
            f"The address of provider {name} is not a URL.",
            next_step="Write it like https://api.example.com.",
        )
    return parts


def _compatible(wire: FormatName, root: str, dialects: Mapping[str, Dialect]) -> Endpoint:
    dialect, path = _COMPATIBLE[wire]
    versioned = _VERSION_LAST if wire is FormatName.ANTHROPIC_MESSAGES else _VERSION
    return Endpoint(wire, path if versioned.search(urlsplit(root).path) else f"/v1{path}", dialects[dialect])


def _bundled() -> dict[str, Dialect]:
    return read_dialects(read_table("providers.toml")["dialects"])


def _changed(name: str, wire: FormatName, endpoint: Endpoint | None, change: Changes) -> Endpoint:
    at = f"providers.{name}.{wire}"
    if endpoint is None and change.path is None:
        raise wrong(f"{at}.path", f"{name} does not serve this format", "Add the path of its endpoint.")
    base = Endpoint(wire, "", _bundled()[_COMPATIBLE[wire][0]]) if endpoint is None else endpoint
    dialect = base.dialect if change.inherit is None else named(_bundled(), change.inherit, f"{at}.{INHERIT}")
    if change.fields or change.inherit is not None:
        dialect = with_fields(replace(dialect, name=f"{name}-{wire}"), change.fields, at)
    return Endpoint(wire, base.path if change.path is None else change.path, dialect)


def _provider(name: str, entry: JsonObject, dialects: Mapping[str, Dialect]) -> Provider:
    at = f"providers.{name}"
    for key in entry:
        if key not in _KEYS:
            raise unknown_key(at, key, _KEYS)
    for key in ("root", "key_env", "endpoints"):
        if key not in entry:
            raise wrong(f"{at}.{key}", "missing")
    auth = entry.get("auth", "bearer")
    if auth not in _AUTHS:
        raise wrong(f"{at}.auth", f"{auth!r} is not accepted", f"Accepted: {', '.join(_AUTHS)}.")
    endpoints = enumerate(entry["endpoints"])
    return Provider(
        name=name,
        root=checked_root(name, entry["root"]),
        endpoints=tuple(_endpoint(one, name, f"{at}.endpoints[{i}]", dialects) for i, one in endpoints),
        auth=auth,
        key_env=entry["key_env"],
        headers=tuple(entry.get("headers", {}).items()),
        keyless=entry.get("keyless", False),
    )


def _endpoint(entry: JsonObject, name: str, at: str, dialects: Mapping[str, Dialect]) -> Endpoint:
    for key in entry:
        if key not in {"format", "path", "dialect"}:
            raise unknown_key(at, key, ("format", "path", "dialect"))
    wire, path, dialect = entry.get("format"), entry.get("path"), entry.get("dialect")
    if wire not in tuple(FormatName):
        raise wrong(f"{at}.format", f"{wire!r} is no format", f"Accepted: {', '.join(FormatName)}.")
    if not isinstance(path, str) or not _PATH.fullmatch(path):
        raise wrong(f"{at}.path", "not a path", "Write it like /v1/messages.")
    found = FormatName(wire)
    if not isinstance(dialect, dict):
        dialect = _COMPATIBLE[found][0] if dialect is None else dialect
        return Endpoint(found, path, named(dialects, dialect, f"{at}.dialect"))
    own = dict(dialect)
    base = named(dialects, own.pop(INHERIT, _COMPATIBLE[found][0]), f"{at}.dialect.{INHERIT}")
    return Endpoint(found, path, with_fields(replace(base, name=f"{name}-{found}"), own, f"{at}.dialect"))
