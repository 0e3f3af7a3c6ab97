"""What goes wrong with calls side by side in a stream, and with their indexes and ids: P43 and P44."""

import json
from collections.abc import Iterator

import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject, ToolCall
from tests.pitfalls.keeping import kept
from tests.pitfalls.kit import (
    CHAT,
    MESSAGES,
    RESPONSES,
    USAGE_CHUNK,
    answer,
    block,
    call_delta,
    called,
    chunk,
    completed,
    decoded,
    message_end,
    message_start,
    only,
    shown,
    stream,
    tool_use,
)
from tests.pitfalls.streaming import (
    CREATED,
    DONE,
    FORMATS,
    PAIR,
    Named,
    added,
    calls_of,
    finished,
    more,
    read,
)

# P43: parallel calls


TRIO = [("read", '{"path":"a"}'), ("run", '{"command":"b"}'), ("find", '{"name":"c"}')]
TURNS = [(0, 0), (1, 0), (1, 1), (0, 1), (2, 0), (2, 1), (1, 2), (2, 2), (0, 2)]
"""Whose turn it is, and which third of its arguments comes."""


def third(call: int, part: int) -> str:
    arguments = TRIO[call][1]
    cut = len(arguments) // 3
    return arguments[part * cut : None if part == 2 else (part + 1) * cut]


def trio(provider: FormatName) -> bytes:
    """Three calls that grow in turns; the second is complete before the last has begun."""
    if provider is CHAT:
        pieces = [call_delta(n, TRIO[n][0] if k == 0 else None, third(n, k), id=f"c{n}") for n, k in TURNS]
        return stream(*map(chunk, pieces), chunk({}, "tool_calls"), USAGE_CHUNK, DONE)
    if provider is RESPONSES:
        return stream(CREATED, *_trio_on_responses(), completed())
    events = [event for n, k in TURNS for event in _of_messages(n, k)]
    return stream(message_start(), *events, *message_end("tool_use"))


def _trio_on_responses() -> Iterator[Named]:
    """Each is done a turn after its last piece."""
    over: list[Named] = []
    for n, k in TURNS:
        if k == 0:
            yield added(n, called(f"c{n}", TRIO[n][0], ""))
        yield more(n, third(n, k))
        yield from over
        over = [finished(n, called(f"c{n}", *TRIO[n]))] if k == 2 else []
    yield from over


def _of_messages(n: int, k: int) -> list[Named]:
    start, delta, end = block(
        n, tool_use(f"c{n}", TRIO[n][0]), {"type": "input_json_delta", "partial_json": third(n, k)}
    )
    return [*([start] if k == 0 else []), delta, *([end] if k == 2 else [])]


@pytest.mark.parametrize("provider", FORMATS)
def test_p43_parallel_calls_never_mix(provider: FormatName) -> None:
    assert read(decoded(trio(provider), provider)) == TRIO


@pytest.mark.parametrize("provider", FORMATS)
def test_p43_a_messages_client_sees_one_block_at_a_time(provider: FormatName) -> None:
    events = decoded(trio(provider), provider)
    texts: list[str] = []
    is_open = False
    for event in shown(events, MESSAGES):
        if event["type"] == "content_block_start":
            assert not is_open
            texts, is_open = [*texts, ""], True
        elif event["type"].startswith("content_block"):
            assert is_open
            assert event["index"] == len(texts) - 1
            texts[-1] += event.get("delta", {}).get("partial_json", "")
            is_open = event["type"] != "content_block_stop"
    assert texts == [arguments for _, arguments in TRIO]
    early = [event["type"] for event in shown(events[:-1], MESSAGES)]
    assert early.count("content_block_stop") == len(TRIO), "no call waits for the end of the answer"


@pytest.mark.parametrize("provider", FORMATS)
def test_p43_a_responses_client_can_tell_their_pieces_apart(provider: FormatName) -> None:
    items: dict[int, JsonObject] = {}
    texts: dict[int, str] = {}
    for event in shown(decoded(trio(provider), provider), RESPONSES):
        if event["type"] == "response.output_item.added":
            items[event["output_index"]] = event["item"]
        elif event["type"] == "response.function_call_arguments.delta":
            at = event["output_index"]
            assert event["item_id"] == items[at]["id"]
            texts[at] = texts.get(at, "") + event["delta"]
    assert [(items[at]["name"], texts[at]) for at in sorted(items)] == TRIO


@pytest.mark.parametrize("provider", FORMATS)
def test_p43_a_chat_client_can_too(provider: FormatName) -> None:
    calls = only(kept(decoded(trio(provider), provider), CHAT))["tool_calls"]
    assert [(one["function"]["name"], one["function"]["arguments"]) for one in calls] == TRIO


# P44: an index or an id that is missing, or odd

ODD_PIECES: dict[str, list[JsonObject]] = {
    "no index": [
        call_delta(None, "read", '{"a"', id="x"),
        call_delta(None, None, ":1}"),
        call_delta(None, "run", '{"b":2}', id="y"),
    ],
    "no index and no id": [call_delta(None, name, arguments) for name, arguments in PAIR],
    "no index, in turns": [
        call_delta(None, "read", '{"a"', id="x"),
        call_delta(None, "run", '{"b"', id="y"),
        call_delta(None, None, ":1}", id="x"),
        call_delta(None, None, ":2}", id="y"),
    ],
    "another id in every piece": [
        call_delta(None, "read", '{"a"', id="x1"),
        call_delta(None, None, ":1}", id="x2"),
        call_delta(None, "run", '{"b":2}', id="x3"),
    ],
    "an index that counts pieces": [
        call_delta(0, "read", '{"a"', id="x"),
        call_delta(1, None, ":1}"),
        call_delta(2, "run", '{"b":2}', id="y"),
    ],
    "an index in words": [
        {"tool_calls": [{**only(piece["tool_calls"]), "index": index}]}
        for index, piece in (
            ("0", call_delta(None, "read", '{"a"', id="x")),
            ("1", call_delta(None, "run", '{"b"', id="y")),
            ("0", call_delta(None, None, ":1}")),
            ("1", call_delta(None, None, ":2}")),
        )
    ],
    "one index, other ids": [
        call_delta(0, "read", '{"a":1}', id="x"),
        call_delta(0, "run", '{"b":2}', id="y"),
    ],
    "one index, no id": [call_delta(0, name, arguments) for name, arguments in PAIR],
    "one index in one chunk": [
        {"tool_calls": [only(call_delta(0, name, arguments)["tool_calls"]) for name, arguments in PAIR]}
    ],
    "id and name in every piece": [
        call_delta(0, "read", '{"a"', id="x"),
        call_delta(0, "read", ":1}", id="x"),
        call_delta(1, "run", '{"b":2}', id="y"),
    ],
    "the name after the id": [
        call_delta(0, "", "", id="x"),
        call_delta(None, "read", '{"a":1}'),
        call_delta(1, "run", '{"b":2}', id="y"),
    ],
    "the whole call once more": [
        call_delta(0, "read", "", id="x"),
        call_delta(0, None, '{"a":1}'),
        call_delta(1, "run", '{"b":2}', id="y"),
        call_delta(0, "read", '{"a":1}', id="x"),
    ],
}


@pytest.mark.parametrize("pieces", ODD_PIECES.values(), ids=ODD_PIECES)
def test_p44_pieces_on_chat_find_their_call(pieces: list[JsonObject]) -> None:
    events = decoded(stream(*map(chunk, pieces), chunk({}, "tool_calls"), DONE), CHAT)
    assert read(events) == PAIR
    calls = calls_of(events)
    assert_named_apart(calls)
    given = pieces[0]["tool_calls"][0].get("id")
    assert calls[0].id == given or given is None


def assert_named_apart(calls: list[ToolCall]) -> None:
    """Every call has an id of its own."""
    assert all(call.id for call in calls)
    assert len({call.id for call in calls}) == len(calls)


SAME_TOOL: dict[str, list[JsonObject]] = {
    "other ids": [call_delta(0, "now", "", id="x"), call_delta(0, "now", '{"a":2}', id="y")],
    "one chunk": [{"tool_calls": [only(call_delta(0, "now", "{}")["tool_calls"])] * 2}],
    "the first is complete": [call_delta(0, "now", "{}"), call_delta(0, "now", '{"a":2}')],
    "another tool without arguments": [call_delta(0, "now", ""), call_delta(0, "then", '{"a":2}')],
}


@pytest.mark.parametrize("pieces", SAME_TOOL.values(), ids=SAME_TOOL)
def test_p44_a_second_call_with_the_same_index_is_one(pieces: list[JsonObject]) -> None:
    calls = calls_of(decoded(stream(*map(chunk, pieces), chunk({}, "tool_calls"), DONE), CHAT))
    assert sorted(call.arguments for call in calls) in (['{"a":2}', "{}"], ["{}", "{}"])
    assert_named_apart(calls)


def test_p44_the_old_function_call_has_neither() -> None:
    deltas = [
        {"function_call": {"name": "read", "arguments": '{"a"'}},
        {"function_call": {"arguments": ":1}"}},
    ]
    events = decoded(stream(*map(chunk, deltas), chunk({}, "function_call"), DONE), CHAT)
    assert read(events) == PAIR[:1]
    assert_named_apart(calls_of(events))


def whole_call(name: str, arguments: str, index: int | None, call_id: str) -> list[Named]:
    """All events of one call on Responses."""
    return [
        added(index, called(call_id, name, "")),
        more(index, arguments[:4]),
        more(index, arguments[4:]),
        finished(index, called(call_id, name, arguments)),
    ]


@pytest.mark.parametrize("ids", [("x", "y"), ("", "")], ids=["ids", "no ids"])
@pytest.mark.parametrize("index", [None, 0], ids=["no index", "one index"])
def test_p44_items_without_an_index_or_an_id_are_told_apart(index: int | None, ids: tuple[str, str]) -> None:
    each = [whole_call(*one, index, call_id) for one, call_id in zip(PAIR, ids, strict=True)]
    for made in (
        [event for events in each for event in events],
        [event for events in each for event in events[:-1]],  # the next one is the end of the one before
        [events[-1] for events in each],
    ):
        events = decoded(stream(CREATED, *made, completed()), RESPONSES)
        assert [(name, json.loads(said)) for name, said in read(events)] == [
            (n, json.loads(a)) for n, a in PAIR
        ]
        assert_named_apart(calls_of(events))


@pytest.mark.parametrize("ids", [("x", "y"), ("", "")], ids=["ids", "no ids"])
@pytest.mark.parametrize("index", [None, 0], ids=["no index", "one index"])
def test_p44_blocks_without_an_index_or_an_id_are_told_apart(index: int | None, ids: tuple[str, str]) -> None:
    each = [
        block(0, tool_use(call_id, name), {"type": "input_json_delta", "partial_json": arguments})
        for (name, arguments), call_id in zip(PAIR, ids, strict=True)
    ]
    place = {} if index is None else {"index": index}
    for last in (3, 2):  # with its stop, and without
        made = [
            (kind, {name: value for name, value in fields.items() if name != "index"} | place)
            for events in each
            for kind, fields in events[:last]
        ]
        found = decoded(stream(message_start(), *made, *message_end("tool_use")), MESSAGES)
        assert read(found) == PAIR
        assert_named_apart(calls_of(found))


def test_p44_whole_answers_name_their_calls_apart_as_well() -> None:
    entries = [only(call_delta(None, *one)["tool_calls"]) for one in PAIR]
    on_chat = {"id": "c1", "choices": [{"message": {"tool_calls": entries}, "finish_reason": "tool_calls"}]}
    on_responses = {"id": "r1", "status": "completed", "output": [called("", *one) for one in PAIR]}
    on_messages = {"id": "m1", "content": [tool_use("", name) for name, _ in PAIR], "stop_reason": "tool_use"}
    for body, provider in ((on_chat, CHAT), (on_responses, RESPONSES), (on_messages, MESSAGES)):
        calls = [part for part in answer(body, provider).parts if isinstance(part, ToolCall)]
        assert [call.name for call in calls] == ["read", "run"]
        assert_named_apart(calls)
