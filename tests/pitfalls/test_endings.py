"""What goes wrong at the ends of streams, P51 to P53: silence, breaks, all words for an end."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.daemon import relay
from coderouter_cli.demo.script import (
    CloseAfter,
    How,
    Outcome,
    Reply,
    Say,
)
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.events import Failed, Ping, Stopped
from coderouter_cli.domain.exchange import Row
from coderouter_cli.providers.transport import Timeouts
from coderouter_cli.storage.settings.values import Limits
from tests.pitfalls.kit import (
    CHAT,
    MESSAGES,
    RESPONSES,
    answer,
    block,
    chunk,
    completed,
    decoded,
    item,
    message_end,
    message_start,
    only,
    response_event,
    shown,
    shown_whole,
    stream,
    text,
)
from tests.pitfalls.sessions import (
    ASKS,
    FORMATS,
    LAST,
    OWN,
    PATHS,
    PROVIDERS,
    Playing,
    Said,
    ask,
    running,
    stop_word,
    types,
)

# P51


def test_p51_the_clients_watchdogs_are_longer_and_healthy_thinking_is_waited_for() -> None:
    assert relay.PING_AFTER_S <= 15
    for limits in (Timeouts(), Limits()):
        assert min(limits.first_event_s, limits.gap_s) >= 100
    assert Timeouts().whole_s >= 300


def test_p51_a_providers_sign_of_life_is_one_for_every_client() -> None:
    pings = {
        MESSAGES: stream(message_start(), *block(0, text("")), ("ping", {}), *message_end()),
        RESPONSES: stream(response_event("response.created"), response_event("keepalive"), completed()),
    }
    for provider, made in pings.items():
        events = decoded(made, provider)
        assert any(isinstance(event, Ping) for event in events)
        assert "keepalive" in [one["type"] for one in shown(events, RESPONSES)]


SIGNS = {MESSAGES: "ping", RESPONSES: "keepalive", CHAT: ":"}
"""What tells each client that the connection lives."""


def silent_after(writes: int) -> Reply:
    """A provider that falls silent for a while after so many of its events."""

    async def pace(at: int) -> None:
        if at == writes:
            await asyncio.sleep(0.08)

    return Reply((Say("Begun. " * 20),), pace=pace)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", FORMATS)
async def test_p51_a_silent_provider_does_not_make_a_silent_stream(
    client: FormatName, provider: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PING_AFTER_S", 0.02)
    async with running(tmp_path, silent_after(5), PROVIDERS[provider][client]) as daemon:
        seen = types((await ask(daemon, PATHS[client], ASKS[client])).text)
    begun = 1 if client is CHAT else 2
    assert SIGNS[client] in seen[begun:], seen
    assert seen[-1] in {"message_stop", "response.completed", "[DONE]"}


@pytest.mark.parametrize("client", FORMATS)
async def test_p51_nor_does_one_that_has_not_begun(
    client: FormatName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PING_AFTER_S", 0.02)
    async with running(tmp_path, silent_after(0), OWN[client]) as daemon:
        seen = types((await ask(daemon, PATHS[client], ASKS[client])).text)
    # A Responses stream has to begin with its own event.
    assert seen[0] == {MESSAGES: "ping", RESPONSES: ":", CHAT: ":"}[client], seen
    assert seen[-1] in {"message_stop", "response.completed", "[DONE]"}


# P52


def test_p52_nobodys_stream_is_whole_without_an_end() -> None:
    halves = {
        MESSAGES: stream(
            message_start(), *block(0, text(""), {"type": "text_delta", "text": "Half"}), *message_end()[:0]
        ),
        RESPONSES: stream(
            response_event("response.output_text.delta", output_index=0, content_index=0, delta="Half")
        ),
        CHAT: stream(chunk({"content": "Half"})),
    }
    for provider, made in halves.items():
        last = decoded(made, provider)[-1:]
        assert [type(event) for event in last] == [Failed], provider
        for client in FORMATS:
            assert _names(shown(decoded(made, provider), client))[-1] == LAST[client]


def test_p52_but_one_that_has_said_why_it_stopped_is() -> None:
    wholes = {
        MESSAGES: stream(
            message_start(), *block(0, text(""), {"type": "text_delta", "text": "Hi"}), message_end()[0]
        ),
        CHAT: stream(chunk({"content": "Hi"}), chunk({}, "stop")),
    }
    for provider, made in wholes.items():
        assert [type(event) for event in decoded(made, provider)[-1:]] == [Stopped], provider


def _names(events: list[Any]) -> list[str]:
    return ["error" if one.get("error") else str(one.get("type", "chunk")) for one in events]


async def broken(client: FormatName, key: str, outcome: Outcome, folder: Path) -> tuple[Said, Row]:
    """What a client is told, and what is recorded, of an answer that breaks off."""
    async with running(folder, Playing([outcome]), key) as daemon:
        said = await ask(daemon, PATHS[client], ASKS[client])
        return said, only(daemon.rows())


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("client", FORMATS)
async def test_p52_a_stream_that_breaks_off_ends_in_an_error_and_is_recorded_as_cut(
    client: FormatName, provider: str, tmp_path: Path
) -> None:
    half = Reply((Say("Half an answer. " * 10),), fault=CloseAfter(events=5, how="clean"))
    said, row = await broken(client, PROVIDERS[provider][client], half, tmp_path)
    seen = types(said.text)
    assert (said.status, row.status.value) == (200, "cut")
    assert seen[-1] == LAST[client], seen
    assert seen.count(LAST[client]) == 1


@pytest.mark.parametrize("how", ["cut", "reset"])
async def test_p52_however_the_connection_breaks(how: How, tmp_path: Path) -> None:
    half = Reply((Say("Half an answer. " * 10),), fault=CloseAfter(events=5, how=how))
    said, row = await broken(MESSAGES, "anthropic", half, tmp_path)
    assert (types(said.text)[-1], row.status.value) == ("error", "cut")


# P53


DELTA = response_event("response.output_text.delta", output_index=0, content_index=0, delta="Half")
SORRY = {"code": "server_error", "message": "Sorry."}
FAILING = {
    "failed": response_event("response.failed", response={"status": "failed", "error": SORRY}),
    "cancelled": response_event("response.cancelled", response={"status": "cancelled", "error": SORRY}),
    "completed as failed": response_event(
        "response.completed", response={"status": "failed", "error": SORRY}
    ),
    "error": response_event("error", **SORRY),
    "nested": response_event("error", error=SORRY),
}


@pytest.mark.parametrize("ending", sorted(FAILING))
@pytest.mark.parametrize("client", FORMATS)
def test_p53_every_failure_of_responses_is_one_for_every_client(ending: str, client: FormatName) -> None:
    events = decoded(stream(DELTA, FAILING[ending]), RESPONSES)
    assert isinstance(events[-1], Failed)
    written = shown(events, client)
    assert _names(written)[-1] == LAST[client]
    assert "Sorry." in json.dumps(written[-1])


STOPS = {MESSAGES: "max_tokens", RESPONSES: "incomplete", CHAT: "length"}


@pytest.mark.parametrize("client", FORMATS)
def test_p53_an_incomplete_answer_ends_for_want_of_tokens(client: FormatName) -> None:
    cut = {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    unsaid = {"incomplete_details": {"reason": "max_output_tokens"}}
    for response in (cut, unsaid):
        made = stream(DELTA, response_event("response.incomplete", response=response))
        assert STOPS[client] in map(stop_word, shown(decoded(made, RESPONSES), client))
    whole = answer({"id": "r", "output": [item("assistant", "Half")], **cut}, RESPONSES)
    assert stop_word(shown_whole(whole, client)) == STOPS[client]
    for other in (
        stream(message_start(), *message_end("max_tokens")),
        stream(message_start(), *message_end("model_context_window_exceeded")),
    ):
        words = set(map(stop_word, shown(decoded(other, MESSAGES), client)))
        assert words & {STOPS[client], "model_context_window_exceeded"}
    made = stream(chunk({"content": "Half"}), chunk({}, "length"), "data: [DONE]")
    assert STOPS[client] in map(stop_word, shown(decoded(made, CHAT), client))


@pytest.mark.parametrize("reason", ["error", "abort", "insufficient_system_resource"])
def test_p53_chat_servers_fail_by_finish_reason(reason: str) -> None:
    made = stream(chunk({"content": "Half"}), chunk({}, reason), "data: [DONE]")
    assert isinstance(decoded(made, CHAT)[-1], Failed)
