"""What `init` is to set up: addresses, settings, port, clients and keys, from options and environment."""

import socket
import sys
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace

import typer

from coderouter_cli.cli.context import Context
from coderouter_cli.cli.render import note
from coderouter_cli.clients import CLIENTS, client_named
from coderouter_cli.clients.contract import Client
from coderouter_cli.daemon.process import find, port_taken
from coderouter_cli.daemon.shelf import stocked_catalog
from coderouter_cli.domain.model import Provider
from coderouter_cli.errors import MissingKeyError, UsageError
from coderouter_cli.storage.credentials import clean_key, open_store
from coderouter_cli.storage.settings import KeyStoreKind, ProviderSettings, Settings
from coderouter_cli.system.environment import check_provider_url
from coderouter_cli.system.process import owner_of_port
from coderouter_cli.system.redaction import Secret

ASKED_FOR = ("anthropic", "openai", "deepseek")
"""The providers `init` takes keys for; others get theirs with `coderouter keys set`."""


@dataclass(frozen=True, slots=True)
class InitOptions:
    """What the command line asked for; None and empty mean: as it is, or as found."""

    clients: tuple[str, ...]
    key_store: KeyStoreKind | None
    provider_urls: tuple[str, ...]
    port: int | None
    ask: bool
    verify: bool
    start: bool
    dry_run: bool


def name_and_url(text: str) -> tuple[str, str]:
    """Read one ``NAME=URL``."""
    name, separator, url = text.partition("=")
    if not separator or not name:
        raise UsageError("--provider-url needs NAME=URL.", next_step="Like openai=https://api.openai.com/v1.")
    return name, check_provider_url(url)


def planned_settings(context: Context, options: InitOptions, urls: Mapping[str, str]) -> Settings:
    """The settings as they will be."""
    settings = context.settings()
    known = stocked_catalog(settings, prices=False).providers
    for name in urls:
        if name not in known:
            raise UsageError(
                f"There is no provider {name!r}.",
                next_step=f"Known: {', '.join(sorted(known))}. Define others in config.toml.",
            )
    providers = {
        **settings.providers,
        **{
            name: replace(settings.providers.get(name, ProviderSettings()), url=url)
            for name, url in urls.items()
        },
    }
    return replace(
        settings,
        port=_port(context, options.port, settings.port),
        key_store=options.key_store or settings.key_store,
        providers=providers,
    )


def _port(context: Context, wanted: int | None, configured: int) -> int:
    """The port the clients will be set to. Only `init` may pick another one, because it patches last."""
    running = find(context.paths)
    if running is not None and wanted in {None, running.hint.port}:
        return running.hint.port
    if wanted == 0:
        return _free_port()
    port = configured if wanted is None else wanted
    if owner_of_port(port) is None:
        return port
    if wanted is not None:
        raise port_taken(port)
    free = _free_port()
    note(f"{port_taken(port).what} CodeRouter will use port {free}.")
    return free


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wanted_clients(context: Context, options: InitOptions) -> tuple[Client, ...]:
    """The clients that were named, else those that are on this machine."""
    if options.clients:
        return tuple(client_named(name) for name in dict.fromkeys(options.clients))
    return tuple(c for c in CLIENTS if c.detect(context.environ, context.user_home).installed)


def provider_keys(
    context: Context, options: InitOptions, settings: Settings, providers: Mapping[str, Provider]
) -> dict[str, Secret]:
    """Keys from the environment, else asked for, else those that are stored already."""
    keys = {}
    for name in ASKED_FOR:
        given = context.environ.get(providers[name].key_env, "")
        if given.strip():
            keys[name] = clean_key(given, f"the variable {providers[name].key_env}")
    if not keys and options.ask and sys.stdin.isatty():
        keys = _ask_for_keys()
    if not keys and settings.key_store is not KeyStoreKind.ENV:
        keys = dict(open_store(settings.key_store, context.environ).load(tuple(providers)))
    if not keys:
        variables = ", ".join(providers[name].key_env for name in ASKED_FOR)
        raise MissingKeyError(
            "There is no provider key, so nothing was changed.",
            means="CodeRouter sends requests with your own keys; one is enough to begin.",
            next_step=f"Set one of {variables}, or run `coderouter init` in a terminal to be asked.",
        )
    return keys


def _ask_for_keys() -> dict[str, Secret]:
    keys = {}
    for name in ASKED_FOR:
        typed = typer.prompt(
            f"{name} key (Enter to skip)", default="", hide_input=True, show_default=False, err=True
        )
        if typed.strip():
            keys[name] = clean_key(typed, "the prompt")
    return keys
