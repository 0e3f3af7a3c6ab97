"""Keeps the catalog's estimates close to what providers report for this user's requests.

The ledger is read once when the daemon starts and every quarter of an hour, in a thread of its own
connection; a pipeline with the corrected models then takes the place of the one before. What runs goes
on with the figures it began with.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import MappingProxyType

from coderouter_cli.accounting.calibration import Calibration, calibrate
from coderouter_cli.catalog.catalog import Catalog
from coderouter_cli.daemon.pipeline import Pipeline
from coderouter_cli.errors import LedgerError
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.system.clock import Clock
from coderouter_cli.system.paths import Paths

log = logging.getLogger(__name__)

REFRESH_S = 900.0
WINDOW = timedelta(days=30)
"""How far back requests count: people change projects, and we our estimates."""

Calibrations = Mapping[str, Calibration]


def measure(paths: Paths, clock: Clock, catalog: Catalog) -> dict[str, Calibration]:
    """What the ledger of this home shows, by model. Reads the disk: not for the event loop.

    Raises:
        LedgerError: the ledger cannot be read.
    """
    return calibrate(LedgerReader(paths).samples(clock.now() - WINDOW), catalog.models)


def calibrated_catalog(catalog: Catalog, figures: Calibrations) -> Catalog:
    """The catalog with corrected models; one without a figure loses what it had."""
    models = {
        name: replace(model, calibration=figures[name].factor if name in figures else 1.0)
        for name, model in catalog.models.items()
    }
    return replace(catalog, models=MappingProxyType(models))


def calibrated_pipeline(pipeline: Pipeline, figures: Calibrations) -> Pipeline:
    """The pipeline with a corrected catalog; everything that it remembers stays."""
    market = pipeline.around.market
    catalog = calibrated_catalog(market.catalog, figures)
    return replace(
        pipeline,
        around=replace(pipeline.around, market=replace(market, catalog=catalog)),
        books=replace(pipeline.books, catalog=catalog),
    )


@dataclass(slots=True)
class Calibrator:
    """The figures of one daemon, and where they are put to use."""

    paths: Paths
    clock: Clock
    figures: Calibrations = field(default_factory=dict)

    async def keep(self, current: Callable[[], Pipeline], swap: Callable[[Pipeline], None]) -> None:
        """Measure now and then, and swap the pipeline for a corrected one, until cancelled."""
        while True:
            await self.refresh(current().around.market.catalog)
            swap(calibrated_pipeline(current(), self.figures))
            await asyncio.sleep(REFRESH_S)

    async def refresh(self, catalog: Catalog) -> None:
        """Measure anew; a ledger that cannot be read leaves the figures as they are."""
        try:
            self.figures = await asyncio.to_thread(measure, self.paths, self.clock, catalog)
        except LedgerError as error:
            log.warning("uncalibrated reason=%s", error.what)
