"""What goes wrong when another model is, or is not, to answer: P54, P60 and P63."""

from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.daemon.course import Course
from coderouter_cli.daemon.lessons import Lessons
from coderouter_cli.daemon.market import way_to
from coderouter_cli.demo.script import (
    CloseAfter,
    Raw,
    Refuse,
    Reply,
    Say,
    StreamError,
)
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.events import Stopped, StopReason
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.providers.contract import AttemptFailedError
from tests.pitfalls.kit import (
    CHAT,
    FLASH,
    LUNA,
    MESSAGES,
    OPUS,
    RESPONSES,
    block,
    chat,
    chunk,
    claude,
    completed,
    decoded,
    message_end,
    message_start,
    request,
    response_event,
    shown,
    stream,
    target,
    text,
    told,
    user,
)
from tests.pitfalls.sessions import ASKS, FORMATS, MODELS, OWN, PATHS, Playing, ask, running, stop_word, types

# P54


DECLINED = {
    "id": "m",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "refusal", "refusal": "No."}],
}
FILTERED = {"status": "incomplete", "incomplete_details": {"reason": "content_filter"}}
REFUSALS = {
    "messages": (
        MESSAGES,
        stream(
            message_start(),
            *message_end(
                "refusal", stop_details={"type": "refusal", "category": "cyber", "explanation": "No."}
            ),
        ),
    ),
    "responses": (
        RESPONSES,
        stream(
            response_event("response.refusal.delta", output_index=0, content_index=0, delta="No."),
            completed(DECLINED),
        ),
    ),
    "responses-filter": (RESPONSES, stream(response_event("response.incomplete", response=FILTERED))),
    "chat": (CHAT, stream(chunk({"refusal": "No."}), chunk({}, "stop"), "data: [DONE]")),
    "chat-filter": (CHAT, stream(chunk({"content": "N"}), chunk({}, "content_filter"), "data: [DONE]")),
}


def tells_refusal(written: list[Any], client: FormatName, *, codex: bool) -> bool:
    """Whether a client reads off these events that the model declined."""
    if client is MESSAGES:
        return "refusal" in map(stop_word, written)
    if client is CHAT:
        shows = any(choice["delta"].get("refusal") for one in written for choice in one["choices"])
        return shows or "content_filter" in map(stop_word, written)
    last = written[-1]
    if codex:
        # It asks six times over for an answer that a filter cut, and shows a failure's words at once.
        error = last["response"]["error"] or {}
        return (last["type"], error.get("code")) == ("response.failed", "content_policy_violation")
    details = last["response"]["incomplete_details"] or {}
    shows = any(one.get("type") == "response.refusal.delta" for one in written)
    return shows or details.get("reason") == "content_filter"


@pytest.mark.parametrize("made", sorted(REFUSALS))
@pytest.mark.parametrize("client", [*FORMATS, "codex"])
def test_p54_a_refusal_is_told_as_one(made: str, client: Any) -> None:
    provider, data = REFUSALS[made]
    events = decoded(data, provider)
    assert isinstance(events[-1], Stopped)
    assert events[-1].reason is StopReason.REFUSAL
    reads = RESPONSES if client == "codex" else client
    written = shown(events, reads, client="codex" if client == "codex" else "")
    assert tells_refusal(written, reads, codex=client == "codex"), written


def test_p54_an_error_that_tells_of_a_filter_is_final() -> None:
    for client in FORMATS:
        status, body, headers = told(Failure(FailureKind.REFUSED, "Blocked."), client)
        assert (status, headers["x-should-retry"]) == (400, "false")
        assert body["error"].get("code", body["error"]["type"]) in {
            "content_policy_violation",
            "policy_blocked",
        }


@pytest.mark.parametrize("streamed", [True, False], ids=["streamed", "whole"])
async def test_p54_a_refusal_is_put_to_one_other_model_and_never_to_the_same(
    streamed: bool, tmp_path: Path
) -> None:
    script = Playing([Reply((Refuse("No."),))])
    async with running(tmp_path, script) as daemon:
        said = await ask(daemon, "/v1/messages", {**claude(user("Hi")), "stream": streamed})
    asked = [seen.model for seen in script.seen]
    assert (len(asked), len(set(asked))) == (2, 2)
    assert '"refusal"' in said.text


@pytest.mark.parametrize("client", FORMATS)
async def test_p54_where_nobody_else_may_be_asked_it_is_the_answer(
    client: FormatName, tmp_path: Path
) -> None:
    script = Playing([Reply((Refuse("No."),))])
    async with running(tmp_path, script, OWN[client], config='lane = "direct"') as daemon:
        said = await ask(daemon, PATHS[client], {**ASKS[client], "model": MODELS[client]})
    assert (said.status, len(script.seen)) == (200, 1), said.text
    assert "No." in said.text


def test_p54_not_to_the_same_model_elsewhere_and_not_to_a_third() -> None:
    asked = request(ASKS[CHAT], CHAT)
    twice = (target(FLASH, CHAT), target(FLASH, CHAT, "openrouter"))
    ways = [way_to(asked, *one) for one in (*twice, target(LUNA, CHAT), target(OPUS, MESSAGES))]
    course = Course.over(ways, asked, "c1", Lessons())
    refused = AttemptFailedError(Failure(FailureKind.REFUSED, "No."))
    models = []
    while (way := course.next_way(lambda _: True)) is not None:
        models.append(way.model.id)
        course.failed_on(way, refused)
    assert models == [FLASH, LUNA]


# P60 and P63


async def test_p60_an_error_chunk_behind_comments_moves_on_to_another_model(tmp_path: Path) -> None:
    sorry = b'data: {"id":"g","error":{"code":502,"message":"Provider returned error"},"choices":[]}\n\n'
    script = Playing(
        [Raw((b": PROCESSING\n\n", b": PROCESSING\n\n", sorry)), Reply((Say("From the other."),))]
    )
    async with running(tmp_path, script, "deepseek", "openai") as daemon:
        said = await ask(daemon, "/v1/chat/completions", chat(user("Hi")))
    assert script.seen[0].path.startswith(("/openai/v1/chat", "/deepseek/chat"))
    assert len(script.seen) == 2
    assert (said.status, "From the other." in said.text) == (200, True)
    assert "Provider returned error" not in said.text


@pytest.mark.parametrize("client", FORMATS)
async def test_p63_after_the_first_words_no_other_model_takes_over(
    client: FormatName, tmp_path: Path
) -> None:
    script = Playing([Reply((Say("Half an answer. " * 10),), fault=StreamError(events=6)), Reply()])
    async with running(tmp_path, script) as daemon:
        said = await ask(daemon, PATHS[client], ASKS[client])
    assert len(script.seen) == 1
    assert [kind for kind in types(said.text) if kind in {"error", "response.failed"}] == types(said.text)[
        -1:
    ]
    assert "Half an" in said.text
    assert "Done." not in said.text


async def test_p63_nor_when_the_connection_breaks(tmp_path: Path) -> None:
    half = Reply((Say("Half an answer. " * 10),), fault=CloseAfter(events=5))
    script = Playing([half, Reply()])
    async with running(tmp_path, script) as daemon:
        said = await ask(daemon, "/v1/messages", ASKS[MESSAGES])
    assert (len(script.seen), types(said.text).count("message_start")) == (1, 1)


SPLICED = {
    MESSAGES: stream(
        message_start(),
        message_start(),
        *block(0, text(""), {"type": "text_delta", "text": "Hi"}),
        *message_end(),
    ),
    RESPONSES: stream(
        response_event("response.created", response={"id": "a"}),
        response_event("response.created", response={"id": "b"}),
        response_event("response.output_text.delta", output_index=0, content_index=0, delta="Hi"),
        completed(),
    ),
    CHAT: stream(
        chunk({"role": "assistant"}), chunk({"role": "assistant", "content": "Hi"}, "stop"), "data: [DONE]"
    ),
}
WHOLE = {
    MESSAGES: stream(
        message_start(), *block(0, text(""), {"type": "text_delta", "text": "Hi"}), *message_end()
    ),
    RESPONSES: stream(
        response_event("response.created", response={"id": "a"}),
        response_event("response.output_text.delta", output_index=0, content_index=0, delta="Hi"),
        completed(),
    ),
    CHAT: stream(chunk({"role": "assistant", "content": "Hi"}, "stop"), "data: [DONE]"),
}
BEGINS = {
    MESSAGES: lambda one: one["type"] == "message_start",
    RESPONSES: lambda one: one["type"] == "response.created",
    CHAT: lambda one: any("role" in choice["delta"] for choice in one["choices"]),
}


@pytest.mark.parametrize("provider", FORMATS)
def test_p63_a_second_beginning_inside_a_stream_is_none(provider: FormatName) -> None:
    events = decoded(SPLICED[provider], provider)
    assert [type(event).__name__ for event in events].count("Started") == 1
    for client in FORMATS:
        assert sum(map(BEGINS[client], shown(events, client))) == 1


@pytest.mark.parametrize("spliced", ["at its beginning", "behind its end"])
@pytest.mark.parametrize("client", FORMATS)
async def test_p63_nor_in_an_answer_that_is_relayed(client: FormatName, spliced: str, tmp_path: Path) -> None:
    made = SPLICED[client] if spliced == "at its beginning" else WHOLE[client] * 2
    async with running(tmp_path, Playing([Raw((made,))]), OWN[client], config='lane = "direct"') as daemon:
        said = await ask(daemon, PATHS[client], {**ASKS[client], "model": MODELS[client]})
    assert said.headers["x-coderouter-fidelity"] in {"raw", "sanitised"}
    seen = types(said.text)
    for kind in ("message_start", "message_stop", "response.created", "response.completed", "[DONE]"):
        assert seen.count(kind) <= 1, seen
    assert said.text.count('"Hi') == 1, "said once"
