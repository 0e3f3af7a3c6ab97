"""What `init` does, in its order: keys, settings, daemon, and the clients last.

Whatever fails, no client is left pointing at a daemon that does not run.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import typer

from coderouter_cli.cli.context import Context
from coderouter_cli.cli.render import note
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.setup_inputs import (
    InitOptions,
    name_and_url,
    planned_settings,
    provider_keys,
    wanted_clients,
)
from coderouter_cli.clients.contract import LocalEndpoint, PatchPlan
from coderouter_cli.clients.journal import Journal
from coderouter_cli.clients.patching import Applied, apply_all
from coderouter_cli.daemon.process import Running, find, reload, start, stop
from coderouter_cli.daemon.shelf import stocked_catalog
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.failure import FailureKind
from coderouter_cli.domain.model import Provider
from coderouter_cli.errors import ConfigError
from coderouter_cli.providers.verify import verify_keys
from coderouter_cli.storage.credentials import open_store
from coderouter_cli.storage.settings import KeyStoreKind, Settings, set_value
from coderouter_cli.system.local_token import load_token, new_token, save_token
from coderouter_cli.system.redaction import Secret

_STORE_PATIENCE_S = 60.0
"""A person may have to unlock the keyring."""


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that is to be written, before anything is."""

    settings: Settings
    urls: Mapping[str, str]
    keys: Mapping[str, Secret]
    token: Secret
    plans: tuple[PatchPlan, ...]

    def data(self) -> JsonObject:
        """What may be shown of it."""
        return {
            "port": self.settings.port,
            "key_store": self.settings.key_store.value,
            "keys": sorted(self.keys),
        }


def initialise(context: Context, options: InitOptions) -> Result:
    """Set everything up.

    Raises:
        MissingKeyError: there is no key; nothing was changed.
        ConfigError, KeyStoreError, PatchError, DaemonError: a step failed; no client was changed.
    """
    setup = _prepare(context, options)
    if options.dry_run:
        return _preview(setup)
    if options.ask:
        _confirm(setup.plans)
    _store(context, setup, patient=options.ask)
    running = _start(context, setup.settings) if options.start else None
    return _told(setup, apply_all(setup.plans, Journal(context.paths)), running)


def _prepare(context: Context, options: InitOptions) -> Setup:
    urls = dict(name_and_url(text) for text in options.provider_urls)
    settings = planned_settings(context, options, urls)
    providers = stocked_catalog(settings, prices=False).providers
    clients = wanted_clients(context, options)
    keys = provider_keys(context, options, settings, providers)
    if options.verify and not options.dry_run:
        _verify(providers, keys, settings)
    token = load_token(context.paths.token_file) or new_token()
    endpoint = LocalEndpoint(settings.port, token.reveal())
    plans = tuple(client.plan(endpoint, context.environ, context.user_home) for client in clients)
    return Setup(settings, urls, keys, token, plans)


def _verify(providers: Mapping[str, Provider], keys: Mapping[str, Secret], settings: Settings) -> None:
    """A refused key stops us; a provider that cannot be asked now does not."""
    for name, failure in verify_keys(providers, keys, settings.upstream_proxy).items():
        if failure is None:
            continue
        if failure.kind in {FailureKind.AUTH, FailureKind.PERMISSION}:
            raise ConfigError(
                f"{name} does not take its key: {failure.message}.",
                means="Nothing was changed.",
                next_step="Check the key, or use --no-verify.",
            )
        note(f"{name} could not be asked about its key: {failure.message}.")


def _confirm(plans: tuple[PatchPlan, ...]) -> None:
    for plan in plans:
        note(plan.diff() or f"{plan.file}: nothing to change.")
        for remark in plan.notes:
            note(remark)
    if any(plan.changed for plan in plans):
        typer.confirm("Make these changes?", default=True, abort=True, err=True)


def _store(context: Context, setup: Setup, *, patient: bool) -> None:
    """Write keys, settings and token. The keys first: they are what may fail."""
    paths, settings = context.paths, setup.settings
    paths.ensure()
    if settings.key_store is not KeyStoreKind.ENV:
        timeout_s = _STORE_PATIENCE_S if patient else 5.0
        store = open_store(settings.key_store, context.environ, timeout_s=timeout_s)
        for name, key in setup.keys.items():
            store.set(name, key)
    set_value(paths, "port", settings.port)
    set_value(paths, "key_store", settings.key_store.value)
    for name, url in setup.urls.items():
        set_value(paths, f"providers.{name}.url", url)
    save_token(paths.token_file, setup.token)


def _start(context: Context, settings: Settings) -> Running:
    running = find(context.paths)
    if running is not None and running.hint.port == settings.port and not running.outdated:
        reload(context.paths)
        return running
    stop(context.paths)
    return start(context.paths, settings.port, context.environ)


def _preview(setup: Setup) -> Result:
    clients = [
        {"name": p.client, "file": str(p.file), "changed": p.changed, "diff": p.diff()} for p in setup.plans
    ]
    names = ", ".join(sorted(setup.keys))
    view = [plan.diff() or f"{plan.file}: nothing to change." for plan in setup.plans]
    view.append(f"Keys for {names} would go to: {setup.settings.key_store.value}. Nothing was written.")
    return Result({"dry_run": True, **setup.data(), "clients": clients}, tuple(view))


def _told(setup: Setup, applied: tuple[Applied, ...], running: Running | None) -> Result:
    clients = [{"name": one.client, "file": str(one.file), "changed": one.changed} for one in applied]
    data = {"dry_run": False, **setup.data(), "running": running is not None, "clients": clients}
    view = [f"Keys for {', '.join(sorted(setup.keys))} are in: {setup.settings.key_store.value}."]
    if running is None:
        view.append("The daemon was not started: run `coderouter start` before you use a client.")
    else:
        view.append(f"CodeRouter runs on http://127.0.0.1:{running.hint.port}.")
    view += [
        f"{one.file}: {'points at CodeRouter now' if one.changed else 'pointed here already'}."
        for one in applied
    ]
    view += [remark for plan in setup.plans for remark in plan.notes]
    if not applied:
        view.append("No client was found. Name one: `coderouter init --client claude-code` (or codex).")
    view.append("Work as usual, then: `coderouter report`.")
    return Result(data, tuple(view))
