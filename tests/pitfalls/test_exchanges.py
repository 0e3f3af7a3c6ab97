"""What goes wrong when a request is sent, through a running daemon: P3 to P5, P7, P9, P11 and P26."""

from pathlib import Path

import pytest

from coderouter_cli.daemon.market import way_to
from coderouter_cli.demo.script import HttpError
from coderouter_cli.demo.seals import sign
from coderouter_cli.providers.prepare import prepare
from tests.pitfalls.kit import (
    CHAT,
    FLASH,
    LUNA,
    MESSAGES,
    OPUS,
    RESPONSES,
    assistant,
    claude,
    codex,
    item,
    request,
    sent,
    target,
    text,
    thinking,
    tool,
    user,
)
from tests.pitfalls.sessions import DONE, Playing, ask, refusing, running

BETAS = {
    "anthropic-beta": "claude-code-20250219,context-management-2025-06-27,brand-new-2027-01-01",
    "anthropic-version": "2026-10-21",
}
EDITS = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
UNKNOWN_BETA = "Unexpected value(s) `context-management-2025-06-27` for the `anthropic-beta` header"
NOTE = {"role": "system", "content": "Plan mode."}
SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
WRONG_SIGNATURE = "messages.1.content.0: Invalid `signature` in `thinking` block"


async def test_p03_anthropics_own_words_reach_claude_code_as_they_are(tmp_path: Path) -> None:
    words = b'{"type":"error","error":{"type":"invalid_request_error","message":"role \'system\': no"}}'
    script = Playing([HttpError(400, body=words)])
    direct = {"x-coderouter-lane": "direct", "user-agent": "claude-cli/2.1.330 (external, cli)"}
    async with running(tmp_path, script, "anthropic") as daemon:
        said = await ask(daemon, "/v1/messages", claude(user("Hi"), NOTE), direct)
    assert (said.status, said.text, len(script.seen)) == (400, words.decode(), 1)


async def test_p03_what_was_written_for_somebody_else_is_sent_again_without_it(tmp_path: Path) -> None:
    body = codex(item("user", "Hi"), item("developer", "Plan mode."))
    script = Playing([refusing("role 'system' is not supported on this model"), DONE])
    async with running(tmp_path, script, "anthropic") as daemon:
        answered = await ask(daemon, "/v1/responses", body)
    assert answered.status == 200
    spoken = [[message["role"] for message in seen.json["messages"]] for seen in script.seen]
    assert spoken == [["user", "system"], ["user"]]


async def test_p04_a_beta_that_is_refused_goes_and_the_others_stay(tmp_path: Path) -> None:
    script = Playing([refusing(UNKNOWN_BETA), DONE])
    body = claude(user("What is this?"), context_management=EDITS)
    async with running(tmp_path, script, "anthropic") as daemon:
        await ask(daemon, "/v1/messages", body, BETAS)
    assert [seen.headers["anthropic-beta"] for seen in script.seen] == [
        BETAS["anthropic-beta"],
        "claude-code-20250219,brand-new-2027-01-01",
    ]


async def test_p05_a_field_does_not_stay_behind_its_beta(tmp_path: Path) -> None:
    script = Playing([refusing(UNKNOWN_BETA), DONE])
    body = claude(user("What is this?"), context_management=EDITS)
    async with running(tmp_path, script, "anthropic") as daemon:
        await ask(daemon, "/v1/messages", body, BETAS)
    assert ["context_management" in seen.json for seen in script.seen] == [True, False]


async def test_p07_the_search_goes_to_who_runs_it(tmp_path: Path) -> None:
    script = Playing()
    async with running(tmp_path, script) as daemon:
        answered = await ask(daemon, "/v1/messages", claude(user("Search"), tools=[SEARCH]))
    assert (answered.status, [seen.provider for seen in script.seen]) == (200, ["anthropic"])


async def test_p07_where_nobody_runs_it_an_error_says_so(tmp_path: Path) -> None:
    script = Playing()
    async with running(tmp_path, script, "openai", "deepseek") as daemon:
        answered = await ask(daemon, "/v1/messages", claude(user("Search"), tools=[SEARCH]))
    assert (answered.status, script.seen) == (400, []), "not an answer without a search"


async def test_p09_what_is_sent_again_has_the_whole_block_left_out(tmp_path: Path) -> None:
    history = (user("Hi"), assistant(thinking("Hm."), text("A")), user("What is this?"))
    async with running(tmp_path, DONE, "anthropic") as daemon:
        answered = await ask(daemon, "/v1/messages", claude(*history))
        asked = daemon.provider.generations()
    assert (answered.status, len(asked)) == (200, 2)
    refused, healed = asked
    assert "Invalid `signature`" in str(refused.rejected)
    assert refused.json["messages"][1]["content"] == [thinking("Hm."), text("A")]
    assert healed.json["messages"][1]["content"] == [text("A")]


async def test_p09_nothing_is_sent_again_that_would_be_the_same(tmp_path: Path) -> None:
    script = Playing([refusing(WRONG_SIGNATURE)])
    async with running(tmp_path, script, "anthropic") as daemon:
        answered = await ask(daemon, "/v1/messages", claude(user("What is this?")))
    assert answered.status == 400
    asked = [seen.json for seen in script.seen]
    assert all(one not in asked[:number] for number, one in enumerate(asked))


async def test_p11_another_provider_is_sent_the_clients_own_words_not_the_last_rendering(
    tmp_path: Path,
) -> None:
    body = claude(user("Fix it"), NOTE)
    script = Playing([HttpError(529), DONE])
    async with running(tmp_path, script) as daemon:
        answered = await ask(daemon, "/v1/messages", body)
    assert (answered.status, len(script.seen)) == (200, 2)
    first, second = script.seen
    assert first.provider != second.provider
    (tmp_path / "alone").mkdir()
    alone = Playing()
    async with running(tmp_path / "alone", alone, second.provider) as daemon:
        await ask(daemon, "/v1/messages", body, {"x-coderouter-lane": "smart"})
    assert second.json == alone.seen[0].json, "as if there had been no attempt before"


def test_p11_writing_it_for_one_changes_nothing_for_the_next() -> None:
    history = (user("Hi"), NOTE, assistant(thinking("Hm.", "0192-uuid"), text("A")), user("Go"))
    tools = [tool(cache_control={"type": "ephemeral"}, defer_loading=False)]
    body = claude(*history, context_management=EDITS, tools=tools)
    asked = request(body, MESSAGES)
    for model, wanted in ((FLASH, MESSAGES), (LUNA, RESPONSES), (FLASH, CHAT), (OPUS, MESSAGES)):
        provider, entry, endpoint = target(model, wanted)
        written = prepare(asked, way_to(asked, provider, entry, endpoint), "dummy-key").call.body
        assert written == sent(body, MESSAGES, model, wanted=wanted).raw
        assert asked.json == body


@pytest.mark.parametrize(
    ("asked", "kind", "served"),
    [
        ("claude-haiku-4-5", "computer_20250124", {"claude-haiku-4-5"}),
        (OPUS, "computer_20251124", {"claude-opus-5", "claude-sonnet-5"}),
        ("claude-opus-5", "computer_toolset_20260801", {"claude-haiku-5-5"}),
    ],
)
async def test_p26_a_computer_tool_goes_to_a_model_that_takes_this_version(
    asked: str, kind: str, served: set[str], tmp_path: Path
) -> None:
    computer = {"type": kind, "name": "computer", "display_width_px": 1280, "display_height_px": 800}
    body = {**claude(user("What is this?"), tools=[computer]), "model": asked}
    async with running(tmp_path, DONE, "anthropic") as daemon:
        answered = await ask(daemon, "/v1/messages", body)
        models = {seen.model for seen in daemon.provider.generations()}
    assert answered.status == 200
    assert models <= served


async def test_p26_a_history_that_was_edited_is_sent_without_its_thinking(tmp_path: Path) -> None:
    bound = thinking("Hm.", sign("claude-haiku-5-5", "another beginning", "Hm."))
    body = claude(user("Hi"), assistant(bound, text("A")), user("What is this?"))
    async with running(tmp_path, DONE, "anthropic") as daemon:
        answered = await ask(daemon, "/v1/messages", body)
        asked = daemon.provider.generations()
    assert (answered.status, [seen.model for seen in asked]) == (200, ["claude-haiku-5-5"] * 2)
    assert "bound to a different conversation" in str(asked[0].rejected)
    assert b"thinking" not in asked[1].body
