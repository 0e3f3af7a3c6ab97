"""`coderouter lane`: who picks the model."""

from typing import Annotated

import typer

from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.live import refresh, refresh_line
from coderouter_cli.cli.options import JsonFlag, checked_client, complete_client
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.domain.decision import Lane
from coderouter_cli.storage.settings import set_value

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_MEANING = {Lane.SMART: "the router picks the model", Lane.DIRECT: "the client picks the model"}


@app.command(name="lane")
def lane_command(
    lane: Annotated[
        Lane | None, typer.Argument(metavar="LANE", help="smart or direct; without it, show.")
    ] = None,
    client: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Only for this client.", autocompletion=complete_client),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Show or set who picks the model: the router (smart) or the client (direct).

    Example: coderouter lane direct --client codex
    """
    context = current()
    name = checked_client(client)
    if lane is None:
        finish(show_lanes(context), as_json=as_json)
    else:
        finish(set_lane(context, lane, name), as_json=as_json)


def set_lane(context: Context, lane: Lane, client: str | None) -> Result:
    """Set the lane of one client, or of all that have none of their own; a running daemon obeys at once."""
    context.paths.ensure()
    set_value(context.paths, "lane" if client is None else f"lanes.{client}", lane.value)
    refreshed = refresh(context.paths)
    shown = show_lanes(context)
    return Result({**shown.data, "reloaded": refreshed is True}, (*shown.view, *refresh_line(refreshed)))


def show_lanes(context: Context) -> Result:
    """The lane of every client."""
    settings = context.settings()
    view = [f"{settings.lane.value}: {_MEANING[settings.lane]}."]
    view += [f"  {name}: {own.value} ({_MEANING[own]})" for name, own in settings.lanes.items()]
    lanes = {name: own.value for name, own in settings.lanes.items()}
    return Result({"lane": settings.lane.value, "lanes": lanes}, tuple(view))
