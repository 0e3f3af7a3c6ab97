"""One exchange from end to end: failover, refusals, and clients that leave."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from coderouter_cli.demo.script import (
    CloseAfter,
    CloseBeforeHeaders,
    Hang,
    HttpError,
    Outcome,
    Raw,
    Reply,
    ReplyQueue,
    Say,
    SeenRequest,
    StreamError,
)
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.exchange import Closing, Opening, Progress, Status
from coderouter_cli.domain.usage import UsageSource
from coderouter_cli.errors import LedgerError
from tests.daemon.kit import CHAT, CLIENTS, MESSAGES, Client, Visitor, ask, each_client, each_mode, until
from tests.harness import HandClock, Noted, daemon_with

ANSWER = Reply((Say("One clean answer, in more than one piece."),))
TEXT = "One clean answer, in more than one piece."
LIMITS = "[limits]\nfirst_event_s = 0.1\ngap_s = 0.1\nconnect_s = 1"


def hang(events: int | None) -> Outcome:
    return Reply((Say("Never said."),), fault=Hang(asyncio.Event(), events=events))


class SlowOpening:
    """A ledger whose rows are written, but never said to be."""

    def __init__(self, ledger: Noted) -> None:
        self.asked = asyncio.Event()
        self._ledger = ledger

    def open(self, opening: Opening) -> Future[None]:
        self._ledger.open(opening)
        self.asked.set()
        return Future()

    def progress(self, progress: Progress) -> Future[None]:
        return self._ledger.progress(progress)

    def close(self, closing: Closing) -> Future[None]:
        return self._ledger.close(closing)


class FullDisk:
    """A ledger that cannot write anywhere."""

    def open(self, opening: Opening) -> Future[None]:
        return self._refused()

    def progress(self, progress: Progress) -> Future[None]:
        return self._refused()

    def close(self, closing: Closing) -> Future[None]:
        return self._refused()

    def _refused(self) -> "Future[None]":
        future: Future[None] = Future()
        future.set_exception(LedgerError("cannot be written anywhere"))
        return future


Fault = Callable[[], Outcome]

BEFORE_ANY_CONTENT: dict[str, Fault] = {
    "closed before headers": lambda: Reply(fault=CloseBeforeHeaders()),
    "reset before headers": lambda: Reply(fault=CloseBeforeHeaders(reset=True)),
    "headers, then closed": lambda: Reply(fault=CloseAfter(events=0)),
    "401": lambda: HttpError(401),
    "429": lambda: HttpError(429, headers=(("retry-after", "3600"),)),
    "500": lambda: HttpError(500),
    "503": lambda: HttpError(503),
    "529": lambda: HttpError(529),
    "204": lambda: HttpError(204, body=b""),
    "200 and nothing": lambda: Raw(()),
    "200 and a page": lambda: Raw((b"<html>Please log in</html>",), content_type="text/html"),
    "200 and something compressed": lambda: Raw(
        (b"\x1f\x8b\x08\x00" + bytes(64),), headers=(("content-encoding", "gzip"),)
    ),
    "no headers in time": lambda: hang(None),
    "headers, then silence": lambda: hang(0),
}
OF_STREAMS: dict[str, Fault] = {
    "headers, then reset": lambda: Reply(fault=CloseAfter(events=0, how="reset")),
    "402": lambda: HttpError(402),
    "403": lambda: HttpError(403),
    "404": lambda: HttpError(404),
    "408": lambda: HttpError(408),
    "502 with a page": lambda: HttpError(502, body=b"<html>Bad gateway</html>"),
    "504": lambda: HttpError(504),
    "a redirect": lambda: HttpError(307, headers=(("location", "https://elsewhere.example/"),)),
    "200 and an error event": lambda: Reply(fault=StreamError(events=0)),
    "started, and an error event": lambda: Reply(fault=StreamError(events=1)),
    "started, then closed": lambda: Reply(fault=CloseAfter(events=1)),
    "started, then ended": lambda: Reply(fault=CloseAfter(events=1, how="clean")),
    "200 and noise": lambda: Raw((bytes(range(256)) * 20,)),
    "started, then silence": lambda: hang(1),
}


@each_client
@pytest.mark.parametrize(
    ("fault", "stream"),
    [
        *((name, mode) for name in BEFORE_ANY_CONTENT for mode in (True, False)),
        *((n, True) for n in OF_STREAMS),
    ],
)
async def test_the_next_model_answers_and_the_client_sees_nothing_of_it(
    client: Client, fault: str, stream: bool, daemon_home: Path
) -> None:
    script = ReplyQueue((BEFORE_ANY_CONTENT | OF_STREAMS)[fault](), default=ANSWER)
    async with daemon_with(daemon_home, script, config=LIMITS) as daemon:
        got = await ask(daemon, client, client.body(stream=stream))
        record = daemon.record()
        models = [seen.model for seen in daemon.provider.generations()]
    assert (got.status, got.broken) == (200, False)
    assert (client.text(got.body) if stream else client.whole_text(got.body)) == TEXT
    assert not stream or client.finished(got.body)
    first, second = record.attempts
    assert (first.failure is not None, second.failure) == (True, None)
    assert [first.model, second.model] == models
    assert got.headers["x-coderouter-model"] == record.row.model == second.model
    assert (record.row.status, record.row.http_status, record.row.attempts) == (Status.DONE, 200, 2)
    assert record.row.cost == (first.cost or 0) + (second.cost or 0)


@each_client
async def test_a_provider_that_nobody_listens_for(
    client: Client, daemon_home: Path, unused_tcp_port: int
) -> None:
    nowhere = {"openai": f"http://127.0.0.1:{unused_tcp_port}/v1"}
    async with daemon_with(daemon_home, ANSWER, roots=nowhere, keys=("anthropic", "openai")) as daemon:
        got = await ask(daemon, client)
        record = daemon.record()
    assert client.finished(got.body)
    assert [attempt.failure for attempt in record.attempts] == ["unreachable", None]
    assert record.attempts[0].usage is None


@each_client
@pytest.mark.parametrize("status", [400, 413, 422])
async def test_a_wrong_request_is_tried_once_and_the_providers_own_words_come_back(
    client: Client, status: int, daemon_home: Path
) -> None:
    body = b'{"error": {"message":"tools.0: no such thing\\u2028",  "type":"invalid_request_error"}}\n'
    script = ReplyQueue(HttpError(status, body=body), default=ANSWER)
    async with daemon_with(daemon_home, script, keys=(client.vendor,)) as daemon:
        got = await ask(daemon, client)
        record = daemon.record()
        assert len(daemon.provider.generations()) == 1
    assert (got.status, got.body) == (status, body)
    assert got.headers["x-coderouter-request-id"] == record.row.id
    assert (record.row.status, record.row.http_status, record.row.cost) == (Status.FAILED, status, 0)
    assert [attempt.http_status for attempt in record.attempts] == [status]


@each_client
async def test_a_request_another_dialect_refuses_may_be_taken_in_the_clients_own(
    client: Client, daemon_home: Path
) -> None:
    script = ReplyQueue(default=ANSWER)
    script.add(HttpError(400, "unknown field"), provider="deepseek")
    excluded = 'deny_models = ["gpt-6-luna", "gpt-6.1-terra", "gpt-6.1-sol", "claude-haiku-5-5"]'
    async with daemon_with(daemon_home, script, config=excluded) as daemon:
        got = await ask(daemon, client)
        record = daemon.record()
    assert client.finished(got.body)
    assert [attempt.failure for attempt in record.attempts] == ["invalid", None]


@each_mode
@each_client
async def test_when_all_are_down_one_error_names_them_and_asks_not_to_come_again(
    client: Client, stream: bool, daemon_home: Path
) -> None:
    script = ReplyQueue(HttpError(503), HttpError(529), HttpError(500))
    async with daemon_with(daemon_home, script) as daemon:
        got = await ask(daemon, client, client.body(stream=stream))
        record = daemon.record()
        models = [seen.model for seen in daemon.provider.generations()]
    message = client.error(got.body)
    assert len(models) == 3
    assert all(model in message for model in models)
    assert got.status >= 400
    assert got.headers["x-should-retry"] == "false"
    assert "retry-after" not in got.headers
    assert (record.row.status, record.row.attempts, record.row.http_status) == (Status.FAILED, 3, got.status)
    assert (record.row.usage, record.row.cost) == (None, 0)


@each_client
async def test_a_refused_key_is_not_shown_again(client: Client, daemon_home: Path) -> None:
    script = ReplyQueue(HttpError(401), default=ANSWER)
    async with daemon_with(daemon_home, script) as daemon:
        await ask(daemon, client)
        refused, answered = daemon.provider.generations()
        for _ in range(3):
            await ask(daemon, client)
        later = daemon.provider.generations()[2:]
    assert refused.provider != answered.provider
    assert refused.provider not in {seen.provider for seen in later}


@each_client
async def test_the_only_provider_that_refuses_its_key_is_asked_once(
    client: Client, daemon_home: Path
) -> None:
    async with daemon_with(daemon_home, ReplyQueue(default=HttpError(401)), keys=(client.vendor,)) as daemon:
        got = await ask(daemon, client)
        assert len(daemon.provider.generations()) == 1
    # Codex tries a 401 again, and a 400 not.
    status = 400 if client.format is FormatName.OPENAI_RESPONSES else 401
    assert (got.status, got.headers["x-should-retry"]) == (status, "false")
    assert f"coderouter keys set {client.vendor}".encode() in got.body
    assert b"x-api-key" not in got.body


async def test_a_provider_that_keeps_failing_is_left_alone_and_probed_by_one_request(
    daemon_home: Path,
) -> None:
    clock, hold = HandClock(), asyncio.Event()
    script = ReplyQueue(default=ANSWER)
    script.add(*[HttpError(500)] * 5, Reply(fault=Hang(hold, events=None)), provider="openai")
    async with daemon_with(daemon_home, script, clock=clock) as daemon:
        for _ in range(5):
            await ask(daemon, CHAT)
        for _ in range(20):
            await ask(daemon, CHAT)
        assert len(daemon.provider.generations("openai")) == 5
        clock.seconds += 30
        several = [asyncio.create_task(ask(daemon, CHAT)) for _ in range(10)]
        await until(lambda: sum(task.done() for task in several) == 9)
        assert len(daemon.provider.generations("openai")) == 6
        hold.set()
        assert all(CHAT.finished(got.body) for got in await asyncio.gather(*several))
        await ask(daemon, CHAT)
        assert len(daemon.provider.generations("openai")) == 7


LEAVING: dict[str, tuple[bool, int | None]] = {
    "before headers": (True, None),
    "before content": (True, 1),
    "in the middle": (True, 6),
    "waiting for all of it": (False, None),
}


@each_client
@pytest.mark.parametrize("when", sorted(LEAVING))
async def test_when_the_client_leaves_the_provider_stops_and_the_row_is_closed(
    client: Client, when: str, daemon_home: Path
) -> None:
    stream, shown = LEAVING[when]
    waiting = Reply((Say(TEXT * 3),), fault=Hang(asyncio.Event(), events=shown))
    async with daemon_with(daemon_home, ReplyQueue(waiting, default=ANSWER)) as daemon:
        before = asyncio.all_tasks()
        visitor = Visitor(daemon, client, client.body(stream=stream))
        await daemon.provider.wait_for(1)
        (seen,) = daemon.provider.seen
        await (
            visitor.heard() if when == "in the middle" else until(lambda: seen.events_sent == (shown or 0))
        )
        await visitor.leave()
        async with asyncio.timeout(5):
            await seen.done.wait()
        await until(lambda: daemon.front.gate.running == 0)
        record = daemon.record()
        assert seen.disconnected
        assert len(daemon.provider.generations()) == 1
        await until(lambda: asyncio.all_tasks() <= before)
    assert record.row.status is Status.CUT
    assert (record.row.http_status, record.first_byte_ms is None) == (
        (200, False) if when == "in the middle" else (499, True)
    )
    if when == "in the middle":
        assert record.row.usage is not None
        assert record.row.usage.output > 0
        assert record.row.usage_source in {UsageSource.PARTIAL, UsageSource.ESTIMATED}
        assert record.row.cost


@each_client
async def test_no_attempt_begins_after_the_client_has_left(client: Client, daemon_home: Path) -> None:
    left = asyncio.Event()

    async def fail_when_nobody_is_there(_: SeenRequest) -> Outcome:
        await left.wait()
        return HttpError(500)

    async with daemon_with(daemon_home, fail_when_nobody_is_there) as daemon:
        visitor = Visitor(daemon, client, client.body())
        await daemon.provider.wait_for(1)
        await visitor.leave()
        left.set()
        await until(lambda: daemon.front.gate.running == 0)
        assert len(daemon.provider.seen) == 1
        assert daemon.record().row.status is Status.CUT


async def test_a_client_that_leaves_while_its_row_is_opened_leaves_a_closed_row(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, ANSWER) as daemon:
        slow = SlowOpening(daemon.ledger)
        books = replace(daemon.front.pipeline.books, ledger=slow)
        daemon.front.pipeline = replace(daemon.front.pipeline, books=books)
        visitor = Visitor(daemon, MESSAGES, MESSAGES.body())
        await slow.asked.wait()
        await visitor.leave()
        await until(lambda: daemon.front.gate.running == 0)
        assert daemon.record().row.status is Status.CUT
        assert daemon.provider.seen == []


async def test_a_ledger_that_keeps_nothing_does_not_keep_the_developer_from_working(
    daemon_home: Path,
) -> None:
    async with daemon_with(daemon_home, ANSWER) as daemon:
        books = replace(daemon.front.pipeline.books, ledger=FullDisk())
        daemon.front.pipeline = replace(daemon.front.pipeline, books=books)
        for client in CLIENTS:
            for stream in (True, False):
                got = await ask(daemon, client, client.body(stream=stream))
                assert (client.text(got.body) if stream else client.whole_text(got.body)) == TEXT


async def test_a_provider_whose_answers_break_off_is_left_alone(daemon_home: Path) -> None:
    script = ReplyQueue(default=ANSWER)
    script.add(*[Reply((Say(TEXT),), fault=CloseAfter(events=3))] * 5, provider="openai")
    async with daemon_with(daemon_home, script, keys=("anthropic", "openai")) as daemon:
        for _ in range(5):
            assert CHAT.errors((await ask(daemon, CHAT)).body)
        assert CHAT.finished((await ask(daemon, CHAT)).body)
        assert len(daemon.provider.generations("openai")) == 5
