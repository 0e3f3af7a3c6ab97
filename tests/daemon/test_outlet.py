"""What a client hears while nobody answers."""

import asyncio
from pathlib import Path

import pytest

from coderouter_cli.daemon import relay
from coderouter_cli.daemon.outlet import Outlet, waiting_words
from coderouter_cli.demo.script import Hang, HttpError, Outcome, Reply, ReplyQueue, Say, SeenRequest
from coderouter_cli.domain.exchange import Status
from coderouter_cli.providers.headers import Headers
from tests.daemon.kit import Client, Visitor, ask, each_client, events, until
from tests.harness import daemon_with

TEXT = "An answer at last."


@each_client
@pytest.mark.parametrize("provider", ["anthropic", "openai", "deepseek"])
async def test_a_client_that_waits_for_headers_hears_something(
    client: Client, provider: str, daemon_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PING_AFTER_S", 0.01)
    release, received = asyncio.Event(), bytearray()

    def note(so_far: bytes) -> None:
        received[:] = so_far

    silent = Reply((Say(TEXT),), fault=Hang(release, events=None))
    async with daemon_with(daemon_home, silent, keys=(provider,)) as daemon:
        asking = asyncio.create_task(ask(daemon, client, on_bytes=note))
        await until(lambda: bytes(received).count(waiting_words(client.format)) >= 3)
        release.set()
        got = await asking
        (row,) = daemon.rows()
    assert client.finished(got.body)
    assert client.text(got.body) == TEXT
    assert (row.status, row.attempts) == (Status.DONE, 1)
    assert got.headers["x-coderouter-request-id"] == row.id
    assert "x-coderouter-model" not in got.headers, "nobody had answered yet"


@each_client
async def test_waiting_commits_to_nobody(
    client: Client, daemon_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PING_AFTER_S", 0.01)
    silent = Reply((Say("Never."),), fault=Hang(asyncio.Event(), events=None))
    script = ReplyQueue(silent, default=Reply((Say(TEXT),)))
    async with daemon_with(daemon_home, script, config="[limits]\nfirst_event_s = 0.1") as daemon:
        got = await ask(daemon, client)
        record = daemon.record()
    assert waiting_words(client.format) in got.body
    assert client.finished(got.body)
    assert client.text(got.body) == TEXT
    assert [attempt.failure for attempt in record.attempts] == ["timeout", None]


@each_client
@pytest.mark.parametrize("shown", [None, 0, 2], ids=["no headers", "no event", "no content"])
async def test_a_client_that_leaves_while_it_is_kept_waiting(
    client: Client, shown: int | None, daemon_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PING_AFTER_S", 0.001)
    silent = Reply((Say(TEXT),), fault=Hang(asyncio.Event(), events=shown))
    async with daemon_with(daemon_home, silent, keys=(client.vendor,)) as daemon:
        visitor = Visitor(daemon, client, client.body())
        await visitor.heard()
        await visitor.leave()
        await until(lambda: daemon.front.gate.running == 0)
        (row,) = daemon.rows()
        assert (row.status, row.attempts) == (Status.CUT, 1)
        await until(lambda: daemon.provider.seen[0].disconnected)
        assert len(daemon.provider.generations()) == 1, "nobody else is asked for somebody who has gone"


@each_client
async def test_where_nobody_answers_a_client_that_was_kept_waiting_is_told_in_the_stream(
    client: Client, daemon_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PING_AFTER_S", 0.01)
    heard = asyncio.Event()

    async def slow(_: SeenRequest) -> Outcome:
        await heard.wait()
        return HttpError(500)

    def note(so_far: bytes) -> None:
        if waiting_words(client.format) in so_far:
            heard.set()

    async with daemon_with(daemon_home, slow) as daemon:
        got = await ask(daemon, client, on_bytes=note)
        (row,) = daemon.rows()
    (message,) = client.errors(got.body)
    assert message.startswith("No model could answer.")
    assert client.endings(got.body) == 0
    assert (got.status, row.status, row.http_status) == (200, Status.FAILED, 200)


@each_client
def test_what_a_waiting_client_hears_means_nothing(client: Client) -> None:
    words = waiting_words(client.format)
    assert words.endswith(b"\n\n")
    assert {event["type"] for event in events(words)} <= {"ping"}


class Ear:
    """A client's end that only listens."""

    def __init__(self) -> None:
        self.heard: list[bytes | Headers] = []

    async def start(self, headers: Headers) -> None:
        self.heard.append(headers)

    async def write(self, data: bytes) -> None:
        self.heard.append(data)


async def test_an_answer_ends_the_waiting_and_begins_only_once() -> None:
    ear = Ear()
    outlet = Outlet(ear, b"w", 0.0)
    async with outlet.kept_alive((("a", "1"),)):
        await until(lambda: ear.heard.count(b"w") >= 2)
        outlet.take()
        count = len(ear.heard)
        for _ in range(5):
            await asyncio.sleep(0)
        await outlet.send(b"x", (("b", "2"),))
    assert ear.heard[0] == (("a", "1"),)
    assert ear.heard[count:] == [b"x"]


async def test_an_answer_in_time_is_all_a_client_hears() -> None:
    ear = Ear()
    outlet = Outlet(ear, b"w", 60.0)
    async with outlet.kept_alive(()):
        await outlet.send(b"x", (("b", "2"),))
    assert ear.heard == [(("b", "2"),), b"x"]
