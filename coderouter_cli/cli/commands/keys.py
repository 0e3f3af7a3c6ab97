"""`coderouter keys`: set, list, remove. A key is never an argument and never printed."""

import sys
from collections.abc import Mapping
from typing import Annotated

import typer

from coderouter_cli.cli.asking import has_terminal, hidden
from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.key_stores import PATIENCE_S, leave, store_keys, stored_keys
from coderouter_cli.cli.live import refresh, refresh_line
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.daemon.shelf import stocked_catalog
from coderouter_cli.domain.model import Provider
from coderouter_cli.errors import KeyStoreError, UsageError
from coderouter_cli.storage.credentials import (
    EnvStore,
    KeyInfo,
    clean_key,
    describe,
    open_store,
    resolve_keys,
)
from coderouter_cli.storage.settings import KeyStoreKind, set_value
from coderouter_cli.system.redaction import Secret

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_ARGUMENTS = {"allow_extra_args": True}
"""So that a key among the arguments is refused by us, who do not repeat it."""

_LONGEST_INPUT = 64 * 1024

ProviderName = Annotated[
    str, typer.Argument(metavar="PROVIDER", help="For example anthropic, openai, deepseek.")
]


@app.callback()
def keys() -> None:
    """Set, list and remove provider keys.

    Example: coderouter keys set anthropic
    """


@app.command(name="set", context_settings=_ARGUMENTS)
def set_command(
    arguments: typer.Context,
    provider: ProviderName,
    key_store: Annotated[
        KeyStoreKind | None, typer.Option("--key-store", help="Keep all keys there from now on.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Store a key, typed at a hidden prompt or piped to standard input.

    Example: coderouter keys set anthropic
    """
    _refuse_more(arguments)
    finish(set_key(current(), provider, key_store), as_json=as_json)


@app.command(name="list")
def list_command(as_json: JsonFlag = False) -> None:
    """Show who has a key, where it comes from, and its last four characters.

    Example: coderouter keys list
    """
    finish(list_keys(current()), as_json=as_json)


@app.command(name="remove", context_settings=_ARGUMENTS)
def remove_command(
    arguments: typer.Context,
    provider: ProviderName,
    key_store: Annotated[
        KeyStoreKind | None, typer.Option("--key-store", help="Another place than the configured one.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Remove a stored key.

    Example: coderouter keys remove deepseek
    """
    _refuse_more(arguments)
    finish(remove_key(current(), provider, key_store), as_json=as_json)


def set_key(context: Context, provider: str, kind: KeyStoreKind | None) -> Result:
    """Store one key where the settings say; with ``kind`` all keys move there, and the settings say so."""
    variables = _known(context, provider)
    former = context.settings().key_store
    chosen = former if kind is None else kind
    if chosen is KeyStoreKind.ENV:
        raise _not_a_store(context, provider, variables)
    moved, notes = _others(context, former, variables) if chosen is not former else ({}, ())
    store_keys(context, chosen, {**moved, provider: clean_key(_read_key(provider), "your input")})
    set_value(context.paths, "key_store", chosen.value)
    notes += leave(context, former, variables) if moved else ()
    refreshed = refresh(context.paths)
    view = [f"The {provider} key is in: {chosen.value}.", *notes, *_beaten(context, provider, variables)]
    view += refresh_line(refreshed)
    data = {"provider": provider, "key_store": chosen.value, "reloaded": refreshed is True}
    return Result({**data, "moved": sorted(moved)}, tuple(view))


def list_keys(context: Context) -> Result:
    """Every provider and where its key comes from; the exit code tells when the store cannot be asked."""
    providers = _providers(context)
    variables = {name: provider.key_env for name, provider in providers.items()}
    resolved = resolve_keys(context.settings(), variables, context.environ)
    infos = describe(resolved, variables)
    view = [_line(info, keyless=providers[info.provider].keyless) for info in infos]
    problem = resolved.problem
    if problem is not None:
        view.append(problem.sentence())
    data = {
        "keys": [{"provider": i.provider, "source": i.source, "tail": i.tail or None} for i in infos],
        "problem": None if problem is None else problem.sentence(),
    }
    return Result(data, tuple(view), exit_code=0 if problem is None else problem.exit_code)


def remove_key(context: Context, provider: str, kind: KeyStoreKind | None) -> Result:
    """Remove one key from the store."""
    variables = _known(context, provider)
    chosen = kind or context.settings().key_store
    removed = open_store(chosen, context.environ, timeout_s=PATIENCE_S).delete(provider)
    view = [f"The {provider} key was removed." if removed else f"There was no {provider} key."]
    variable = EnvStore(context.environ, variables).variable(provider)
    if variable is not None:
        view.append(f"There is still one in the variable {variable}.")
    refreshed = refresh(context.paths) if removed else None
    view += refresh_line(refreshed) if refreshed is False else ()
    return Result({"provider": provider, "removed": removed, "variable": variable}, tuple(view))


def _line(info: KeyInfo, *, keyless: bool) -> str:
    if info.source is None:
        return f"{info.provider}: " + ("needs no key" if keyless else "no key")
    return f"{info.provider}: {info.source}" + (f" (…{info.tail})" if info.tail else "")


def _read_key(provider: str) -> str:
    if has_terminal():
        return hidden(f"{provider} key")
    return "" if sys.stdin is None else sys.stdin.read(_LONGEST_INPUT)


def _others(
    context: Context, former: KeyStoreKind, variables: dict[str, str]
) -> tuple[dict[str, Secret], tuple[str, ...]]:
    """The keys that move along, and what to say when the former store cannot be read."""
    if not context.paths.config_file.exists():
        return {}, ()  # nothing was ever set up: the default store is not asked
    try:
        return stored_keys(context, former, variables), ()
    except KeyStoreError as error:
        return {}, (f"Keys in the {former.value}, if any, were not moved: {error.what}.",)


def _beaten(context: Context, provider: str, variables: dict[str, str]) -> tuple[str, ...]:
    variable = EnvStore(context.environ, variables).variable(provider)
    return () if variable is None else (f"But the variable {variable} is set, and goes first.",)


def _variables(context: Context) -> dict[str, str]:
    return {name: provider.key_env for name, provider in _providers(context).items()}


def _providers(context: Context) -> Mapping[str, Provider]:
    return stocked_catalog(context.settings(), prices=False).providers


def _known(context: Context, provider: str) -> dict[str, str]:
    variables = _variables(context)
    if provider not in variables:
        # Whatever was typed is not repeated: it may be a key in the wrong place.
        raise UsageError("That is no provider's name.", next_step=f"Known: {', '.join(sorted(variables))}.")
    return variables


def _refuse_more(arguments: typer.Context) -> None:
    if arguments.args:
        raise UsageError(
            "A key is never an argument.",
            means="Other programs can read arguments, and your shell remembers them.",
            next_step="Leave it out: you will be asked for it, or pipe it to standard input.",
        )


def _not_a_store(context: Context, provider: str, variables: dict[str, str]) -> KeyStoreError:
    own = EnvStore(context.environ, variables)
    set_now = own.variable(provider)
    return KeyStoreError(
        "The settings say that keys come from the environment, so none is stored.",
        means="" if set_now is None else f"There is one in the variable {set_now}.",
        next_step=f"Set {variables[provider]} where the daemon is started, or use --key-store.",
    )
