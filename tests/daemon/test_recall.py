"""What a daemon knows of the conversations before it started."""

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.daemon.recall import recall
from coderouter_cli.daemon.warmth import WarmthBook
from coderouter_cli.demo.script import Call, HttpError, Outcome, Reply, Say, SeenRequest
from coderouter_cli.routing.escalation import Standing
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.system.clock import SystemClock
from tests.daemon.kit import MESSAGES, RESPONSES, ask
from tests.daemon.machine import machine_with
from tests.harness import HandClock, daemon_with

CATALOG = load_catalog(prices=False)


async def test_the_last_to_answer_is_known_and_whether_the_client_asked_for_it(daemon_home: Path) -> None:
    def moody(seen: SeenRequest) -> Outcome:
        return HttpError(400) if b"Never." in seen.body else Reply()

    async with daemon_with(daemon_home, moody) as daemon:
        asked = MESSAGES.body("As asked.", model="anthropic/claude-opus-5-5")
        await ask(daemon, MESSAGES, asked, {"x-coderouter-lane": "direct"})
        routed = await ask(daemon, RESPONSES, RESPONSES.body("Say hello."))
        await ask(daemon, MESSAGES, MESSAGES.body("Never."), {"x-coderouter-lane": "direct"})
        daemon.rows()
        book = WarmthBook()
        recall(book, LedgerReader(daemon.paths), CATALOG, SystemClock())
        with sqlite3.connect(daemon.paths.ledger_file) as ledger:
            direct, smart, refused = [row[0] for row in ledger.execute("SELECT conversation FROM exchanges")]
        ledger.close()
        late = WarmthBook()
        recall(late, LedgerReader(daemon.paths), CATALOG, HandClock(seconds=1e9))
    assert (book.incumbent(direct), book.never_diverted(direct)) == ("claude-opus-5-5", True)
    assert book.incumbent(smart) == routed.headers["x-coderouter-model"]
    assert book.never_diverted(smart) == (book.incumbent(smart) == "gpt-6.1-sol")
    assert book.incumbent(refused) is None
    assert late.incumbent(direct) is None


async def test_a_ledger_that_cannot_be_read_is_no_obstacle(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply(), keys=()) as daemon:
        paths = daemon.paths
    paths.ledger_file.write_bytes(b"not a database " * 1000)
    book = WarmthBook()
    recall(book, LedgerReader(paths), CATALOG, SystemClock())
    assert book.incumbent("c") is None


async def test_a_daemon_that_is_killed_in_a_tool_loop_goes_on_with_the_same_model(daemon_home: Path) -> None:
    """Without its memory the router would choose anew, by what the loop has become."""
    calls = Reply((Say("I look."), Call("Read", {"path": "a.py"}, id="toolu_1")))
    tool = {"name": "Read", "input_schema": {"type": "object", "properties": {}}}
    body = MESSAGES.body("Plan the new architecture of the whole service.", tools=[tool])
    async with machine_with(daemon_home, lambda _: calls) as machine:
        await machine.start()
        first = await ask(machine, MESSAGES, body)
        model = first.headers["x-coderouter-model"]
        history = [
            *body["messages"],
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "toolu_1", "name": "Read", "input": {}}],
            },
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_1", "content": "ok"}]},
        ]
        await machine.kill()
        await machine.start()
        second = await ask(machine, MESSAGES, json.dumps({**body, "messages": history}).encode())
        rows = machine.rows()
        decision = LedgerReader(machine.paths).record(rows[-1].id)
        await machine.stop()
    assert second.headers["x-coderouter-model"] == model
    assert "models change between turns, not inside one" in str(decision)


def worked(name: str, *, failed: bool) -> list[dict[str, Any]]:
    """A call and its result, as a history holds them."""
    call = {"type": "tool_use", "id": name, "name": "Bash", "input": {"command": f"pytest -k {name}"}}
    told = "error: 1 failed" if failed else "1 passed"
    result = {"type": "tool_result", "tool_use_id": name, "content": told, "is_error": failed}
    return [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]


@pytest.mark.parametrize("holdout", [0, 100])
async def test_a_model_that_flails_makes_way_once_and_the_ledger_knows_how_it_ended(
    holdout: int, daemon_home: Path
) -> None:
    tool = {"name": "Bash", "input_schema": {"type": "object", "properties": {}}}
    history: list[dict[str, Any]] = [{"role": "user", "content": "Implement a small helper in parse.py"}]
    session = {"x-claude-code-session-id": "one"}
    models: list[str] = []
    config = f"[escalation]\nholdout_pct = {holdout}"
    async with daemon_with(daemon_home, Reply(), config=config) as daemon:

        async def step(*more: dict[str, Any]) -> None:
            history.extend(more)
            body = MESSAGES.body(tools=[tool], messages=history)
            models.append((await ask(daemon, MESSAGES, body, session)).headers["x-coderouter-model"])

        await step()
        for name in ("a", "b", "c"):
            await step(*worked(name, failed=True))
        await step(*worked("d", failed=False))
        await step(
            {"role": "assistant", "content": "Done."}, {"role": "user", "content": "Thanks. Now the docs"}
        )
        for name in ("e", "f", "g"):
            await step(*worked(name, failed=True))
        daemon.rows()
        reader = LedgerReader(daemon.paths)
        (receipt,) = reader.escalations()
        assert reader.escalations(datetime(2100, 1, 1, tzinfo=UTC)) == []
        key = reader.record("last").opening.conversation or ""
        book = WarmthBook()
        recall(book, reader, CATALOG, SystemClock())
        paces = reader.paces(datetime(2000, 1, 1, tzinfo=UTC))
    assert models[0] == models[1] == models[2]
    moved = models[3] != models[2]
    assert moved == (holdout == 0)
    assert models[4] == models[3]
    assert models[5] == models[6] == models[7] == models[8], "not a second time"
    assert (receipt.held_out, receipt.sign, receipt.outcome) == (not moved, "failures", "tests_pass")
    assert (receipt.from_model, receipt.to_model == models[3]) == (models[2], moved)
    assert book.turns.standing(key, enabled=True, holdout_pct=0) is Standing.OVER
    assert len(book.turns.recent(key, new_turn=True)) == 2
    assert paces == [("claude-code", False, 1, 4), ("claude-code", True, 1, 5)]
    assert book.turns.horizon("claude-code", opening=True) == 12
