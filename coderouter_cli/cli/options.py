"""Options that several commands share, and how their values are read."""

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from coderouter_cli.errors import UsageError
from coderouter_cli.storage.settings import CLIENTS

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]

_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_AGO = re.compile(r"(\d{1,6})([mhdw])")


def complete_client() -> list[str]:
    """For the shell's completion."""
    return list(CLIENTS)


def checked_client(name: str | None) -> str | None:
    """A client as the ledger and the settings know it.

    Raises:
        UsageError: there is none of that name.
    """
    if name is None or name in CLIENTS:
        return name
    raise UsageError(f"There is no client {name!r}.", next_step=f"Known: {', '.join(CLIENTS)}.")


def moment(text: str | None, now: datetime) -> datetime | None:
    """A point in time: ``7d``, ``12h`` ago, ``2026-11-01`` or an ISO time (local unless it says otherwise).

    Raises:
        UsageError: none of these.
    """
    if text is None:
        return None
    ago = _AGO.fullmatch(text)
    try:
        if ago:
            return now - int(ago[1]) * _UNITS[ago[2]]
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{text!r} is not a time.", next_step="Write 30m, 12h, 7d, 4w, or a date like 2026-11-01."
        ) from error
