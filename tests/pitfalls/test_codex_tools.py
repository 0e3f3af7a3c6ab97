"""What goes wrong with the tools that Codex declares and nobody else knows: P31 to P35."""

import json
from typing import Any

import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject, Tool
from tests.pitfalls.keeping import kept, kept_whole
from tests.pitfalls.kit import (
    CHAT,
    FLASH,
    LUNA,
    MESSAGES,
    OPUS,
    RESPONSES,
    answer,
    block,
    call_delta,
    called,
    chat,
    chat_call,
    chat_result,
    chunk,
    codex,
    completed,
    decoded,
    function,
    item,
    message_end,
    message_start,
    only,
    output,
    request,
    response_event,
    sent,
    shown,
    shown_whole,
    stream,
    tool_use,
    user,
)

PATCH: dict[str, Any] = {
    "type": "custom",
    "name": "apply_patch",
    "description": "Edit files.",
    "format": {"type": "grammar", "syntax": "lark", "definition": "start: begin_patch hunk+ end_patch"},
}
CALL = {"type": "custom_tool_call", "call_id": "c1", "name": "apply_patch", "input": "*** Begin Patch\n"}
OUTPUT = {"type": "custom_tool_call_output", "call_id": "c1", "output": "Done"}
PATCHING = codex(item("user", "Hi"), CALL, OUTPUT, tools=[PATCH])
NOT_OPENAI = [(OPUS, MESSAGES), (FLASH, MESSAGES), (FLASH, RESPONSES), (FLASH, CHAT)]
"""Providers that know no custom tools, in every format."""
PROVIDERS = [MESSAGES, RESPONSES, CHAT]


def tools_of(body: JsonObject, client: FormatName = RESPONSES) -> tuple[Tool, ...]:
    return request(body, client).conversation.tools


def inner(definition: JsonObject) -> JsonObject:
    """A function's definition, whatever is around it."""
    return dict(definition.get("function", definition))


@pytest.mark.parametrize(("model", "wanted"), NOT_OPENAI)
def test_p31_a_freeform_tool_is_a_function_with_a_schema_elsewhere(model: str, wanted: FormatName) -> None:
    offered = inner(only(sent(PATCHING, RESPONSES, model, wanted=wanted).json["tools"]))
    schema = offered.get("parameters") or offered.get("input_schema") or {}
    assert schema.get("required") == ["input"]
    assert (schema["type"], schema["properties"]["input"]["type"]) == ("object", "string")
    assert offered.get("type", "function") == "function"
    assert "begin_patch" in json.dumps(schema), "the grammar is told in words"
    assert "function" in offered["description"], "and that its words are not to be taken literally"


@pytest.mark.parametrize("said", ["*** Begin Patch\n", '{"a": 1}', ""], ids=["words", "an-object", "nothing"])
@pytest.mark.parametrize(("model", "wanted"), NOT_OPENAI)
def test_p31_so_are_its_calls_in_the_history(model: str, wanted: FormatName, said: str) -> None:
    body = codex(item("user", "Hi"), {**CALL, "input": said}, OUTPUT, tools=[PATCH])
    written = sent(body, RESPONSES, model, wanted=wanted).json
    wrapped = {"input": said}
    if wanted is MESSAGES:
        blocks = [one for m in written["messages"] for one in m["content"] if isinstance(one, dict)]
        assert [one["input"] for one in blocks if one["type"] == "tool_use"] == [wrapped]
        assert [one["tool_use_id"] for one in blocks if one["type"] == "tool_result"] == ["c1"]
    elif wanted is RESPONSES:
        kinds = [one["type"] for one in written["input"] if one["type"] not in {"message", "reasoning"}]
        assert kinds == ["function_call", "function_call_output"]
        calls = [one["arguments"] for one in written["input"] if one["type"] == "function_call"]
        assert [json.loads(one) for one in calls] == [wrapped]
    else:
        calls = [
            call["function"]["arguments"] for m in written["messages"] for call in m.get("tool_calls", ())
        ]
        assert [json.loads(one) for one in calls] == [wrapped]
        assert [m["tool_call_id"] for m in written["messages"] if m["role"] == "tool"] == ["c1"]


@pytest.mark.parametrize(("model", "wanted"), NOT_OPENAI)
def test_p31_so_is_the_choice_of_it(model: str, wanted: FormatName) -> None:
    body = {**PATCHING, "tool_choice": {"type": "custom", "name": "apply_patch"}}
    chosen = sent(body, RESPONSES, model, wanted=wanted).json["tool_choice"]
    assert "custom" not in json.dumps(chosen)
    assert inner(chosen)["name"] == "apply_patch"


DECLARED = {"type": "custom", "custom": {"name": "apply_patch", "description": "Edit files."}}


def patching_chat(said: str) -> JsonObject:
    """A Chat client that knows custom tools, and has called one."""
    call = {"id": "c1", "type": "custom", "custom": {"name": "apply_patch", "input": said}}
    asked = {"role": "assistant", "tool_calls": [call]}
    choice = {"type": "custom", "custom": {"name": "apply_patch"}}
    return chat(user("Hi"), asked, chat_result("c1"), tools=[DECLARED], tool_choice=choice)


@pytest.mark.parametrize("said", ["*** Begin Patch\n", '{"a": 1}'], ids=["words", "an-object"])
def test_p31_on_chats_path_too_but_not_at_openai(said: str) -> None:
    written = sent(patching_chat(said), CHAT, FLASH).json
    call = only(written["messages"][1]["tool_calls"])
    assert inner(only(written["tools"])).get("parameters", {}).get("required") == ["input"]
    assert (call["type"], written["tool_choice"]["type"]) == ("function", "function")
    assert call["function"]["arguments"] == json.dumps({"input": said})
    assert sent(patching_chat(said), CHAT, LUNA).json["tools"] == [DECLARED]
    assert sent(PATCHING, RESPONSES, LUNA).json["tools"] == [PATCH]


def made_call(provider: FormatName, name: str, *pieces: str) -> bytes:
    """A function's call as a provider streams it, its arguments in these pieces."""
    if provider is MESSAGES:
        start = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
        return stream(message_start(), *block(0, start, *deltas), *message_end("tool_use"))
    if provider is RESPONSES:
        whole = {"id": "fc_1", **called("c1", name, "".join(pieces))}
        grown = "response.function_call_arguments.delta"
        return stream(
            response_event("response.output_item.added", output_index=0, item={**whole, "arguments": ""}),
            *(response_event(grown, output_index=0, item_id="fc_1", delta=piece) for piece in pieces),
            response_event("response.output_item.done", output_index=0, item=whole),
            completed(whole),
        )
    first = chunk(call_delta(0, name, "", id="c1"))
    rest = (chunk(call_delta(0, None, piece)) for piece in pieces)
    return stream(first, *rest, chunk({}, "tool_calls"), "data: [DONE]")


def whole_call(provider: FormatName, name: str, arguments: str) -> JsonObject:
    """A whole answer that calls a function."""
    if provider is MESSAGES:
        use = tool_use("toolu_1", name, **json.loads(arguments))
        return {"id": "m", "content": [use], "stop_reason": "tool_use"}
    if provider is RESPONSES:
        return {"id": "r", "status": "completed", "output": [called("c1", name, arguments)]}
    message = {"role": "assistant", "tool_calls": [chat_call("c1", name, arguments)]}
    return {"id": "c", "choices": [{"message": message, "finish_reason": "tool_calls"}]}


def items_made(provider: FormatName, tools: tuple[Tool, ...], name: str, *pieces: str) -> list[JsonObject]:
    """What a Responses client is given of a streamed call."""
    events = decoded(made_call(provider, name, *pieces), provider, tools)
    return kept(events, RESPONSES, tools=tools)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_p32_a_call_of_it_is_a_call_for_codex_and_no_text(provider: FormatName) -> None:
    tools = tools_of(PATCHING)
    arguments = '{"input": "*** Begin Patch\\n"}'
    streamed = items_made(provider, tools, "apply_patch", arguments)
    whole = answer(whole_call(provider, "apply_patch", arguments), provider, tools)
    for items in (streamed, kept_whole(shown_whole(whole, RESPONSES, tools=tools), RESPONSES)):
        assert [(one["type"], one.get("name")) for one in items] == [("custom_tool_call", "apply_patch")]


def test_p32_no_answer_is_relayed_that_calls_a_function_in_its_place() -> None:
    for body, client in ((PATCHING, RESPONSES), (patching_chat("x"), CHAT)):
        assert sent(body, client, FLASH).reencoded
        assert not sent(body, client, LUNA).reencoded


def test_p32_and_for_a_chat_client_that_declared_it() -> None:
    tools = tools_of(patching_chat("x"), CHAT)
    events = decoded(made_call(MESSAGES, "apply_patch", '{"input": "x"}'), MESSAGES, tools)
    calls = [call for one in shown(events, CHAT, tools=tools) for call in _calls(one)]
    assert calls[0]["type"] == "custom"
    assert "".join(call["custom"].get("input", "") for call in calls) == "x"


def _calls(one: Any) -> list[Any]:
    return [call for choice in one["choices"] for call in choice["delta"].get("tool_calls", ())]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_p33_its_text_is_raw_and_streamed_while_it_grows(provider: FormatName) -> None:
    tools = tools_of(PATCHING)
    pieces = ('{"inp', 'ut": "*** Be', "gin Patch\\n\\u", '00e9\\"end', '"}')
    events = shown(
        decoded(made_call(provider, "apply_patch", *pieces), provider, tools), RESPONSES, tools=tools
    )
    deltas = [one["delta"] for one in events if one["type"] == "response.custom_tool_call_input.delta"]
    done = only(one["item"] for one in events if one["type"] == "response.output_item.done")
    assert done.get("input") == "".join(deltas) == '*** Begin Patch\né"end'
    assert len(deltas) > 1


def test_p33_what_openai_says_in_free_text_is_free_text_already() -> None:
    said, tools = '{"input": "x"}', tools_of(PATCHING)
    freely = {
        "type": "custom_tool_call",
        "id": "ctc_1",
        "call_id": "c1",
        "name": "apply_patch",
        "input": said,
    }
    grown = response_event(
        "response.custom_tool_call_input.delta", output_index=0, item_id="ctc_1", delta=said
    )
    made = stream(
        response_event("response.output_item.added", output_index=0, item={**freely, "input": ""}),
        grown,
        response_event("response.output_item.done", output_index=0, item=freely),
        completed(freely),
    )
    assert only(kept(decoded(made, RESPONSES, tools), RESPONSES, tools=tools)).get("input") == said
    entry = {"id": "c1", "type": "custom", "custom": {"name": "apply_patch", "input": said}}
    called_freely = stream(
        chunk({"tool_calls": [{"index": 0, **entry}]}), chunk({}, "tool_calls"), "data: [DONE]"
    )
    assert only(kept(decoded(called_freely, CHAT, tools), RESPONSES, tools=tools)).get("input") == said


def test_p33_cursor_hears_it_as_a_function_of_raw_text_and_says_it_so() -> None:
    tools = tools_of(chat(user("Hi"), tools=[PATCH]), CHAT)
    events = decoded(made_call(MESSAGES, "apply_patch", '{"input": "x"}'), MESSAGES, tools)
    calls = [call for one in shown(events, CHAT, tools=tools) for call in _calls(one)]
    assert "".join(call.get("function", {}).get("arguments", "") for call in calls) == "x"
    for said in ("x", '{"input": "x"}'):
        asked = {"role": "assistant", "tool_calls": [chat_call("c1", "apply_patch", said)]}
        body = chat(user("Hi"), asked, chat_result("c1"), tools=[PATCH])
        blocks = [b for m in sent(body, CHAT, OPUS).json["messages"] for b in m["content"]]
        assert [b["input"] for b in blocks if b["type"] == "tool_use"] == [{"input": "x"}]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_p33_in_a_whole_answer_as_well(provider: FormatName) -> None:
    tools = tools_of(PATCHING)
    whole = answer(whole_call(provider, "apply_patch", '{"input": "*** Begin Patch\\n"}'), provider, tools)
    items = kept_whole(shown_whole(whole, RESPONSES, tools=tools), RESPONSES)
    assert only(items).get("input") == "*** Begin Patch\n"


CLOCK = {"type": "namespace", "name": "clock", "description": "Time.", "tools": [function("now")]}
CALENDAR = {**CLOCK, "name": "calendar"}
SPACED = codex(
    item("user", "Hi"),
    {**called("c1", "now"), "namespace": "clock"},
    output("c1"),
    tools=[CLOCK, CALENDAR],
)


@pytest.mark.parametrize(("model", "wanted"), NOT_OPENAI)
def test_p34_namespaced_tools_are_flattened_and_named_back(model: str, wanted: FormatName) -> None:
    written = sent(SPACED, RESPONSES, model, wanted=wanted)
    names = [inner(one)["name"] for one in written.json["tools"]]
    assert len(set(names)) == 2, "two tools of one name in two namespaces stay two"
    assert all("now" in one for one in names)
    assert b'"namespace"' not in written.raw
    assert written.raw.decode().count(json.dumps(names[0])) == 2, "offered, and called in the history"
    tools = tools_of(SPACED)
    for name, space in zip(names, ("clock", "calendar"), strict=True):
        streamed = items_made(wanted, tools, name, "{}")
        whole = answer(whole_call(wanted, name, "{}"), wanted, tools)
        for items in (streamed, kept_whole(shown_whole(whole, RESPONSES, tools=tools), RESPONSES)):
            assert [(one.get("namespace"), one["name"]) for one in items] == [(space, "now")]


@pytest.mark.parametrize(("model", "wanted"), NOT_OPENAI)
def test_p34_a_chosen_one_is_chosen_by_its_flat_name(model: str, wanted: FormatName) -> None:
    body = codex(item("user", "Hi"), tools=[CLOCK], tool_choice={"type": "function", "name": "now"})
    written = sent(body, RESPONSES, model, wanted=wanted)
    assert inner(written.json["tool_choice"])["name"] == inner(only(written.json["tools"]))["name"] != "now"
    assert written.reencoded


ADDED = {"type": "additional_tools", "tools": [function("wait"), {**PATCH, "name": "exec"}, CLOCK]}


@pytest.mark.parametrize(("model", "wanted"), NOT_OPENAI)
def test_p35_tools_declared_in_the_input_are_tools(model: str, wanted: FormatName) -> None:
    body = codex(ADDED, item("user", "Hi"), tools=[function("read")])
    written = sent(body, RESPONSES, model, wanted=wanted)
    assert [inner(one)["name"] for one in written.json["tools"]] == ["read", "wait", "exec", "clock--now"]
    assert b"additional_tools" not in written.raw


def test_p35_on_chats_path_too_and_nothing_is_hoisted_at_openai() -> None:
    body = codex(ADDED, item("user", "Hi"))
    assert sent(body, RESPONSES, LUNA).json["input"][0] == ADDED
    written = sent(body, CHAT, FLASH).json
    assert [inner(one)["name"] for one in written.get("tools", ())] == ["wait", "exec", "clock--now"]
