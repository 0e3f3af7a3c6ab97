"""`coderouter models`: what the router can choose from."""

from typing import Annotated

import typer

from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.views.models import model_data, models_view
from coderouter_cli.daemon.wiring import configure

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="models")
def models_command(
    everything: Annotated[
        bool, typer.Option("--all", help="Also those without a key, and legacy ones.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """List models with their prices (USD per million tokens) and quality per phase (0 to 100).

    Example: coderouter models --all
    """
    finish(list_models(current(), everything=everything), as_json=as_json)


def list_models(context: Context, *, everything: bool) -> Result:
    """The models within reach, or all we know."""
    market = configure(context.paths, context.environ).market
    models = list(market.catalog.models.values()) if everything else [model for _, model in market.models()]
    now = context.clock.now()
    dominated = dict(market.catalog.dominated())
    data = [model_data(model, dominated.get(model.id), now) for model in models]
    return Result({"models": data}, models_view(models, dominated, now))
