"""`coderouter explain`: why a request went where it went, or where one would go."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.views.explain import explain_data, explain_view
from coderouter_cli.cli.views.record import record_data, record_view
from coderouter_cli.daemon.commands import meant, not_chosen
from coderouter_cli.daemon.market import Market
from coderouter_cli.daemon.plan import Moment, hear_out, make_plan
from coderouter_cli.daemon.warmth import WarmthBook
from coderouter_cli.daemon.wiring import configure, fresh_circuits, surroundings
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.errors import BadRequestError, CodeRouterError, UsageError
from coderouter_cli.providers.contract import ClientRequest
from coderouter_cli.routing.replay import replay
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.wire.read import parse_object
from coderouter_cli.wire.registry import format_of

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="explain")
def explain_command(
    exchange: Annotated[
        str | None, typer.Argument(metavar="ID", help="A request id, its beginning, or `last`.")
    ] = None,
    request: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A request's body as JSON; nothing is sent.")
    ] = None,
    wire_format: Annotated[
        FormatName, typer.Option("--format", help="The wire format of --request.")
    ] = FormatName.ANTHROPIC_MESSAGES,
    other: Annotated[
        str | None, typer.Option("--not", metavar="MODEL", help="Say why this model was not chosen.")
    ] = None,
    again: Annotated[
        str | None,
        typer.Option("--replay", metavar="ID", help="Decide once more from what was written down."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show why a request went where it went, or where one would go.

    Example: coderouter explain last
    """
    if sum(one is not None for one in (exchange, request, again)) != 1:
        raise UsageError(
            "Name one request: an id, `last`, or --request FILE.", next_step="Try `coderouter explain last`."
        )
    context = current()
    if again is not None:
        finish(replay_row(context, again), as_json=as_json)
    elif request is not None:
        finish(explain_file(context, request, wire_format, other), as_json=as_json)
    else:
        finish(explain_row(context, exchange or "last", other), as_json=as_json)


def explain_row(context: Context, exchange: str, other: str | None = None) -> Result:
    """What the ledger knows of one exchange; or why its model was not an ``other``."""
    record = LedgerReader(context.paths).record(exchange)
    decision = record.opening.decision
    if "command" in decision:
        says = "A line for CodeRouter (`@cr`), which it answered itself."
        return Result(record_data(record), (says, *record_view(record)))
    if other is not None:
        return _not(decision, other, configure(context.paths, context.environ).market)
    data, catalog = record_data(record), load_catalog(prices=False)
    data["decision"] = explain_data(decision, catalog)
    return Result(data, (*explain_view(decision, catalog), "", *record_view(record)))


def replay_row(context: Context, exchange: str) -> Result:
    """Decide once more from the stored inputs; exit code 70 when the answer is another."""
    record = LedgerReader(context.paths).record(exchange)
    written = record.opening.decision
    if "command" in written:
        raise UsageError("There was nothing to decide: CodeRouter answered this request itself.")
    made = replay(written)
    chain = [target.model for target in made.chain]
    before = [target["model"] for target in written["chain"]]
    reasons = [[reason.code, reason.detail] for reason in made.reasons]
    same = (chain, reasons, made.bypass) == (before, written["reasons"], written["bypass"])
    data = {"id": record.row.id, "same": same, "before": before, "now": chain}
    verdict = "the same decision" if same else f"another decision than {', then '.join(before)}"
    says = f"Request {record.row.id}, decided once more: {', then '.join(chain)}; {verdict}."
    return Result(data, (says,), exit_code=0 if same else CodeRouterError.exit_code)


def _not(decision: JsonObject, name: str, market: Market) -> Result:
    """Why a model was not chosen."""
    model = meant(name, market)
    if model is None:
        raise UsageError(
            f"CodeRouter knows no model {name[:40]!r}.", next_step="`coderouter models --all` lists them."
        )
    says = not_chosen(decision, model, market)
    view = next((view for view in decision["case"]["candidates"] if view["model"] == model.id), None)
    chosen = decision["chain"][0]["model"]
    data = {"model": model.id, "chosen": chosen, "why_not": says, "losses": view and view["losses"]}
    return Result(data, (says,))


def explain_file(context: Context, file: Path, wire_format: FormatName, other: str | None = None) -> Result:
    """The decision for a request that is not sent. Every prompt counts as cold."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
    asked = _parsed(file, body, wire_format)
    configuration = configure(context.paths, context.environ)
    around = surroundings(configuration, WarmthBook(), fresh_circuits(configuration))
    moment = Moment("not-sent", context.clock.now(), context.clock.monotonic())
    heard = asyncio.run(hear_out(asked, around, context.clock))
    decision = make_plan(asked, around, moment, heard).opening.decision
    market = configuration.market
    if other is not None:
        return _not(decision, other, market)
    data = {"sent": False, "decision": explain_data(decision, market.catalog)}
    return Result(data, explain_view(decision, market.catalog))


def _parsed(file: Path, body: bytes, wire_format: FormatName) -> ClientRequest:
    try:
        value = parse_object(body)
        return ClientRequest(wire_format, {}, body, value, format_of(wire_format).parse(value))
    except BadRequestError as error:
        raise BadRequestError(
            error.what, next_step=f"{file} was read as {wire_format.value}; see --format for others."
        ) from error
