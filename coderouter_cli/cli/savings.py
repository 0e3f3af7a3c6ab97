"""Replays recorded sessions for `eval savings` and `simulate`: from options to figures."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from coderouter_cli.catalog.catalog import Catalog, load_catalog
from coderouter_cli.catalog.post import post_catalog
from coderouter_cli.cli.render import make_console
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.views.savings import savings_data, savings_view
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.transcript import Archive
from coderouter_cli.errors import UsageError
from coderouter_cli.simulation.error import cache_error
from coderouter_cli.simulation.field import Terms, make_field
from coderouter_cli.simulation.needs import classified, drawn
from coderouter_cli.simulation.savings import replay
from coderouter_cli.simulation.scene import scenes_of

ALL = "all"


class CatalogName(StrEnum):
    """Whose models and prices."""

    POST = "post"
    """The CodeRouter post's, of May 2026."""
    TODAY = "today"


class NeedSource(StrEnum):
    """Where a turn's need comes from."""

    DRAWN = "drawn"
    CLASSIFIED = "classified"


_DRAWS = {NeedSource.DRAWN: drawn, NeedSource.CLASSIFIED: classified}


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be found out. ``keys`` are providers' names; ``asked`` is the model the clients ask for."""

    name: str
    catalog: Catalog
    keys: Collection[str]
    asked: Model
    terms: Terms
    needs: NeedSource
    draws: int


def named_catalog(name: CatalogName) -> Catalog:
    """One of the catalogs that come with this version."""
    return post_catalog() if name is CatalogName.POST else load_catalog()


def key_set(text: str, catalog: Catalog) -> frozenset[str]:
    """The providers of ``--keys``: ``all``, or names with commas between them.

    Raises:
        UsageError: there is no such provider.
    """
    if text.strip().lower() == ALL:
        return frozenset(catalog.providers)
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in catalog.providers]
    if unknown or not names:
        known = ", ".join(sorted(catalog.providers))
        raise UsageError(
            f"There is no provider {unknown[0]!r}." if unknown else "--keys names no provider.",
            next_step=f"Write all, or some of: {known}.",
        )
    return frozenset(names)


def answer(archive: Archive, question: Question, now: datetime, *, silent: bool) -> Result:
    """Replay the sessions and show what they would have cost.

    Raises:
        UsageError: there is nothing to replay.
        ConfigError: the keys reach no model, or a price is missing.
    """
    scenes = scenes_of(archive.transcripts, question.catalog, now)
    if not scenes:
        raise UsageError(
            "No recorded answers were found there.", next_step="Give a folder with session files."
        )
    field = make_field(question.catalog, question.keys, question.asked, question.terms)
    with _progress(len(scenes) * question.draws, silent=silent) as tick:
        savings = replay(scenes, field, _DRAWS[question.needs], question.draws, tick)
    error = cache_error(archive.transcripts, question.catalog, now)
    data = savings_data(savings, error) | {
        "catalog": question.name,
        "keys": sorted(question.keys),
        "strategy": question.terms.strategy,
        "needs": question.needs.value,
        "requested": question.asked.id,
        "files": archive.files,
        "broken_lines": archive.broken,
    }
    return Result(data, savings_view(savings, error, question.asked.id, archive.broken))


@contextmanager
def _progress(total: int, *, silent: bool) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, nothing in a file or a pipe. It goes to standard error."""
    console = make_console(stderr=True)
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    off = silent or not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=off) as bar:
        task = bar.add_task("replaying", total=total)
        yield lambda: bar.advance(task)
