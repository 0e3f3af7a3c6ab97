"""The ledger as the pipeline uses it, and what every row needs besides: clock, prices, warmth."""

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Protocol

from coderouter_cli.accounting.baseline import BaselineModel, baselines
from coderouter_cli.daemon.plan import Plan
from coderouter_cli.daemon.warmth import WarmthBook
from coderouter_cli.domain.exchange import Baselines, Closing, Opening
from coderouter_cli.domain.model import Model
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.usage import Usage
from coderouter_cli.system.clock import Clock
