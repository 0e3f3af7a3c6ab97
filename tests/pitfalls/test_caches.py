"""What goes wrong with cached tokens, and with whose cache holds what: P50 and P59."""

import json
from pathlib import Path

import pytest

from coderouter_cli.daemon.warmth import WarmthBook
from coderouter_cli.demo.script import Reply, Say, Tokens
from coderouter_cli.domain.conversation import FormatName, JsonObject, Maker
from coderouter_cli.domain.events import Answer, Event, Stopped, StopReason, UsageSeen
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.rates import Rates
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.prefix import prefixes
from coderouter_cli.wire.registry import format_of
from tests.pitfalls.keeping import kept
from tests.pitfalls.kit import (
    CHAT,
    FLASH,
    LUNA,
    MESSAGES,
    RESPONSES,
    USAGE_CHUNK,
    answer,
    call_delta,
    catalog,
    chat,
    chat_function,
    chat_result,
    chunk,
    claude,
    codex,
    completed,
    decoded,
    item,
    message_start,
    only,
    output,
    request,
    sent,
    shown,
    shown_whole,
    stream,
    text,
    tool_result,
    user,
)
from tests.pitfalls.sessions import ask, running
from tests.pitfalls.streaming import DONE, FORMATS, HI, SAID, last_usage

# P50: cached tokens

COUNTED: dict[str, tuple[FormatName, JsonObject, Usage]] = {
    "OpenAI on Chat": (
        CHAT,
        {"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 80}},
        Usage(20, 80, output=7),
    ),
    "OpenRouter, with what was written": (
        CHAT,
        {
            "prompt_tokens": 100,
            "completion_tokens": 7,
            "prompt_tokens_details": {"cached_tokens": 50, "cache_write_tokens": 30},
        },
        Usage(20, 50, 30, output=7),
    ),
    "DeepSeek": (
        CHAT,
        {
            "prompt_tokens": 100,
            "completion_tokens": 7,
            "prompt_cache_hit_tokens": 80,
            "prompt_cache_miss_tokens": 20,
        },
        Usage(20, 80, output=7),
    ),
    "DeepSeek, in both places": (
        CHAT,
        {
            "prompt_tokens": 100,
            "completion_tokens": 7,
            "prompt_cache_hit_tokens": 80,
            "prompt_cache_miss_tokens": 20,
            "prompt_tokens_details": {"cached_tokens": 80},
        },
        Usage(20, 80, output=7),
    ),
    "hits and misses alone": (
        CHAT,
        {"completion_tokens": 7, "prompt_cache_hit_tokens": 80, "prompt_cache_miss_tokens": 20},
        Usage(20, 80, output=7),
    ),
    "Kimi on Chat": (
        CHAT,
        {"prompt_tokens": 100, "completion_tokens": 7, "cached_tokens": 80},
        Usage(20, 80, output=7),
    ),
    "a gateway that counts the cache apart": (
        CHAT,
        {
            "prompt_tokens": 90,
            "completion_tokens": 7,
            "total_tokens": 177,
            "cache_read_input_tokens": 50,
            "cache_creation_input_tokens": 30,
        },
        Usage(90, 50, 30, output=7),
    ),
    "OpenAI on Responses": (
        RESPONSES,
        {
            "input_tokens": 100,
            "output_tokens": 7,
            "input_tokens_details": {"cached_tokens": 50, "cache_write_tokens": 30},
        },
        Usage(20, 50, 30, output=7),
    ),
    "Anthropic": (
        MESSAGES,
        {
            "input_tokens": 20,
            "cache_read_input_tokens": 50,
            "cache_creation_input_tokens": 30,
            "cache_creation": {"ephemeral_5m_input_tokens": 20, "ephemeral_1h_input_tokens": 10},
            "output_tokens": 7,
        },
        Usage(20, 50, 20, 10, output=7),
    ),
    "Kimi on Messages": (
        MESSAGES,
        {"input_tokens": 100, "cache_read_input_tokens": 80, "prompt_tokens": 100, "output_tokens": 7},
        Usage(20, 80, output=7),
    ),
}


@pytest.mark.parametrize(("provider", "usage", "expected"), COUNTED.values(), ids=COUNTED)
def test_p50_cached_tokens_are_read_once(provider: FormatName, usage: JsonObject, expected: Usage) -> None:
    assert last_usage(counted(provider, usage)) == expected
    bodies: dict[FormatName, JsonObject] = {
        CHAT: {"choices": [{"message": {"content": "Hi"}, "finish_reason": "stop"}]},
        RESPONSES: {"status": "completed", "output": [HI]},
        MESSAGES: {"content": [text("Hi")], "stop_reason": "end_turn"},
    }
    assert answer({"id": "a", "usage": usage, **bodies[provider]}, provider).usage == expected


def counted(provider: FormatName, usage: JsonObject) -> list[Event]:
    """A streamed answer with this usage."""
    if provider is CHAT:
        return decoded(stream(chunk({"content": "Hi"}, "stop"), {**USAGE_CHUNK, "usage": usage}, DONE), CHAT)
    if provider is RESPONSES:
        return decoded(stream(completed(HI, usage=usage)), RESPONSES)
    end = ("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 7}})
    start = ("message_start", {"message": {"id": "m", "content": [], "usage": {**usage, "output_tokens": 1}}})
    return decoded(stream(start, *SAID, end, ("message_stop", {})), MESSAGES)


def test_p50_parts_that_the_end_tells_replace_the_whole_of_the_beginning() -> None:
    parts = {"input_tokens": 20, "cache_read_input_tokens": 80, "output_tokens": 7}
    end = ("message_delta", {"delta": {"stop_reason": "end_turn"}, "usage": parts})
    made = stream(message_start(input_tokens=100), *SAID, end, ("message_stop", {}))
    assert last_usage(decoded(made, MESSAGES)) == Usage(20, 80, output=7)


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
@pytest.mark.parametrize("client", FORMATS)
@pytest.mark.parametrize("known", [Usage(20, 50, 30, output=7), Usage(20, 50, 20, 10, output=7)])
def test_p50_and_they_are_told_once(known: Usage, client: FormatName, *, whole: bool) -> None:
    if whole:
        usage = shown_whole(Answer((), StopReason.END_TURN, usage=known), client)["usage"]
    else:
        written = shown([UsageSeen(known, {}, final=True), Stopped(StopReason.END_TURN)], client)
        places = {MESSAGES: written[-2], RESPONSES: written[-1].get("response"), CHAT: written[-1]}
        usage = places[client]["usage"]
    if client is MESSAGES:
        assert usage["input_tokens"] == 20
        assert (usage["cache_read_input_tokens"], usage["cache_creation_input_tokens"]) == (50, 30)
        return
    names = ("input", "output") if client is RESPONSES else ("prompt", "completion")
    details = usage[f"{names[0]}_tokens_details"]
    assert (usage[f"{names[0]}_tokens"], usage[f"{names[1]}_tokens"], usage["total_tokens"]) == (100, 7, 107)
    assert (details["cached_tokens"], details["cache_write_tokens"]) == (50, 30)
    assert format_of(client).read_usage(usage, None) == known


def test_p50_and_paid_once() -> None:
    rates = Rates(*map(Picodollars, (1_000, 100, 1_250, 2_000, 5_000)))
    assert rates.cost(Usage(20, 50, 20, 10, output=7)) == 20_000 + 5_000 + 25_000 + 20_000 + 35_000


@pytest.mark.parametrize("provider", ["anthropic", "openai", "deepseek"])
async def test_p50_the_ledger_and_the_client_have_the_same_numbers(provider: str, tmp_path: Path) -> None:
    script = Reply((Say("Hi."),), tokens=Tokens(input=20, cache_read=80, cache_write=0, output=7))
    async with running(tmp_path, script, provider) as daemon:
        said = await ask(daemon, "/v1/messages", claude(user("Hi")))
        usage = only(daemon.rows()).usage
    assert usage is not None
    assert (usage.input, usage.cache_read, usage.output) == (20, 80, 7)
    events = [json.loads(line[6:]) for line in said.text.split("\n") if line.startswith("data: ")]
    told = only(event["usage"] for event in events if event["type"] == "message_delta")
    assert told["output_tokens"] == 7
    assert told.get("input_tokens", 20) == 20


# P59: whose cache it is


def test_p59_what_one_model_has_in_its_cache_says_nothing_about_another() -> None:
    flash, luna = catalog().models[FLASH], catalog().models[LUNA]
    checkpoints = prefixes(request(claude(user("Long. " * 2_000)), MESSAGES).conversation)
    book = WarmthBook()
    book.answered("conversation", flash, checkpoints, 0.0, as_asked=True)
    assert book.warm_tokens(flash, checkpoints, 1.0) > 0
    assert book.warm_tokens(luna, checkpoints, 1.0) == 0
    assert book.baseline_warm_tokens(flash, checkpoints, 1.0) == 0, "nor about what would have been"
    book.imagined(luna, checkpoints, 0.0)
    assert book.baseline_warm_tokens(luna, checkpoints, 1.0) > 0
    assert book.baseline_warm_tokens(flash, checkpoints, 1.0) == 0
    assert book.warm_tokens(luna, checkpoints, 1.0) == 0


SIGNED = {"extra_content": {"google": {"thought_signature": "s-of-" + FLASH}}}
UNSIGNED = "skip_thought_signature_validator"


@pytest.mark.parametrize("client", FORMATS)
@pytest.mark.parametrize(
    ("model", "provider", "expected"),
    [(FLASH, "gemini", "s-of-" + FLASH), (LUNA, "gemini", UNSIGNED), (FLASH, "deepseek", None)],
)
def test_p59_a_thought_signature_goes_back_to_the_model_that_gave_it(
    client: FormatName, model: str, provider: str, expected: str | None
) -> None:
    made = stream(chunk(call_delta(0, "read", "{}", id="c", **SIGNED)), chunk({}, "tool_calls"), DONE)
    said = kept(decoded(made, CHAT), client, maker=Maker("gemini", CHAT, FLASH))
    bodies = {
        MESSAGES: claude(user("Hi"), *said, user(tool_result("c", "ok"))),
        RESPONSES: codex(item("user", "Hi"), *said, output("c")),
        CHAT: chat(user("Hi"), *said, chat_result("c"), tools=[chat_function()]),
    }
    written = sent(bodies[client], client, model, wanted=CHAT, provider=provider).json["messages"]
    call = only(call for message in written for call in message.get("tool_calls", ()))
    found = call.get("extra_content", {}).get("google", {}).get("thought_signature")
    assert found == expected
