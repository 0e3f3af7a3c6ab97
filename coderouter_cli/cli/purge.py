"""Remove what is ours, by name: the home may be a directory that holds other things as well."""

import re
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from coderouter_cli.system.paths import Paths

_CONFIG = re.compile(r"config\.toml|credentials\.json(\.lock)?")
_STATE = re.compile(r"daemon\.(lock|json)|token|trusted\.json|patches\.(json|lock)")
_BACKUP = re.compile(r".+\.[0-9a-f]{16}")
_DATA = re.compile(
    r"ledger(\.(damaged|version)-.+)?\.sqlite3(-wal|-shm)?|ledger\.lock|ledger\.spill\.jsonl(\..+)?"
)
_LOGS = re.compile(r"daemon\.log(\.\d+)?|daemon\.out")
_TEMPORARY = re.compile(r"\..+\.coderouter-tmp")


def purge(paths: Paths, keep: Collection[Path] = ()) -> tuple[str, ...]:
    """Remove our files but those to ``keep``, and the directories that are then empty.

    Returns sentences about what could not be removed.
    """
    places = (
        (paths.log_dir, _LOGS),
        (paths.data_dir, _DATA),
        (paths.backups_dir, _BACKUP),
        (paths.state_dir, _STATE),
        (paths.config_dir, _CONFIG),
    )
    problems: list[str] = []
    for directory, ours in places:
        for file in _matching(directory, ours):
            if file not in keep:
                problems += _unlink(file)
        with suppress(OSError):  # something else is in it, or it was never there
            directory.rmdir()
    return tuple(problems)


def _matching(directory: Path, ours: re.Pattern[str]) -> tuple[Path, ...]:
    try:
        found = sorted(directory.iterdir())
    except OSError:
        return ()
    return tuple(file for file in found if ours.fullmatch(file.name) or _TEMPORARY.fullmatch(file.name))


def _unlink(file: Path) -> tuple[str, ...]:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        return (f"{file} could not be removed: {error.strerror}.",)
    return ()
