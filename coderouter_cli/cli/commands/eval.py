"""`coderouter eval`: measure the router on recorded data."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.savings import (
    ALL,
    CatalogName,
    NeedSource,
    Question,
    answer,
    key_set,
    named_catalog,
)
from coderouter_cli.clients.claude_code import transcripts as claude_code
from coderouter_cli.clients.codex import transcripts as codex
from coderouter_cli.errors import UsageError
from coderouter_cli.simulation.field import Terms
from coderouter_cli.storage.settings import Settings, Strategy

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.callback()
def evaluate() -> None:
    """Measure the router on recorded data.

    Example: coderouter eval savings ~
    """


@app.command(name="savings")
def savings_command(
    directory: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="A home, or a folder with Claude Code's and Codex's sessions."),
    ],
    catalog: Annotated[
        CatalogName, typer.Option(help="Models and prices: the post's of May 2026, or today's.")
    ] = CatalogName.TODAY,
    keys: Annotated[str, typer.Option(metavar="NAMES", help="all, or providers: anthropic,openai")] = ALL,
    seeds: Annotated[int, typer.Option(min=1, max=100, help="How often the turns' needs are drawn.")] = 10,
    strategy: Annotated[Strategy, typer.Option(help="The router's strategy.")] = Strategy.BALANCED,
    needs: Annotated[
        NeedSource, typer.Option(help="What a turn needs: drawn, or classified where there is text.")
    ] = NeedSource.DRAWN,
    as_json: JsonFlag = False,
) -> None:
    """Replay recorded sessions under several routing policies; nothing is sent.

    Example: coderouter eval savings ~ --catalog post --keys anthropic
    """
    options = Options(catalog, keys, seeds, strategy, needs)
    finish(eval_savings(current(), directory, options, silent=as_json), as_json=as_json)


@dataclass(frozen=True, slots=True)
class Options:
    """What `eval savings` was asked."""

    catalog: CatalogName = CatalogName.TODAY
    keys: str = ALL
    seeds: int = 10
    strategy: Strategy = Strategy.BALANCED
    needs: NeedSource = NeedSource.DRAWN


def eval_savings(context: Context, directory: Path, options: Options, *, silent: bool) -> Result:
    """Replay the sessions of a folder; every client is taken to ask for the catalog's Opus.

    Raises:
        UsageError: no such folder, nothing in it, or no such provider.
    """
    if not directory.is_dir():
        raise UsageError(
            f"{directory} is not a folder.", next_step="Give a home or a folder with session files."
        )
    catalog, now = named_catalog(options.catalog), context.clock.now()
    question = Question(
        name=options.catalog.value,
        catalog=catalog,
        keys=key_set(options.keys, catalog),
        asked=catalog.opus(),
        terms=Terms(options.strategy.value, Settings().max_regret_pct, now),
        needs=options.needs,
        draws=options.seeds,
    )
    archive = claude_code.read_archive(directory) + codex.read_archive(directory)
    return answer(archive, question, now, silent=silent)
