"""What goes wrong with counts of tokens on their way to a client: P48 and P49."""

import json
from pathlib import Path
from typing import Any

import pytest

from coderouter_cli.daemon.convert import Relaying
from coderouter_cli.daemon.market import way_to
from coderouter_cli.demo.script import Reply, Say
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.events import Answer, StopReason
from coderouter_cli.providers.prepare import prepare
from tests.pitfalls.kit import (
    CHAT,
    FLASH,
    LUNA,
    MESSAGES,
    RESPONSES,
    USAGE_CHUNK,
    chat,
    chunk,
    claude,
    codex,
    completed,
    decoded,
    item,
    message_end,
    message_start,
    only,
    reply_context,
    request,
    response_event,
    sent,
    shown,
    shown_whole,
    stream,
    target,
    user,
)
from tests.pitfalls.sessions import ask, running
from tests.pitfalls.streaming import DONE, FORMATS, HI, SAID, last_usage

# P48: usage that nobody asked for, or that comes behind the stop


@pytest.mark.parametrize("model", [FLASH, LUNA])
@pytest.mark.parametrize("client", FORMATS)
def test_p48_every_chat_provider_is_asked_for_usage(client: FormatName, model: str) -> None:
    bodies = {
        MESSAGES: claude(user("Hi")),
        RESPONSES: codex(item("user", "Hi")),
        CHAT: chat(user("Hi"), stream_options={"include_obfuscation": False}),
    }
    options = sent(bodies[client], client, model, wanted=CHAT).json.get("stream_options", {})
    assert options.pop("include_usage", None) is True
    assert options == ({"include_obfuscation": False} if client is CHAT else {}), "the client's own stay"
    whole = {**bodies[client], "stream": False}
    whole.pop("stream_options", None)
    assert "stream_options" not in sent(whole, client, model, wanted=CHAT).json


@pytest.mark.parametrize("model", [FLASH, LUNA])
def test_p48_who_did_not_ask_is_not_shown_the_chunk(model: str) -> None:
    made = stream(chunk({"content": "Hi"}), chunk({}, "stop"), USAGE_CHUNK, DONE)
    for asks in (False, True):
        asked = request(chat(user("Hi"), stream_options={"include_usage": asks}), CHAT)
        provider, entry, endpoint = target(model, CHAT)
        assert asked.conversation.include_usage is asks
        assert prepare(asked, way_to(asked, provider, entry, endpoint), None).reencode or asks
        written = shown(decoded(made, CHAT), CHAT, include_usage=asked.conversation.include_usage)
        told = [one["usage"]["prompt_tokens"] for one in written if one.get("usage")]
        assert told == ([100] if asks else [])
        assert all(one["choices"] for one in written) is not asks


USAGE = USAGE_CHUNK["usage"]
BEHIND: dict[str, tuple[FormatName, list[Any]]] = {
    "behind the stop": (CHAT, [chunk({"content": "Hi"}), chunk({}, "stop"), USAGE_CHUNK, DONE]),
    "behind the stop, and no more": (CHAT, [chunk({"content": "Hi"}), chunk({}, "stop"), USAGE_CHUNK]),
    "with the stop": (CHAT, [chunk({"content": "Hi"}), chunk({}, "stop", usage=USAGE), DONE]),
    "before the stop": (CHAT, [chunk({"content": "Hi"}, usage=USAGE), chunk({}, "stop"), DONE]),
    "in a choice": (
        CHAT,
        [
            {"choices": [{"delta": {"content": "Hi"}, "finish_reason": "stop", "usage": USAGE}]},
            DONE,
        ],
    ),
    "behind stops": (
        CHAT,
        [chunk({"content": "Hi"}, "stop"), chunk({}, "stop"), USAGE_CHUNK],
    ),
    "with the end of a response": (RESPONSES, [completed(HI)]),
    "with the end of a response cut short": (
        RESPONSES,
        [
            response_event("response.output_text.delta", output_index=0, delta="Hi"),
            ("response.incomplete", completed(HI)[1]),
        ],
    ),
    "behind the stop of a message": (
        MESSAGES,
        [
            ("message_start", {"message": {"id": "m", "role": "assistant", "content": []}}),
            *SAID,
            ("message_delta", {"delta": {"stop_reason": "end_turn"}}),
            ("message_delta", {"delta": {}, "usage": {"input_tokens": 100, "output_tokens": 7}}),
            ("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}}),
            ("message_stop", {}),
        ],
    ),
}


@pytest.mark.parametrize("client", FORMATS)
@pytest.mark.parametrize(("provider", "made"), BEHIND.values(), ids=BEHIND)
def test_p48_usage_is_read_wherever_it_comes(
    provider: FormatName, made: list[Any], client: FormatName
) -> None:
    events = decoded(stream(*made), provider)
    usage = last_usage(events)
    assert (usage.prompt, usage.output) == (100, 7)
    assert told_at_the_end(shown(events, client), client) == (100, 7)


def told_at_the_end(written: list[Any], client: FormatName) -> tuple[int, int]:
    """Prompt and output, as a stream's end tells them to a client."""
    if client is MESSAGES:
        usage = only(event["usage"] for event in written if event["type"] == "message_delta")
        cached = usage["cache_read_input_tokens"] + usage["cache_creation_input_tokens"]
        return usage["input_tokens"] + cached, usage["output_tokens"]
    if client is RESPONSES:
        usage = written[-1]["response"]["usage"] or {}
        return usage.get("input_tokens", 0), usage.get("output_tokens", 0)
    usage = only(one["usage"] for one in written if one["usage"])
    return usage["prompt_tokens"], usage["completion_tokens"]


# P49: the context meter


LATE: list[Any] = [chunk({"content": "Hi"}), chunk({}, "stop"), USAGE_CHUNK, DONE]


def started(written: list[Any]) -> int:
    """The prompt, as the beginning of a Messages stream tells it."""
    usage = written[0]["message"]["usage"]
    return sum(usage.get(name, 0) for name in usage if "input" in name and isinstance(usage[name], int))


def test_p49_the_beginning_of_a_message_has_an_estimate_and_the_end_the_truth() -> None:
    written = shown(decoded(stream(*LATE), CHAT), MESSAGES, input_estimate=95)
    assert started(written) == 95
    assert told_at_the_end(written, MESSAGES) == (100, 7)


def test_p49_what_the_provider_has_counted_by_then_counts() -> None:
    made = stream(message_start(input_tokens=20, cache_read_input_tokens=80), *SAID, *message_end())
    assert started(shown(decoded(made, MESSAGES), MESSAGES, input_estimate=95)) == 100
    early = stream(chunk({"content": "Hi"}, usage={**USAGE, "completion_tokens": 0}), chunk({}, "stop"), DONE)
    assert told_at_the_end(shown(decoded(early, CHAT), MESSAGES, input_estimate=95), MESSAGES)[0] == 100


NOTHING = stream(message_start(input_tokens=0), *SAID, *message_end())
"""GLM begins like this."""


def test_p49_a_count_of_nothing_is_none() -> None:
    assert started(shown(decoded(NOTHING, MESSAGES), MESSAGES, input_estimate=95)) == 95


@pytest.mark.parametrize("size", [1, 50, 10_000])
def test_p49_nor_is_it_in_a_stream_that_is_relayed(size: int) -> None:
    def relayed(data: bytes, estimate: int) -> bytes:
        converter = Relaying(MESSAGES, reply_context(input_estimate=estimate))
        pieces = (data[i : i + size] for i in range(0, len(data), size))
        return b"".join(converter.convert(piece, []) for piece in pieces)

    first = relayed(NOTHING, 95).split(b"data: ")[1].split(b"\n")[0]
    assert json.loads(first)["message"]["usage"] == {"input_tokens": 95, "output_tokens": 1}
    assert relayed(NOTHING, 95).replace(b'"input_tokens":95', b'"input_tokens":0') == NOTHING
    counted = stream(message_start(), *SAID, *message_end())
    assert relayed(counted, 95) == counted, "who has counted is not touched"


@pytest.mark.parametrize("client", [MESSAGES, RESPONSES])
def test_p49_an_answer_that_is_never_counted_has_an_estimate_too(client: FormatName) -> None:
    events = decoded(stream(*LATE[:2], DONE), CHAT)
    prompt, _ = told_at_the_end(shown(events, client, input_estimate=95), client)
    assert prompt == 95
    whole = Answer(parts=(), stop=StopReason.END_TURN)
    assert shown_whole(whole, client, input_estimate=95)["usage"]["input_tokens"] == 95


def test_p49_zeros_at_the_end_do_not_take_the_count_back() -> None:
    usage = {"input_tokens": 0, "output_tokens": 7}
    zeros = ("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": usage})
    made = stream(message_start(input_tokens=100), *SAID, zeros, ("message_stop", {}))
    assert last_usage(decoded(made, MESSAGES)).prompt == 100


async def test_p49_claude_code_sees_how_full_its_context_is(tmp_path: Path) -> None:
    body = claude(user("word " * 1_000))
    async with running(tmp_path, Reply((Say("Hi."),)), "openai") as daemon:
        said = await ask(daemon, "/v1/messages", body)
    first = said.text.split("data: ")[1].split("\n")[0]
    assert 500 <= json.loads(first)["message"]["usage"]["input_tokens"] <= 2_000
