"""The ledger's one writer: a thread, a connection, a queue.

Every call returns at once with a future that is done when the write is on the disk. Writes of
several exchanges share a commit: an opening or a progress, which a request waits for, is committed at
once with whatever else is waiting; closings alone wait up to 20 ms for company.

A write is never given up for a disk that is full or slow: what the database does not take goes to
the spill file (`spill`), and back when it takes it again.
"""

import logging
import queue
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass

from coderouter_cli.domain.exchange import Closing, Opening, Progress
from coderouter_cli.errors import CodeRouterError, LedgerError
from coderouter_cli.storage.ledger.database import Database, Opened
from coderouter_cli.storage.ledger.spill import Spill
from coderouter_cli.storage.ledger.write import (
    Kind,
    Outcome,
    Write,
    closing_write,
    opening_write,
    progress_write,
)
from coderouter_cli.system.clock import Clock, SystemClock
from coderouter_cli.system.lock import LifetimeLock
from coderouter_cli.system.paths import Paths

log = logging.getLogger(__name__)

_QUEUE = 10_000
_BATCH = 64
_LINGER_S = 0.02
_RETRY_S = 1.0
"""How long a database that failed is left alone."""

_WARN_S = 60.0


@dataclass(slots=True)
class LedgerStats:
    """What became of the writes, and how many wait.

    ``spilled`` writes are in the spill file or were; ``refused`` ones were mistakes of the caller (a
    second closing); ``lost`` ones could not be kept anywhere.
    """

    waiting: int = 0
    committed: int = 0
    spilled: int = 0
    refused: int = 0
    lost: int = 0


@dataclass(frozen=True, slots=True)
class _Job:
    write: Write
    future: "Future[None]"


class LedgerWriter:
    """Writes the ledger of one home. Its methods may be called from any thread."""

    def __init__(self, paths: Paths, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = LifetimeLock(paths.data_dir / "ledger.lock")
        self._spill = Spill(paths.data_dir / "ledger.spill.jsonl")
        self._database = Database(paths.ledger_file, self._spill, self._clock)
        self._queue: queue.Queue[_Job | None] = queue.Queue(_QUEUE)
        self._guard = threading.Lock()
        self._unclosed: set[str] = set()
        self._accepting = False
        self._retry_at: float | None = None
        self._warn_at = 0.0
        self._stats = LedgerStats()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)

    def start(self) -> Opened:
        """Open the file, settle what the last daemon left, and start writing.

        A disk that cannot be written is no reason to stop: writes are then spilled, and ``notes``
        says so.

        Raises:
            LedgerVersionError: a newer CodeRouter wrote the file.
            LedgerError: another process writes it.
            UnsafeFileError: the file is a symlink or belongs to another user.
        """
        if not self._lock.acquire():
            raise LedgerError("another process writes this ledger", next_step="Stop it: `coderouter stop`.")
        try:
            opened = self._database.open()
        except CodeRouterError:
            self._lock.release()
            raise
        if not self._database.usable:
            self._rest()
        self._accepting = True
        self._thread.start()
        return opened

    def open(self, opening: Opening) -> "Future[None]":
        """Open a row, before the request leaves. Refused when the id was used before."""
        with self._guard:
            fresh = opening.id not in self._unclosed
            self._unclosed.add(opening.id)
        if not fresh:
            return self._refuse(f"exchange {opening.id} is open already")
        self._database.begun(opening.id)
        return self._submit(lambda: opening_write(opening))

    def progress(self, progress: Progress) -> "Future[None]":
        """Note what is known when the first content flows. Refused unless the row is open."""
        with self._guard:
            known = progress.id in self._unclosed
        if not known:
            return self._refuse(f"exchange {progress.id} is not open")
        return self._submit(lambda: progress_write(progress))

    def close(self, closing: Closing) -> "Future[None]":
        """Close a row, exactly once. Refused when it is not open: a second closing changes nothing."""
        with self._guard:
            known = closing.id in self._unclosed
            self._unclosed.discard(closing.id)
        if not known:
            return self._refuse(f"exchange {closing.id} is not open")
        return self._submit(lambda: closing_write(closing))

    def stats(self) -> LedgerStats:
        """The counters now."""
        with self._guard:
            found = self._stats
            return LedgerStats(self._queue.qsize(), found.committed, found.spilled, found.refused, found.lost)

    def shutdown(self, timeout_s: float) -> None:
        """Write what waits and close the file. What is not written in time is spilled."""
        with self._guard:
            if not self._accepting:
                return
            self._accepting = False
        try:
            self._queue.put(None, timeout=timeout_s)
            self._thread.join(timeout_s)
        except queue.Full:
            pass
        if self._thread.is_alive():
            self._spill_jobs(self._drain())

    def _refuse(self, why: str) -> "Future[None]":
        with self._guard:
            self._stats.refused += 1
        log.error("refused: %s", why)
        future: Future[None] = Future()
        future.set_exception(LedgerError(why))
        return future

    def _submit(self, make: Callable[[], Write]) -> "Future[None]":
        try:
            job = _Job(make(), Future())
        except LedgerError as error:
            return self._refuse(error.what)
        job.future.set_running_or_notify_cancel()  # a caller that is cancelled cannot cancel the write
        with self._guard:
            queued = self._accepting and self._enqueue(job)
        if not queued:
            self._spill_jobs([job])
        return job.future

    def _enqueue(self, job: _Job) -> bool:
        try:
            self._queue.put_nowait(job)
        except queue.Full:
            return False
        return True

    def _run(self) -> None:
        batch: list[_Job] = []
        try:
            more = True
            while more:
                batch, more = self._next_batch()
                self._commit(batch)
        finally:
            with self._guard:
                self._accepting = False
            self._spill_jobs([job for job in (*batch, *self._drain()) if not job.future.done()])
            self._database.close()
            self._lock.release()

    def _next_batch(self) -> tuple[list[_Job], bool]:
        """The writes of the next commit, and whether there will be another."""
        batch: list[_Job] = []
        deadline: float | None = None
        while len(batch) < _BATCH:
            try:
                job = self._queue.get(block=deadline != 0.0, timeout=self._left(deadline))
            except queue.Empty:
                break
            if job is None:
                return batch, False
            batch.append(job)
            if job.write.kind is not Kind.CLOSE:
                deadline = 0.0
            elif deadline is None:
                deadline = self._clock.monotonic() + _LINGER_S
        return batch, True

    def _left(self, deadline: float | None) -> float | None:
        return None if not deadline else max(0.0, deadline - self._clock.monotonic())

    def _commit(self, batch: list[_Job]) -> None:
        """Commit a batch, or spill it."""
        if not batch:
            return
        if self._retry_at is not None and self._clock.monotonic() < self._retry_at:
            self._spill_jobs(batch)
            return
        try:
            outcomes = self._database.commit([job.write for job in batch], self._waiting)
        except (sqlite3.Error, OSError, LedgerError) as error:
            self._failed(error)
            self._spill_jobs(batch)
            return
        self._retry_at = None
        for job, outcome in zip(batch, outcomes, strict=True):
            self._settle(job, outcome)

    def _settle(self, job: _Job, outcome: Outcome) -> None:
        if outcome is Outcome.DONE:
            with self._guard:
                self._stats.committed += 1
            job.future.set_result(None)
        else:
            with self._guard:
                self._stats.refused += 1
            job.future.set_exception(
                LedgerError(f"exchange {job.write.id}: {job.write.kind} changed nothing")
            )

    def _failed(self, error: Exception) -> None:
        self._rest()
        now = self._clock.monotonic()
        if now >= self._warn_at:
            self._warn_at = now + _WARN_S
            log.warning("the ledger cannot be written (%s); rows go to %s", error, self._spill.path)

    def _rest(self) -> None:
        """Leave a failing database alone for a moment."""
        self._retry_at = self._clock.monotonic() + _RETRY_S

    def _waiting(self) -> bool:
        return not self._queue.empty()

    def _drain(self) -> list[_Job]:
        jobs: list[_Job] = []
        while True:
            try:
                job = self._queue.get_nowait()
            except queue.Empty:
                return jobs
            if job is not None:
                jobs.append(job)

    def _spill_jobs(self, jobs: list[_Job]) -> None:
        """Keep writes beside the database; only when that fails, too, they are lost, and counted."""
        if not jobs:
            return
        try:
            self._spill.append([job.write for job in jobs])
        except OSError as error:
            log.critical("%d rows of the ledger are lost: %s", len(jobs), error)
            with self._guard:
                self._stats.lost += len(jobs)
            for job in jobs:
                job.future.set_exception(LedgerError(f"exchange {job.write.id} cannot be written anywhere"))
            return
        with self._guard:
            self._stats.spilled += len(jobs)
        for job in jobs:
            job.future.set_result(None)
