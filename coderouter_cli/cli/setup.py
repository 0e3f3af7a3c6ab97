"""What `init` does, in its order: keys, settings, daemon, and the clients last.

Whatever fails, no client is left pointing at a daemon that does not run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from coderouter_cli.cli.asking import agree
from coderouter_cli.cli.context import Context
from coderouter_cli.cli.key_stores import PATIENCE_S, leave, store_keys
from coderouter_cli.cli.render import note
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.setup_inputs import (
    FoundKeys,
    InitOptions,
    name_and_url,
    planned_settings,
    provider_keys,
    wanted_clients,
)
from coderouter_cli.clients.contract import Client, LocalEndpoint, PatchPlan
from coderouter_cli.clients.journal import Journal
from coderouter_cli.clients.patching import Applied, apply_all
from coderouter_cli.daemon.process import Running, find, reload, start, stop
from coderouter_cli.daemon.shelf import stocked_catalog
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.failure import FailureKind
from coderouter_cli.domain.model import Provider
from coderouter_cli.errors import ConfigError
from coderouter_cli.providers.verify import verify_keys
from coderouter_cli.storage.settings import KeyStoreKind, Settings, initial_toml, set_value
from coderouter_cli.system.files import replace_unchanged
from coderouter_cli.system.local_token import load_token, new_token, save_token
from coderouter_cli.system.redaction import Secret


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that is to be written, before anything is. ``notes`` are for the user, one per line."""

    settings: Settings
    urls: Mapping[str, str]
    keys: FoundKeys
    token: Secret
    plans: tuple[PatchPlan, ...]
    notes: tuple[str, ...]

    def data(self) -> JsonObject:
        """What may be shown of it."""
        return {
            "port": self.settings.port,
            "key_store": self.settings.key_store.value,
            "keys": sorted(self.keys.all),
            "notes": list(self.notes),
        }


def initialise(context: Context, options: InitOptions) -> Result:
    """Set everything up.

    Raises:
        MissingKeyError: there is no key; nothing was changed.
        UsageError: an option cannot be used, or nobody agreed; nothing was changed.
        ConfigError, KeyStoreError, PatchError, DaemonError: a step failed; no client was changed.
    """
    setup = _prepare(context, options)
    if options.dry_run:
        return _preview(setup)
    if options.ask:
        _confirm(setup)
    left = _store(context, setup, patient=options.ask)
    running = _run(context, setup.settings, wanted=options.start)
    return _told(setup, apply_all(setup.plans, Journal(context.paths)), running, left)


def _prepare(context: Context, options: InitOptions) -> Setup:
    urls = dict(name_and_url(text) for text in options.provider_urls)
    settings = planned_settings(context, options, urls)
    providers = stocked_catalog(settings, prices=False).providers
    clients = wanted_clients(context, options)
    token = load_token(context.paths.token_file) or new_token()
    endpoint = LocalEndpoint(settings.port, token.reveal())
    plans = tuple(client.plan(endpoint, context.environ, context.user_home) for client in clients)
    keys = provider_keys(context, options, settings, providers)
    if options.verify and not options.dry_run:
        _verify(providers, keys.all, settings)
    notes = tuple(remark for plan in plans for remark in plan.notes)
    return Setup(settings, urls, keys, token, plans, (*notes, *_overrides(context, clients)))


def _overrides(context: Context, clients: tuple[Client, ...]) -> Iterator[str]:
    """What beats the change we are about to make."""
    for client in clients:
        for found in client.overrides(context.environ, context.user_home, context.working_directory()):
            if found.wins:
                where = "" if found.file is None else f" in {found.file}"
                yield f"{client.title}: {found.setting}{where} is set. {found.effect}"


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


def _confirm(setup: Setup) -> None:
    for plan in setup.plans:
        note(plan.diff() or f"{plan.file}: nothing to change.")
    for remark in setup.notes:
        note(remark)
    if any(plan.changed for plan in setup.plans):
        agree("Make these changes?", default=True)


def _store(context: Context, setup: Setup, *, patient: bool) -> tuple[str, ...]:
    """Write keys, settings and token; says what could not be tidied up. The keys first: they may fail."""
    paths, settings, keys = context.paths, setup.settings, setup.keys
    timeout_s = PATIENCE_S if patient else 5.0
    new = {} if settings.key_store is KeyStoreKind.ENV else keys.new
    store_keys(context, settings.key_store, new, timeout_s=timeout_s)
    first = initial_toml(settings).encode()
    if paths.config_file.exists() or not replace_unchanged(paths.config_file, None, first):
        set_value(paths, "port", settings.port)
        set_value(paths, "key_store", settings.key_store.value)
        for name, url in setup.urls.items():
            set_value(paths, f"providers.{name}.url", url)
    save_token(paths.token_file, setup.token)
    return () if keys.former is None else leave(context, keys.former, tuple(keys.all))


def _run(context: Context, settings: Settings, *, wanted: bool) -> Running | None:
    """A daemon with these settings and keys; one that runs is only told to read them anew."""
    running = find(context.paths)
    if running is None and not wanted:
        return None
    # What a daemon was started with does not change: keys of the environment need a new one.
    fit = running is not None and running.hint.port == settings.port and not running.outdated
    if fit and settings.key_store is not KeyStoreKind.ENV and reload(context.paths):
        return running
    stop(context.paths)
    return start(context.paths, settings.port, context.environ)


def _preview(setup: Setup) -> Result:
    clients = [
        {"name": p.client, "file": str(p.file), "changed": p.changed, "diff": p.diff()} for p in setup.plans
    ]
    view = [plan.diff() or f"{plan.file}: nothing to change." for plan in setup.plans]
    view += setup.notes
    names, place = ", ".join(sorted(setup.keys.all)), setup.settings.key_store.value
    view.append(f"Keys for {names} would be in: {place}. Nothing was written.")
    return Result({"dry_run": True, **setup.data(), "clients": clients}, tuple(view))


def _told(
    setup: Setup, applied: tuple[Applied, ...], running: Running | None, left: tuple[str, ...]
) -> Result:
    clients = [{"name": one.client, "file": str(one.file), "changed": one.changed} for one in applied]
    data = {"dry_run": False, **setup.data(), "running": running is not None, "clients": clients}
    view = [f"Keys for {', '.join(sorted(setup.keys.all))} are in: {setup.settings.key_store.value}.", *left]
    if running is None:
        view.append("The daemon was not started: run `coderouter start` before you use a client.")
    else:
        view.append(f"CodeRouter runs on http://127.0.0.1:{running.hint.port}.")
    view += [
        f"{one.file}: {'points at CodeRouter now' if one.changed else 'pointed here already'}."
        for one in applied
    ]
    view += setup.notes
    if not applied:
        view.append("No client was found. Name one: `coderouter init --client claude-code` (or codex).")
    view.append("Work as usual, then: `coderouter report`.")
    return Result(data, tuple(view))
