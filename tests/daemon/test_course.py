"""What is tried after a refusal: once more without what was refused, or one other model."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.daemon import relay
from coderouter_cli.demo.script import Hang, HttpError, Outcome, Refuse, Reply, ReplyQueue, Say
from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.exchange import Status
from coderouter_cli.domain.failure import FailureKind
from coderouter_cli.wire.refusals import REJECTED
from tests.daemon.kit import (
    CHAT,
    MESSAGES,
    RESPONSES,
    Client,
    Visitor,
    ask,
    each_client,
    each_mode,
    events,
    until,
)
from tests.harness import HandClock, daemon_with

TEXT = "An answer after all."
ANSWER = Reply((Say(TEXT),))
DEEPSEEK = ("deepseek",)
CLAUDE_CODE = {"user-agent": "claude-cli/2.1.330 (external, cli)"}
CODEX = {"originator": "codex_exec", "user-agent": "codex_exec/0.169.0"}
TOO_MUCH = {
    MESSAGES: (
        "max_tokens",
        "max_tokens: 40000 > 20000, which is the maximum allowed number of output tokens",
    ),
    RESPONSES: ("max_output_tokens", "max_output_tokens must be less than or equal to 20000"),
    CHAT: (
        "max_tokens",
        "max_tokens is too large: 40000. This model supports at most 20000 completion tokens",
    ),
}
"""Per client's format, what a provider of it says of an output limit, and the field."""


def limited(client: Client, **more: Any) -> JsonObject:
    """A request for at most forty thousand tokens."""
    return client.body(**more) | {TOO_MUCH[client][0]: 40000}


@each_mode
@each_client
async def test_a_refused_request_is_sent_once_more_without_what_was_refused_and_never_so_again(
    client: Client, stream: bool, daemon_home: Path
) -> None:
    field, words = TOO_MUCH[client]
    script = ReplyQueue(HttpError(400, words), default=ANSWER)
    async with daemon_with(daemon_home, script, keys=DEEPSEEK) as daemon:
        got = await ask(daemon, client, limited(client, stream=stream))
        record = daemon.record()
        later = await ask(daemon, client, limited(client, stream=stream))
        first, second, third = daemon.provider.generations()
        rows = daemon.rows()
        learned = daemon.record().opening.decision["learned"]
    for answer in (got, later):
        assert answer.status == 200
        assert (client.text(answer.body) if stream else client.whole_text(answer.body)) == TEXT
    assert [seen.json[field] for seen in (first, second, third)] == [40000, 20000, 20000]
    assert {key: value for key, value in first.json.items() if key != field} == {
        key: value for key, value in second.json.items() if key != field
    }
    assert [attempt.failure for attempt in record.attempts] == ["invalid:output_limit", None]
    assert [attempt.usage is None for attempt in record.attempts] == [True, False]
    assert [row.attempts for row in rows] == [2, 1]
    assert learned == [["deepseek", first.model, "output_limit"]]


@each_client
async def test_what_a_remedy_taught_is_kept_though_the_client_leaves_with_the_last_word(
    client: Client, daemon_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Codex closes its connection at the last event, before the provider closes the stream."""
    monkeypatch.setattr(relay, "_REST_S", 60.0)
    lingering = Reply((Say(TEXT),), fault=Hang(asyncio.Event(), events=40))
    script = ReplyQueue(HttpError(400, TOO_MUCH[client][1]), lingering, default=ANSWER)
    async with daemon_with(daemon_home, script, keys=DEEPSEEK) as daemon:
        visitor = Visitor(daemon, client, limited(client))
        await until(lambda: client.finished(bytes(visitor.received)))
        await ask(daemon, client, limited(client))
        await visitor.leave()
        await until(lambda: [row.attempts for row in daemon.rows()] == [2, 1])
        await until(lambda: {row.status for row in daemon.rows()} == {Status.DONE})


async def test_a_probe_whose_client_leaves_with_the_last_word_has_found_the_provider_well(
    daemon_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "_REST_S", 60.0)
    lingering = Reply((Say(TEXT),), fault=Hang(asyncio.Event(), events=40))
    async with daemon_with(daemon_home, lingering, keys=DEEPSEEK, clock=(clock := HandClock())) as daemon:
        circuit = daemon.front.pipeline.around.circuits["deepseek"]
        for _ in range(5):
            circuit.failed(FailureKind.OVERLOADED, clock.monotonic())
        clock.seconds += 31
        visitor = Visitor(daemon, MESSAGES, MESSAGES.body())
        await until(lambda: MESSAGES.finished(bytes(visitor.received)))
        await visitor.leave()
        await until(lambda: [row.status for row in daemon.rows()] == [Status.DONE])
        clock.seconds -= 1.5
        assert circuit.allows(clock.monotonic())


@each_client
async def test_a_request_is_healed_once_and_no_provider_is_asked_a_third_time(
    client: Client, daemon_home: Path
) -> None:
    _, words = TOO_MUCH[client]
    other = words.replace("20000", "17000")
    script = ReplyQueue(HttpError(400, words), HttpError(400, other), default=ANSWER)
    config = 'deny_models = ["deepseek-v4-pro"]'
    async with daemon_with(daemon_home, script, keys=DEEPSEEK, config=config) as daemon:
        got = await ask(daemon, client, limited(client))
        (row,) = daemon.rows()
        assert len(daemon.provider.generations()) == 2
    assert got.status == 400
    assert "17000" in client.error(got.body)
    assert (row.status, row.attempts) == (Status.FAILED, 2)


@each_client
async def test_the_clients_own_words_to_its_own_model_are_left_alone(
    client: Client, daemon_home: Path
) -> None:
    """What it was told without us it is told with us, byte for byte; Claude Code recovers by the wording."""
    _, words = TOO_MUCH[client]
    body = json.dumps({"error": {"type": "invalid_request_error", "message": words}}).encode()
    script = ReplyQueue(HttpError(400, body=body), default=ANSWER)
    async with daemon_with(daemon_home, script, keys=(client.vendor,)) as daemon:
        got = await ask(
            daemon, client, headers={"x-coderouter-lane": "direct", **CLAUDE_CODE, "x-other": "kept"}
        )
        assert len(daemon.provider.generations()) == 1
    assert (got.status, got.body) == (400, body)


async def test_what_the_clients_words_meet_at_a_model_we_chose_is_healed(daemon_home: Path) -> None:
    script = ReplyQueue(HttpError(400, TOO_MUCH[MESSAGES][1]), default=ANSWER)
    async with daemon_with(daemon_home, script, keys=("anthropic",)) as daemon:
        got = await ask(daemon, MESSAGES, limited(MESSAGES, prompt="Fix the typo in README.md"))
        first, second = daemon.provider.generations()
    assert MESSAGES.finished(got.body)
    assert first.model == second.model != MESSAGES.asked
    assert (first.json["max_tokens"], second.json["max_tokens"]) == (40000, 20000)


REMEDIES: list[tuple[str, JsonObject, str]] = [
    ("metadata: Extra inputs are not permitted", {"metadata": {"user_id": "u"}}, "metadata"),
    (
        "output_config.effort: unknown variant `high`, expected `low`",
        {"output_config": {"effort": "high"}},
        '"effort":"high"',
    ),
    (
        "adaptive thinking is not supported on this model",
        {"thinking": {"type": "adaptive"}},
        '"thinking":{',
    ),
    (
        "Invalid schema for function 'f': 'x' is not a 'regex'.",
        {
            "tools": [
                {
                    "name": "f",
                    "input_schema": {
                        "type": "object",
                        "properties": {"a": {"type": "string", "pattern": "x"}},
                    },
                }
            ]
        },
        '"pattern"',
    ),
]


@pytest.mark.parametrize(("words", "field", "gone"), REMEDIES, ids=[row[2] for row in REMEDIES])
async def test_each_remedy_leaves_out_what_was_refused(
    words: str, field: JsonObject, gone: str, daemon_home: Path
) -> None:
    script = ReplyQueue(HttpError(400, words), default=ANSWER)
    async with daemon_with(daemon_home, script, keys=DEEPSEEK) as daemon:
        got = await ask(daemon, MESSAGES, MESSAGES.body(**field))
        first, second = daemon.provider.generations()
    assert MESSAGES.finished(got.body)
    assert gone in first.body.decode()
    assert gone not in second.body.decode()


async def test_thinking_that_is_refused_is_left_out_of_this_conversation_only(daemon_home: Path) -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "0b7f"}
    talk = [
        {"role": "user", "content": "Fix the typo in README.md"},
        {"role": "assistant", "content": [thought, {"type": "text", "text": "Done."}]},
        {"role": "user", "content": "And the next one"},
    ]
    other = [{"role": "user", "content": "Something else"}, *talk[1:]]
    script = ReplyQueue(HttpError(400, "Invalid `signature` in `thinking` block"), default=ANSWER)
    async with daemon_with(daemon_home, script, keys=DEEPSEEK) as daemon:
        for messages in (talk, talk, other):
            got = await ask(daemon, MESSAGES, MESSAGES.body(messages=messages))
            assert MESSAGES.finished(got.body)
        bodies = [seen.body.decode() for seen in daemon.provider.generations()]
    assert [("Hm." in body) for body in bodies] == [True, False, False, True]


async def test_a_model_that_refuses_what_the_client_needs_is_not_asked_for_it_again(
    daemon_home: Path,
) -> None:
    forced: JsonObject = {
        "tools": [{"name": "f", "input_schema": {"type": "object", "properties": {}}}],
        "tool_choice": {"type": "any"},
    }
    script = ReplyQueue(default=ANSWER)
    script.add(HttpError(400, "tool_choice 'any' is not supported with thinking mode"), provider="deepseek")
    excluded = 'deny_models = ["gpt-6-luna", "gpt-6.1-terra", "gpt-6.1-sol", "claude-haiku-5-5", %s]'
    config = excluded % '"deepseek-v4-pro"'
    async with daemon_with(daemon_home, script, config=config) as daemon:
        for _ in range(2):
            got = await ask(daemon, MESSAGES, MESSAGES.body(**forced))
            assert MESSAGES.finished(got.body)
        asked = [seen.provider for seen in daemon.provider.generations()]
        views = daemon.record().opening.decision["case"]["candidates"]
    assert asked.count("deepseek") == 1
    assert "forced_tool_choice" in next(view["losses"] for view in views if view["model"] == "deepseek-flash")


@pytest.mark.parametrize("headers", [CLAUDE_CODE, {}], ids=["claude-code", "other"])
async def test_claude_code_is_told_by_token_what_it_can_do_without(
    headers: dict[str, str], daemon_home: Path
) -> None:
    script = ReplyQueue(default=HttpError(400, "Too much media: 0 documents and 120 images"))
    config = 'deny_models = ["deepseek-v4-pro"]'
    async with daemon_with(daemon_home, script, keys=DEEPSEEK, config=config) as daemon:
        got = await ask(daemon, MESSAGES, headers=headers)
    assert got.status == 400
    told = MESSAGES.error(got.body)
    assert told == (f"{REJECTED}media_budget" if headers else "Too much media: 0 documents and 120 images")


@pytest.mark.parametrize(
    ("client", "headers", "told"),
    [
        (MESSAGES, CLAUDE_CODE, {"type": "policy_blocked"}),
        (MESSAGES, {}, {"type": "invalid_request_error"}),
        (RESPONSES, CODEX, {"code": "invalid_prompt"}),
    ],
)
async def test_what_nobody_can_do_without_is_shown_at_once(
    client: Client, headers: dict[str, str], told: JsonObject, daemon_home: Path
) -> None:
    """Claude Code tries a plain 400 six times over; Codex shows another code's message as raw JSON."""
    script = ReplyQueue(default=HttpError(400, "something odd"))
    async with daemon_with(daemon_home, script, keys=DEEPSEEK) as daemon:
        got = await ask(daemon, client, headers=headers)
    error = json.loads(got.body)["error"]
    assert got.status == 400
    assert "something odd" in error["message"]
    assert told.items() <= error.items()


def refusals(client: Client, stream: bytes) -> bool:
    """Whether the client is told that the model declined."""
    written = [json.dumps(event) for event in events(stream)]
    marks = ('"stop_reason": "refusal"', '"type": "refusal"', '"content_filter"', '"refusal": "No."')
    return any(mark in text for text in written for mark in marks)


NO = Reply((Refuse("No."),))
REFUSING = ("anthropic", "openai")
"""Providers whose formats have a word for a refusal."""


@each_client
async def test_a_refusal_is_put_to_one_other_model_and_the_client_sees_its_answer_alone(
    client: Client, daemon_home: Path
) -> None:
    async with daemon_with(daemon_home, ReplyQueue(NO, default=ANSWER), keys=REFUSING) as daemon:
        got = await ask(daemon, client)
        record = daemon.record()
        models = [seen.model for seen in daemon.provider.generations()]
    assert client.finished(got.body)
    assert client.text(got.body) == TEXT
    assert not refusals(client, got.body)
    assert len(set(models)) == 2
    assert [attempt.failure for attempt in record.attempts] == ["refused", None]
    assert record.attempts[0].usage is not None


@each_mode
@each_client
async def test_the_second_models_refusal_counts(client: Client, stream: bool, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, NO, keys=REFUSING) as daemon:
        got = await ask(daemon, client, client.body(stream=stream))
        (row,) = daemon.rows()
        assert len(daemon.provider.generations()) == 2
    assert (got.status, row.status) == (200, Status.DONE)
    assert b"No." in got.body
    assert not stream or refusals(client, got.body)


@each_client
async def test_a_refusal_after_content_is_passed_on(client: Client, daemon_home: Path) -> None:
    script = ReplyQueue(Reply((Say("Let me see. " * 5), Refuse("No."))), default=ANSWER)
    async with daemon_with(daemon_home, script, keys=REFUSING) as daemon:
        got = await ask(daemon, client)
        assert len(daemon.provider.generations()) == 1
    assert client.text(got.body).startswith("Let me see.")
    assert refusals(client, got.body)


@each_client
async def test_a_refusal_on_the_direct_lane_is_the_answer(client: Client, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, NO) as daemon:
        got = await ask(daemon, client, headers={"x-coderouter-lane": "direct"})
        assert len(daemon.provider.generations()) == 1
    assert got.status == 200
    assert refusals(client, got.body)


BLOCKED: list[Outcome] = [
    HttpError(400, "Output blocked by content filtering policy"),
    HttpError(400, "Content Exists Risk"),
    HttpError(400, "No.", code="content_policy_violation"),
]


@pytest.mark.parametrize("blocked", BLOCKED)
@each_client
async def test_a_filters_error_is_a_refusal_too(client: Client, blocked: Outcome, daemon_home: Path) -> None:
    async with daemon_with(daemon_home, ReplyQueue(blocked, default=ANSWER), keys=REFUSING) as daemon:
        got = await ask(daemon, client)
        record = daemon.record()
    assert client.text(got.body) == TEXT
    assert [attempt.failure for attempt in record.attempts] == ["refused", None]


@each_client
async def test_where_nobody_else_answers_the_refusal_is_what_the_client_is_told(
    client: Client, daemon_home: Path
) -> None:
    script = ReplyQueue(HttpError(400, "Content Exists Risk"), default=HttpError(500))
    async with daemon_with(daemon_home, script) as daemon:
        got = await ask(daemon, client)
    assert got.status == 400
    assert "Content Exists Risk" in client.error(got.body)
    assert got.headers["x-should-retry"] == "false"
