"""The exchanges under way, and how they end when the daemon cannot wait for them any longer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.providers.contract import AttemptFailedError

STOPPED = Failure(
    FailureKind.OVERLOADED, "CodeRouter was stopped before the answer was complete. Try again in a moment."
)


class Drain:
    """Each exchange runs inside `running`; `end` turns what it waits for into a failure that it can tell
    its client about. ``over`` is whether that has happened: nothing is begun any more."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[Any]] = set()
        self._ending: set[asyncio.Task[Any]] = set()
        self.over = False

    @contextmanager
    def running(self) -> Iterator[None]:
        """While an exchange of the current task runs."""
        task = asyncio.current_task()
        if task is None:
            yield
            return
        self._running.add(task)
        try:
            yield
        finally:
            self._running.discard(task)
            self._ending.discard(task)

    def end(self) -> None:
        """End all that runs; safe to call more than once."""
        self.over = True
        for task in self._running - self._ending:
            self._ending.add(task)
            task.cancel()

    @contextmanager
    def told(self) -> Iterator[None]:
        """Within this, an end comes as a failure and not as a cancellation; a client that leaves does not.

        Raises:
            AttemptFailedError: the daemon cannot wait any longer.
        """
        try:
            yield
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task not in self._ending:
                raise
            self._running.discard(task)
            self._ending.discard(task)
            task.uncancel()
            raise AttemptFailedError(STOPPED) from None
