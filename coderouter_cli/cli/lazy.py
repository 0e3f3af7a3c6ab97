"""A command group that knows its commands' names and help, and imports one only to run it.

`coderouter --help` must be quick: the daemon's HTTP stack, the keyring and the price library are
loaded by the commands that use them. Each command is a module under `cli/commands/` with an `app`.
"""

from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

COMMANDS: tuple[tuple[str, str], ...] = (
    ("init", "Store keys, start the daemon, set up your clients."),
    ("uninstall", "Give the clients their own settings back, and stop."),
    ("start", "Start the daemon; returns when it is healthy."),
    ("stop", "Stop the daemon; running answers finish first."),
    ("restart", "Stop and start the daemon."),
    ("status", "Show the daemon, your keys and your clients."),
    ("serve", "Run the daemon in the foreground."),
    ("report", "Show what was routed where, the cost, the savings."),
    ("explain", "Show why a request went where it went."),
    ("simulate", "Show what past sessions would have cost otherwise."),
    ("eval", "Measure the router on recorded data."),
    ("models", "List models with their prices and quality."),
    ("keys", "Set, list and remove provider keys."),
    ("lane", "Set who picks the model: smart or direct."),
    ("trust", "Let a repository's policy hold for work in it."),
    ("demo", "Try it without keys: simulated provider, real report."),
)

_ROOT_ONLY = frozenset({"install_completion", "show_completion"})
"""Options the library gives to every app; ours are parts of one."""


class LazyGroup(TyperGroup):
    """Lists stand-ins with a name and a line of help; resolving one loads the real command."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = {name: TyperCommand(name, help=text) for name, text in COMMANDS}

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        if name is None or command is None:
            return name, command, rest
        return name, load(name), rest


def load(name: str) -> Any:
    """The real command of that name."""
    module = import_module(f"coderouter_cli.cli.commands.{name}")
    command = typer.main.get_command(module.app)
    command.name = name
    command.params = [param for param in command.params if param.name not in _ROOT_ONLY]
    return command
