"""`coderouter models`: what the router can choose from."""

from typing import Annotated

import typer

from coderouter_cli.accounting.calibration import calibration_json
from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.catalog.dominance import dominated_anywhere
from coderouter_cli.cli.context import Context, current
from coderouter_cli.cli.options import JsonFlag
from coderouter_cli.cli.render import finish
from coderouter_cli.cli.result import Result
from coderouter_cli.cli.views.estimates import estimate_lines
from coderouter_cli.cli.views.models import check_view, model_data, models_view
from coderouter_cli.daemon.calibrating import measure
from coderouter_cli.daemon.wiring import configure
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.errors import LedgerError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(name="models")
def models_command(
    everything: Annotated[
        bool, typer.Option("--all", help="Also those without a key, and legacy ones.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only name the models that another one beats in everything.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """List models with their prices (USD per million tokens) and quality per phase (0 to 100).

    Example: coderouter models --all
    """
    work = check_models if check else list_models
    finish(work(current(), everything=everything), as_json=as_json)


def check_models(context: Context, *, everything: bool) -> Result:
    """The models that another of any provider beats in price, quality, abilities and cache."""
    market = configure(context.paths, context.environ).market
    models = list(market.catalog.models.values()) if everything else [model for _, model in market.models()]
    pairs = dominated_anywhere(models)
    return Result(
        {"dominated": [dict(zip(("model", "by"), pair, strict=True)) for pair in pairs]}, check_view(pairs)
    )


def list_models(context: Context, *, everything: bool) -> Result:
    """The models within reach, or all we know."""
    market = configure(context.paths, context.environ).market
    models = list(market.catalog.models.values()) if everything else [model for _, model in market.models()]
    now = context.clock.now()
    dominated = dict(market.catalog.dominated())
    figures = _figures(context, market.catalog)
    data = [model_data(model, dominated.get(model.id), now) for model in models]
    for one in data:
        one["estimate"] = figures.get(one["id"])
    shown = [figures[model.id] for model in models if model.id in figures]
    return Result({"models": data}, (*models_view(models, dominated, now), *estimate_lines(shown)))


def _figures(context: Context, catalog: Catalog) -> dict[str, JsonObject]:
    """How close the estimates are, by model; a ledger that cannot be read leaves the rest to be shown."""
    try:
        measured = measure(context.paths, context.clock, catalog)
    except LedgerError:
        return {}
    return {name: calibration_json(figure) for name, figure in measured.items()}
