"""`coderouter simulate`: what your own past sessions would have cost otherwise."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag, moment
from coderouter_cli.cli.recorded import from_ledger
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.savings import CatalogName, NeedSource, Question, answer, key_set, named_catalog
from coderouter_cli.clients.claude_code import transcripts as claude_code
from coderouter_cli.clients.codex import transcripts as codex
from coderouter_cli.daemon.wiring import configure
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.transcript import Archive
from coderouter_cli.simulation.field import Terms
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.storage.settings import Strategy

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_DRAWS = 5
"""What a ledger's turns needed is recorded; where it is not, so many guesses show the spread."""


@app.command(name="simulate")
def simulate_command(
    strategy: Annotated[Strategy | None, typer.Option(help="Another strategy than yours.")] = None,
    keys: Annotated[
        str | None, typer.Option(metavar="NAMES", help="Other keys than yours: all, or anthropic,openai")
    ] = None,
    catalog: Annotated[
        CatalogName | None, typer.Option(help="Other models and prices: the post's, or today's.")
    ] = None,
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="The ledger from then on: 12h, 7d, 2026-11-01.")
    ] = None,
    claude_dir: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Claude Code's session files instead: ~/.claude")
    ] = None,
    codex_dir: Annotated[Path | None, typer.Option(metavar="DIR", help="Codex's: ~/.codex")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what past sessions would have cost under another strategy, with other keys or prices.

    Example: coderouter simulate --strategy frugal --since 7d
    """
    options = Options(strategy, keys, catalog, since, claude_dir, codex_dir)
    finish(run_simulation(current(), options, silent=as_json), as_json=as_json)


@dataclass(frozen=True, slots=True)
class Options:
    """What is to be different; None: as it is."""

    strategy: Strategy | None = None
    keys: str | None = None
    catalog: CatalogName | None = None
    since: str | None = None
    claude_dir: Path | None = None
    codex_dir: Path | None = None

    @property
    def from_files(self) -> bool:
        """Whether clients' own files are asked about, not the ledger."""
        return self.claude_dir is not None or self.codex_dir is not None


def run_simulation(context: Context, options: Options, *, silent: bool) -> Result:
    """Replay the ledger, or clients' session files."""
    configuration = configure(context.paths, context.environ)
    now, market = context.clock.now(), configuration.market
    catalog = market.catalog if options.catalog is None else named_catalog(options.catalog)
    if options.from_files:
        archive, requested, left_out = _files(options), None, 0
    else:
        found = from_ledger(LedgerReader(context.paths).records(moment(options.since, now)))
        archive, requested, left_out = found.archive, found.requested, found.left_out
        if not archive.transcripts:
            return _nothing(left_out)
    strategy = options.strategy or configuration.settings.strategy
    question = Question(
        name="yours" if options.catalog is None else options.catalog.value,
        catalog=catalog,
        keys=market.keyed if options.keys is None else key_set(options.keys, catalog),
        asked=_asked(catalog, requested),
        terms=Terms(strategy, configuration.settings.max_regret_pct, now),
        needs=NeedSource.CLASSIFIED,
        draws=_DRAWS if options.from_files else 1,
    )
    shown = answer(archive, question, now, silent=silent)
    return Result({**shown.data, "left_out": left_out}, shown.view)


def _files(options: Options) -> Archive:
    archive = Archive()
    if options.claude_dir is not None:
        archive += claude_code.read_archive(options.claude_dir)
    if options.codex_dir is not None:
        archive += codex.read_archive(options.codex_dir)
    return archive


def _asked(catalog: Catalog, name: str | None) -> Model:
    """The model most requests asked for, where the catalog has a price for it, otherwise its Opus."""
    model = None if name is None else catalog.resolve(name)
    return catalog.opus() if model is None or model.card is None else model


def _nothing(left_out: int) -> Result:
    told = f" ({left_out:,} rows hold no answer of a conversation)" if left_out else ""
    return Result(
        {"policies": [], "transcripts": 0, "steps": 0, "left_out": left_out},
        (
            f"The ledger holds no recorded requests yet{told}.",
            "Clients' own sessions can be replayed instead: coderouter simulate --claude-dir ~/.claude",
        ),
    )
