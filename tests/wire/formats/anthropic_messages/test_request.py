import json
from typing import Any

import pytest

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    Image,
    Message,
    Opaque,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolChoice,
    ToolKind,
    ToolResult,
)
from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire.formats.anthropic_messages import ANTHROPIC_MESSAGES
from tests.wire.formats.anthropic_messages.claude_code import request
from tests.wire.formats.anthropic_messages.kit import MESSAGES, NATIVE

parse = ANTHROPIC_MESSAGES.parse
MINIMAL: dict[str, Any] = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}


def body(**fields: Any) -> dict[str, Any]:
    return {**MINIMAL, **fields}


def test_the_least_that_is_a_request() -> None:
    assert parse(MINIMAL) == Conversation(MESSAGES, "m", (Message("user", (Text("Hi"),)),))


def test_a_request_of_claude_code() -> None:
    found = parse(request())
    schema = {"type": "object", "properties": {}}
    assert found == Conversation(
        format=MESSAGES,
        model="claude-opus-5-5",
        messages=(
            Message("user", (Text("<system-reminder>git</system-reminder>"), Text("Fix it."))),
            Message("system", (Text("Environment: linux."),)),
            Message(
                "assistant",
                (
                    Reasoning("", Opaque(MESSAGES, "signature", NATIVE)),
                    Text("Searching."),
                    ToolCall("toolu_1", "ToolSearch", '{"q":"x"}'),
                ),
            ),
            Message("user", (ToolResult("toolu_1", (Text("Tool available: WebFetch"),)),)),
        ),
        system=(
            Text("x-anthropic-billing-header: cc_version=2.1.330.abc; cc_entrypoint=cli;"),
            Text("You are Claude Code."),
            Text("Instructions.", cache="5m"),
        ),
        tools=(
            Tool("ToolSearch", "ToolSearch", schema, origin=MESSAGES),
            Tool(
                "DeferredToolPlaceholder", "DeferredToolPlaceholder", schema, deferred=True, origin=MESSAGES
            ),
            Tool("WebFetch", "WebFetch", schema, origin=MESSAGES),
            Tool("Read", "Read", schema, strict=True, origin=MESSAGES),
        ),
        max_output=128_000,
        effort="medium",
        thinking=True,
        stream=True,
        session_hint="{}",
        safeguards=True,
        dropped=("context_management",),
    )


def test_settings() -> None:
    found = parse(
        body(
            temperature=1,
            top_p=0.5,
            top_k=5,
            stop_sequences=["a", "b"],
            thinking={"type": "disabled"},
            output_config={"format": {"type": "json_schema", "schema": {"type": "object"}}},
            tool_choice={"type": "tool", "name": "t", "disable_parallel_tool_use": True},
            service_tier="auto",
            system="You code.",
            metadata={"user_id": 7},
        )
    )
    assert (found.temperature, found.top_p, found.stop) == (1.0, 0.5, ("a", "b"))
    assert (found.thinking, found.output_schema, found.effort) == (False, {"type": "object"}, None)
    assert (found.tool_choice, found.parallel_tool_calls) == (ToolChoice("tool", "t"), False)
    assert (found.service_tier, found.system, found.session_hint) == ("auto", (Text("You code."),), None)
    assert (found.stream, found.safeguards, found.dropped) == (False, False, ("top_k",))


def test_effort_set_inside_the_history_counts_from_there_on() -> None:
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "system", "content": "Harder.", "output_config": {"effort": "max"}},
        {"role": "system", "output_config": {"effort": "low"}},
        {"role": "system", "content": "No setting.", "output_config": {}},
    ]
    found = parse(body(messages=messages, output_config={"effort": "high"}))
    assert found.effort == "low"
    assert [message.parts for message in found.messages[1:]] == [(Text("Harder."),), (Text("No setting."),)]


def test_media() -> None:
    png = {"type": "base64", "media_type": "image/png", "data": "AAAA"}
    blocks = [
        {"type": "image", "source": png},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a"}},
        {"type": "document", "source": {"type": "url", "url": "https://example.com/b"}, "title": "B"},
        {
            "type": "tool_result",
            "tool_use_id": "t",
            "content": [{"type": "image", "source": png}],
            "is_error": True,
        },
    ]
    (message,) = parse(body(messages=[{"role": "user", "content": blocks}])).messages
    assert message.parts == (
        Image("image/png", "AAAA"),
        Image(url="https://example.com/a"),
        Document("application/pdf", url="https://example.com/b", name="B"),
        ToolResult("t", (Image("image/png", "AAAA"),), is_error=True),
    )


def test_server_tools() -> None:
    search = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
    toolset = {"type": "mcp_toolset", "mcp_server_name": "github"}
    found = parse(body(tools=[search, toolset])).tools
    assert [(tool.name, tool.kind, tool.raw) for tool in found] == [
        ("web_search", ToolKind.SERVER, search),
        ("github", ToolKind.SERVER, toolset),
    ]


def at(message: dict[str, Any]) -> dict[str, Any]:
    return body(messages=[{"role": "user", "content": "Hi"}, message])


def block(**fields: Any) -> dict[str, Any]:
    return at({"role": "assistant", "content": [{"type": "text", "text": "x"}, fields]})


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"messages": []}, "model"),
        ({"model": 3, "messages": []}, "model"),
        ({"model": "m"}, "messages"),
        (body(messages="x"), "messages"),
        (body(messages=["x"]), "messages[0]"),
        (at({"content": "x"}), "messages[1].role"),
        (at({"role": "tool", "content": "x"}), "messages[1].role"),
        (at({"role": "user"}), "messages[1].content"),
        (at({"role": "user", "content": ["x"]}), "messages[1].content[0]"),
        (block(type=3), "messages[1].content[1].type"),
        (block(type="text", text=3), "messages[1].content[1].text"),
        (block(type="image"), "messages[1].content[1].source"),
        (block(type="tool_use", name="x", input={}), "messages[1].content[1].id"),
        (block(type="tool_use", id="x", input={}), "messages[1].content[1].name"),
        (block(type="tool_use", id="x", name="x", input=["{}"]), "messages[1].content[1].input"),
        (block(type="tool_result", content="x"), "messages[1].content[1].tool_use_id"),
        (block(type="tool_result", tool_use_id="x", content=3), "messages[1].content[1].content"),
        (block(type="tool_result", tool_use_id="x", is_error="no"), "messages[1].content[1].is_error"),
        (
            block(type="tool_result", tool_use_id="x", content=[{"type": "text"}]),
            "messages[1].content[1].content[0].text",
        ),
        (block(type="thinking", thinking=3), "messages[1].content[1].thinking"),
        (body(system=3), "system"),
        (body(system=[{"type": "text"}]), "system[0].text"),
        (body(tools={}), "tools"),
        (body(tools=[3]), "tools[0]"),
        (body(tools=[{"input_schema": {}}]), "tools[0].name"),
        (body(tools=[{"name": "x"}]), "tools[0].input_schema"),
        (body(tools=[{"type": 3, "name": "x"}]), "tools[0].type"),
        (body(tool_choice="auto"), "tool_choice"),
        (body(tool_choice={"type": "function"}), "tool_choice.type"),
        (body(tool_choice={"type": "tool"}), "tool_choice.name"),
        (body(max_tokens="5"), "max_tokens"),
        (body(temperature="hot"), "temperature"),
        (body(stop_sequences="x"), "stop_sequences"),
        (body(stop_sequences=[3]), "stop_sequences[0]"),
        (body(stream="yes"), "stream"),
        (body(thinking={}), "thinking.type"),
        (body(output_config={"effort": 3}), "output_config.effort"),
        (body(output_config={"format": 3}), "output_config.format"),
        (body(metadata="x"), "metadata"),
    ],
)
def test_what_is_no_request_is_refused_by_name(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(BadRequestError) as caught:
        parse(wrong)
    assert f"`{field}`" in str(caught.value)


def test_parsing_changes_nothing() -> None:
    given = request()
    before = json.dumps(given)
    parse(given)
    assert json.dumps(given) == before
