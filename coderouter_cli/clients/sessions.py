"""What the readers of session files share: files found, lines read, turns put together.

Clients write one JSON value per line, to files that may be half written while we read, larger than memory
or damaged. A line that cannot be read is counted and skipped; nothing of a file is kept but numbers, names
and what the human said.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.transcript import Step, Turn


@dataclass(slots=True)
class Lines:
    """The lines of one file as JSON objects; ``broken`` counts those that are none, while they are read."""

    file: Path
    broken: int = 0

    def __iter__(self) -> Iterator[JsonObject]:
        try:
            with self.file.open(encoding="utf-8", errors="replace") as stream:
                for line in stream:
                    value = self._object(line)
                    if value is not None:
                        yield value
        except OSError:
            self.broken += 1

    def _object(self, line: str) -> JsonObject | None:
        if not line.strip():
            return None
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            value = None
        if isinstance(value, dict):
            return value
        self.broken += 1
        return None


def session_files(directory: Path, folders: Iterable[str], pattern: str) -> list[Path]:
    """Files below the first of the folders that is there, or below the directory itself, sorted by path."""
    base = next((directory / name for name in folders if (directory / name).is_dir()), directory)
    return sorted((path for path in base.rglob(pattern) if path.is_file()), key=str)


def moment_of(value: Any) -> datetime | None:
    """An ISO time with its zone; None for anything else."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if found is None or found.tzinfo is None else found


def count_of(table: JsonObject, key: str) -> int:
    """A count of tokens; what is missing, negative or no whole number counts as none."""
    value = table.get(key)
    return value if isinstance(value, int) and value > 0 else 0


def member(table: JsonObject, key: str) -> JsonObject:
    """An object inside an object; an empty one where there is none."""
    value = table.get(key)
    return value if isinstance(value, dict) else {}


@dataclass(slots=True)
class Weaver:
    """Puts turns together: what was said, then the steps that followed."""

    turns: list[Turn] = field(default_factory=list)
    _steps: list[Step] = field(default_factory=list)
    _text: str = ""

    def add(self, step: Step, said: str | None) -> None:
        """The next step; ``said`` is the human's text before it, None when nobody had spoken."""
        if said is not None:
            self._close()
            self._text = said
        self._steps.append(step)

    def woven(self) -> tuple[Turn, ...]:
        """All turns so far."""
        self._close()
        return tuple(self.turns)

    def _close(self) -> None:
        if self._steps:
            self.turns.append(Turn(tuple(self._steps), self._text))
        self._steps = []
