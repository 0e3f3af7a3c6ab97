"""Money of whole conversations: what a report may claim, and what it may not."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from coderouter_cli.accounting.summary import summarise
from coderouter_cli.demo.script import Reply
from tests.harness import Daemon, daemon_with

LONG = "Look at the parser. " * 1_500


@pytest.fixture
async def direct(daemon_home: Path) -> AsyncIterator[Daemon]:
    async with daemon_with(daemon_home, Reply(), config='lane = "direct"') as daemon:
        yield daemon


async def ask(daemon: Daemon, path: str, body: dict[str, Any], **headers: str) -> None:
    """One whole answer."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{daemon.url}{path}", json=body, headers={**daemon.auth, **headers}) as answer,
    ):
        assert answer.status == 200, await answer.text()


def talk(model: str, turns: int) -> dict[str, Any]:
    """A Messages request with a growing history, marked for the cache as Claude Code does it."""
    history: list[dict[str, Any]] = []
    for turn in range(turns):
        mark = {"cache_control": {"type": "ephemeral"}} if turn == turns - 1 else {}
        history.append({"role": "user", "content": [{"type": "text", "text": f"{turn} {LONG}", **mark}]})
        history.append({"role": "assistant", "content": "Done."})
    return {"model": model, "max_tokens": 100, "messages": history[:-1]}


async def test_with_routing_off_nothing_is_saved_whatever_models_the_client_picks(direct: Daemon) -> None:
    for turns, model in enumerate(["claude-opus-5-5"] * 3 + ["claude-sonnet-5-5"] * 3, start=1):
        await ask(direct, "/v1/messages", talk(model, turns), **{"x-claude-code-session-id": "s"})
    spend = summarise(direct.rows()).spend
    assert spend.requested.requests == 6
    assert spend.requested.saved == 0
    assert spend.list_price.saved > 0, "the marketing number shows savings where nothing was done"


async def test_nor_when_conversations_without_an_id_look_the_same(direct: Daemon) -> None:
    say = [{"role": "user", "content": LONG}]
    await ask(direct, "/v1/messages", {"model": "claude-opus-5-5", "max_tokens": 9, "messages": say})
    await ask(direct, "/v1/responses", {"model": "gpt-5.5", "input": LONG})
    await ask(direct, "/v1/chat/completions", {"model": "gpt-5.4", "messages": say})
    await ask(direct, "/v1/messages", {"model": "claude-opus-5-5", "max_tokens": 9, "messages": say})
    assert summarise(direct.rows()).spend.requested.saved == 0


async def test_a_warm_prompt_makes_the_second_exchange_cheaper_there_and_in_the_baseline(
    daemon_home: Path,
) -> None:
    async with daemon_with(daemon_home, Reply(), keys=("anthropic",)) as daemon:
        for turns in (1, 2):
            await ask(
                daemon, "/v1/messages", talk("claude-opus-5-5", turns), **{"x-claude-code-session-id": "s"}
            )
        first, second = daemon.rows()
    assert first.model == second.model != "claude-opus-5-5"
    assert second.usage is not None
    assert second.usage.cache_read > 0
    assert second.baselines.requested is not None
    assert second.baselines.list_price is not None
    assert first.baselines.requested is not None
    # Twice the prompt, half of it warm: less than twice the first one's price, which was all cold.
    assert second.baselines.requested < 2 * first.baselines.requested
    assert second.baselines.requested < second.baselines.list_price


async def test_an_unknown_models_cost_is_unknown_and_not_zero(direct: Daemon, daemon_home: Path) -> None:
    direct.provider._any_model = True
    await ask(direct, "/v1/messages", {**talk("claude-next-9", 1)})
    (row,) = direct.rows()
    assert (row.model, row.cost, row.baselines.requested) == ("claude-next-9", None, None)
    assert summarise(direct.rows()).spend.unknown == 1
