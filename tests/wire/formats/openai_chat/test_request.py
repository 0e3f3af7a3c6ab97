"""Clients' requests, read."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    FormatName,
    Image,
    JsonObject,
    Message,
    Part,
    Reasoning,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolKind,
    ToolResult,
    Unknown,
)
from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT

USER = {"role": "user", "content": "Hi"}
CHAT, RESPONSES = FormatName.OPENAI_CHAT, FormatName.OPENAI_RESPONSES


def parse(**fields: Any) -> Conversation:
    return OPENAI_CHAT.parse({"model": "m", "messages": [USER], **fields})


def messages(*values: JsonObject, **fields: Any) -> tuple[Message, ...]:
    return parse(messages=list(values), **fields).messages


def parts(content: Any) -> tuple[Part, ...]:
    return messages({"role": "user", "content": content})[0].parts


def test_the_smallest_request() -> None:
    assert parse() == Conversation(
        format=CHAT, model="m", messages=(Message("user", (Text("Hi"),)),), include_usage=False
    )


def test_system_prompts_that_open_are_the_system_and_later_ones_keep_their_place() -> None:
    conversation = parse(
        messages=[
            {"role": "system", "content": "A"},
            {"role": "developer", "content": [{"type": "text", "text": "B"}]},
            USER,
            {"role": "developer", "content": "C"},
            USER,
        ]
    )
    assert conversation.system == (Text("A"), Text("B"))
    assert [message.role for message in conversation.messages] == ["user", "system", "user"]
    assert conversation.messages[1].parts == (Text("C"),)


def call(call_id: str, name: str, arguments: str = "{}") -> JsonObject:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_results_are_the_users_and_neighbours_of_one_role_are_one_message() -> None:
    read = messages(
        USER,
        {
            "role": "assistant",
            "content": "Look",
            "reasoning_content": "Hm",
            "tool_calls": [call("a", "f"), call("b", "g")],
        },
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "tool", "tool_call_id": "b", "content": [{"type": "text", "text": "2"}]},
        {"role": "user", "content": "Go on"},
    )
    assert read[1:] == (
        Message(
            "assistant", (Reasoning("Hm"), Text("Look"), ToolCall("a", "f", "{}"), ToolCall("b", "g", "{}"))
        ),
        Message("user", (ToolResult("a", (Text("1"),)), ToolResult("b", (Text("2"),)), Text("Go on"))),
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("Hi", (Text("Hi"),)),
        ([{"type": "text", "text": "a"}, {"type": "input_text", "text": "b"}], (Text("a"), Text("b"))),
        ([{"type": "text", "text": ""}, {"type": "text", "text": "b"}], (Text("b"),)),
        (
            [{"type": "text", "text": "a", "prompt_cache_breakpoint": {"mode": "explicit", "ttl": "12h"}}],
            (Text("a", "1h"),),
        ),
        ([{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}], (Text("a", "5m"),)),
        (
            [{"type": "image_url", "image_url": {"url": "https://x/i.png", "detail": "low"}}],
            (Image(url="https://x/i.png", detail="low"),),
        ),
        (
            [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}],
            (Image(media_type="image/png", data="AAAA"),),
        ),
        ([{"type": "input_image", "image_url": "https://x/i.png"}], (Image(url="https://x/i.png"),)),
        (
            [
                {
                    "type": "file",
                    "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
                }
            ],
            (Document(media_type="application/pdf", data="AAAA", name="a.pdf"),),
        ),
        ([{"type": "refusal", "refusal": "No."}], (Refusal("No."),)),
    ],
)
def test_content(content: Any, expected: tuple[Part, ...]) -> None:
    assert parts(content) == expected


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "input_image", "file_id": "file-1"},
        {"type": "video_url", "video_url": {"url": "https://x"}},
    ],
)
def test_what_we_do_not_know_is_kept_whole(part: JsonObject) -> None:
    assert parts([part]) == (Unknown(CHAT, part["type"], part),)


def test_a_refusal_field_and_openrouters_reasoning() -> None:
    read = messages(USER, {"role": "assistant", "content": None, "refusal": "No.", "reasoning": "Hm"})
    assert read[1].parts == (Reasoning("Hm"), Refusal("No."))


def test_the_old_function_calls_get_ids_that_tie_call_and_result() -> None:
    conversation = parse(
        functions=[{"name": "f", "parameters": {"type": "object"}}],
        function_call={"name": "f"},
        messages=[
            USER,
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "1"},
            {"role": "assistant", "content": None, "function_call": {"name": "f", "arguments": "{}"}},
            {"role": "function", "name": "f", "content": "2"},
        ],
    )
    found = [part for message in conversation.messages for part in message.parts]
    one, first, two, second = found[1:]
    assert isinstance(one, ToolCall)
    assert isinstance(two, ToolCall)
    assert one.id != two.id
    assert (first, second) == (ToolResult(one.id, (Text("1"),)), ToolResult(two.id, (Text("2"),)))
    assert conversation.tool_choice == ToolChoice("tool", "f")
    assert conversation.parallel_tool_calls is False
    assert conversation.tools[0].name == "f"


# Tools


def test_nested_function_tools() -> None:
    schema = {"type": "object", "properties": {}}
    tools = parse(
        tools=[
            {
                "type": "function",
                "function": {"name": "f", "description": "d", "parameters": schema, "strict": True},
            },
            {"type": "function", "function": {"name": "g"}},
        ]
    ).tools
    assert tools == (
        Tool("f", "d", schema, strict=True, origin=CHAT),
        Tool("g", origin=CHAT),
    )


GRAMMAR = {"type": "grammar", "syntax": "lark", "definition": "start: x"}


def test_custom_tools_nested_and_flat_have_one_grammar() -> None:
    nested_grammar = {"type": "grammar", "grammar": {"syntax": "lark", "definition": "start: x"}}
    tools = parse(
        tools=[
            {"type": "custom", "custom": {"name": "p", "description": "d", "format": nested_grammar}},
            {"type": "custom", "name": "q", "format": GRAMMAR},
        ]
    ).tools
    assert tools == (
        Tool("p", "d", kind=ToolKind.CUSTOM, grammar=GRAMMAR, origin=CHAT),
        Tool("q", kind=ToolKind.CUSTOM, grammar=GRAMMAR, origin=RESPONSES),
    )


def test_cursor_mixes_nested_and_flat_tools() -> None:
    tools = parse(
        tools=[
            {"type": "function", "function": {"name": "Shell"}},
            {"type": "function", "name": "Grep", "description": "d", "parameters": {"type": "object"}},
            {"type": "web_search"},
        ]
    ).tools
    assert tools == (
        Tool("Shell", origin=CHAT),
        Tool("Grep", "d", {"type": "object"}, origin=CHAT),
        Tool("web_search", kind=ToolKind.SERVER, raw={"type": "web_search"}, origin=RESPONSES),
    )


def test_cursors_custom_calls_come_back_as_functions_with_raw_text() -> None:
    tools = [{"type": "custom", "name": "ApplyPatch"}]
    read = messages(
        USER,
        {"role": "assistant", "tool_calls": [call("a", "ApplyPatch", "*** Begin")]},
        {"role": "tool", "tool_call_id": "a", "content": "ok"},
        tools=tools,
    )
    assert read[1].parts == (ToolCall("a", "ApplyPatch", "*** Begin", ToolKind.CUSTOM),)
    assert read[2].parts == (ToolResult("a", (Text("ok"),), kind=ToolKind.CUSTOM),)


def test_native_custom_calls() -> None:
    entry = {"id": "a", "type": "custom", "custom": {"name": "p", "input": '{"input": "x"}'}}
    read = messages(USER, {"role": "assistant", "tool_calls": [entry]})
    assert read[1].parts == (ToolCall("a", "p", '{"input": "x"}', ToolKind.CUSTOM),)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (None, None),
        ("auto", ToolChoice("auto")),
        ("none", ToolChoice("none")),
        ("required", ToolChoice("required")),
        ({"type": "function", "function": {"name": "f"}}, ToolChoice("tool", "f")),
        ({"type": "function", "name": "f"}, ToolChoice("tool", "f")),
        ({"type": "custom", "custom": {"name": "f"}}, ToolChoice("tool", "f")),
        ({"type": "web_search"}, ToolChoice("tool", "web_search")),
    ],
)
def test_tool_choice(choice: Any, expected: ToolChoice | None) -> None:
    assert parse(tool_choice=choice).tool_choice == expected


def test_allowed_tools_are_the_tools() -> None:
    conversation = parse(
        tools=[{"type": "function", "function": {"name": name}} for name in "fgh"],
        tool_choice={
            "type": "allowed_tools",
            "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "g"}}]},
        },
    )
    assert [tool.name for tool in conversation.tools] == ["g"]
    assert conversation.tool_choice == ToolChoice("required")


def test_web_search_options_are_a_hosted_tool() -> None:
    options = {"search_context_size": "low"}
    assert parse(web_search_options=options).tools == (
        Tool("web_search", kind=ToolKind.SERVER, raw={"web_search_options": options}, origin=CHAT),
    )


# The other fields


def test_every_field_we_carry() -> None:
    conversation = parse(
        max_tokens=10,
        temperature=1,
        top_p=0.5,
        stop=["a", "b"],
        parallel_tool_calls=False,
        reasoning_effort="high",
        stream=True,
        stream_options={"include_usage": True},
        user="u",
        service_tier="flex",
        n=1,
    )
    assert (conversation.max_output, conversation.temperature, conversation.top_p) == (10, 1.0, 0.5)
    assert (conversation.stop, conversation.parallel_tool_calls) == (("a", "b"), False)
    assert (conversation.effort, conversation.thinking) == ("high", True)
    assert (conversation.stream, conversation.include_usage) == (True, True)
    assert (conversation.session_hint, conversation.service_tier) == ("u", "flex")
    assert conversation.dropped == ()


def test_the_newer_of_two_fields_wins() -> None:
    conversation = parse(max_tokens=10, max_completion_tokens=20, user="u", prompt_cache_key="k", stop="a")
    assert (conversation.max_output, conversation.session_hint, conversation.stop) == (20, "k", ("a",))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, (None, None)),
        ({"reasoning_effort": "none"}, ("none", False)),
        ({"reasoning": {"effort": "low"}}, ("low", True)),
        ({"thinking": {"type": "disabled"}}, (None, False)),
        ({"thinking": {"type": "enabled"}, "reasoning_effort": "max"}, ("max", True)),
    ],
)
def test_effort_and_thinking(fields: JsonObject, expected: tuple[str | None, bool | None]) -> None:
    conversation = parse(**fields)
    assert (conversation.effort, conversation.thinking) == expected


@pytest.mark.parametrize(
    ("wanted", "schema", "name"),
    [
        ({"type": "text"}, None, None),
        ({"type": "json_object"}, {"type": "object"}, None),
        (
            {"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "array"}}},
            {"type": "array"},
            "n",
        ),
    ],
)
def test_response_format(wanted: JsonObject, schema: JsonObject | None, name: str | None) -> None:
    conversation = parse(response_format=wanted)
    assert (conversation.output_schema, conversation.output_name) == (schema, name)


def test_what_is_not_carried_is_named() -> None:
    assert parse(seed=1, logprobs=False, modalities=None).dropped == ("seed", "logprobs")
    asked = parse(logprobs=True, modalities=["text", "audio"])
    assert asked.dropped == ("logprobs", "modalities", "logprobs.on", "modalities.audio")


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"model": None}, "model"),
        ({"model": 3}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": None}, "messages"),
        ({"messages": ["x"]}, "messages[0]"),
        ({"messages": [{"content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "robot"}]}, "messages[0].role"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": [{"text": "x"}]}]}, "messages[0].content[0].type"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": 3}}]}]},
            "messages[0].content[0].image_url.url",
        ),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].tool_call_id"),
        (
            {"messages": [{"role": "assistant", "tool_calls": [{"id": "a", "function": {}}]}]},
            "messages[0].tool_calls[0].function.name",
        ),
        ({"messages": [{"role": "assistant", "tool_calls": {}}]}, "messages[0].tool_calls"),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name"),
        ({"tools": [{"type": "custom"}]}, "tools[0].name"),
        ({"functions": [{}]}, "functions[0].name"),
        ({"tool_choice": 3}, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {}}}, "tool_choice.function.name"),
        ({"stop": [1]}, "stop"),
        ({"n": 2}, "n"),
        ({"max_tokens": "many"}, "max_tokens"),
        ({"temperature": True}, "temperature"),
        ({"stream": "yes"}, "stream"),
        ({"stream_options": []}, "stream_options"),
        ({"response_format": "json"}, "response_format"),
    ],
)
def test_a_wrong_field_is_named(fields: JsonObject, path: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        parse(**fields)
    assert f"`{path}`" in str(raised.value)


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
fields = st.sampled_from(
    [
        "messages",
        "tools",
        "tool_choice",
        "functions",
        "stop",
        "stream_options",
        "response_format",
        "input",
        "reasoning",
        "thinking",
        "text",
        "role",
        "content",
        "tool_calls",
        "type",
        "function",
        "custom",
    ]
)


@given(
    st.dictionaries(fields, anything | st.lists(st.dictionaries(fields, anything, max_size=5), max_size=3))
)
def test_a_body_is_read_or_refused(body: JsonObject) -> None:
    with contextlib.suppress(BadRequestError):
        assert OPENAI_CHAT.parse({"model": "m", **body}).model == "m"
