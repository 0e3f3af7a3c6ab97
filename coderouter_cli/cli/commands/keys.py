"""`coderouter keys`: set, list, remove. A key is never an argument and never printed."""

import sys
from typing import Annotated

import typer

from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.daemon.process import reload
from coderouter_cli.daemon.shelf import stocked_catalog
from coderouter_cli.errors import UsageError
from coderouter_cli.storage.credentials import clean_key, describe, open_store, resolve_keys
from coderouter_cli.storage.settings import KeyStoreKind

app = typer.Typer(rich_markup_mode=None, no_args_is_help=True, help="Set, list and remove provider keys.")

_PATIENCE_S = 60.0
ProviderName = Annotated[
    str, typer.Argument(metavar="PROVIDER", help="For example anthropic, openai, deepseek.")
]
StoreOption = Annotated[
    KeyStoreKind | None, typer.Option("--key-store", help="Another place than the configured one.")
]


@app.command(name="set")
def set_command(provider: ProviderName, key_store: StoreOption = None, as_json: JsonFlag = False) -> None:
    """Store a key, typed at a hidden prompt or piped to standard input.

    Example: coderouter keys set anthropic
    """
    finish(set_key(current(), provider, key_store), as_json=as_json)


@app.command(name="list")
def list_command(as_json: JsonFlag = False) -> None:
    """Show which providers have a key, where it comes from, and its last four characters.

    Example: coderouter keys list
    """
    finish(list_keys(current()), as_json=as_json)


@app.command(name="remove")
def remove_command(provider: ProviderName, key_store: StoreOption = None, as_json: JsonFlag = False) -> None:
    """Remove a stored key.

    Example: coderouter keys remove deepseek
    """
    finish(remove_key(current(), provider, key_store), as_json=as_json)


def set_key(context: Context, provider: str, kind: KeyStoreKind | None) -> Result:
    """Store one key where the settings say."""
    settings = context.settings()
    _known(context, provider)
    store = open_store(kind or settings.key_store, context.environ, timeout_s=_PATIENCE_S)
    context.paths.ensure()
    store.set(provider, clean_key(_read_key(provider), "your input"))
    live = reload(context.paths)
    view = [f"The {provider} key is in: {store.kind.value}."]
    if not live:
        view.append("The daemon does not run; it will read the key when it starts.")
    return Result({"provider": provider, "key_store": store.kind.value, "reloaded": live}, tuple(view))


def list_keys(context: Context) -> Result:
    """Every provider and where its key comes from."""
    variables = _variables(context)
    resolved = resolve_keys(context.settings(), variables, context.environ)
    infos = describe(resolved, variables)
    view = [
        f"{info.provider}: {info.source} (…{info.tail})" if info.source else f"{info.provider}: no key"
        for info in infos
    ]
    if resolved.problem is not None:
        view.append(resolved.problem.sentence())
    data = [{"provider": info.provider, "source": info.source, "tail": info.tail or None} for info in infos]
    return Result({"keys": data}, tuple(view))


def remove_key(context: Context, provider: str, kind: KeyStoreKind | None) -> Result:
    """Remove one key from the store."""
    _known(context, provider)
    store = open_store(kind or context.settings().key_store, context.environ, timeout_s=_PATIENCE_S)
    removed = store.delete(provider)
    reload(context.paths)
    view = f"The {provider} key was removed." if removed else f"There was no {provider} key."
    return Result({"provider": provider, "removed": removed}, (view,))


def _read_key(provider: str) -> str:
    if sys.stdin.isatty():
        typed: str = typer.prompt(f"{provider} key", hide_input=True, err=True)
        return typed
    return sys.stdin.read()


def _variables(context: Context) -> dict[str, str]:
    providers = stocked_catalog(context.settings(), prices=False).providers
    return {name: provider.key_env for name, provider in providers.items()}


def _known(context: Context, provider: str) -> None:
    known = _variables(context)
    if provider not in known:
        # Whatever was typed is not repeated: it may be a key in the wrong place.
        raise UsageError("That is no provider's name.", next_step=f"Known: {', '.join(sorted(known))}.")
