import json

import pytest

from coderouter_cli.domain.conversation import JsonObject, ToolCall, ToolKind
from coderouter_cli.wire.formats.openai_responses.calls import skeleton, whole_calls
from coderouter_cli.wire.toolnames import ToolNames, flat_name
from tests.wire.formats.openai_responses.kit import TOOLS, call

NAMES = ToolNames(TOOLS)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (call("c", "shell"), ("shell", None, ToolKind.FUNCTION)),
        (call("c", "apply_patch"), ("apply_patch", None, ToolKind.CUSTOM)),
        (call("c", "clock--sleep"), ("sleep", "clock", ToolKind.FUNCTION)),
        (call("c", "sleep", namespace="clock"), ("sleep", "clock", ToolKind.FUNCTION)),
        (call("c", "unheard", namespace="of"), ("unheard", "of", ToolKind.FUNCTION)),
        (call("c", "unheard"), ("unheard", None, ToolKind.FUNCTION)),
        ({"type": "custom_tool_call", "name": "unheard"}, ("unheard", None, ToolKind.CUSTOM)),
        ({"type": "function_call", "name": None}, ("", None, ToolKind.FUNCTION)),
    ],
)
def test_a_call_in_the_clients_terms(item: JsonObject, expected: tuple[str, str | None, ToolKind]) -> None:
    found = skeleton(item, NAMES, "fallback")
    assert (found.name, found.namespace, found.kind) == expected
    assert found.arguments == ""
    assert found.id == (item.get("call_id") or "fallback")


@pytest.mark.parametrize(
    ("item", "arguments"),
    [
        (call("c", "shell", '{"a":1}'), '{"a":1}'),
        (call("c", "shell", ""), "{}"),
        (call("c", "apply_patch", '{"input":"*** x"}'), "*** x"),
        (call("c", "apply_patch", "*** raw"), "*** raw"),
        (
            {"type": "custom_tool_call", "call_id": "c", "name": "apply_patch", "input": '{"input":1}'},
            '{"input":1}',
        ),
    ],
)
def test_arguments(item: JsonObject, arguments: str) -> None:
    (found,) = whole_calls(item, NAMES, "fallback")
    assert found.arguments == arguments


def test_a_wrapper_is_not_opened_twice() -> None:
    inner = {"tool_uses": [{"recipient_name": "multi_tool_use.parallel", "parameters": {}}]}
    item = call("c", "multi_tool_use.parallel", json.dumps(inner))
    assert whole_calls(item, NAMES, "") == [ToolCall("c", "multi_tool_use.parallel", json.dumps(inner))]


def test_a_tool_of_that_name_is_left_alone() -> None:
    spaced = ToolNames([])
    name = flat_name("multi_tool_use.parallel")
    assert whole_calls(call("c", name, "{}"), spaced, "") == [ToolCall("c", name, "{}")]
