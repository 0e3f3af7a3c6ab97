"""What a command gives back: data for scripts, a view for people, an exit code."""

from dataclasses import dataclass

from rich.console import RenderableType

from coderouter_cli.cli.envelope import SCHEMA
from coderouter_cli.domain.conversation import JsonObject


@dataclass(frozen=True, slots=True)
class Result:
    """A command's outcome. ``view`` is shown to a person, line by line or as rich tables."""

    data: JsonObject
    view: tuple[RenderableType, ...] = ()
    exit_code: int = 0

    def envelope(self) -> JsonObject:
        """The JSON form (see `envelope`)."""
        return {"schema": SCHEMA, "data": self.data}
