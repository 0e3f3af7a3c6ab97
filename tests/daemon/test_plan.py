"""From a request to a plan: lanes, bypasses, and what the row may know."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from coderouter_cli.accounting.summary import summarise
from coderouter_cli.demo.script import Call, HttpError, Reply, ReplyQueue, Say
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.decision import Lane
from tests.daemon.kit import CLIENTS, MESSAGES, PROMPT, Client, ask, each_client, each_mode
from tests.harness import daemon_with

ASKS = (
    "Plan the migration of the billing service to the new queue; weigh the options first",
    PROMPT,
    "The test test_parser fails with KeyError: 'root'. Find out why and fix it",
    "Write tests for the parser",
    "Write the README section about the settings file",
    "Rename the variable foo to bar in parser.py",
    "ok",
)
HARD_CODED = ("claude-opus-4-7", "claude-opus-5-5")


@pytest.mark.parametrize("model", HARD_CODED)
async def test_a_hard_coded_model_is_a_wish_on_the_smart_lane_and_an_order_on_the_direct_one(
    model: str, daemon_home: Path
) -> None:
    async with daemon_with(daemon_home, Reply()) as daemon:
        for lane in Lane:
            for client in CLIENTS:
                for prompt in ASKS:
                    body = client.body(prompt, model=model, stream=prompt != "ok")
                    got = await ask(daemon, client, body, {"x-coderouter-lane": lane.value})
                    assert (got.status, got.headers["x-coderouter-lane"]) == (200, lane.value)
        rows = daemon.rows()
    smart = [row for row in rows if row.lane is Lane.SMART]
    direct = [row for row in rows if row.lane is Lane.DIRECT]
    assert {row.bypass for row in smart} == {None}
    assert {row.requested_model for row in rows} == {model}
    assert model not in {row.model for row in smart if row.phase.value in {"document", "small_edit"}}
    assert {(row.model, row.bypass) for row in direct} == {(model, "direct_lane")}
    told = summarise(rows)
    assert (told.requests, told.routed, told.bypassed) == (len(rows), len(smart), len(direct))
    assert dict(told.bypasses) == {"direct_lane": len(direct)}


@each_client
async def test_the_lane_is_the_headers_the_clients_or_everybodys(client: Client, daemon_home: Path) -> None:
    claude_code = {"user-agent": "claude-cli/2.1.330 (external, cli)"}
    config = 'lane = "direct"\n[lanes]\nclaude-code = "smart"'
    async with daemon_with(daemon_home, Reply(), config=config) as daemon:
        for headers in ({}, claude_code, {"x-coderouter-lane": " SMART "}, {"x-coderouter-lane": "direct"}):
            await ask(daemon, client, headers=headers)
        lanes = [row.lane.value for row in daemon.rows()]
    assert lanes == ["direct", "smart", "smart", "direct"]


@each_client
async def test_an_unknown_model_on_the_direct_lane_gets_the_providers_own_word(
    client: Client, daemon_home: Path
) -> None:
    direct = {"x-coderouter-lane": "direct"}
    async with daemon_with(daemon_home, Reply()) as daemon:
        got = await ask(daemon, client, client.body(model="nothing-by-this-name"), direct)
        (row,), (seen,) = daemon.rows(), daemon.provider.generations()
    assert (seen.provider, seen.model, seen.status) == (client.vendor, "nothing-by-this-name", 404)
    assert (got.status, client.error(got.body)) == (404, seen.rejected)
    assert (row.model, row.cost) == ("nothing-by-this-name", 0)


IN_HOUSE = """
[[models]]
id = "in-house"
provider = "anthropic"
max_input = 100000
max_output = 8000
wire_name = "claude-haiku-5-5"
"""


@each_client
async def test_a_model_of_ones_own_has_its_own_name_on_the_wire_and_an_unknown_cost(
    client: Client, daemon_home: Path
) -> None:
    direct = {"x-coderouter-lane": "direct"}
    async with daemon_with(daemon_home, Reply(), config=IN_HOUSE) as daemon:
        got = await ask(daemon, client, client.body(model="in-house"), direct)
        (row,), (seen,) = daemon.rows(), daemon.provider.seen
    assert client.finished(got.body)
    assert (seen.model, row.model, got.headers["x-coderouter-model"]) == (
        "claude-haiku-5-5",
        "in-house",
        "in-house",
    )
    assert row.usage is not None
    assert (row.cost, row.baselines.requested) == (None, None)


@each_client
@pytest.mark.parametrize("lane", ["smart", "direct"])
async def test_without_any_key_the_client_is_told_what_to_do(
    client: Client, lane: str, daemon_home: Path
) -> None:
    async with daemon_with(daemon_home, Reply(), keys=()) as daemon:
        got = await ask(daemon, client, headers={"x-coderouter-lane": lane})
        assert (daemon.provider.seen, daemon.rows()) == ([], [])
    assert "`coderouter keys" in client.error(got.body)
    assert 400 <= got.status < 600
    assert got.headers["x-should-retry"] == "false"


async def test_the_direct_lane_without_the_right_key_goes_nowhere(daemon_home: Path) -> None:
    async with daemon_with(daemon_home, Reply(), keys=("openai",)) as daemon:
        got = await ask(daemon, MESSAGES, headers={"x-coderouter-lane": "direct"})
        assert daemon.provider.seen == []
    assert "claude-opus-5-5" in MESSAGES.error(got.body)
    assert "`coderouter keys" in MESSAGES.error(got.body)


async def test_the_clients_own_safety_check_goes_where_it_was_sent(daemon_home: Path) -> None:
    check = MESSAGES.body(
        "Is this command safe: rm -rf build?",
        model="claude-sonnet-5",
        stream=False,
        system=[{"type": "text", "text": "You are a security monitor for an autonomous agent."}],
        stop_sequences=["</block>"],
        max_tokens=64,
    )
    async with daemon_with(daemon_home, Reply()) as daemon:
        await ask(daemon, MESSAGES, check, {"user-agent": "claude-cli/2.1.330 (external, cli)"})
        (row,) = daemon.rows()
    assert (row.kind.value, row.bypass, row.model) == ("safety_check", "safety_check", "claude-sonnet-5")


def turns(*words: str) -> list[JsonObject]:
    roles = ("user", "assistant")
    return [{"role": roles[at % 2], "content": text} for at, text in enumerate(words)]


async def test_a_conversation_keeps_its_name_while_it_grows_and_shares_it_with_no_other(
    daemon_home: Path,
) -> None:
    histories = [
        turns("First ask"),
        turns("First ask", "Done.", "And now another one"),
        turns("Another conversation"),
    ]
    sessions = ["s1", "s1", "s1", "s2"]
    async with daemon_with(daemon_home, Reply()) as daemon:
        for history, session in zip([*histories, histories[0]], sessions, strict=True):
            body = MESSAGES.body(messages=history)
            await ask(daemon, MESSAGES, body, {"x-claude-code-session-id": session})
        names = [daemon.record(row.id).opening.conversation for row in daemon.rows()]
        kept = {row.session for row in daemon.rows()}
    first, grown, other, elsewhere = names
    assert first == grown
    assert len({first, other, elsewhere}) == 3
    assert len(kept) == 2
    assert not kept & {"s1", "s2"}


@each_client
async def test_a_row_holds_nothing_of_the_prompt_or_the_answer(client: Client, daemon_home: Path) -> None:
    answer = Reply((Say("canary-answer"), Call("canary_tool", {"path": "/home/canary/secret.py"})))
    async with daemon_with(daemon_home, answer) as daemon:
        await ask(daemon, client, client.body("canary-prompt in /home/canary/secret.py", user="canary-user"))
        record = daemon.record()
    assert "canary" not in repr(record)
    assert "canary" not in json.dumps(record.opening.decision)


async def test_the_horizon_is_the_clients(daemon_home: Path) -> None:
    agents = {"claude-cli/2.1.330": 12, "codex_exec/0.169.0": 29, "curl/8": 17}
    async with daemon_with(daemon_home, Reply()) as daemon:
        for agent in agents:
            await ask(daemon, replace(MESSAGES), headers={"user-agent": agent})
        decisions = [daemon.record(row.id).opening.decision for row in daemon.rows()]
    assert [decision["case"]["horizon"] for decision in decisions] == list(agents.values())


SAFEGUARDS = [{"type": "dangerous_tool_use", "classifier_context": {"v": 1, "permission_mode": "auto"}}]
GUARDED = {"anthropic-beta": "dangerous-tool-use-2026-09-03", "anthropic-version": "2023-06-01"}


@each_mode
@pytest.mark.parametrize("provider", ["anthropic", "deepseek", "openai"])
async def test_safety_verdicts_are_asked_of_anthropic_alone_and_never_made_up(
    provider: str, stream: bool, daemon_home: Path
) -> None:
    body = json.dumps(MESSAGES.body(stream=stream, safeguards=SAFEGUARDS)).encode()
    async with daemon_with(daemon_home, Reply(), keys=(provider,)) as daemon:
        got = await ask(daemon, MESSAGES, body, GUARDED)
        (seen,) = daemon.provider.generations()
        (row,) = daemon.rows()
    assert got.status == 200
    assert ("safeguards" in seen.json) is (provider == "anthropic")
    if provider == "anthropic":
        assert seen.headers["anthropic-beta"] == GUARDED["anthropic-beta"]
        assert seen.json == json.loads(body) | {"model": seen.model}
        assert row.fidelity.value == "raw"
    else:
        assert b"classifier_context" not in seen.body
        assert b"safeguard_results" not in got.body


CHECK: JsonObject = {
    "model": "claude-sonnet-5",
    "max_tokens": 64,
    "stop_sequences": ["</block>"],
    "thinking": {"type": "disabled"},
    "system": [{"type": "text", "text": "You are a security monitor for an agent."}],
    "messages": [{"role": "user", "content": "Is `rm -rf build` safe?"}],
}


@pytest.mark.parametrize("strategy", ["frugal", "balanced", "quality"])
@pytest.mark.parametrize("lane", list(Lane))
async def test_a_safety_check_goes_as_it_is_to_the_model_the_client_named(
    lane: Lane, strategy: str, daemon_home: Path
) -> None:
    body = json.dumps(CHECK).encode()
    async with daemon_with(
        daemon_home, ReplyQueue(HttpError(400, "No."), default=Reply()), config=f'strategy = "{strategy}"'
    ) as daemon:
        for _ in range(2):
            await ask(daemon, MESSAGES, body, {"x-coderouter-lane": lane.value})
        asked = daemon.provider.generations()
        rows = daemon.rows()
    assert [(seen.provider, seen.body) for seen in asked] == [("anthropic", body)] * 2
    assert {row.bypass for row in rows} == {"safety_check" if lane is Lane.SMART else "direct_lane"}
