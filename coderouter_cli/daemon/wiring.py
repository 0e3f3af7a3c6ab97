"""The one place where objects meet: from settings and keys to a pipeline."""

from collections.abc import Mapping
from dataclasses import dataclass

from coderouter_cli.catalog.catalog import Catalog, load_catalog
from coderouter_cli.daemon.books import Books, Ledger
from coderouter_cli.daemon.market import Market
from coderouter_cli.daemon.plan import Surroundings
from coderouter_cli.daemon.warmth import WarmthBook
from coderouter_cli.providers.circuit import Circuit
from coderouter_cli.providers.transport import Timeouts, Transport
from coderouter_cli.storage.settings import Settings
from coderouter_cli.system.clock import Clock
from coderouter_cli.system.redaction import Secret
