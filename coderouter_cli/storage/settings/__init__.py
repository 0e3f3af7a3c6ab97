"""The user's settings: config.toml read into a frozen value, written once and edited in place."""

from coderouter_cli.storage.settings.edit import set_value
from coderouter_cli.storage.settings.initial import initial_toml
from coderouter_cli.storage.settings.read import load_settings, parse_settings
from coderouter_cli.storage.settings.values import (
    CLIENTS,
    DEFAULT_PORT,
    CountTokens,
    KeyStoreKind,
    Limits,
    ModelSettings,
    Prices,
    ProviderSettings,
    Settings,
    Strategy,
)

__all__ = [
    "CLIENTS",
    "DEFAULT_PORT",
    "CountTokens",
    "KeyStoreKind",
    "Limits",
    "ModelSettings",
    "Prices",
    "ProviderSettings",
    "Settings",
    "Strategy",
    "initial_toml",
    "load_settings",
    "parse_settings",
    "set_value",
]
