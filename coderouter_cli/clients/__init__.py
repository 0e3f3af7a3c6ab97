"""Coding clients: find, patch and restore their configuration. One folder each, and a line here."""

from coderouter_cli.clients.claude_code import ClaudeCode
from coderouter_cli.clients.codex import Codex
from coderouter_cli.clients.contract import Client
from coderouter_cli.errors import UsageError

CLIENTS: tuple[Client, ...] = (ClaudeCode(), Codex())


def client_named(name: str) -> Client:
    """The client of a name.

    Raises:
        UsageError: there is none; the message lists those there are.
    """
    for client in CLIENTS:
        if client.name == name:
            return client
    known = ", ".join(client.name for client in CLIENTS)
    raise UsageError(f"unknown client {name}", next_step=f"Known clients: {known}.")
