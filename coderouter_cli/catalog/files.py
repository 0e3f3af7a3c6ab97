"""The catalog's data files, which are part of the package."""

import tomllib
from importlib.resources import files

from coderouter_cli.domain.conversation import JsonObject


def read_table(name: str) -> JsonObject:
    """A data file of this package as one table; numbers, dates and lists as TOML has them."""
    return tomllib.loads((files(__package__) / name).read_text(encoding="utf-8"))
