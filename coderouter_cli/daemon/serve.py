"""The daemon itself: takes the lock, opens the ledger, serves until it is told to stop, drains."""

import asyncio
import logging
import os
import secrets
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass

from aiohttp import web

from coderouter_cli import __version__
from coderouter_cli.accounting.calibration import calibration_json
from coderouter_cli.daemon.app import Front, Limits, make_runner
from coderouter_cli.daemon.calibrating import Calibrator, calibrated_pipeline
from coderouter_cli.daemon.guard import Door
from coderouter_cli.daemon.hint import DaemonHint, write_hint
from coderouter_cli.daemon.listen import bind_loopback
from coderouter_cli.daemon.pipeline import Pipeline
from coderouter_cli.daemon.process import DRAIN_S, find, port_taken
from coderouter_cli.daemon.recall import recall
from coderouter_cli.daemon.wiring import Configuration, Environ, Works, configure, timeouts
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.errors import DaemonError, PortTakenError
from coderouter_cli.providers.transport import Transport
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.storage.ledger.writer import LedgerWriter
from coderouter_cli.system.clock import SystemClock
from coderouter_cli.system.hardening import harden
from coderouter_cli.system.local_token import load_token, new_token, save_token
from coderouter_cli.system.lock import DaemonLock
from coderouter_cli.system.logs import start_logging, stop_logging
from coderouter_cli.system.paths import Paths
from coderouter_cli.system.process import own_identity
from coderouter_cli.system.redaction import Redactor, Secret

log = logging.getLogger(__name__)

_LAST_WORDS_S = 1.0
"""How long before the end of the drain the answers still running are broken off, each with an error."""
_LOCK_WAIT_S = 0.2
"""Whoever only looks whether the lock is held has it for a moment."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a foreground daemon tells its terminal once it serves."""

    port: int
    providers: tuple[str, ...]
    notes: tuple[str, ...]


def serve(paths: Paths, environ: Environ, port: int | None, announce: Callable[[Announcement], None]) -> None:
    """Serve until a signal or `stop`. ``port`` None: the configured one; 0: any free one.

    Raises:
        DaemonError: a daemon runs for this home already.
        PortTakenError, ConfigError, KeyStoreError, LedgerError: it cannot start; nothing is left behind.
    """
    harden()
    paths.ensure()
    with DaemonLock(paths) as lock:
        if not lock.acquire(_LOCK_WAIT_S):
            running = find(paths)
            where = f" on port {running.hint.port}" if running else ""
            raise DaemonError(f"CodeRouter already runs for this home{where}.")
        configuration = configure(paths, environ)
        token = _token(paths)
        listeners = _listen(configuration.settings.port if port is None else port)
        redactor = Redactor([token, *configuration.keys.values()])
        handler = start_logging(paths.log_file, level=logging.INFO, redactor=redactor)
        try:
            asyncio.run(_Daemon(paths, environ, configuration, token, redactor).run(listeners, announce))
        finally:
            for listener in listeners:
                listener.close()
            stop_logging(handler)


def _token(paths: Paths) -> Secret:
    token = load_token(paths.token_file)
    if token is None:
        token = new_token()
        save_token(paths.token_file, token)
    return token


def _listen(port: int) -> list[socket.socket]:
    try:
        return bind_loopback(port)
    except PortTakenError as error:
        raise port_taken(port) from error


@dataclass(frozen=True, slots=True)
class _Daemon:
    paths: Paths
    environ: Environ
    configuration: Configuration
    token: Secret
    redactor: Redactor

    async def run(self, listeners: list[socket.socket], announce: Callable[[Announcement], None]) -> None:
        settings = self.configuration.settings
        writer = LedgerWriter(self.paths)
        opened = writer.start()
        try:
            async with Transport(timeouts(settings), settings.upstream_proxy) as transport:
                works = Works(self.paths, self.environ, writer, transport, SystemClock(), self.redactor)
                recall(works.warmth, LedgerReader(self.paths), self.configuration.market.catalog, works.clock)
                calibrator = Calibrator(self.paths, works.clock)
                front = self._front(works, listeners[0].getsockname()[1], writer, calibrator)
                async with _kept_calibrated(front, calibrator):
                    await self._serve(
                        front, listeners, lambda port: announce(self._announcement(port, opened.notes))
                    )
        finally:
            writer.shutdown(DRAIN_S)

    async def _serve(
        self, front: Front, listeners: list[socket.socket], announce: Callable[[int], None]
    ) -> None:
        port = front.door.port
        runner = make_runner(front, DRAIN_S)
        await runner.setup()
        for listener in listeners:
            await web.SockSite(runner, listener).start()
        self._leave_hint(front.instance, port)
        _on_signals(front.stopping)
        log.info("serving port=%d version=%s", port, __version__)
        announce(port)
        await front.stopping.wait()
        log.info("stopping running=%d", front.gate.running)
        front.gate.draining = True
        # Stops listening, lets running answers finish, tells the clients of those that do not, and cancels
        # what is still there after DRAIN_S.
        last_words = asyncio.get_running_loop().call_later(DRAIN_S - _LAST_WORDS_S, front.pipeline.drain.end)
        await runner.cleanup()
        last_words.cancel()
        self.paths.daemon_file.unlink(missing_ok=True)

    def _front(self, works: Works, port: int, writer: LedgerWriter, calibrator: Calibrator) -> Front:
        limits = self.configuration.settings.limits
        instance = secrets.token_hex(8)

        async def reload() -> None:
            # In a thread: a keyring may take its time, and running answers must not wait for it.
            configuration = await asyncio.to_thread(configure, works.paths, works.environ)
            front.pipeline = calibrated_pipeline(works.pipeline(configuration), calibrator.figures)

        def status() -> JsonObject:
            figures = [calibration_json(figure) for figure in calibrator.figures.values()]
            return _status(front, port) | {"ledger": asdict(writer.stats()), "estimates": figures}

        front = Front(
            pipeline=works.pipeline(self.configuration),
            door=Door(port, self.token.reveal().encode(), limits.max_body),
            limits=Limits(limits.max_body, limits.max_exchanges),
            instance=instance,
            moment=works.moments(),
            status=status,
            reload=reload,
        )
        return front

    def _announcement(self, port: int, notes: tuple[str, ...]) -> Announcement:
        keys = self.configuration.keys
        problem = () if keys.problem is None else (keys.problem.sentence(),)
        return Announcement(port, tuple(sorted(keys)), (*notes, *problem))

    def _leave_hint(self, instance: str, port: int) -> None:
        own = own_identity()
        write_hint(self.paths.daemon_file, DaemonHint(own.pid, own.create_time, port, instance, __version__))


@asynccontextmanager
async def _kept_calibrated(front: Front, calibrator: Calibrator) -> AsyncIterator[None]:
    """Estimates are corrected by what the ledger shows, beside everything else."""

    def swap(pipeline: Pipeline) -> None:
        front.pipeline = pipeline

    keeping = asyncio.create_task(calibrator.keep(lambda: front.pipeline, swap))
    try:
        yield
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping


def _status(front: Front, port: int) -> JsonObject:
    around = front.pipeline.around
    now = front.pipeline.books.clock.monotonic()
    return {
        "pid": os.getpid(),
        "port": port,
        "version": __version__,
        "running_exchanges": front.gate.running,
        "strategy": around.settings.strategy.value,
        "providers": [
            {"name": name, "available": around.circuits[name].allows(now)}
            for name in sorted(around.market.keyed)
        ],
        "learned": [
            {"provider": provider, "model": model, "refuses": what}
            for provider, model, what in around.lessons.told()
        ],
    }


def _on_signals(stopping: asyncio.Event) -> None:
    """The first signal drains; a second one ends at once, the usual way."""

    def stop(number: signal.Signals) -> None:
        stopping.set()
        loop.remove_signal_handler(number)

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stop, number)
        except NotImplementedError:  # Windows: `stop` asks over HTTP instead
            return
