"""What goes wrong with the arguments of calls: P46, P47 and P61."""

import json
from typing import Any

import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject, Tool, ToolCall, ToolKind
from coderouter_cli.domain.events import PartStarted, Stopped, StopReason
from coderouter_cli.wire.toolnames import flat_name
from tests.pitfalls.keeping import kept_whole
from tests.pitfalls.kit import (
    CHAT,
    ELSEWHERE,
    LUNA,
    MESSAGES,
    OPUS,
    RESPONSES,
    answer,
    assistant,
    block,
    call_delta,
    called,
    chat,
    chat_call,
    chat_function,
    chat_result,
    chunk,
    claude,
    codex,
    completed,
    decoded,
    function,
    item,
    message_end,
    message_start,
    only,
    output,
    sent,
    shown,
    shown_whole,
    stream,
    tool,
    tool_result,
    tool_use,
    user,
)
from tests.pitfalls.streaming import CREATED, DONE, FORMATS, added, calls_of, finished, more

WAYS = [(OPUS, MESSAGES), *ELSEWHERE]


def answered(
    provider: FormatName, name: str, arguments: str, *, whole: bool, tools: tuple[Tool, ...] = ()
) -> list[ToolCall]:
    """The calls in an answer that has one with these arguments."""
    if whole:
        read = answer(_whole(provider, name, arguments), provider, tools)
        assert read.stop is StopReason.TOOL_USE
        return [part for part in read.parts if isinstance(part, ToolCall)]
    events = decoded(_streamed(provider, name, arguments), provider, tools)
    assert isinstance(events[-1], Stopped)
    assert events[-1].reason is StopReason.TOOL_USE
    announced = [e.part for e in events if isinstance(e, PartStarted)]
    found = calls_of(events)
    assert [(part.id, part.name) for part in announced if isinstance(part, ToolCall)] == [
        (call.id, call.name) for call in found
    ], "no other call is shown to the client"
    return found


def _whole(provider: FormatName, name: str, arguments: str) -> JsonObject:
    if provider is CHAT:
        message = {"tool_calls": [chat_call("c", name, arguments)]}
        return {"id": "c1", "choices": [{"message": message, "finish_reason": "tool_calls"}]}
    if provider is RESPONSES:
        return {"id": "r1", "status": "completed", "output": [called("c", name, arguments)]}
    call = tool_use("c", name, **json.loads(arguments or "{}"))
    return {"id": "m1", "content": [call], "stop_reason": "tool_use"}


def _streamed(provider: FormatName, name: str, arguments: str) -> bytes:
    pieces = [arguments[:9], arguments[9:]] if arguments else []
    if provider is CHAT:
        rest = (chunk(call_delta(0, None, piece)) for piece in pieces)
        return stream(chunk(call_delta(0, name, id="c")), *rest, chunk({}, "tool_calls"), DONE)
    if provider is RESPONSES:
        grown = (more(0, piece) for piece in pieces)
        end = finished(0, called("c", name, arguments))
        return stream(CREATED, added(0, called("c", name, "")), *grown, end, completed())
    deltas = ({"type": "input_json_delta", "partial_json": piece} for piece in pieces)
    return stream(message_start(), *block(0, tool_use("c", name), *deltas), *message_end("tool_use"))


# P46: arguments in the beginning of a block, and none at all


@pytest.mark.parametrize("deltas", [[], ["{}"], ['{"a"', ":1}"]], ids=["alone", "before none", "before all"])
@pytest.mark.parametrize("kind", [ToolKind.FUNCTION, ToolKind.CUSTOM])
def test_p46_arguments_in_the_beginning_of_a_block_are_read(kind: ToolKind, deltas: list[str]) -> None:
    given = {"a": 1} if kind is ToolKind.FUNCTION else {"input": "*** Begin"}
    if deltas and kind is ToolKind.CUSTOM:
        deltas = [json.dumps(given)]
    pieces = ({"type": "input_json_delta", "partial_json": piece} for piece in deltas)
    made = stream(message_start(), *block(0, tool_use("c", "t", **given), *pieces), *message_end("tool_use"))
    call = only(calls_of(decoded(made, MESSAGES, (Tool("t", kind=kind),))))
    if deltas == ["{}"]:
        assert call.arguments == "{}", "what came last"
    else:
        assert call.arguments == ('{"a":1}' if kind is ToolKind.FUNCTION else "*** Begin")


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
@pytest.mark.parametrize("provider", FORMATS)
def test_p46_no_arguments_are_an_empty_object(provider: FormatName, *, whole: bool) -> None:
    assert only(answered(provider, "now", "", whole=whole)).arguments == "{}"


@pytest.mark.parametrize("provider", FORMATS)
def test_p46_a_messages_client_is_shown_an_input_in_the_beginning(provider: FormatName) -> None:
    for arguments in ("", '{"path":"a"}'):
        events = shown(decoded(_streamed(provider, "now", arguments), provider), MESSAGES)
        start = only(event for event in events if event["type"] == "content_block_start")
        assert start["content_block"].get("input") == {}


def history(client: FormatName, arguments: Any) -> JsonObject:
    """A request after a call with these arguments."""
    if client is RESPONSES:
        items = (item("user", "Hi"), called("c", "read", arguments), output("c"))
        return codex(*items, tools=[function()])
    if client is CHAT:
        said = {"role": "assistant", "content": None, "tool_calls": [chat_call("c", "read", arguments)]}
        return chat(user("Hi"), said, chat_result("c"), tools=[chat_function()])
    said = {**tool_use("c", "read"), "input": arguments}
    return claude(user("Hi"), assistant(said), user(tool_result("c", "ok")), tools=[tool("read")])


def arguments_in(written: Any, wanted: FormatName) -> Any:
    """The arguments of the one call in a request, as its format has them."""
    if wanted is MESSAGES:
        blocks = (one for m in written["messages"] if isinstance(m["content"], list) for one in m["content"])
        return only(one["input"] for one in blocks if one["type"] == "tool_use")
    if wanted is RESPONSES:
        return only(one["arguments"] for one in written["input"] if one["type"] == "function_call")
    return only(
        call["function"]["arguments"] for m in written["messages"] for call in m.get("tool_calls", ())
    )


@pytest.mark.parametrize(("model", "wanted"), WAYS)
@pytest.mark.parametrize("client", [RESPONSES, CHAT])
def test_p46_no_arguments_in_a_history_are_an_empty_object(
    client: FormatName, model: str, wanted: FormatName
) -> None:
    if client is wanted and model == LUNA:
        return  # OpenAI's own words to OpenAI
    found = arguments_in(sent(history(client, ""), client, model, wanted=wanted).json, wanted)
    assert found == ({} if wanted is MESSAGES else "{}")


# P47: arguments that are no JSON

BROKEN = '{"path": "a'


@pytest.mark.parametrize(("model", "wanted"), WAYS)
@pytest.mark.parametrize("client", FORMATS)
def test_p47_broken_arguments_are_sent_back_as_an_object(
    client: FormatName, model: str, wanted: FormatName
) -> None:
    if client is wanted and model == LUNA:
        return  # OpenAI's own words to OpenAI
    for broken in (BROKEN, "[1]", "7"):
        found = arguments_in(sent(history(client, broken), client, model, wanted=wanted).json, wanted)
        expected = {"input": broken}
        assert found == (expected if wanted is MESSAGES else json.dumps(expected)), "nothing is lost"


@pytest.mark.parametrize(("model", "wanted"), WAYS)
@pytest.mark.parametrize("client", FORMATS)
def test_p47_whole_ones_stay_as_they_are(client: FormatName, model: str, wanted: FormatName) -> None:
    arguments = '{"path":"a"}'
    given = json.loads(arguments) if client is MESSAGES else arguments
    found = arguments_in(sent(history(client, given), client, model, wanted=wanted).json, wanted)
    assert found == (json.loads(arguments) if wanted is MESSAGES else arguments)


def test_p47_an_object_that_was_kept_as_text_is_that_object() -> None:
    for model, wanted in WAYS:
        found = arguments_in(
            sent(history(MESSAGES, '{"path":"a"}'), MESSAGES, model, wanted=wanted).json, wanted
        )
        assert found == ({"path": "a"} if wanted is MESSAGES else '{"path":"a"}')


@pytest.mark.parametrize("provider", [RESPONSES, CHAT])
def test_p47_a_messages_client_never_gets_text_as_a_calls_input(provider: FormatName) -> None:
    body = shown_whole(answer(_whole(provider, "read", BROKEN), provider), MESSAGES)
    assert only(only(kept_whole(body, MESSAGES))["content"])["input"] == {"input": BROKEN}


# P61: the wrapper around parallel calls

PARALLEL = "multi_tool_use.parallel"
LONG = "mcp__" + "a_very_long_server_name" * 4
TOOLS = (
    Tool("read"),
    Tool("apply_patch", kind=ToolKind.CUSTOM),
    Tool("spawn", namespace="agents"),
    Tool(LONG),
)
USES: list[JsonObject] = [
    {"recipient_name": "functions.read", "parameters": {"path": "ä"}},
    {"recipient_name": "functions.apply_patch", "parameters": {"input": "*** Begin"}},
    {"recipient_name": "functions.agents--spawn", "parameters": {}},
    {"recipient_name": f"functions.{flat_name(LONG)}", "parameters": {"a": 1}},
    {"recipient_name": "functions.unlisted", "parameters": {"a": 1}},
    {"recipient_name": "read", "parameters": {"path": "b"}},
]


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
@pytest.mark.parametrize("provider", [RESPONSES, CHAT])
def test_p61_the_calls_in_a_wrapper_are_what_was_meant(provider: FormatName, *, whole: bool) -> None:
    found = answered(provider, PARALLEL, json.dumps({"tool_uses": USES}), whole=whole, tools=TOOLS)
    assert [(call.namespace, call.name, call.kind.value, call.arguments) for call in found] == [
        (None, "read", "function", '{"path": "ä"}'),
        (None, "apply_patch", "custom", "*** Begin"),
        ("agents", "spawn", "function", "{}"),
        (None, LONG, "function", '{"a": 1}'),
        (None, "unlisted", "function", '{"a": 1}'),
        (None, "read", "function", '{"path": "b"}'),
    ]
    assert len({call.id for call in found}) == len(USES)
    assert [call.id for call in found] == [
        call.id
        for call in answered(provider, PARALLEL, json.dumps({"tool_uses": USES}), whole=whole, tools=TOOLS)
    ]


@pytest.mark.parametrize("provider", [RESPONSES, CHAT])
def test_p61_calls_beside_a_wrapper_have_ids_of_their_own(provider: FormatName) -> None:
    arguments = json.dumps({"tool_uses": USES[:2]})
    if provider is CHAT:
        deltas = [call_delta(n, PARALLEL, arguments, id=one) for n, one in enumerate(("x", "y"))]
        made = stream(*map(chunk, deltas), chunk(call_delta(2, "read", "{}")), chunk({}, "tool_calls"), DONE)
    else:
        items = [called("x", PARALLEL, arguments), called("y", PARALLEL, arguments), called("", "read")]
        made = stream(CREATED, *(finished(n, one) for n, one in enumerate(items)), completed())
    found = calls_of(decoded(made, provider, TOOLS))
    assert sorted(call.name for call in found) == [*["apply_patch"] * 2, *["read"] * 3]
    assert len({call.id for call in found}) == len(found)


@pytest.mark.parametrize("client", FORMATS)
@pytest.mark.parametrize("provider", [RESPONSES, CHAT])
def test_p61_no_client_hears_of_it(provider: FormatName, client: FormatName) -> None:
    events = decoded(_streamed(provider, PARALLEL, json.dumps({"tool_uses": USES})), provider, TOOLS)
    written = json.dumps(shown(events, client, tools=TOOLS))
    assert (PARALLEL in written, "unlisted" in written) == (False, True)


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
@pytest.mark.parametrize("provider", [RESPONSES, CHAT])
def test_p61_what_only_looks_like_one_is_passed_on(provider: FormatName, *, whole: bool) -> None:
    for arguments in ("{}", '{"tool_uses":[]}', '{"tool_uses'):
        call = only(answered(provider, PARALLEL, arguments, whole=whole))
        assert (call.name, call.arguments) == (PARALLEL, arguments)
