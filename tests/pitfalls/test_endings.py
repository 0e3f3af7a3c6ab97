"""What goes wrong at the ends of answers, P51 to P58 and P63: silence, breaks, refusals, errors, counts."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from coderouter_cli.daemon import relay
from coderouter_cli.demo.script import (
    CloseAfter,
    Hang,
    Outcome,
    Raw,
    Refuse,
    Reply,
    Say,
    SeenRequest,
    StreamError,
)
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.events import Failed, Stopped, StopReason
from coderouter_cli.domain.failure import Failure, FailureKind
from tests.harness import daemon_with
from tests.pitfalls.kit import (
    CHAT,
    MESSAGES,
    OPUS,
    RESPONSES,
    block,
    catalog,
    chat,
    chunk,
    claude,
    codex,
    completed,
    decoded,
    message_end,
    message_start,
    response_event,
    sent,
    shown,
    stream,
    text,
    told,
    user,
)

ASKS = {
    "/v1/messages": claude(user("Hi")),
    "/v1/responses": codex({"type": "message", "role": "user", "content": "Hi"}),
    "/v1/chat/completions": chat(user("Hi")),
}
PINGS = {
    "/v1/messages": b"event: ping",
    "/v1/responses": b"event: keepalive",
    "/v1/chat/completions": b": ping",
}
ERRORS = {
    "/v1/messages": '"type":"error"',
    "/v1/responses": "response.failed",
    "/v1/chat/completions": '"error"',
}


REFUSED = {
    MESSAGES: {"refusal"},
    # Codex asks six times over for an answer that a filter cut, and shows a failure's words at once.
    RESPONSES: {"refusal", "response.failed"},
    CHAT: {"refusal", "content_filter"},
}


def words(written: str) -> set[str]:
    """The strings in a piece of JSON."""
    return set(re.findall(r'"([^"]*)"', written))


async def read(daemon: Any, path: str, body: Any) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the answer to one request."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(daemon.url + path, json=body, headers=daemon.auth) as response,
    ):
        headers = {name.lower(): value for name, value in response.headers.items()}
        return response.status, headers, (await response.read()).decode()


@pytest.mark.parametrize("provider", ["anthropic", "openai"])
@pytest.mark.parametrize("path", sorted(ASKS))
async def test_p51_a_silent_provider_does_not_make_a_silent_stream(
    path: str, provider: str, daemon_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PING_AFTER_S", 0.05)
    release = asyncio.Event()
    silent = Reply((Say("Begun. " * 20),), fault=Hang(release, events=3))
    async with (
        daemon_with(daemon_home, silent, keys=(provider,)) as daemon,
        aiohttp.ClientSession() as session,
    ):
        async with session.post(daemon.url + path, json=ASKS[path], headers=daemon.auth) as response:
            seen = b""
            async with asyncio.timeout(10):
                while PINGS[path] not in seen:
                    seen += await response.content.readany()
        release.set()


@pytest.mark.parametrize("provider", ["anthropic", "openai", "deepseek"])
@pytest.mark.parametrize("path", sorted(ASKS))
async def test_p52_a_stream_that_breaks_off_ends_in_an_error_and_is_recorded_as_cut(
    path: str, provider: str, daemon_home: Path
) -> None:
    broken = Reply((Say("Half an answer. " * 10),), fault=CloseAfter(events=5, how="clean"))
    async with daemon_with(daemon_home, broken, keys=(provider,)) as daemon:
        status, _, said = await read(daemon, path, ASKS[path])
        (row,) = daemon.rows()
    assert status == 200
    assert ERRORS[path] in said.replace(": ", ":")
    assert said.replace(": ", ":").count(ERRORS[path]) >= 1
    assert row.status.value == "cut"


@pytest.mark.parametrize(
    ("ending", "stop"),
    [
        (
            response_event(
                "response.incomplete",
                response={"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}},
            ),
            "max_tokens",
        ),
        (
            response_event(
                "response.failed",
                response={"status": "failed", "error": {"code": "server_error", "message": "Sorry."}},
            ),
            None,
        ),
        (response_event("error", code="server_error", message="Sorry."), None),
    ],
    ids=["incomplete", "failed", "error"],
)
def test_p53_every_ending_of_responses_is_an_ending_for_a_messages_client(
    ending: Any, stop: str | None
) -> None:
    delta = response_event("response.output_text.delta", output_index=0, content_index=0, delta="Half")
    events = decoded(stream(delta, ending), RESPONSES)
    written = shown(events, MESSAGES)
    if stop is None:
        assert isinstance(events[-1], Failed)
        assert written[-1]["type"] == "error"
        assert "Sorry." in written[-1]["error"]["message"]
    else:
        assert [e["delta"]["stop_reason"] for e in written if e["type"] == "message_delta"] == [stop]
        assert written[-1]["type"] == "message_stop"


@pytest.mark.parametrize("client", [MESSAGES, RESPONSES, CHAT])
def test_p54_a_refusal_is_told_as_one(client: FormatName) -> None:
    refusals = {
        MESSAGES: stream(
            message_start(),
            *message_end(
                "refusal", stop_details={"type": "refusal", "category": "cyber", "explanation": "No."}
            ),
        ),
        RESPONSES: stream(
            response_event("response.refusal.delta", output_index=0, content_index=0, delta="No."),
            completed(
                {
                    "id": "m",
                    "type": "message",
                    "role": "assistant",
                    "content": [{"type": "refusal", "refusal": "No."}],
                }
            ),
        ),
        CHAT: stream(chunk({"refusal": "No."}), chunk({}, "content_filter"), "data: [DONE]"),
    }
    for provider, made in refusals.items():
        last = decoded(made, provider)[-1]
        assert isinstance(last, Stopped), provider
        assert last.reason is StopReason.REFUSAL
        written = json.dumps(shown(decoded(made, provider), client))
        assert words(written) & REFUSED[client]
        assert "end_turn" not in words(written)


async def test_p54_a_refusal_is_not_asked_for_again_at_the_same_model(daemon_home: Path) -> None:
    asked: list[str] = []

    def script(seen: SeenRequest) -> Outcome:
        asked.append(seen.model)
        return Reply((Refuse("No."),))

    async with daemon_with(daemon_home, script, keys=("anthropic", "openai", "deepseek")) as daemon:
        await read(daemon, "/v1/messages", claude(user("Hi")))
    assert len(asked) == len(set(asked)) <= 2


def test_p55_overload_is_named_so_that_a_client_knows_to_come_again() -> None:
    busy = Failure(FailureKind.OVERLOADED, "Overloaded", 529, "overloaded_error", 7.0)
    status, body, headers = told(busy, MESSAGES, retry=True)
    assert (status, body["error"]["type"]) == (529, "overloaded_error")
    assert (headers["x-should-retry"], headers["retry-after"]) == ("true", "7")
    assert told(busy, MESSAGES)[2]["x-should-retry"] == "false"


def test_p56_nobody_is_asked_for_a_compressed_answer() -> None:
    for model, wanted in ((OPUS, MESSAGES), ("gpt-6-luna", RESPONSES), ("deepseek-flash", CHAT)):
        headers = {"accept-encoding": "gzip, br, zstd"}
        assert (
            sent(claude(user("Hi")), MESSAGES, model, wanted=wanted, headers=headers).headers[
                "accept-encoding"
            ]
            == "identity"
        )


@pytest.mark.parametrize("provider", ["anthropic", "openai", "deepseek"])
async def test_p57_tokens_are_counted_whoever_serves_and_nobody_is_asked(
    provider: str, daemon_home: Path
) -> None:
    body = {"model": OPUS, "messages": [user("word " * 1_000)]}
    async with daemon_with(daemon_home, Reply(), keys=(provider,)) as daemon:
        status, _, said = await read(daemon, "/v1/messages/count_tokens?beta=true", body)
        asked = daemon.provider.seen
    assert (status, asked) == (200, [])
    assert 800 <= json.loads(said)["input_tokens"] <= 1_600


def test_p58_the_suffix_for_a_long_context_is_part_of_no_name() -> None:
    found = catalog().resolve("claude-sonnet-5-5[1m]")
    assert found is not None
    assert (found.id, found.max_input) == ("claude-sonnet-5-5", 1_000_000)


async def test_p60_an_error_chunk_behind_comments_moves_on_to_another_model(daemon_home: Path) -> None:
    sorry = b'data: {"id":"g","error":{"code":502,"message":"Provider returned error"},"choices":[]}\n\n'
    asked: list[SeenRequest] = []

    def script(seen: SeenRequest) -> Outcome:
        asked.append(seen)
        return Reply((Say("From the other."),)) if len(asked) > 1 else Raw((b": PROCESSING\n\n", sorry))

    async with daemon_with(daemon_home, script, keys=("deepseek", "openai")) as daemon:
        status, _, said = await read(daemon, "/v1/chat/completions", chat(user("Hi")))
    assert asked[0].path.startswith(("/openai/v1/chat", "/deepseek/chat"))
    assert len(asked) == 2
    assert (status, "From the other." in said, "Provider returned error" in said) == (200, True, False)


async def test_p63_after_the_first_words_no_other_model_takes_over(daemon_home: Path) -> None:
    broken = Reply((Say("Half an answer. " * 10),), fault=StreamError(events=6))
    async with daemon_with(daemon_home, broken, keys=("anthropic", "openai", "deepseek")) as daemon:
        _, _, said = await read(daemon, "/v1/messages", claude(user("Hi")))
        assert len(daemon.provider.generations()) == 1
    assert said.count("message_start") == 2, "the event's name and its type, once"


def test_p63_a_second_beginning_inside_a_stream_is_not_passed_on() -> None:
    made = stream(
        message_start(),
        message_start(),
        *block(0, text(""), {"type": "text_delta", "text": "Hi"}),
        *message_end(),
    )
    written = shown(decoded(made, MESSAGES), MESSAGES)
    assert [e["type"] for e in written].count("message_start") == 1
