"""Let a running daemon know that its settings or keys have changed."""

from coderouter_cli.daemon.process import find, reload
from coderouter_cli.system.paths import Paths


def refresh(paths: Paths) -> bool | None:
    """Have the daemon read settings and keys anew: whether it did; None when none is running."""
    return reload(paths) if find(paths) is not None else None


def refresh_line(refreshed: bool | None) -> tuple[str, ...]:
    """What a person must know of that; nothing when all is well."""
    if refreshed is None:
        return ("The daemon does not run; it will read this when it starts.",)
    return () if refreshed else ("The daemon did not take it: run `coderouter restart`.",)
