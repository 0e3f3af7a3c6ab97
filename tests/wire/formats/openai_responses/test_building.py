import json

import pytest

from coderouter_cli.domain.conversation import (
    FormatName,
    JsonObject,
    Opaque,
    Reasoning,
    ToolCall,
    ToolKind,
    Unknown,
)
from coderouter_cli.domain.events import (
    PartDelta,
    Stopped,
    StopReason,
)
from tests.wire.formats.openai_responses.kit import (
    PATCH,
    SHELL,
    TOOLS,
    added,
    completed,
    created,
    decode,
    done,
    of,
    stream,
)
from tests.wire.grammar import parts_of


def test_reasoning_joins_its_parts_and_keeps_the_encrypted_content() -> None:
    item = {"type": "reasoning", "id": "rs_1", "encrypted_content": "gAAA", "summary": []}
    data = stream(
        created(),
        added(0, {"type": "reasoning", "id": "rs_1", "summary": []}),
        of("reasoning_summary_text.delta", 0, summary_index=0, delta="First"),
        of("reasoning_summary_text.done", 0, summary_index=0, text="First."),
        of("reasoning_summary_text.delta", 0, summary_index=1, delta="Second."),
        done(0, item),
        completed(),
    )
    opaque = Opaque(FormatName.OPENAI_RESPONSES, "encrypted", "gAAA", cuts=(6, 7))
    whole = Reasoning("First.\n\nSecond.", opaque, "rs_1")
    assert parts_of(decode(data)) == [whole]


def test_open_reasoning_needs_no_carrier() -> None:
    item = {
        "type": "reasoning",
        "content": [{"type": "reasoning_text", "text": "thinking"}],
        "encrypted_content": "a provider's own",
    }
    data = stream(
        added(0, {"type": "reasoning"}),
        of("reasoning_text.delta", 0, content_index=0, delta="thin"),
        done(0, item),
        completed(),
    )
    assert parts_of(decode(data)) == [Reasoning("thinking")]


def test_calls_come_back_in_the_clients_terms() -> None:
    patch = "*** Begin Patch\n+é"
    data = stream(
        created(),
        added(0, {"type": "function_call", "id": "a", "call_id": "c1", "name": "shell", "arguments": ""}),
        added(1, {"type": "function_call", "id": "b", "call_id": "c2", "name": "apply_patch"}),
        of("function_call_arguments.delta", 0, delta='{"cmd":'),
        of("function_call_arguments.delta", 1, delta='{"input":'),
        of("function_call_arguments.delta", 0, delta='"ls"}'),
        of("function_call_arguments.done", 0, arguments='{"cmd":"ls"}'),
        of("function_call_arguments.delta", 1, delta=json.dumps(patch) + "}"),
        done(0, {"type": "function_call", "call_id": "c1", "name": "shell", "arguments": '{"cmd":"ls"}'}),
        done(1, {"type": "function_call", "call_id": "c2", "name": "apply_patch"}),
        done(2, {"type": "function_call", "call_id": "c3", "name": "clock--sleep", "arguments": ""}),
        done(3, {"type": "function_call", "call_id": "c4", "name": "sleep", "namespace": "clock"}),
        completed(),
    )
    events = decode(data, *TOOLS)
    assert parts_of(events) == [
        ToolCall("c1", "shell", '{"cmd":"ls"}'),
        ToolCall("c2", "apply_patch", patch, ToolKind.CUSTOM),
        ToolCall("c3", "sleep", "{}", namespace="clock"),
        ToolCall("c4", "sleep", "{}", namespace="clock"),
    ]
    assert [event.text for event in events if isinstance(event, PartDelta) and event.key == 1] == [patch]
    assert events[-1] == Stopped(StopReason.TOOL_USE)


def test_a_custom_call_streams_its_text() -> None:
    data = stream(
        added(0, {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": ""}),
        of("custom_tool_call_input.delta", 0, delta="*** "),
        of("custom_tool_call_input.delta", 0, delta="End"),
        of("custom_tool_call_input.done", 0, input="*** End"),
        done(0, {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": "*** End"}),
        completed(),
    )
    events = decode(data, PATCH)
    assert parts_of(events) == [ToolCall("c", "apply_patch", "*** End", ToolKind.CUSTOM)]
    assert [event.text for event in events if isinstance(event, PartDelta)] == ["*** ", "End"]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param([of("function_call_arguments.done", 0, arguments='{"a":1}')], id="only on .done"),
        pytest.param([], id="only in the item"),
        pytest.param([of("function_call_arguments.delta", 0, delta='{"a"')], id="cut delta"),
    ],
)
def test_arguments_that_come_late_are_not_lost(events: list[JsonObject]) -> None:
    item = {"type": "function_call", "call_id": "c", "name": "shell", "arguments": '{"a":1}'}
    data = stream(created(), added(0, {**item, "arguments": ""}), *events, done(0, item), completed())
    assert parts_of(decode(data, SHELL)) == [ToolCall("c", "shell", '{"a":1}')]


def test_a_call_starts_when_its_name_is_known() -> None:
    data = stream(
        added(0, {"type": "function_call", "call_id": "c", "name": ""}),
        of("function_call_arguments.delta", 0, delta='{"a":'),
        done(0, {"type": "function_call", "call_id": "c", "name": "shell", "arguments": '{"a":1}'}),
        added(1, {"type": "function_call", "name": ""}),
        completed(),
    )
    assert parts_of(decode(data, SHELL)) == [ToolCall("c", "shell", '{"a":1}')]


def test_odd_ids_are_made_safe_and_missing_ones_made() -> None:
    data = stream(
        created(),
        done(0, {"type": "function_call", "call_id": "Bash:0", "name": "shell", "arguments": "{}"}),
        done(1, {"type": "function_call", "name": "shell", "arguments": "{}"}),
        completed(),
    )
    ids = [part.id for part in parts_of(decode(data, SHELL)) if isinstance(part, ToolCall)]
    assert ids[0].startswith("Bash_0_")
    assert ids[1].startswith("call_")


def test_the_wrapper_of_parallel_calls_is_opened() -> None:
    uses = [
        {"recipient_name": "functions.shell", "parameters": {"cmd": "ls"}},
        {"recipient_name": "functions.apply_patch", "parameters": {"input": "*** End"}},
    ]
    item = {"type": "function_call", "call_id": "c", "name": "multi_tool_use.parallel"}
    data = stream(
        added(0, item),
        of("function_call_arguments.delta", 0, delta=json.dumps({"tool_uses": uses})),
        done(0, item),
        completed(),
    )
    first, second = parts_of(decode(data, *TOOLS))
    assert isinstance(first, ToolCall)
    assert isinstance(second, ToolCall)
    assert (first.name, first.arguments) == ("shell", '{"cmd": "ls"}')
    assert (second.name, second.arguments, second.kind) == ("apply_patch", "*** End", ToolKind.CUSTOM)
    assert first.id != second.id


def test_a_wrapper_that_wraps_nothing_stays_a_call() -> None:
    item = {"type": "function_call", "call_id": "c", "name": "multi_tool_use.parallel", "arguments": "[1]"}
    assert parts_of(decode(stream(done(0, item), completed()))) == [ToolCall("c", item["name"], "[1]")]


def test_unknown_items_are_kept_whole() -> None:
    item = {"type": "compaction", "id": "cmp", "encrypted_content": "gAAA"}
    data = stream(added(0, {"type": "compaction"}), done(0, item), added(1, {"type": "odd"}), completed())
    assert parts_of(decode(data)) == [Unknown(FormatName.OPENAI_RESPONSES, "compaction", item)]
