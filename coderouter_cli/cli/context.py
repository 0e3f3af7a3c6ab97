"""What every command starts from: the environment, the home, the clock."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from coderouter_cli.storage.settings import Settings, load_settings
from coderouter_cli.system.clock import Clock, SystemClock
from coderouter_cli.system.paths import Paths


@dataclass(frozen=True, slots=True)
class Context:
    """One run of the command line. ``user_home`` is where clients keep their configuration."""

    environ: Mapping[str, str]
    paths: Paths
    clock: Clock
    user_home: Path

    def settings(self) -> Settings:
        """The user's settings; defaults where there is no file.

        Raises:
            ConfigError: the file cannot be used; the message names the line.
        """
        return load_settings(self.paths)

    def working_directory(self) -> Path:
        """Where the command was given; the user's home when that directory is gone."""
        try:
            return Path.cwd()
        except OSError:
            return self.user_home


def current() -> Context:
    """The context of this process."""
    return Context(os.environ, Paths.from_environ(os.environ), SystemClock(), Path.home())
