"""`coderouter init`: keys, then the daemon, then the clients; whatever fails, no client is left patched."""

from typing import Annotated

import typer

from coderouter_cli.cli.context import current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.setup import initialise
from coderouter_cli.cli.setup_inputs import InitOptions
from coderouter_cli.clients import CLIENTS
from coderouter_cli.storage.settings import KeyStoreKind

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="init")
def init_command(
    client: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="claude-code or codex; repeat for both. Default: those found.",
            autocompletion=lambda: [known.name for known in CLIENTS],
        ),
    ] = None,
    key_store: Annotated[
        KeyStoreKind | None, typer.Option(help="Where keys are kept: keyring, file (0600) or env (nowhere).")
    ] = None,
    provider_url: Annotated[
        list[str] | None, typer.Option(metavar="NAME=URL", help="A provider's root, if it is another.")
    ] = None,
    port: Annotated[
        int | None, typer.Option(metavar="PORT", min=0, max=65535, help="0 picks a free one.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Do not ask the providers about the keys.")
    ] = False,
    no_start: Annotated[bool, typer.Option("--no-start", help="Do not start the daemon.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; write nothing.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Store your provider keys, start the daemon and point your coding clients at it.

    Keys are taken from ANTHROPIC_API_KEY, OPENAI_API_KEY and DEEPSEEK_API_KEY, or asked for.

    Example: coderouter init --client claude-code --dry-run
    """
    options = InitOptions(
        clients=tuple(client or ()),
        key_store=key_store,
        provider_urls=tuple(provider_url or ()),
        port=port,
        ask=not yes and not as_json,
        verify=not no_verify,
        start=not no_start,
        dry_run=dry_run,
    )
    finish(initialise(current(), options), as_json=as_json)
