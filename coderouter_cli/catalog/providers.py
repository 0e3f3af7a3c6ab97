"""Providers and dialects: those of `providers.toml`, and those a user defines."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

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
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_VERSION = re.compile(r"/v\d+[a-z0-9]*(/|$)")
_VERSION_LAST = re.compile(r"/v\d+[a-z0-9]*$")


def load_providers() -> dict[str, Provider]:
    """The providers we know, by name."""
    table = read_table("providers.toml")
    dialects = _dialects(table)
    return {name: _provider(name, entry, dialects) for name, entry in table["providers"].items()}


def custom_provider(
    name: str, root: str, formats: Iterable[FormatName], key_env: str, auth: Auth = "bearer"
) -> Provider:
    """A provider the user defines, spoken to in the dialects every compatible endpoint takes.

    ``root`` is a base URL as SDKs take it. Paths below it follow the two conventions there are: what
    names a version already (``.../v1``, ``/v1beta/openai``) gets no second one.

    Raises:
        ConfigError: the name, the root or the formats cannot be used; the message says which.
    """
    wanted = tuple(dict.fromkeys(formats))
    if not _NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot name a provider.", next_step="Use a-z, 0-9, - and _.")
    if not wanted:
        accepted = ", ".join(_COMPATIBLE)
        raise ConfigError(f"Provider {name} has no format.", next_step=f"Name at least one of: {accepted}.")
    base = checked_root(name, root)
    dialects = _dialects(read_table("providers.toml"))
    return Provider(
        name=name,
        root=base,
        endpoints=tuple(_compatible(wire, base, dialects) for wire in wanted),
        auth=auth,
        key_env=key_env,
        headers=(_ANTHROPIC_VERSION,) if FormatName.ANTHROPIC_MESSAGES in wanted else (),
    )


def checked_root(name: str, root: str) -> str:
    """A provider's base URL without its trailing slash.

    Plain HTTP is accepted on this machine only: anywhere else it would show the key to the network.

    Raises:
        ConfigError: not such a URL.
    """
    parts = urlsplit(root)
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


def _compatible(wire: FormatName, root: str, dialects: Mapping[str, Dialect]) -> Endpoint:
    dialect, path = _COMPATIBLE[wire]
    versioned = _VERSION_LAST if wire is FormatName.ANTHROPIC_MESSAGES else _VERSION
    return Endpoint(wire, path if versioned.search(urlsplit(root).path) else f"/v1{path}", dialects[dialect])


def _dialects(table: JsonObject) -> dict[str, Dialect]:
    stated = table["dialects"]
    return {name: _dialect(name, _inherited(entry, stated)) for name, entry in stated.items()}


def _inherited(entry: JsonObject, stated: JsonObject) -> JsonObject:
    own = {key: value for key, value in entry.items() if key != "inherit"}
    return {**_inherited(stated[entry["inherit"]], stated), **own} if "inherit" in entry else own


def _dialect(name: str, entry: JsonObject) -> Dialect:
    fields: dict[str, Any] = {
        key: frozenset(value) if isinstance(value, list) else value for key, value in entry.items()
    }
    if "vendor" in fields:
        fields["vendor"] = FormatName(fields["vendor"])
    return Dialect(name=name, **fields)


def _provider(name: str, entry: JsonObject, dialects: Mapping[str, Dialect]) -> Provider:
    endpoints = (
        Endpoint(FormatName(one["format"]), one["path"], dialects[one["dialect"]])
        for one in entry["endpoints"]
    )
    return Provider(
        name=name,
        root=entry["root"],
        endpoints=tuple(endpoints),
        auth=entry["auth"],
        key_env=entry["key_env"],
        headers=tuple(entry.get("headers", {}).items()),
    )
