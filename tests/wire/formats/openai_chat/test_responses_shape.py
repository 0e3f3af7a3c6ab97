"""Cursor's Responses-shaped bodies on Chat's path."""

from typing import Any

import pytest

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    FormatName,
    Image,
    JsonObject,
    Message,
    Reasoning,
    Text,
    ToolCall,
    ToolKind,
    ToolResult,
    Unknown,
)
from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT, needs_repair
from coderouter_cli.wire.formats.openai_chat.responses_shape import as_chat_body


def parse(**fields: Any) -> Conversation:
    return OPENAI_CHAT.parse({"model": "gpt-5.5", **fields})


CURSOR = {
    "model": "gpt-5.5",
    "instructions": "You are an agent.",
    "input": [
        {"role": "system", "content": "Rules."},
        {"role": "user", "content": [{"type": "input_text", "text": "Rename f"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Hm"}]},
        {
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [{"type": "output_text", "text": "Ok."}],
        },
        {"type": "function_call", "call_id": "c1", "name": "Grep", "arguments": '{"q":"f"}'},
        {"type": "custom_tool_call", "call_id": "c2", "name": "ApplyPatch", "input": "*** Begin"},
        {"type": "function_call_output", "call_id": "c1", "output": "a.py:1"},
        {
            "type": "custom_tool_call_output",
            "call_id": "c2",
            "output": [{"type": "input_text", "text": "done"}],
        },
        {"role": "user", "content": "Thanks"},
    ],
    "tools": [
        {"type": "function", "name": "Grep", "parameters": {"type": "object"}},
        {"type": "custom", "name": "ApplyPatch", "format": {"type": "text"}},
    ],
    "reasoning": {"effort": "high", "summary": "auto"},
    "text": {
        "verbosity": "low",
        "format": {"type": "json_schema", "name": "n", "schema": {"type": "object"}},
    },
    "max_output_tokens": 500,
    "include": ["reasoning.encrypted_content"],
    "store": False,
    "stream": True,
}


def test_cursors_agent_mode() -> None:
    conversation = OPENAI_CHAT.parse(CURSOR)
    assert conversation.format is FormatName.OPENAI_CHAT
    assert conversation.system == (Text("You are an agent."), Text("Rules."))
    assert conversation.messages == (
        Message("user", (Text("Rename f"),)),
        Message(
            "assistant",
            (
                Reasoning("Hm"),
                Text("Ok."),
                ToolCall("c1", "Grep", '{"q":"f"}'),
                ToolCall("c2", "ApplyPatch", "*** Begin", ToolKind.CUSTOM),
            ),
        ),
        Message(
            "user",
            (
                ToolResult("c1", (Text("a.py:1"),)),
                ToolResult("c2", (Text("done"),), kind=ToolKind.CUSTOM),
                Text("Thanks"),
            ),
        ),
    )
    assert [(tool.name, tool.kind) for tool in conversation.tools] == [
        ("Grep", ToolKind.FUNCTION),
        ("ApplyPatch", ToolKind.CUSTOM),
    ]
    assert (conversation.effort, conversation.max_output, conversation.stream) == ("high", 500, True)
    assert (conversation.output_schema, conversation.output_name) == ({"type": "object"}, "n")
    assert conversation.dropped == ("store",)


def test_what_the_model_said_in_one_go_is_one_message_with_all_its_calls() -> None:
    roles = [message["role"] for message in as_chat_body(CURSOR)["messages"]]
    assert roles == ["system", "system", "user", "assistant", "tool", "tool", "user"]


def test_a_chat_body_is_left_alone_even_with_an_input_beside_its_messages() -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "input": "x"}
    assert as_chat_body(body) is body
    assert not needs_repair(body)


@pytest.mark.parametrize("messages", [{}, {"messages": []}, {"messages": None}])
def test_without_messages_the_input_counts(messages: JsonObject) -> None:
    body = {"model": "m", "input": "Hi", **messages}
    assert needs_repair(body)
    assert OPENAI_CHAT.parse(body).messages == (Message("user", (Text("Hi"),)),)


def test_images_and_files() -> None:
    content = [
        {"type": "input_image", "image_url": "https://x/i.png", "detail": "high"},
        {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"},
    ]
    assert parse(input=[{"role": "user", "content": content}]).messages[0].parts == (
        Image(url="https://x/i.png", detail="high"),
        Document(media_type="application/pdf", data="AAAA", name="a.pdf"),
    )


def test_tools_declared_inside_the_input_and_in_namespaces() -> None:
    spawn = {"type": "function", "name": "spawn", "parameters": {"type": "object"}}
    item = {"type": "additional_tools", "tools": [{"type": "namespace", "name": "agents", "tools": [spawn]}]}
    tools = parse(input=[item, {"role": "user", "content": "Hi"}]).tools
    assert [(tool.name, tool.namespace) for tool in tools] == [("spawn", "agents")]


def test_chat_messages_inside_the_input() -> None:
    call = {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    read = parse(
        input=[
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "a", "content": "1"},
        ]
    ).messages
    assert read[1:] == (
        Message("assistant", (ToolCall("a", "f", "{}"),)),
        Message("user", (ToolResult("a", (Text("1"),)),)),
    )


def test_a_file_by_url_and_a_part_we_do_not_know() -> None:
    content = [{"type": "input_file", "file_url": "https://x/a.pdf"}, {"type": "input_video", "id": "v"}]
    assert parse(input=[{"role": "user", "content": content}]).messages[0].parts == (
        Document(url="https://x/a.pdf"),
        Unknown(FormatName.OPENAI_CHAT, "input_video", content[1]),
    )


def test_hosted_calls_and_empty_thoughts_say_nothing_here() -> None:
    items = [
        {"role": "user", "content": "Hi"},
        {"type": "web_search_call", "id": "ws_1", "status": "completed"},
        {"type": "reasoning", "summary": []},
    ]
    assert parse(input=items).messages == (Message("user", (Text("Hi"),)),)


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"input": 3}, "input"),
        ({"input": ["x"]}, "input[0]"),
        ({"input": [{"type": "message", "content": "x"}]}, "input[0].role"),
        ({"input": [{"type": "function_call", "name": "f"}]}, "input[0].call_id"),
        ({"input": [{"type": "function_call", "call_id": "c"}]}, "input[0].name"),
        ({"input": [{"type": "function_call_output", "output": "x"}]}, "input[0].call_id"),
        ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0]"),
        ({"input": "x", "previous_response_id": "resp_1"}, "previous_response_id"),
        ({"input": "x", "instructions": 3}, "instructions"),
    ],
)
def test_what_cannot_be_read_is_named(fields: JsonObject, path: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        parse(**fields)
    assert f"`{path}`" in str(raised.value)


@pytest.mark.parametrize("kind", ["text", "json_object"])
def test_other_output_formats(kind: str) -> None:
    schema = parse(input="Hi", text={"format": {"type": kind}}).output_schema
    assert schema == ({"type": "object"} if kind == "json_object" else None)
