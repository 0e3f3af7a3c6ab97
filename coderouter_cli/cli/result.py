"""What a command gives back: data for scripts, a view for people, an exit code.

The JSON envelope is versioned: ``{"schema": 1, "data": {...}}`` or ``{"schema": 1, "error": {...}}``.
Fields are added to it, never renamed or removed, without a new schema number.
"""

from dataclasses import dataclass

from rich.console import RenderableType

from coderouter_cli.domain.conversation import JsonObject

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Result:
    """A command's outcome. ``view`` is shown to a person, line by line or as rich tables."""

    data: JsonObject
    view: tuple[RenderableType, ...] = ()
    exit_code: int = 0

    def envelope(self) -> JsonObject:
        """The JSON form."""
        return {"schema": SCHEMA, "data": self.data}
