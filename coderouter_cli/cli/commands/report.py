"""`coderouter report`: the ledger's sums."""

from typing import Annotated

import typer

from coderouter_cli.accounting.summary import summarise, summary_json
from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag, checked_client, complete_client, moment
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.views.report import report_view
from coderouter_cli.storage.ledger.reader import LedgerReader

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def report(
    since: Annotated[
        str | None, typer.Option(metavar="WHEN", help="From then on: 12h, 7d, 2026-11-01.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Up to then.")] = None,
    client: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only this client's requests.", autocompletion=complete_client),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show what was routed where, what it cost, and what it would have cost.

    Example: coderouter report --since 7d --client claude-code
    """
    finish(make_report(current(), since, until, client), as_json=as_json)


def make_report(context: Context, since: str | None, until: str | None, client: str | None) -> Result:
    """The report over a period."""
    now = context.clock.now()
    rows = LedgerReader(context.paths).rows(moment(since, now), moment(until, now), checked_client(client))
    summary = summarise(rows)
    return Result(summary_json(summary), report_view(summary))
