"""Starting, finding and stopping the daemon of one home."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from coderouter_cli import __version__
from coderouter_cli.daemon import process
from coderouter_cli.daemon.hint import DaemonHint, read_hint, write_hint
from coderouter_cli.demo.script import Hang, Reply, Say
from coderouter_cli.errors import (
    ConfigError,
    DaemonError,
    LedgerVersionError,
    NotRunningError,
    PortTakenError,
    UnsafeFileError,
)
from coderouter_cli.system.process import identity, own_identity
from tests.daemon.kit import MESSAGES, ask, until
from tests.daemon.machine import Machine, machine_with
from tests.daemon.test_control import listening, reply


@pytest.fixture
async def machine(daemon_home: Path) -> AsyncIterator[Machine]:
    async with machine_with(daemon_home, lambda _: Reply()) as made:
        yield made


async def test_start_returns_a_healthy_daemon_and_finds_a_running_one(machine: Machine) -> None:
    first = await machine.start()
    assert (first.fresh, first.outdated) == (True, False)
    assert machine.daemons() == [first.hint.pid]
    second = await machine.start()
    assert (second.fresh, second.hint) == (False, first.hint)
    details = await asyncio.to_thread(process.details, machine.paths)
    assert (details["pid"], details["port"], details["version"]) == (
        first.hint.pid,
        first.hint.port,
        __version__,
    )
    assert [provider["name"] for provider in details["providers"]] == ["anthropic", "deepseek", "openai"]
    assert await machine.stop()
    assert (machine.daemons(), process.find(machine.paths)) == ([], None)
    assert not machine.paths.daemon_file.exists()
    assert not await machine.stop()


async def test_ten_starts_at_once_make_one_daemon(machine: Machine) -> None:
    started = await asyncio.gather(*(machine.start() for _ in range(10)))
    assert len({running.hint.instance for running in started}) == 1
    assert sum(running.fresh for running in started) == 1
    await until(lambda: machine.daemons() == [started[0].hint.pid])
    assert (await machine.start()).hint == started[0].hint


async def test_a_port_a_stranger_has_is_named_and_the_stranger_learns_nothing(machine: Machine) -> None:
    posing = reply(json.dumps({"status": "ok", "instance": "other", "version": __version__}).encode())
    own = own_identity()
    async with listening(posing) as (port, heard):
        machine.paths.ensure()
        stale = DaemonHint(own.pid, own.create_time, port, "gone", __version__)
        write_hint(machine.paths.daemon_file, stale)
        with pytest.raises(
            PortTakenError, match=rf"Port {port} is taken by \S+ \(process {own.pid}\)"
        ) as caught:
            await machine.start(port)
        assert not await asyncio.to_thread(process.reload, machine.paths)
        with pytest.raises(NotRunningError):
            await asyncio.to_thread(process.details, machine.paths)
    assert caught.value.exit_code == 75
    token = machine.auth["authorization"].removeprefix("Bearer ").encode()
    assert heard
    assert not any(token in sent or b"authorization" in sent.lower() for sent in heard)


async def test_a_pid_that_was_given_to_another_program_is_left_alone(machine: Machine) -> None:
    waiting = ("-c", "input()")
    other = await asyncio.create_subprocess_exec(sys.executable, *waiting, stdin=asyncio.subprocess.PIPE)
    now = identity(other.pid)
    assert now is not None
    machine.paths.ensure()
    stale = DaemonHint(other.pid, now.create_time - 60, 1, "gone", __version__)
    write_hint(machine.paths.daemon_file, stale)
    assert process.find(machine.paths) is None
    assert not await machine.stop()
    running = await machine.start()
    assert running.fresh
    assert identity(other.pid) == now, "it was never told to end"
    await other.communicate(b"\n")
    assert other.returncode == 0


async def test_a_daemon_that_was_killed_is_no_daemon_and_its_place_is_free(machine: Machine) -> None:
    first = await machine.start()
    await machine.kill()
    assert read_hint(machine.paths.daemon_file) == first.hint, "the hint outlives it"
    assert process.find(machine.paths) is None
    assert not await machine.stop()
    again = await machine.start(first.hint.port)
    assert (again.fresh, again.hint.port) == (True, first.hint.port)
    assert again.hint.instance != first.hint.instance


async def test_another_version_is_told_apart(machine: Machine) -> None:
    running = await machine.start()
    assert replace(running, hint=replace(running.hint, version="0.0.9")).outdated


async def test_why_a_daemon_did_not_start_is_the_errors_own_kind(machine: Machine) -> None:
    machine.paths.ensure()
    machine.paths.token_file.write_text("crt_readable-by-everybody\n")
    machine.paths.token_file.chmod(0o644)
    with pytest.raises(UnsafeFileError, match="token") as caught:
        await machine.start()
    assert caught.value.exit_code == 78
    machine.paths.token_file.chmod(0o600)
    with pytest.raises(ConfigError, match="does not hold a local token"):
        await machine.start()
    assert machine.daemons() == []


async def test_a_daemon_that_cannot_even_begin_shows_its_last_words(machine: Machine) -> None:
    machine.paths.ensure()
    environ = {**machine.environ, "PYTHONPATH": "/nowhere", "PYTHONSAFEPATH": "1", "PYTHONHOME": "/nowhere"}
    with pytest.raises(DaemonError, match="ended while it was starting") as caught:
        await asyncio.to_thread(process.start, machine.paths, 0, environ)
    assert caught.value.means


def test_the_error_of_a_ledger_of_the_future_is_told_as_such(tmp_path: Path) -> None:
    output = tmp_path / "daemon.out"
    told = {"code": "ledger_version", "message": "m", "means": "w", "next_step": "n"}
    output.write_text("before\n" + json.dumps({"schema": 1, "error": told}))
    error = process._why_it_ended(output, len("before\n"))
    assert isinstance(error, LedgerVersionError)
    assert (error.what, error.means, error.next_step, error.exit_code) == ("m", "w", "n", 65)


async def test_a_start_while_the_old_daemon_finishes_waits_for_its_place(daemon_home: Path) -> None:
    release = asyncio.Event()
    waiting = Reply((Say("At last, an answer."),), fault=Hang(release, events=5))
    async with machine_with(daemon_home, lambda _: waiting) as machine:
        old = await machine.start()
        asking = asyncio.create_task(ask(machine, MESSAGES))
        await until(lambda: bool(machine.provider.seen) and machine.provider.seen[0].events_sent == 5)
        stopping = asyncio.create_task(machine.stop())
        await until(lambda: process.find(machine.paths) is None)
        starting = asyncio.create_task(machine.start())
        await until(lambda: len(machine.daemons()) == 2)
        release.set()
        assert MESSAGES.finished((await asking).body)
        new = await starting
        assert await stopping
    assert (new.fresh, new.hint.instance != old.hint.instance) == (True, True)
