"""`coderouter lane`: who picks the model."""

from typing import Annotated

import typer

from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.daemon.process import reload
from coderouter_cli.domain.decision import Lane
from coderouter_cli.errors import UsageError
from coderouter_cli.storage.settings import CLIENTS, set_value

app = typer.Typer(rich_markup_mode=None)

_MEANING = {Lane.SMART: "the router picks the model", Lane.DIRECT: "the client picks the model"}


@app.command(name="lane")
def lane_command(
    lane: Annotated[Lane | None, typer.Argument(help="smart or direct; without it, show.")] = None,
    client: Annotated[str | None, typer.Option(help="Only for this client.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show or set who picks the model: the router (smart) or the client (direct).

    Example: coderouter lane direct --client codex
    """
    context = current()
    if client is not None and client not in CLIENTS:
        raise UsageError(f"There is no client {client!r}.", next_step=f"Known: {', '.join(CLIENTS)}.")
    if lane is not None:
        context.paths.ensure()
        set_value(context.paths, "lane" if client is None else f"lanes.{client}", lane.value)
        reload(context.paths)
    finish(show_lanes(context), as_json=as_json)


def show_lanes(context: Context) -> Result:
    """The lane of every client."""
    settings = context.settings()
    view = [f"{settings.lane.value}: {_MEANING[settings.lane]}."]
    view += [f"  {name}: {own.value} ({_MEANING[own]})" for name, own in settings.lanes.items()]
    lanes = {name: own.value for name, own in settings.lanes.items()}
    return Result({"lane": settings.lane.value, "lanes": lanes}, tuple(view))
