"""What the row says of an exchange's tokens and money, from scripted numbers to the ledger."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import aiohttp
import pytest

from coderouter_cli.demo.script import (
    CloseAfter,
    Hang,
    HttpError,
    Reply,
    ReplyQueue,
    Say,
    StreamError,
    Tokens,
)
from coderouter_cli.domain.exchange import Status
from coderouter_cli.domain.usage import Usage, UsageSource
from tests.daemon.kit import CLIENTS, Client, Visitor, ask, each_client, each_mode, until
from tests.harness import daemon_with

WIRE = {"anthropic": "claude-haiku-5-5", "openai": "gpt-6-luna", "deepseek": "deepseek-flash"}
PRICED = """
[[models]]
id = "priced"
provider = "{provider}"
max_input = 100000
max_output = 8000
wire_name = "{wire}"
prices = {{ input = 3, output = 15, cache_read = 0.3, cache_write = 3.75, cache_write_long = 6 }}
"""
DIRECT = {"x-coderouter-lane": "direct"}

# By hand, in picodollars: a dollar for a million tokens is 1,000,000 for one.
REPORTED = {
    # 7 * 3,000,000 + 1,100 * 300,000 + 13 * 3,750,000 + 17 * 6,000,000 + 23 * 15,000,000
    "anthropic": (Tokens(7, 1_100, 13, 17, 23), Usage(7, 1_100, 13, 17, 23), 846_750_000),
    # OpenAI has one kind of write: 7 * 3,000,000 + 1,100 * 300,000 + 13 * 3,750,000 + 23 * 15,000,000
    "openai": (Tokens(7, 1_100, 13, 0, 23), Usage(7, 1_100, 13, 0, 23), 744_750_000),
    # DeepSeek has none: 7 * 3,000,000 + 1,100 * 300,000 + 23 * 15,000,000
    "deepseek": (Tokens(7, 1_100, 0, 0, 23), Usage(7, 1_100, 0, 0, 23), 696_000_000),
}


@each_mode
@each_client
@pytest.mark.parametrize("provider", sorted(REPORTED))
async def test_reported_tokens_cost_what_they_cost_to_the_picodollar(
    client: Client, provider: str, stream: bool, daemon_home: Path
) -> None:
    tokens, usage, cost = REPORTED[provider]
    config = PRICED.format(provider=provider, wire=WIRE[provider])
    async with daemon_with(daemon_home, Reply(tokens=tokens), config=config) as daemon:
        await ask(daemon, client, client.body(model="priced", stream=stream), DIRECT)
        record = daemon.record()
    row, (attempt,) = record.row, record.attempts
    assert row.usage is not None
    seen = row.usage
    assert (seen.input, seen.cache_read, seen.cache_write, seen.cache_write_long, seen.output) == (
        usage.input,
        usage.cache_read,
        usage.cache_write,
        usage.cache_write_long,
        usage.output,
    )
    assert (row.usage_source, row.cost, attempt.cost) == (UsageSource.REPORTED, cost, cost)
    assert row.baselines.requested == cost, "nothing was routed, so nothing was saved"
    assert attempt.raw_usage


@each_mode
@each_client
@pytest.mark.parametrize("provider", sorted(WIRE))
async def test_zeros_that_were_reported_stay_zeros(
    client: Client, provider: str, stream: bool, daemon_home: Path
) -> None:
    config = PRICED.format(provider=provider, wire=WIRE[provider])
    free = Reply(tokens=Tokens(0, 0, 0, 0, 0, 0))
    async with daemon_with(daemon_home, free, config=config) as daemon:
        await ask(daemon, client, client.body(model="priced", stream=stream), DIRECT)
        (row,) = daemon.rows()
    assert row.usage is not None
    assert (row.usage.total, row.usage_source, row.cost) == (0, UsageSource.REPORTED, 0)


@each_mode
@each_client
async def test_an_answer_without_numbers_is_estimated_and_says_so(
    client: Client, stream: bool, daemon_home: Path
) -> None:
    silent = Reply((Say("Twelve words or so that a provider did not count for us."),), usage=False)
    async with daemon_with(daemon_home, silent) as daemon:
        await ask(daemon, client, client.body(stream=stream))
        (row,) = daemon.rows()
    assert row.usage is not None
    assert row.usage_source is UsageSource.ESTIMATED
    assert 10 <= row.usage.input <= 40
    assert 8 <= row.usage.output <= 20
    assert row.cost


async def test_a_stream_that_breaks_off_keeps_the_numbers_it_has_shown(daemon_home: Path) -> None:
    (client, *_) = CLIENTS
    config = PRICED.format(provider="anthropic", wire=WIRE["anthropic"])
    broken = Reply((Say("word " * 40),), tokens=Tokens(7, 1_100, 13, 0, 99), fault=CloseAfter(events=8))
    async with daemon_with(daemon_home, broken, config=config) as daemon:
        got = await ask(daemon, client, client.body(model="priced"), DIRECT)
        (row,) = daemon.rows()
    assert row.usage is not None
    assert (row.usage.input, row.usage.cache_read, row.usage.cache_write) == (7, 1_100, 13)
    assert 0 < row.usage.output < 99, "what was seen, not what would have come"
    assert row.usage_source is UsageSource.PARTIAL
    # 7 * 3,000,000 + 1,100 * 300,000 + 13 * 3,750,000, and 15,000,000 for each token that was seen
    assert row.cost == 399_750_000 + 15_000_000 * row.usage.output
    assert client.text(got.body)


@each_client
async def test_an_attempt_that_brought_nothing_costs_nothing(client: Client, daemon_home: Path) -> None:
    script = ReplyQueue(Reply(fault=StreamError(events=0)), HttpError(500), default=Reply())
    async with daemon_with(daemon_home, script) as daemon:
        await ask(daemon, client)
        record = daemon.record()
    *failed, answered = record.attempts
    assert [(a.usage, a.usage_source, a.cost) for a in failed] == [(None, None, None)] * 2
    assert (record.row.cost, record.row.usage) == (answered.cost, answered.usage)


async def test_every_attempt_that_was_paid_for_is_in_the_sum(daemon_home: Path) -> None:
    begun = Reply((Say("Never seen."),), fault=CloseAfter(events=2))
    script = ReplyQueue(begun, begun, default=Reply())
    (client, *_) = CLIENTS
    async with daemon_with(daemon_home, script, keys=("anthropic",)) as daemon:
        await ask(daemon, client)
        record = daemon.record()
    costs = [attempt.cost for attempt in record.attempts]
    assert len(costs) == 3
    assert all(costs)
    assert record.row.cost == sum(cost for cost in costs if cost is not None)
    assert record.row.usage == record.attempts[-1].usage
    assert [attempt.number for attempt in record.attempts] == [1, 2, 3]


async def test_a_failed_exchange_makes_nobody_the_conversations_model(daemon_home: Path) -> None:
    begun = Reply((Say("Never seen."),), fault=CloseAfter(events=2))
    (client, *_) = CLIENTS
    async with daemon_with(daemon_home, begun, keys=("anthropic",)) as daemon:
        await ask(daemon, client)
        record = daemon.record()
        incumbent = daemon.front.pipeline.around.warmth.incumbent(record.opening.conversation or "")
    assert (record.row.status, incumbent) == (Status.FAILED, None)
    assert record.row.cost


@each_client
async def test_what_is_known_at_the_first_content_is_on_the_disk_before_the_client_has_it(
    client: Client, daemon_home: Path
) -> None:
    """The daemon may be killed right then: the row must not be one that nobody was served."""
    waiting = Reply((Say("Some words, and then a long silence."),), fault=Hang(asyncio.Event(), events=7))
    async with daemon_with(daemon_home, waiting, keys=("anthropic",)) as daemon:
        visitor = Visitor(daemon, client, client.body())
        await visitor.heard()
        with closing(sqlite3.connect(f"file:{daemon.paths.ledger_file}?mode=ro", uri=True)) as ledger:
            found = ledger.execute("SELECT status, first_byte_ms IS NULL, cost > 0 FROM exchanges").fetchall()
        assert found == [("open", 0, 1)]
        await visitor.leave()
        await until(lambda: daemon.front.gate.running == 0)
        assert daemon.record().row.status is Status.CUT


@each_client
async def test_a_client_that_leaves_at_the_last_event_has_had_its_answer(
    client: Client, daemon_home: Path
) -> None:
    """Codex 0.169.0 closes the connection at ``response.completed``, before the stream's own end."""
    open_ended = Reply((Say("All of it."),), fault=Hang(asyncio.Event(), events=999))
    last = {"/v1/messages": b"message_stop", "/v1/responses": b"response.completed"}
    async with daemon_with(daemon_home, lambda _: open_ended, keys=(client.vendor,)) as daemon:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{daemon.url}{client.path}", json=client.body(), headers=daemon.auth) as answer,
        ):
            while last.get(client.path, b"[DONE]") not in await answer.content.readline():
                pass
            answer.close()
        await until(lambda: daemon.front.gate.running == 0)
        (row,) = daemon.rows()
    assert (row.status, row.http_status, row.usage_source) == (Status.DONE, 200, UsageSource.REPORTED)
