"""A daemon in a process of its own: how it ends, whatever ends it, and what it leaves behind."""

import asyncio
import base64
import itertools
import os
import signal
import socket
import sqlite3
import urllib.parse
from collections.abc import AsyncIterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import aiohttp
import pytest

from coderouter_cli.daemon.hint import read_hint
from coderouter_cli.demo.script import CloseAfter, Hang, HttpError, Outcome, Raw, Reply, Say, SeenRequest
from coderouter_cli.domain.exchange import Status
from coderouter_cli.domain.money import PICO_PER_USD
from coderouter_cli.storage.settings import set_value
from coderouter_cli.system.process import is_same
from tests.daemon.kit import CLIENTS, MESSAGES, Client, Visitor, ask, each_client, until
from tests.daemon.machine import Machine, machine_with

LIMIT = "max_tokens: 40000 > 20000, which is the maximum allowed number of output tokens"
ANSWER = "An answer of several words, in more than one piece."


class Stage:
    """What the provider answers depends on a word in the prompt."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.shown_when_healed: int | None = None

    def __call__(self, seen: SeenRequest) -> Outcome:
        body = seen.body
        for shown in (4, 5, 6):
            if b"hang after %d" % shown in body:
                return Reply((Say(ANSWER),), fault=Hang(self.release, events=shown))
        if b"heal" in body:
            return HttpError(400, LIMIT) if seen.json["max_tokens"] > 20_000 else self._healed()
        if b"hang at once" in body:
            return Reply((Say(ANSWER),), fault=Hang(self.release, events=None))
        if b"hang before content" in body:
            return Reply((Say(ANSWER),), fault=Hang(self.release, events=1))
        return self.failing(body) or Reply((Say(ANSWER),))

    def _healed(self) -> Reply:
        """What comes of the request that was sent once more: nothing yet."""
        return Reply((Say(ANSWER),), fault=Hang(self.release, events=self.shown_when_healed))

    def failing(self, body: bytes) -> Outcome | None:
        outcomes: dict[bytes, Outcome] = {
            b"fail with 500": HttpError(500),
            b"fail with 400": HttpError(400, "no such thing"),
            b"fail in the middle": Reply((Say(ANSWER),), fault=CloseAfter(events=5)),
            b"fail with noise": Raw((b"<html>", body)),
        }
        return next((outcome for word, outcome in outcomes.items() if word in body), None)


@pytest.fixture
def stage() -> Stage:
    return Stage()


@pytest.fixture
async def machine(daemon_home: Path, stage: Stage) -> AsyncIterator[Machine]:
    async with machine_with(daemon_home, stage) as made:
        yield made


def totals(machine: Machine) -> tuple[int, int, int]:
    """Rows, picodollars spent, and picodollars the models asked for would have cost, by SQL alone."""
    with closing(sqlite3.connect(f"file:{machine.paths.ledger_file}?mode=ro", uri=True)) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        (count, cost) = ledger.execute("SELECT count(*), coalesce(sum(cost), 0) FROM exchanges").fetchone()
        (requested,) = ledger.execute(
            "SELECT coalesce(sum(baseline_requested), 0) FROM exchanges WHERE cost IS NOT NULL"
        ).fetchone()
    return count, cost, requested


async def report_agrees(machine: Machine) -> None:
    code, told = await machine.command("report")
    count, cost, requested = totals(machine)
    spend = told["data"]["spend"]
    assert code == 0
    assert told["data"]["requests"] == count
    assert Decimal(spend["actual_usd"]) * PICO_PER_USD == cost
    assert Decimal(spend["baselines"]["requested_usd"]) * PICO_PER_USD == requested


async def test_killed_at_many_points_it_has_a_row_for_everything_and_goes_on(machine: Machine) -> None:
    await machine.start()
    for client in CLIENTS:
        assert client.finished((await ask(machine, client)).body)
    await until(lambda: [row.status for row in machine.rows()] == [Status.DONE] * 3)
    early = [
        Visitor(machine, client, client.body(f"hang {when}"))
        for client, when in itertools.product(CLIENTS, ("at once", "before content"))
    ]
    late = [
        Visitor(machine, client, client.body(f"hang after {shown}"))
        for client, shown in itertools.product(CLIENTS, (5, 6))
    ]
    for visitor in late:
        await visitor.heard()
    await machine.provider.wait_for(3 + len(early) + len(late))
    await machine.kill()
    for visitor in (*early, *late):
        await visitor.leave()

    await machine.start()
    rows = machine.rows()
    statuses = [row.status for row in rows]
    assert len(rows) == len(machine.provider.seen)
    assert statuses.count(Status.DONE) == 3
    assert statuses.count(Status.CUT) == len(late)
    assert statuses.count(Status.ORPHANED) == len(early)
    for row in rows:
        if row.status is Status.CUT:
            assert row.usage is not None
            assert row.usage.prompt > 0
            assert row.cost
            assert row.baselines.requested
    await report_agrees(machine)
    assert MESSAGES.finished((await ask(machine, MESSAGES)).body)
    await until(lambda: machine.rows()[-1].status is Status.DONE)
    await report_agrees(machine)


@pytest.mark.parametrize("shown", [None, 1, 5], ids=["at once", "before content", "in the middle"])
async def test_killed_while_a_healed_request_is_out_its_row_is_found(
    machine: Machine, stage: Stage, shown: int | None
) -> None:
    """The first attempt has failed and the second is on its way: one row, opened before either."""
    stage.shown_when_healed = shown
    machine.keys = {"deepseek": machine.keys["deepseek"]}
    await machine.start()
    visitor = Visitor(machine, MESSAGES, MESSAGES.body("heal this", max_tokens=40_000))
    await machine.provider.wait_for(2)
    if shown == 5:
        await visitor.heard()
    await machine.kill()
    await visitor.leave()
    assert [row.status for row in machine.rows()] == [Status.OPEN]
    await machine.start()
    (row,) = machine.rows()
    assert row.status is (Status.CUT if shown == 5 else Status.ORPHANED)
    assert (row.usage is not None) == (shown == 5)
    await report_agrees(machine)
    await machine.stop()


async def test_a_reload_in_the_middle_of_an_answer_breaks_nothing(machine: Machine, stage: Stage) -> None:
    """The exchange goes on with what it began with, though its model is excluded now and its circuit new."""
    await machine.start()
    visitor = Visitor(machine, MESSAGES, MESSAGES.body("hang after 5"))
    await visitor.heard()
    model = machine.provider.generations()[0].model
    set_value(machine.paths, "deny_models", [model])
    for _ in range(3):
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{machine.url}/_coderouter/reload", headers=machine.auth, json={}) as reply,
        ):
            assert await reply.json() == {"reloaded": True}
    assert MESSAGES.finished((await ask(machine, MESSAGES)).body)
    assert machine.provider.generations()[1].model != model
    stage.release.set()
    await until(lambda: MESSAGES.finished(bytes(visitor.received)))
    await until(lambda: [row.status for row in machine.rows()] == [Status.DONE] * 2)
    assert len(machine.provider.generations()) == 2


async def test_killed_at_any_moment_no_request_that_left_is_without_a_row(machine: Machine) -> None:
    await machine.start()
    prompts = ("say something", "hang after 5", "hang before content", "say more", "hang at once")
    for moment in (1, 5, 9, 14):
        reached = len(machine.provider.seen) + moment
        visitors = [Visitor(machine, client, client.body(word)) for client in CLIENTS for word in prompts]
        await machine.provider.wait_for(reached)
        await machine.kill()
        for visitor in visitors:
            await visitor.leave()
        await machine.start()
        rows = machine.rows()
        assert len(rows) >= len(machine.provider.seen), moment
        assert len({row.id for row in rows}) == len(rows)
        assert Status.OPEN not in {row.status for row in rows}
    await report_agrees(machine)


@each_client
async def test_stop_lets_a_running_answer_finish(machine: Machine, stage: Stage, client: Client) -> None:
    running = await machine.start()
    asking = asyncio.create_task(ask(machine, client, client.body("hang after 5")))
    await machine.provider.wait_for(1)
    await until(lambda: machine.provider.seen[0].events_sent == 5)
    stopping = asyncio.create_task(machine.stop())

    def refused() -> bool:
        with socket.socket() as other:
            return other.connect_ex(("127.0.0.1", running.hint.port)) != 0

    await until(refused)
    assert (await machine.command("status"))[0] == 69
    assert is_same(running.hint.identity), "it has all the time its answers need"
    stage.release.set()
    got = await asking
    assert client.finished(got.body)
    assert client.text(got.body) == ANSWER
    assert await stopping
    assert machine.daemons() == []
    assert not machine.paths.daemon_file.exists()
    assert [row.status for row in machine.rows()] == [Status.DONE]
    again = await machine.start(running.hint.port)
    assert again.hint.port == running.hint.port


async def test_a_second_signal_ends_it_at_once_and_the_row_is_found_at_the_next_start(
    machine: Machine,
) -> None:
    running = await machine.start()
    visitor = Visitor(machine, MESSAGES, MESSAGES.body("hang after 5"))
    await visitor.heard()
    os.kill(running.hint.pid, signal.SIGTERM)
    log = machine.paths.log_file
    await until(lambda: "stopping running=1" in log.read_text())
    assert is_same(running.hint.identity)
    await machine.kill(signal.SIGTERM)
    await visitor.leave()
    assert (await machine.start()).fresh
    (row,) = machine.rows()
    assert row.status is Status.CUT
    assert row.usage is not None


async def test_a_change_of_lane_is_picked_up_while_an_answer_runs(machine: Machine, stage: Stage) -> None:
    await machine.start()
    asking = asyncio.create_task(ask(machine, MESSAGES, MESSAGES.body("hang after 5")))
    await machine.provider.wait_for(1)
    code, told = await machine.command("lane", "direct")
    assert (code, told["data"]["lane"]) == (0, "direct")
    got = await ask(machine, MESSAGES)
    assert (got.headers["x-coderouter-lane"], got.headers["x-coderouter-model"]) == (
        "direct",
        "claude-opus-5-5",
    )
    stage.release.set()
    before = await asking
    assert MESSAGES.finished(before.body)
    assert before.headers["x-coderouter-lane"] == "smart"


async def test_settings_that_do_not_work_change_nothing(machine: Machine) -> None:
    await machine.start()
    set_value(machine.paths, "strategy", "frugal")
    machine.paths.config_file.write_text('lane = "wild"\n')
    async with (
        aiohttp.ClientSession() as http,
        http.post(f"{machine.url}/_coderouter/reload", json={}, headers=machine.auth) as response,
    ):
        assert response.status == 500
        assert "lane" in await response.text()
    assert MESSAGES.finished((await ask(machine, MESSAGES)).body)


PROMPT = "CANARY-PROMPT-7f3a9c"
KEY = "sk-canary-8d1e5b77c2-of-{}"


def disguises(text: str) -> set[bytes]:
    raw = text.encode()
    shifted = (base64.b64encode(b"x" * pad + raw)[4:-4] for pad in range(3))
    return {raw, raw[::-1], raw.hex().encode(), urllib.parse.quote(text, safe="").encode(), *shifted}


async def test_neither_a_key_nor_a_prompt_is_ever_written_down(machine: Machine) -> None:
    machine.keys = {name: KEY.format(name) for name in machine.keys}
    machine.provider._keys = {"anthropic": machine.keys["anthropic"], "openai": machine.keys["openai"]}
    await machine.start()
    words = ("say", "fail with 500", "fail with 400", "fail in the middle", "fail with noise")
    for client, word in itertools.product(CLIENTS, words):
        for stream in (True, False):
            await ask(machine, client, client.body(f"{PROMPT}: {word}", stream=stream))
    shapeless = b'{"model": "m", "messages": "%s", "input": 7}' % PROMPT.encode()
    broken = (PROMPT.encode(), b'{"%s": ' % PROMPT.encode(), shapeless)
    for client, body in itertools.product(CLIENTS, broken):
        await ask(machine, client, body)
        await ask(machine, client, body, {"content-encoding": "gzip"})
        await ask(machine, client, client.body(model=PROMPT), {"x-coderouter-lane": PROMPT})
    await malformed(machine)
    visitor = Visitor(machine, MESSAGES, MESSAGES.body(f"{PROMPT}: hang after 5"))
    await visitor.heard()
    await visitor.leave()
    visitor = Visitor(machine, MESSAGES, MESSAGES.body(f"{PROMPT}: hang after 6"))
    await visitor.heard()
    look(machine)
    await machine.kill()
    await visitor.leave()
    await machine.start()
    await machine.command("report")
    await machine.command("status")
    look(machine)
    await machine.stop()
    look(machine)
    assert len(machine.rows()) > 30


async def malformed(machine: Machine) -> None:
    """Requests that the HTTP server itself refuses; libraries like to quote those."""
    hint = read_hint(machine.paths.daemon_file)
    assert hint is not None
    head = b"POST /v1/messages HTTP/1.1\r\nhost: localhost\r\n%s\r\nconnection: close\r\n"
    head %= f"authorization: {machine.auth['authorization']}".encode()
    word = PROMPT.encode()
    for request in (
        head + b"transfer-encoding: chunked\r\ncontent-type: application/json\r\n\r\n" + word + b"\r\n",
        head + b"content-length: " + word + b"\r\n\r\n",
        head + b"x-a: b\r\n " + word + b"\r\n" + word + b"\r\n\r\n",
        b"%s %s\r\n\r\n" % (word, word),
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", hint.port)
        writer.write(request)
        async with asyncio.timeout(5):
            await reader.read()
        writer.close()


def look(machine: Machine) -> None:
    """No file of the home holds a key or the prompt, in whatever disguise."""
    secrets = {mark for text in (*machine.keys.values(), PROMPT) for mark in disguises(text)}
    files = [file for file in machine.home.rglob("*") if file.is_file()]
    assert machine.paths.ledger_file in files
    assert machine.paths.log_file in files
    for file in files:
        data = file.read_bytes()
        assert not [mark for mark in secrets if mark in data], file
