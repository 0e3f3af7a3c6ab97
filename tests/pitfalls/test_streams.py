"""What goes wrong in answers on their way to the client, P41 to P50 and P60 to P62: parts, calls, usage."""

import json
from typing import Any

import pytest

from coderouter_cli.daemon.warmth import WarmthBook
from coderouter_cli.domain.conversation import FormatName, Maker, ToolCall
from coderouter_cli.domain.events import Event, Failed, PartEnded, Stopped, UsageSeen
from coderouter_cli.wire.prefix import prefixes
from tests.pitfalls.kit import (
    CHAT,
    FLASH,
    LUNA,
    MESSAGES,
    OPUS,
    RESPONSES,
    USAGE_CHUNK,
    assistant,
    block,
    call_delta,
    catalog,
    chunk,
    claude,
    codex,
    completed,
    decoded,
    message_end,
    message_start,
    request,
    response_event,
    sent,
    shown,
    stream,
    text,
    user,
)

FERNET = "gAAAAABo" + "B" * 60


def calls_of(events: list[Event]) -> list[ToolCall]:
    return [e.part for e in events if isinstance(e, PartEnded) and isinstance(e.part, ToolCall)]


def responses_call(index: int, item_id: str, arguments: str = "{}") -> dict[str, Any]:
    return {
        "id": item_id,
        "type": "function_call",
        "call_id": f"c{index}",
        "name": "read",
        "arguments": arguments,
        "status": "completed",
    }


def blocks_of(events: list[Any]) -> list[tuple[int, str]]:
    """Which block each delta and border of a Messages stream belongs to, in order."""
    return [(e["index"], e["type"]) for e in events if "index" in e]


def test_p41_encrypted_reasoning_comes_back_to_who_made_it_through_a_client_of_another_format() -> None:
    item = {
        "id": "rs_1",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "Two files."}],
        "encrypted_content": FERNET,
    }
    made = stream(
        response_event("response.created", response={"id": "r1"}),
        response_event("response.output_item.done", output_index=0, item=item),
        completed(item),
    )
    events = shown(decoded(made, RESPONSES), MESSAGES, maker=Maker("openai", RESPONSES, LUNA))
    deltas = [e["delta"] for e in events if e["type"] == "content_block_delta"]
    thinking = "".join(delta.get("thinking", "") for delta in deltas)
    signature = "".join(delta.get("signature", "") for delta in deltas)
    assert thinking == "Two files."
    said = {"type": "thinking", "thinking": thinking, "signature": signature}
    body = claude(user("Hi"), assistant(said, text("A")), user("Go"))
    back = [one for one in sent(body, MESSAGES, LUNA).json["input"] if one["type"] == "reasoning"]
    assert [one["encrypted_content"] for one in back] == [FERNET]
    for stranger in (OPUS, FLASH):
        assert FERNET not in sent(body, MESSAGES, stranger).raw.decode()
        assert signature not in sent(body, MESSAGES, stranger).raw.decode()


def test_p42_a_client_that_asks_for_reasoning_gets_the_item_even_when_it_is_empty() -> None:
    made = stream(
        message_start(),
        *block(
            0,
            {"type": "thinking", "thinking": "", "signature": ""},
            {"type": "signature_delta", "signature": "s"},
        ),
        *block(1, text(""), {"type": "text_delta", "text": "Done."}),
        *message_end(),
    )
    events = shown(decoded(made, MESSAGES), RESPONSES, maker=Maker("anthropic", MESSAGES, OPUS))
    kinds = [e["item"]["type"] for e in events if e["type"] == "response.output_item.done"]
    assert kinds == ["reasoning", "message"]


def test_p43_interleaved_calls_never_mix() -> None:
    made = stream(
        chunk({"role": "assistant"}),
        chunk(call_delta(0, "read", id="a")),
        chunk(call_delta(1, "run", id="b")),
        chunk(call_delta(0, None, '{"path":')),
        chunk(call_delta(1, None, '{"command":')),
        chunk(call_delta(0, None, '"x"}')),
        chunk(call_delta(1, None, '"y"}')),
        chunk({}, "tool_calls"),
        USAGE_CHUNK,
        "data: [DONE]",
    )
    events = decoded(made, CHAT)
    assert [(c.name, c.arguments) for c in calls_of(events)] == [
        ("read", '{"path":"x"}'),
        ("run", '{"command":"y"}'),
    ]
    order = blocks_of(shown(events, MESSAGES))
    assert [index for index, _ in order] == sorted(index for index, _ in order), "one block open at a time"
    assert [kind for _, kind in order if kind == "content_block_start"] == ["content_block_start"] * 2


@pytest.mark.parametrize("index", [None, 0])
def test_p44_calls_without_an_index_or_an_id_are_told_apart(index: int | None) -> None:
    made = stream(
        chunk(call_delta(index, "read", '{"a":1}', id="" if index is None else "x")),
        chunk(call_delta(index, "run", '{"b":2}', id="" if index is None else "y")),
        chunk({}, "tool_calls"),
        "data: [DONE]",
    )
    found = calls_of(decoded(made, CHAT))
    assert [(c.name, c.arguments) for c in found] == [("read", '{"a":1}'), ("run", '{"b":2}')]
    assert len({c.id for c in found}) == 2
    assert all(c.id for c in found)


def test_p45_arguments_that_come_only_with_done_are_not_lost() -> None:
    empty = {**responses_call(0, "fc_1", ""), "status": "in_progress"}
    made = stream(
        response_event("response.created", response={"id": "r1"}),
        response_event("response.output_item.added", output_index=0, item=empty),
        response_event(
            "response.function_call_arguments.done", output_index=0, item_id="fc_1", arguments='{"a":1}'
        ),
        response_event("response.output_item.done", output_index=0, item=empty),
        completed(),
    )
    assert [c.arguments for c in calls_of(decoded(made, RESPONSES))] == ['{"a":1}']


def test_p46_arguments_in_the_start_of_a_block_count_and_none_are_an_empty_object() -> None:
    early = {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"a": 1}}
    none = {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}}
    made = stream(message_start(), *block(0, early), *block(1, none), *message_end("tool_use"))
    events = decoded(made, MESSAGES)
    assert [json.loads(c.arguments) for c in calls_of(events)] == [{"a": 1}, {}]
    starts = [e["content_block"] for e in shown(events, MESSAGES) if e["type"] == "content_block_start"]
    assert [start["input"] for start in starts] == [{}, {}], "a client needs the field"
    items = [e["item"] for e in shown(events, RESPONSES) if e["type"] == "response.output_item.done"]
    assert [item["arguments"] for item in items][1] == "{}"


def test_p47_broken_arguments_are_sent_back_as_an_object() -> None:
    broken = {"type": "function_call", "call_id": "c1", "name": "read", "arguments": '{"path": "a'}
    output = {"type": "function_call_output", "call_id": "c1", "output": "bad arguments"}
    hello = {"type": "message", "role": "user", "content": "Hi"}
    messages = sent(codex(hello, broken, output), RESPONSES, OPUS).json["messages"]
    (call,) = [b for m in messages for b in m["content"] if b["type"] == "tool_use"]
    assert isinstance(call["input"], dict)
    assert '{"path": "a' in json.dumps(call["input"]).replace("\\", ""), "what the model wrote is not lost"


def test_p48_usage_is_asked_for_and_read_behind_the_stop() -> None:
    body = claude(user("Hi"))
    assert sent(body, MESSAGES, FLASH, wanted=CHAT).json["stream_options"] == {"include_usage": True}
    silent = {"model": "gpt-5.5", "stream": True, "messages": [user("Hi")]}
    assert sent(silent, CHAT, FLASH).json["stream_options"] == {"include_usage": True}
    made = stream(chunk({"content": "Hi"}), chunk({}, "stop"), USAGE_CHUNK, "data: [DONE]")
    events = decoded(made, CHAT)
    seen = [e.usage.prompt for e in events if isinstance(e, UsageSeen)]
    assert seen[-1] == 100
    assert isinstance(events[-1], Stopped)


def test_p49_the_beginning_of_a_message_has_a_real_estimate_and_the_end_the_truth() -> None:
    made = stream(chunk({"content": "Hi"}), chunk({}, "stop"), USAGE_CHUNK, "data: [DONE]")
    events = shown(decoded(made, CHAT), MESSAGES, input_estimate=95)
    assert events[0]["message"]["usage"]["input_tokens"] == 95
    (delta,) = [e for e in events if e["type"] == "message_delta"]
    assert delta["usage"]["input_tokens"] == 100


@pytest.mark.parametrize(
    ("provider", "usage"),
    [
        (
            CHAT,
            {"prompt_tokens": 100, "completion_tokens": 7, "prompt_tokens_details": {"cached_tokens": 80}},
        ),
        (
            CHAT,
            {
                "prompt_tokens": 100,
                "completion_tokens": 7,
                "prompt_cache_hit_tokens": 80,
                "prompt_cache_miss_tokens": 20,
            },
        ),
        (RESPONSES, {"input_tokens": 100, "output_tokens": 7, "input_tokens_details": {"cached_tokens": 80}}),
        (MESSAGES, {"input_tokens": 20, "output_tokens": 7, "cache_read_input_tokens": 80}),
    ],
)
def test_p50_cached_tokens_count_once(provider: FormatName, usage: dict[str, Any]) -> None:
    made = {
        CHAT: lambda: stream(
            chunk({"content": "Hi"}, "stop"), {**USAGE_CHUNK, "usage": usage}, "data: [DONE]"
        ),
        RESPONSES: lambda: stream(completed(usage=usage)),
        MESSAGES: lambda: stream(message_start(**usage), *block(0, text("Hi")), *message_end()),
    }[provider]()
    events = decoded(made, provider)
    last = [e.usage for e in events if isinstance(e, UsageSeen)][-1]
    assert (last.input, last.cache_read, last.prompt) == (20, 80, 100)
    (delta,) = [e for e in shown(events, MESSAGES) if e["type"] == "message_delta"]
    assert (delta["usage"]["input_tokens"], delta["usage"]["cache_read_input_tokens"]) == (20, 80)
    (end,) = [e for e in shown(events, RESPONSES) if e["type"] == "response.completed"]
    shown_usage = end["response"]["usage"]
    assert (shown_usage["input_tokens"], shown_usage["input_tokens_details"]["cached_tokens"]) == (100, 80)


def test_p59_what_one_model_has_in_its_cache_says_nothing_about_another() -> None:
    flash, luna = catalog().models[FLASH], catalog().models[LUNA]
    checkpoints = prefixes(request(claude(user("Long. " * 2_000)), MESSAGES).conversation)
    book = WarmthBook()
    book.answered("conversation", flash, checkpoints, 0.0, as_asked=True)
    assert book.warm_tokens(flash, checkpoints, 1.0) > 0
    assert book.warm_tokens(luna, checkpoints, 1.0) == 0


def test_p60_an_error_after_comments_is_an_error_and_no_answer() -> None:
    made = stream(
        ": OPENROUTER PROCESSING",
        ": OPENROUTER PROCESSING",
        {"id": "gen-1", "error": {"code": 502, "message": "Provider returned error"}, "choices": []},
    )
    events = decoded(made, CHAT)
    assert isinstance(events[-1], Failed)
    assert "Provider returned error" in events[-1].failure.message
    assert not [e for e in events if isinstance(e, PartEnded)]


def test_p61_a_wrapper_around_parallel_calls_is_unwrapped() -> None:
    uses = [
        {"recipient_name": "functions.read", "parameters": {"path": "a"}},
        {"recipient_name": "functions.run", "parameters": {"command": "ls"}},
    ]
    arguments = json.dumps({"tool_uses": uses})
    whole = {**responses_call(0, "fc_1", arguments), "name": "multi_tool_use.parallel"}
    made = stream(
        response_event("response.output_item.added", output_index=0, item={**whole, "arguments": ""}),
        response_event(
            "response.function_call_arguments.delta", output_index=0, item_id="fc_1", delta=arguments
        ),
        response_event("response.output_item.done", output_index=0, item=whole),
        completed(whole),
    )
    found = calls_of(decoded(made, RESPONSES))
    assert [(c.name, json.loads(c.arguments)) for c in found] == [
        ("read", {"path": "a"}),
        ("run", {"command": "ls"}),
    ]
    assert len({c.id for c in found}) == 2


def test_p62_items_are_known_by_their_place_when_their_ids_rotate() -> None:
    made = stream(
        response_event("response.output_item.added", output_index=0, item=responses_call(0, "id-1", "")),
        response_event("response.output_item.added", output_index=1, item=responses_call(1, "id-2", "")),
        response_event(
            "response.function_call_arguments.delta", output_index=0, item_id="id-3", delta='{"a"'
        ),
        response_event(
            "response.function_call_arguments.delta", output_index=1, item_id="id-4", delta='{"b"'
        ),
        response_event("response.function_call_arguments.delta", output_index=0, item_id="id-5", delta=":1}"),
        response_event("response.function_call_arguments.delta", output_index=1, item_id="id-6", delta=":2}"),
        response_event(
            "response.output_item.done", output_index=0, item=responses_call(0, "id-7", '{"a":1}')
        ),
        response_event(
            "response.output_item.done", output_index=1, item=responses_call(1, "id-8", '{"b":2}')
        ),
        completed(),
    )
    assert [c.arguments for c in calls_of(decoded(made, RESPONSES))] == ['{"a":1}', '{"b":2}']
