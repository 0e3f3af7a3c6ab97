"""What `init` is to set up: addresses, settings, port, clients and keys, from options and environment."""

import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, replace

from coderouter_cli.cli.asking import has_terminal, hidden
from coderouter_cli.cli.context import Context
from coderouter_cli.cli.key_stores import PATIENCE_S, stored_keys, usable_advice
from coderouter_cli.cli.render import note
from coderouter_cli.clients import CLIENTS, client_named
from coderouter_cli.clients.contract import Client
from coderouter_cli.daemon.process import find, port_taken
from coderouter_cli.daemon.shelf import stocked_catalog
from coderouter_cli.domain.model import Provider
from coderouter_cli.errors import ConfigError, KeyStoreError, MissingKeyError, UsageError
from coderouter_cli.storage.credentials import clean_key
from coderouter_cli.storage.settings import KeyStoreKind, ProviderSettings, Settings
from coderouter_cli.system.environment import check_provider_url
from coderouter_cli.system.process import owner_of_port
from coderouter_cli.system.redaction import Secret

ASKED_FOR = ("anthropic", "openai", "deepseek")
"""The providers `init` takes keys for; others get theirs with `coderouter keys set`."""

_LOWEST_PORT = 1024


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
    try:
        return name, check_provider_url(url)
    except ConfigError as error:
        raise UsageError(
            f"--provider-url {name}: {error.what}.", means=error.means, next_step=error.next_step
        ) from error


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
    if wanted is not None and 0 < wanted < _LOWEST_PORT:
        raise UsageError(
            f"Port {wanted} is the system's.", next_step=f"Take one from {_LOWEST_PORT} on, or 0."
        )
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


@dataclass(frozen=True, slots=True)
class FoundKeys:
    """Provider keys by name. ``new`` are not in the chosen store yet; ``former`` is a store they leave."""

    all: Mapping[str, Secret]
    new: Mapping[str, Secret]
    former: KeyStoreKind | None = None


def provider_keys(
    context: Context, options: InitOptions, settings: Settings, providers: Mapping[str, Provider]
) -> FoundKeys:
    """Keys of the environment, else those that are stored already, else asked for.

    Raises:
        MissingKeyError: there is none, and no model of a server that needs none.
        KeyStoreError: the store cannot be asked, and a person is there to be told before typing.
    """
    given = _given(context.environ, settings, providers)
    former = _former_store(context, settings.key_store)
    if given and former is None:
        return FoundKeys(given, given)
    stored, problem = _stored(context, former or settings.key_store, providers, options)
    if given or stored:
        if problem is not None:
            note(f"Keys in the old store, if any, were not moved: {problem.what}.")
        new = {**(stored if former else {}), **given}
        return FoundKeys({**stored, **given}, new, former if stored else None)
    typed = _typed(options, settings.key_store, problem)
    if not typed and not any(providers[model.provider].keyless for model in settings.models):
        raise _no_key(providers, problem)
    return FoundKeys(typed, typed)


def _given(
    environ: Mapping[str, str], settings: Settings, providers: Mapping[str, Provider]
) -> dict[str, Secret]:
    """The environment's keys for the providers we ask for, and for those the user has defined or changed."""
    variables = {name: providers[name].key_env for name in (*ASKED_FOR, *settings.providers)}
    return {
        name: clean_key(environ[variable], f"the variable {variable}")
        for name, variable in variables.items()
        if environ.get(variable, "").strip()
    }


def _former_store(context: Context, chosen: KeyStoreKind) -> KeyStoreKind | None:
    """The store that keys move out of; None when they stay, or nothing was ever set up."""
    former = context.settings().key_store
    unmoved = former is chosen or KeyStoreKind.ENV in (former, chosen)
    return None if unmoved or not context.paths.config_file.exists() else former


def _stored(
    context: Context, kind: KeyStoreKind, providers: Mapping[str, Provider], options: InitOptions
) -> tuple[dict[str, Secret], KeyStoreError | None]:
    timeout_s = PATIENCE_S if options.ask else 5.0
    try:
        return stored_keys(context, kind, tuple(providers), timeout_s=timeout_s), None
    except KeyStoreError as problem:
        return {}, problem


def _no_key(providers: Mapping[str, Provider], problem: KeyStoreError | None) -> MissingKeyError:
    variables = ", ".join(providers[name].key_env for name in ASKED_FOR)
    means = "CodeRouter sends requests with your own keys; one is enough to begin."
    if problem is not None:
        means = f"{means} Whether any is stored cannot be said: {problem.what}."
    return MissingKeyError(
        "There is no provider key, so nothing was changed.",
        means=means,
        next_step=f"Set one of {variables}, or run `coderouter init` in a terminal to be asked.",
    )


def _typed(options: InitOptions, store: KeyStoreKind, problem: KeyStoreError | None) -> dict[str, Secret]:
    """Keys typed at a hidden prompt, where there is a terminal and a store to keep them in."""
    if not options.ask or not has_terminal() or store is KeyStoreKind.ENV:
        return {}
    if problem is not None:
        raise usable_advice(problem)
    keys = {}
    for name in ASKED_FOR:
        typed = hidden(f"{name} key (Enter to skip)", optional=True)
        if typed.strip():
            keys[name] = clean_key(typed, "the prompt")
    return keys
