"""The clock: wall time for people and rows, monotonic time for durations."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Where the time comes from; tests pass one that does not move by itself."""

    def now(self) -> datetime:
        """The wall clock: an aware datetime in UTC. It may jump either way."""
        ...

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment; never goes back. The only source of durations."""
        ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime:
        """The wall clock in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since an arbitrary moment."""
        return time.monotonic()
