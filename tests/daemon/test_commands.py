"""Lines for CodeRouter, answered without a provider in every format; pins and policies at work."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.accounting.summary import summarise
from coderouter_cli.demo.script import Call, Reply, ReplyQueue, Say
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.routing.replay import replay
from coderouter_cli.storage.ledger.rows import Record
from coderouter_cli.storage.repository import POLICY_FILE
from coderouter_cli.storage.trust import Trusted, TrustStore
from coderouter_cli.system.paths import Paths
from tests.daemon.kit import MESSAGES, Client, Got, ask, each_client, each_mode
from tests.harness import Daemon, daemon_with

ASK = "Rename the variable foo to bar in parser.py"


def said(client: Client, *turns: str, **more: Any) -> JsonObject:
    """A conversation: what the person said, with an answer of the model after each but the last."""
    messages = []
    for turn in turns:
        messages += [{"role": "user", "content": turn}, {"role": "assistant", "content": "Done."}]
    field = "input" if "input" in client.body() else "messages"
    return client.body(**more) | {field: messages[:-1]}


def text_of(client: Client, got: Got, *, stream: bool) -> str:
    return client.text(got.body) if stream else client.whole_text(got.body)


def records(daemon: Daemon) -> list[Record]:
    """Every row whole, oldest first."""
    return [daemon.record(row.id) for row in daemon.rows()]


async def answered(daemon: Daemon, client: Client, *turns: str, stream: bool = True) -> str:
    """What CodeRouter says itself; no provider hears of it."""
    before = len(daemon.provider.generations())
    got = await ask(daemon, client, said(client, *turns, stream=stream))
    assert got.status == 200, got.body
    assert got.headers["x-coderouter-model"] == "none"
    assert not stream or client.finished(got.body)
    assert len(daemon.provider.generations()) == before
    return text_of(client, got, stream=stream)


async def routed(daemon: Daemon, client: Client, *turns: str, **headers: str) -> str:
    """The model that answered."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    got = await ask(daemon, client, said(client, *turns), named)
    assert got.status == 200, got.body
    return got.headers["x-coderouter-model"]


@each_client
@each_mode
async def test_why_is_told_in_the_clients_own_format(client: Client, stream: bool, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        nothing = await answered(daemon, client, "@cr why", stream=stream)
        model = await routed(daemon, client, ASK)
        daemon.rows()  # what it cost is written down
        told = await answered(daemon, client, ASK, "@cr why", stream=stream)
        other = await answered(daemon, client, ASK, "@cr why not opus", stream=stream)
        unheard = await answered(daemon, client, ASK, "@cr why not something", stream=stream)
        rows = daemon.rows()
    assert nothing == "Nothing was routed in this conversation yet."
    assert told.startswith(f"{model} at ")
    assert f"your client asks for {client.asked}" in told
    assert "Taken for small_edit" in told
    assert "Others:\n- " in told
    assert "That exchange cost $" in told
    assert "The model may change with your next message" in told
    assert other.startswith("claude-opus-5-5 was not chosen: dearer by $")
    assert unheard == "CodeRouter knows no model called `something`."
    assert [row.bypass for row in rows] == ["command", None, "command", "command", "command"]


async def test_an_answer_of_ours_is_counted_and_costs_nothing(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        await routed(daemon, MESSAGES, ASK)
        alone = summarise(daemon.rows())
        await answered(daemon, MESSAGES, ASK, "@cr nonsense that nobody may write down")
        rows, record = daemon.rows(), records(daemon)[-1]
    told = summarise(rows)
    assert (rows[-1].status.value, rows[-1].cost, rows[-1].model, rows[-1].usage) == ("done", 0, "none", None)
    assert (told.requests, told.routed, dict(told.bypasses)) == (2, 1, {"command": 1})
    assert told.spend == alone.spend
    assert record.opening.decision == {"version": 1, "command": "help"}


@each_client
async def test_alone_it_holds_until_auto_and_is_confirmed(client: Client, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        assert await routed(daemon, client, ASK) != "claude-opus-5-5"
        assert "claude-opus-5-5 answers in this conversation" in await answered(daemon, client, "@cr opus")
        assert await routed(daemon, client, "@cr opus", ASK) == "claude-opus-5-5"
        assert await routed(daemon, client, "@cr opus", ASK, ASK) == "claude-opus-5-5"
        assert "Your settings choose again" in await answered(daemon, client, "@cr opus", ASK, "@cr auto")
        assert await routed(daemon, client, "@cr opus", ASK, "@cr auto", ASK) != "claude-opus-5-5"
        assert await routed(daemon, client, "@cr opus", f"@cr auto\n{ASK}") != "claude-opus-5-5"
        assert "own model answers" in await answered(daemon, client, "@cr direct")
        assert await routed(daemon, client, "@cr direct", ASK) == client.asked
        assert "frugal" in await answered(daemon, client, "@cr cheap")
        rows = daemon.rows()
    lanes = {row.lane.value for row in rows if row.bypass == "direct_lane"}
    assert lanes == {"direct"}


async def test_with_other_text_it_is_for_the_turn_and_its_tools(daemon_home: Path) -> None:
    tool = {"name": "Read", "input_schema": {"type": "object"}}
    script = ReplyQueue(Reply((Call("Read", {"p": 1}),)), Reply((Say("Done."),)), Reply())
    async with daemon_with(daemon_home, script) as daemon:
        turn: list[JsonObject] = [{"role": "user", "content": f"@cr opus\n{ASK}"}]
        first = await ask(daemon, MESSAGES, MESSAGES.body(messages=turn, tools=[tool], stream=False))
        assert first.status == 200, first.body
        call = json.loads(first.body)["content"][0]
        result = {"type": "tool_result", "tool_use_id": call["id"], "content": "text"}
        turn += [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
        second = await ask(daemon, MESSAGES, MESSAGES.body(messages=turn, tools=[tool]))
        turn += [{"role": "assistant", "content": "Done."}, {"role": "user", "content": ASK}]
        third = await ask(daemon, MESSAGES, MESSAGES.body(messages=turn, tools=[tool]))
        sent = daemon.provider.generations()
    models = [got.headers["x-coderouter-model"] for got in (first, second, third)]
    assert models[:2] == ["claude-opus-5-5"] * 2
    assert models[2] != "claude-opus-5-5"
    assert [f"@cr opus\\n{ASK}" in seen.body.decode() for seen in sent] == [True] * 3, "the prompt keeps it"


async def test_an_unknown_word_and_a_model_out_of_reach_are_explained(daemon_home: Path) -> None:
    async with daemon_with(
        daemon_home, Reply(), keys=("anthropic",), config='deny_models = ["*haiku*"]'
    ) as daemon:
        unknown = await answered(daemon, MESSAGES, f"@cr oops\n{ASK}")
        keyless = await answered(daemon, MESSAGES, "@cr gpt-6.1-sol")
        denied = await answered(daemon, MESSAGES, "@cr haiku")
    assert unknown.startswith("CodeRouter does not know `oops`.")
    assert "@cr why" in unknown
    assert "there is no key for openai" in keyless
    assert "your settings deny it" in denied


async def test_a_title_request_and_a_subagent_that_quote_it_trigger_nothing(daemon_home: Path) -> None:
    naming = [{"type": "text", "text": "You are naming a coding session"}]
    async with daemon_with(daemon_home, Reply()) as daemon:
        title = await ask(daemon, MESSAGES, MESSAGES.body("@cr why", system=naming))
        agent = {"x-claude-code-agent-id": "a1", "user-agent": "claude-cli/2.1.330 (external, cli)"}
        order = await ask(daemon, MESSAGES, MESSAGES.body("@cr direct"), agent)
        rows = daemon.rows()
    assert {got.headers["x-coderouter-model"] == "none" for got in (title, order)} == {False}
    assert [row.kind.value for row in rows] == ["title", "turn"]
    assert [row.bypass for row in rows] == [None, None]


@each_client
async def test_a_header_pins_a_model_for_one_request_and_goes_no_further(
    client: Client, daemon_home: Path
) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        assert await routed(daemon, client, ASK, x_coderouter_model="claude-sonnet-5") == "claude-sonnet-5"
        assert await routed(daemon, client, ASK) != "claude-sonnet-5"
        await routed(daemon, client, ASK, x_coderouter_strategy="quality")
        refused = await ask(daemon, client, headers={"x-coderouter-model": "nobody"})
        written, sent = records(daemon), daemon.provider.generations()
    assert refused.status == 400
    assert [record.opening.decision["case"]["strategy"] for record in written] == [
        "balanced",
        "balanced",
        "quality",
    ]
    assert not [name for seen in sent for name in seen.headers if "coderouter" in name.lower()]


async def test_a_strategy_and_rules_of_one_client(daemon_home: Path) -> None:
    config = """
[clients.claude-code]
strategy = "quality"
deny_providers = ["openai", "deepseek"]

[floors]
small_edit = 90
"""
    async with daemon_with(daemon_home, Reply(), config=config) as daemon:
        await ask(daemon, MESSAGES, MESSAGES.body(ASK), {"user-agent": "claude-cli/2.1.330 (external, cli)"})
        await ask(daemon, MESSAGES, MESSAGES.body(ASK))
        first, second = (record.opening.decision["case"] for record in records(daemon))
    losses = {view["provider"]: view["losses"] for view in first["candidates"]}
    assert (first["strategy"], second["strategy"]) == ("quality", "balanced")
    assert losses["openai"] == losses["deepseek"] == ["denied_by_client"]
    assert first["control"]["floor"] == second["control"]["floor"] == [90, "config"]


def trust(home: Path, root: Path, policy: str) -> None:
    """What `coderouter trust` does."""
    root.mkdir(exist_ok=True)
    (root / POLICY_FILE).write_text(policy)
    paths = Paths.from_environ({"CODEROUTER_HOME": str(home)})
    paths.ensure()
    TrustStore(paths).add(Trusted((str(root),), policy, datetime(2026, 11, 23, tzinfo=UTC)))


def working_in(place: Path, **more: Any) -> JsonObject:
    environment = f"# Environment\n - Primary working directory: {place}\n"
    messages = [{"role": "user", "content": ASK}, {"role": "system", "content": environment}]
    return MESSAGES.body(messages=messages, **more)


async def test_a_repositorys_policy_holds_for_work_in_it(daemon_home: Path, tmp_path: Path) -> None:
    root = tmp_path / "repository"
    trust(daemon_home, root, 'allow_providers = ["anthropic"]\nstrategy = "quality"\n')
    async with daemon_with(daemon_home, Reply()) as daemon:
        for place in (root / "src", tmp_path):
            got = await ask(daemon, MESSAGES, working_in(place))
            assert got.status == 200
        (root / POLICY_FILE).write_text('allow_providers = ["deepseek"]')
        daemon.front.pipeline.around.repositories._standings.clear()
        await ask(daemon, MESSAGES, working_in(root))
        inside, outside, changed = (record.opening for record in records(daemon))
    assert (inside.provider, inside.decision["case"]["strategy"]) == ("anthropic", "quality")
    assert outside.decision["case"]["control"]["policy"] is None
    assert changed.provider == "anthropic"
    assert "policy_changed" in [code for code, _ in changed.decision["reasons"]]
    assert str(tmp_path) not in json.dumps([one.decision for one in (inside, outside, changed)])


@pytest.mark.parametrize("lane", ["smart", "direct"])
async def test_what_a_policy_denies_no_lane_and_no_fallback_reaches(
    lane: str, daemon_home: Path, tmp_path: Path
) -> None:
    root = tmp_path / "repository"
    trust(daemon_home, root, 'deny_providers = ["*"]')
    async with daemon_with(daemon_home, Reply()) as daemon:
        got = await ask(daemon, MESSAGES, working_in(root), {"x-coderouter-lane": lane})
        assert daemon.provider.generations() == []
    assert got.status == 400
    assert "the repository's policy denies it" in MESSAGES.error(got.body)


async def test_every_stored_row_replays_to_the_same_decision(daemon_home: Path, tmp_path: Path) -> None:
    root = tmp_path / "repository"
    trust(daemon_home, root, '[pins]\nsmall_edit = "claude-sonnet-5"\n[floors]\nplan = 95')
    asks = (
        ASK,
        "Plan the new billing service",
        "It fails with KeyError: fix it",
        "Write tests",
        f"@cr opus\n{ASK}",
    )
    async with daemon_with(daemon_home, Reply()) as daemon:
        for prompt in asks:
            for headers in ({}, {"x-coderouter-strategy": "frugal"}, {"x-coderouter-lane": "direct"}):
                await ask(daemon, MESSAGES, MESSAGES.body(prompt), headers)
        for place in (root, tmp_path):
            await ask(daemon, MESSAGES, working_in(place))
        written = records(daemon)
    assert len(written) == 3 * len(asks) + 2
    for record in written:
        assert_same(record.opening.decision)
    assert written[-2].opening.model == "claude-sonnet-5"


def assert_same(written: JsonObject) -> None:
    made = replay(json.loads(json.dumps(written)))
    assert [one.model for one in made.chain] == [one["model"] for one in written["chain"]]
    assert [[one.code, one.detail] for one in made.reasons] == written["reasons"]
    assert made.bypass == written["bypass"]
