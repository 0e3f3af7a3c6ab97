"""`coderouter explain`: why a request went where it went, or where one would go."""

from pathlib import Path
from typing import Annotated

import typer

from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.views.explain import explain_data, explain_view
from coderouter_cli.cli.views.record import record_data, record_view
from coderouter_cli.daemon.plan import Moment, make_plan
from coderouter_cli.daemon.warmth import WarmthBook
from coderouter_cli.daemon.wiring import configure, fresh_circuits, surroundings
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.errors import BadRequestError, UsageError
from coderouter_cli.providers.contract import ClientRequest
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
    as_json: JsonFlag = False,
) -> None:
    """Show why a request went where it went, or where one would go.

    Example: coderouter explain last
    """
    if (exchange is None) == (request is None):
        raise UsageError(
            "Name one request: an id, `last`, or --request FILE.", next_step="Try `coderouter explain last`."
        )
    context = current()
    if request is not None:
        finish(explain_file(context, request, wire_format), as_json=as_json)
    else:
        finish(explain_row(context, exchange or "last"), as_json=as_json)


def explain_row(context: Context, exchange: str) -> Result:
    """What the ledger knows of one exchange."""
    record = LedgerReader(context.paths).record(exchange)
    data = record_data(record)
    data["decision"] = explain_data(data["decision"])
    return Result(data, (*explain_view(record.opening.decision), "", *record_view(record)))


def explain_file(context: Context, file: Path, wire_format: FormatName) -> Result:
    """The decision for a request that is not sent. Every prompt counts as cold."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.") from error
    asked = _parsed(file, body, wire_format)
    configuration = configure(context.paths, context.environ)
    around = surroundings(configuration, WarmthBook(), fresh_circuits(configuration))
    moment = Moment("not-sent", context.clock.now(), context.clock.monotonic())
    decision = make_plan(asked, around, moment).opening.decision
    return Result({"sent": False, "decision": explain_data(decision)}, explain_view(decision))


def _parsed(file: Path, body: bytes, wire_format: FormatName) -> ClientRequest:
    try:
        value = parse_object(body)
        return ClientRequest(wire_format, {}, body, value, format_of(wire_format).parse(value))
    except BadRequestError as error:
        raise BadRequestError(
            error.what, next_step=f"{file} was read as {wire_format.value}; see --format for others."
        ) from error
