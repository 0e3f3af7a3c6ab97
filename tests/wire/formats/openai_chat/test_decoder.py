"""Provider streams, decoded."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import Reasoning, Refusal, Text, Tool, ToolCall, ToolKind
from coderouter_cli.domain.events import (
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Started,
    Stopped,
    StopReason,
    Unreadable,
    UsageSeen,
)
from coderouter_cli.domain.failure import FailureKind
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT
from coderouter_cli.wire.sse import MAX_EVENT_BYTES
from tests.wire.formats.openai_chat.kit import calling, chunk, data, decode
from tests.wire.grammar import decode_at_every_split, feed_all, parts_of, usage_of

DONE = "[DONE]"

OPENAI_STREAM = b"""\
data: {"id":"chatcmpl-A1","object":"chat.completion.chunk","created":1764000000,"model":"gpt-6-luna",\
"service_tier":"default","choices":[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},\
"logprobs":null,"finish_reason":null}],"usage":null}

data: {"id":"chatcmpl-A1","object":"chat.completion.chunk","created":1764000000,"model":"gpt-6-luna",\
"choices":[{"index":0,"delta":{"content":"Gr\xc3\xbc\xc3\x9f"},"finish_reason":null}],"usage":null}

data: {"id":"chatcmpl-A1","object":"chat.completion.chunk","created":1764000000,"model":"gpt-6-luna",\
"choices":[{"index":0,"delta":{"content":"e"},"finish_reason":null}],"usage":null}

data: {"id":"chatcmpl-A1","object":"chat.completion.chunk","created":1764000000,"model":"gpt-6-luna",\
"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":null}

data: {"id":"chatcmpl-A1","object":"chat.completion.chunk","created":1764000000,"model":"gpt-6-luna",\
"service_tier":"default","choices":[],"usage":{"prompt_tokens":2006,"completion_tokens":300,\
"total_tokens":2306,"prompt_tokens_details":{"cached_tokens":1920,"cache_write_tokens":64},\
"completion_tokens_details":{"reasoning_tokens":256}}}

data: [DONE]

"""

DEEPSEEK_STREAM = b"""\
: keep-alive

data: {"id":"d1","object":"chat.completion.chunk","created":1764000000,"model":"deepseek-flash",\
"choices":[{"index":0,"delta":{"role":"assistant","content":null,"reasoning_content":""},"finish_reason":null}]}

data: {"id":"d1","model":"deepseek-flash","choices":[{"index":0,"delta":{"content":null,\
"reasoning_content":"List the "},"finish_reason":null}]}

: keep-alive

data: {"id":"d1","model":"deepseek-flash","choices":[{"index":0,"delta":{"content":null,\
"reasoning_content":"files."},"finish_reason":null}]}

data: {"id":"d1","model":"deepseek-flash","choices":[{"index":0,"delta":{"content":"Looking."},\
"finish_reason":null}]}

data: {"id":"d1","model":"deepseek-flash","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,\
"id":"call_00_a","type":"function","function":{"name":"Bash","arguments":""}}]},"finish_reason":null}]}

data: {"id":"d1","model":"deepseek-flash","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,\
"function":{"arguments":"{\\"command\\": "}}]},"finish_reason":null}]}

data: {"id":"d1","model":"deepseek-flash","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,\
"function":{"arguments":"\\"ls\\"}"}}]},"finish_reason":null}]}

data: {"id":"d1","model":"deepseek-flash","choices":[{"index":0,"delta":{"content":""},\
"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1000,"completion_tokens":50,"total_tokens":1050,\
"prompt_cache_hit_tokens":896,"prompt_cache_miss_tokens":104,\
"completion_tokens_details":{"reasoning_tokens":20}}}

data: [DONE]
"""


def test_openai_usage_comes_after_the_reason_and_before_the_end() -> None:
    assert decode(OPENAI_STREAM)[:-2] == [
        Started("chatcmpl-A1", "gpt-6-luna"),
        PartStarted(0, Text("")),
        PartDelta(0, "Grüß"),
        PartDelta(0, "e"),
        PartEnded(0, Text("Grüße")),
    ]
    seen, end = decode(OPENAI_STREAM)[-2:]
    assert isinstance(seen, UsageSeen)
    assert seen.final
    assert seen.usage == Usage(
        input=22, cache_read=1920, cache_write=64, output=300, reasoning=256, tier="default"
    )
    assert seen.raw["completion_tokens"] == 300
    assert end == Stopped(StopReason.END_TURN)


def test_deepseek_thinks_speaks_and_calls() -> None:
    events = decode(DEEPSEEK_STREAM)
    assert parts_of(events) == [
        Reasoning("List the files."),
        Text("Looking."),
        ToolCall("call_00_a", "Bash", '{"command": "ls"}'),
    ]
    seen = usage_of(events)
    assert seen is not None
    assert seen.usage == Usage(input=104, cache_read=896, output=50, reasoning=20)
    assert events[-1] == Stopped(StopReason.TOOL_USE)


def test_prose_is_complete_before_a_call_begins() -> None:
    kinds = [type(event) for event in decode(DEEPSEEK_STREAM)]
    text_end = kinds.index(PartEnded, kinds.index(PartEnded) + 1)
    assert kinds[text_end + 1] is PartStarted
    assert kinds.count(PartStarted) == 3


@pytest.mark.parametrize("stream", [OPENAI_STREAM, DEEPSEEK_STREAM, OPENAI_STREAM.replace(b"\n", b"\r\n")])
def test_the_events_do_not_depend_on_where_the_bytes_are_cut(stream: bytes) -> None:
    assert decode_at_every_split(OPENAI_CHAT.decoder, stream) == decode(stream)


def test_azure_opens_with_a_chunk_that_says_nothing() -> None:
    opening = {"id": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}
    events = decode(data(opening, chunk({"content": "Hi"}), chunk({}, "stop"), DONE))
    assert events[0] == Started("chatcmpl-1", "served-model")


def test_no_usage_no_usage_event() -> None:
    events = decode(data(chunk({"content": "Hi"}), chunk({}, "stop"), DONE))
    assert usage_of(events) is None
    assert events[-1] == Stopped(StopReason.END_TURN)


def test_usage_in_every_chunk_is_final_only_at_the_end() -> None:
    running = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6}
    events = decode(
        data(
            chunk({"content": "Hi"}, usage=running),
            chunk({"content": "!"}, usage=running),
            chunk({}, "stop"),
            DONE,
        )
    )
    assert [event.final for event in events if isinstance(event, UsageSeen)] == [False, False, True]


def test_moonshot_puts_usage_into_the_choice() -> None:
    last = chunk({}, "stop")
    last["choices"][0]["usage"] = {"prompt_tokens": 10, "completion_tokens": 2, "cached_tokens": 8}
    seen = usage_of(decode(data(chunk({"content": "Hi"}), last, DONE)))
    assert seen is not None
    assert seen.usage == Usage(input=2, cache_read=8, output=2)


def test_an_empty_event_says_nothing() -> None:
    assert parts_of(decode(b"data:\n\n" + data(chunk({"content": "Hi"}), chunk({}, "stop")))) == [Text("Hi")]


def test_done_without_its_line_end() -> None:
    stream = data(chunk({"content": "Hi"}), chunk({}, "stop")) + b"data: [DONE]"
    assert decode(stream)[-1] == Stopped(StopReason.END_TURN)


def test_the_end_is_held_until_done_or_the_last_byte() -> None:
    decoder = OPENAI_CHAT.decoder()
    assert len(decoder.feed(data(chunk({"content": "Hi"}), chunk({}, "stop")))) == 3
    assert decoder.close() == [PartEnded(0, Text("Hi")), Stopped(StopReason.END_TURN)]


@pytest.mark.parametrize(
    ("reason", "stop"),
    [
        ("stop", StopReason.END_TURN),
        ("length", StopReason.MAX_TOKENS),
        ("content_filter", StopReason.REFUSAL),
        ("eos", StopReason.END_TURN),
    ],
)
def test_finish_reasons(reason: str, stop: StopReason) -> None:
    assert decode(data(chunk({"content": "Hi"}), chunk({}, reason), DONE))[-1] == Stopped(stop)


@pytest.mark.parametrize("reason", ["tool_calls", "function_call", "stop"])
def test_an_answer_with_calls_stops_for_them_whatever_the_provider_says(reason: str) -> None:
    stream = data(chunk(calling(index=0, id="c1", name="Bash", arguments="{}")), chunk({}, reason), DONE)
    assert decode(stream)[-1] == Stopped(StopReason.TOOL_USE)


def test_calls_cut_by_the_limit_are_not_complete() -> None:
    stream = data(chunk(calling(index=0, id="c1", name="Bash", arguments='{"a')), chunk({}, "length"), DONE)
    assert decode(stream)[-1] == Stopped(StopReason.MAX_TOKENS)


def test_tool_calls_without_any_call_is_an_ordinary_end() -> None:
    assert decode(data(chunk({"content": "Hi"}), chunk({}, "tool_calls"), DONE))[-1] == Stopped(
        StopReason.END_TURN
    )


def test_vllm_names_the_stop_sequence_that_matched() -> None:
    last = chunk({}, "stop")
    last["choices"][0]["stop_reason"] = "</block>"
    assert decode(data(chunk({"content": "no"}), last, DONE))[-1] == Stopped(
        StopReason.STOP_SEQUENCE, "</block>"
    )


def test_a_refusal_is_a_part_of_its_own_and_decides_the_end() -> None:
    events = decode(data(chunk({"refusal": "I can"}), chunk({"refusal": "not."}), chunk({}, "stop"), DONE))
    assert parts_of(events) == [Refusal("I cannot.")]
    assert events[-1] == Stopped(StopReason.REFUSAL, "I cannot.")


def test_reasoning_in_openrouters_field_and_not_twice_when_both_are_filled() -> None:
    stream = data(
        chunk({"reasoning": "a"}),
        chunk({"reasoning": "b", "reasoning_content": "b"}),
        chunk({}, "stop"),
        DONE,
    )
    assert parts_of(decode(stream)) == [Reasoning("ab")]


def test_thinking_between_texts_makes_three_parts() -> None:
    stream = data(
        chunk({"content": "a"}),
        chunk({"reasoning_content": "b"}),
        chunk({"content": "c"}),
        chunk({}, "stop"),
        DONE,
    )
    assert parts_of(decode(stream)) == [Text("a"), Reasoning("b"), Text("c")]


def test_content_as_a_list_of_parts() -> None:
    content = [{"type": "thinking", "thinking": []}, {"type": "text", "text": "Hi"}]
    assert parts_of(decode(data(chunk({"content": content}), chunk({}, "stop"), DONE))) == [Text("Hi")]


def test_a_server_that_names_a_reason_in_every_chunk() -> None:
    stream = data(chunk({"content": "a"}, "stop"), chunk({"content": "b"}, "stop"), DONE)
    assert parts_of(decode(stream)) == [Text("ab")]


def test_a_whole_message_instead_of_a_delta() -> None:
    whole = {**chunk(), "choices": [{"index": 0, "message": {"content": "Hi"}, "finish_reason": "stop"}]}
    assert parts_of(decode(data(whole, DONE))) == [Text("Hi")]


# Tool calls


def arguments(*events: Event) -> list[tuple[str, str]]:
    return [(part.name, part.arguments) for part in parts_of(events) if isinstance(part, ToolCall)]


def test_interleaved_parallel_calls_stay_apart() -> None:
    stream = data(
        chunk(calling(index=0, id="c0", name="Read", arguments="")),
        chunk(calling(index=1, id="c1", name="Bash", arguments="")),
        chunk(calling(index=1, arguments='{"b"')),
        chunk(calling(index=0, arguments='{"a"')),
        chunk(calling(index=1, arguments=":2}")),
        chunk(calling(index=0, arguments=":1}")),
        chunk({}, "tool_calls"),
        DONE,
    )
    assert arguments(*decode(stream)) == [("Read", '{"a":1}'), ("Bash", '{"b":2}')]


@pytest.mark.parametrize(
    "pieces",
    [
        # no index at all
        [
            {"id": "c0", "name": "Read", "arguments": '{"a":'},
            {"arguments": "1}"},
            {"id": "c1", "name": "Bash", "arguments": "{}"},
        ],
        # the index as a string
        [
            {"index": "0", "id": "c0", "name": "Read", "arguments": '{"a":1}'},
            {"index": "1", "id": "c1", "name": "Bash", "arguments": "{}"},
        ],
        # every call has index 0, told apart by id
        [
            {"index": 0, "id": "c0", "name": "Read", "arguments": '{"a":1}'},
            {"index": 0, "id": "c1", "name": "Bash", "arguments": "{}"},
        ],
        # every call has index 0 and no id: the first is complete when the next is named
        [
            {"index": 0, "name": "Read", "arguments": '{"a":1}'},
            {"index": 0, "name": "Bash", "arguments": "{}"},
        ],
        # id and name in every piece
        [
            {"index": 0, "id": "c0", "name": "Read", "arguments": '{"a"'},
            {"index": 0, "id": "c0", "name": "Read", "arguments": ":1}"},
            {"index": 1, "id": "c1", "name": "Bash", "arguments": "{}"},
        ],
        # another id in every piece, no index
        [
            {"id": "x1", "name": "Read", "arguments": '{"a"'},
            {"id": "x2", "arguments": ":1}"},
            {"id": "x3", "name": "Bash", "arguments": "{}"},
        ],
        # the index counts pieces instead of calls
        [
            {"index": 0, "id": "c0", "name": "Read", "arguments": '{"a"'},
            {"index": 1, "arguments": ":1}"},
            {"index": 2, "id": "c1", "name": "Bash", "arguments": "{}"},
        ],
        # an empty name first, then the name (https://github.com/router-for-me/CLIProxyAPI/issues/3748)
        [
            {"index": 0, "id": "c0", "name": "", "arguments": ""},
            {"index": 0, "name": "Read", "arguments": '{"a":1}'},
            {"index": 1, "id": "c1", "name": "Bash", "arguments": "{}"},
        ],
        # the name last
        [
            {"index": 0, "id": "c0", "arguments": '{"a":1}'},
            {"index": 0, "name": "Read"},
            {"index": 1, "id": "c1", "name": "Bash", "arguments": "{}"},
        ],
        # the finished call once more at the end
        [
            {"index": 0, "id": "c0", "name": "Read", "arguments": ""},
            {"index": 0, "arguments": '{"a":1}'},
            {"index": 1, "id": "c1", "name": "Bash", "arguments": "{}"},
            {"index": 0, "id": "c0", "name": "Read", "arguments": '{"a":1}'},
        ],
        # null where nothing is said
        [
            {"index": 0, "id": "c0", "name": "Read", "arguments": None},
            {"index": 0, "id": None, "name": None, "arguments": '{"a":1}'},
            {"index": 1, "id": "c1", "name": "Bash", "arguments": None},
        ],
        # arguments as an object
        [
            {"index": 0, "id": "c0", "name": "Read", "arguments": {"a": 1}},
            {"index": 1, "id": "c1", "name": "Bash", "arguments": {}},
        ],
    ],
)
def test_calls_with_missing_or_odd_index_and_id(pieces: list[dict[str, object]]) -> None:
    stream = data(*(chunk(calling(**piece)) for piece in pieces), chunk({}, "tool_calls"), DONE)
    found = arguments(*decode(stream))
    assert [(name, text.replace(" ", "")) for name, text in found] == [("Read", '{"a":1}'), ("Bash", "{}")]


@pytest.mark.parametrize(
    "pieces",
    [
        # one index, no id: the first is complete when the same tool is named again
        [
            {"index": 0, "name": "A", "arguments": '{"a":1}'},
            {"index": 0, "name": "A", "arguments": '{"a":2}'},
        ],
        # an id without an index, after another call has begun
        [
            {"id": "c0", "name": "A", "arguments": '{"a":'},
            {"id": "c1", "name": "A", "arguments": '{"a":2}'},
            {"id": "c0", "arguments": "1}"},
        ],
    ],
)
def test_two_calls_of_one_tool(pieces: list[dict[str, object]]) -> None:
    stream = data(*(chunk(calling(**piece)) for piece in pieces), chunk({}, "tool_calls"), DONE)
    assert arguments(*decode(stream)) == [("A", '{"a":1}'), ("A", '{"a":2}')]


def test_two_calls_of_one_tool_in_one_chunk_with_one_index() -> None:
    entry = calling(index=0, name="A", arguments="{}")["tool_calls"][0]
    found = decode(data(chunk({"tool_calls": [entry, entry]}), chunk({}, "stop"), DONE))
    assert arguments(*found) == [("A", "{}"), ("A", "{}")]


def test_two_calls_of_one_chunk_with_one_index() -> None:
    both = {
        "tool_calls": [calling(index=0, name=name, arguments="{}")["tool_calls"][0] for name in ("A", "B")]
    }
    assert arguments(*decode(data(chunk(both), chunk({}, "stop"), DONE))) == [("A", "{}"), ("B", "{}")]


def test_missing_ids_are_minted_apart_and_unsafe_ones_made_safe() -> None:
    def ids(response: str) -> list[str]:
        stream = data(
            {**chunk(calling(index=0, name="A", arguments="{}")), "id": response},
            chunk(calling(index=1, name="A", arguments="{}")),
            chunk(calling(index=2, id="Bash:0", name="A", arguments="{}")),
            chunk({}, "tool_calls"),
            DONE,
        )
        return [part.id for part in parts_of(decode(stream)) if isinstance(part, ToolCall)]

    minted = [*ids("r1")[:2], *ids("r2")[:2]]
    assert len(set(minted)) == 4
    assert all(made.startswith("call_") for made in minted)
    assert ids("r1") == ids("r1")
    assert ids("r1")[2].startswith("Bash_0_")


def test_names_come_back_in_the_clients_terms() -> None:
    spawn = Tool("spawn_agent", namespace="collaboration")
    stream = data(
        chunk(calling(index=0, id="c", name="collaboration--spawn_agent", arguments="{}")), chunk({}, "stop")
    )
    assert parts_of(decode(stream, spawn)) == [ToolCall("c", "spawn_agent", "{}", namespace="collaboration")]


def test_openais_parallel_wrapper_is_left_alone() -> None:
    stream = data(
        chunk(calling(index=0, id="c", name="multi_tool_use.parallel", arguments="{}")), chunk({}, "stop")
    )
    assert arguments(*decode(stream)) == [("multi_tool_use.parallel", "{}")]


def test_a_custom_tools_text_is_unwrapped_in_one_delta() -> None:
    patch = Tool("apply_patch", kind=ToolKind.CUSTOM)
    stream = data(
        chunk(calling(index=0, id="c", name="apply_patch", arguments='{"inp')),
        chunk(calling(index=0, arguments='ut": "*** Begin\\nü"}')),
        chunk({}, "tool_calls"),
        DONE,
    )
    skeleton = ToolCall("c", "apply_patch", "", ToolKind.CUSTOM)
    assert decode(stream, patch)[1:-1] == [
        PartStarted(0, skeleton),
        PartDelta(0, "*** Begin\nü"),
        PartEnded(0, ToolCall("c", "apply_patch", "*** Begin\nü", ToolKind.CUSTOM)),
    ]


def test_a_native_custom_call_streams_as_it_comes() -> None:
    def custom(**inner: str) -> dict[str, object]:
        return {"tool_calls": [{"index": 0, "id": "c", "type": "custom", "custom": inner}]}

    stream = data(
        chunk(custom(name="apply_patch", input="")),
        chunk(custom(input='{"input":')),
        chunk(custom(input='"x"}')),
        chunk({}, "tool_calls"),
        DONE,
    )
    events = decode(stream, Tool("apply_patch", kind=ToolKind.CUSTOM))
    assert [event.text for event in events if isinstance(event, PartDelta)] == ['{"input":', '"x"}']
    assert parts_of(events) == [ToolCall("c", "apply_patch", '{"input":"x"}', ToolKind.CUSTOM)]


def test_the_old_function_call() -> None:
    stream = data(
        chunk({"function_call": {"name": "f", "arguments": ""}}),
        chunk({"function_call": {"arguments": "{}"}}),
        chunk({}, "function_call"),
        DONE,
    )
    assert arguments(*decode(stream)) == [("f", "{}")]


def test_a_call_without_a_name_cannot_be_run() -> None:
    end = decode(data(chunk(calling(index=0, id="c", arguments="{}")), chunk({}, "tool_calls"), DONE))[-1]
    assert isinstance(end, Failed)
    assert end.failure.kind is FailureKind.INTERNAL


def test_an_entry_that_says_nothing_is_no_call() -> None:
    events = decode(data(chunk({"content": "Hi"}), chunk(calling(index=0)), chunk({}, "stop"), DONE))
    assert events[-1] == Stopped(StopReason.END_TURN)


# Failures


def failed(stream: bytes) -> Failed:
    end = decode(stream)[-1]
    assert isinstance(end, Failed)
    return end


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ({"message": "Provider disconnected", "code": 502}, FailureKind.INTERNAL),
        ({"message": "Slow down", "code": 429}, FailureKind.RATE_LIMITED),
        ({"message": "Slow down", "type": "rate_limit_error"}, FailureKind.RATE_LIMITED),
        ({"message": "This model's maximum context length is 8 tokens", "code": 400}, FailureKind.TOO_LONG),
        ("overloaded", FailureKind.INTERNAL),
    ],
)
def test_an_error_inside_the_stream(error: object, kind: FailureKind) -> None:
    stream = b": OPENROUTER PROCESSING\n\n" + data(chunk({"content": "Hi"}), {"error": error}, DONE)
    assert failed(stream).failure.kind is kind


def test_an_error_inside_a_choice() -> None:
    broken = chunk({}, "error")
    broken["choices"][0]["error"] = {"message": "Upstream gone", "code": 503}
    assert failed(data(broken)).failure.kind is FailureKind.OVERLOADED


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("insufficient_system_resource", FailureKind.OVERLOADED),
        ("error", FailureKind.INTERNAL),
        ("abort", FailureKind.TRUNCATED),
    ],
)
def test_finish_reasons_that_are_failures(reason: str, kind: FailureKind) -> None:
    assert failed(data(chunk({"content": "Hi"}), chunk({}, reason), DONE)).failure.kind is kind


def test_an_error_after_the_answer_was_complete_does_not_undo_it() -> None:
    stream = data(chunk({"content": "Hi"}), chunk({}, "stop"), {"error": {"message": "usage failed"}})
    assert decode(stream)[-1] == Stopped(StopReason.END_TURN)


@pytest.mark.parametrize(
    "stream", [b"", data(DONE), data(chunk({"role": "assistant"})), data(chunk({"content": "Hi"}))]
)
def test_an_end_before_the_answer_is_complete(stream: bytes) -> None:
    assert failed(stream).failure.kind is FailureKind.TRUNCATED


def test_done_after_content_is_an_end_even_without_a_reason() -> None:
    assert decode(data(chunk({"content": "Hi"}), DONE))[-1] == Stopped(StopReason.END_TURN)


def test_what_was_open_stays_open_when_the_answer_breaks_off() -> None:
    assert not any(isinstance(event, PartEnded) for event in decode(data(chunk({"content": "Hi"}))))


@pytest.mark.parametrize("line", ["{", "[1]", "nonsense", '{"choices": [{"delta": '])
def test_what_is_no_chunk_is_a_loss_and_the_answer_goes_on(line: str) -> None:
    rest = data(chunk({"content": "!"}), chunk({}, "stop"), DONE)
    events = decode(data(chunk({"content": "Hi"}), line) + rest)
    assert events.count(Unreadable()) == 1
    assert parts_of(events) == [Text("Hi!")]
    assert events[-1] == Stopped(StopReason.END_TURN)


def test_half_a_chunk_at_the_end_is_where_the_stream_broke_off() -> None:
    events = decode(data(chunk({"content": "Hi"})) + b'data: {"choices": [{"del')
    assert Unreadable() not in events
    assert failed(data(chunk({"content": "Hi"})) + b'data: {"ch').failure.kind is FailureKind.TRUNCATED


def test_a_line_without_end_fails_and_does_not_raise() -> None:
    end = feed_all(OPENAI_CHAT.decoder(), [b"data: " + b"x" * MAX_EVENT_BYTES])[-1]
    assert isinstance(end, Failed)


odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "choices",
                    "delta",
                    "content",
                    "tool_calls",
                    "function",
                    "custom",
                    "name",
                    "arguments",
                    "index",
                    "id",
                    "usage",
                    "finish_reason",
                    "error",
                    "prompt_tokens",
                    "message",
                    "reasoning_content",
                    "type",
                    "text",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["choices", "usage", "error", "id"]), odd, max_size=4), max_size=5
    )
)
def test_no_stream_raises(chunks: list[dict[str, object]]) -> None:
    decode(data(*chunks))  # which also checks the grammar and the split byte by byte


@given(st.binary(max_size=200))
def test_no_bytes_raise(stream: bytes) -> None:
    feed_all(OPENAI_CHAT.decoder(), [stream])
