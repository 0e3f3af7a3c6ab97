"""Which of Codex's sessions were made through us.

Codex writes the provider's name into the first line of each session (measured with Codex 0.169.0:
``{"type": "session_meta", "payload": {"model_provider": …}}``) and refuses to resume one whose
provider is no longer configured. Nothing here is ever changed.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from coderouter_cli.clients.codex.entries import PROVIDER

_FOLDERS = ("sessions", "archived_sessions")
_LONGEST_LINE = 4 * 1024 * 1024
"""The first line also holds the system prompt, some 25 kB."""


def inert_table_needed(codex_home: Path) -> bool:
    """Whether any session below ``codex_home`` carries our provider's name; newest are looked at first."""
    return any(_provider_of(file) == PROVIDER for file in _sessions(codex_home))


def _sessions(codex_home: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        yield from sorted((codex_home / folder).rglob("*.jsonl"), reverse=True)


def _provider_of(file: Path) -> Any:
    try:
        with file.open("rb") as lines:
            head = json.loads(lines.readline(_LONGEST_LINE))
        return head["payload"]["model_provider"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
