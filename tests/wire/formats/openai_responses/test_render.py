import copy

import pytest
from openai.types.responses import ResponseCreateParams
from pydantic import TypeAdapter

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    JsonObject,
    Message,
    Text,
    ToolCall,
    ToolChoice,
    ToolResult,
)
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.openai_responses.render import render
from coderouter_cli.wire.formats.openai_responses.request import parse
from tests.wire.formats.openai_responses.kit import (
    COMPATIBLE,
    DEEPSEEK,
    OPENAI,
    SHELL,
    TOOLS,
    conversation,
    model,
    say,
)

PARAMS: TypeAdapter[ResponseCreateParams] = TypeAdapter(ResponseCreateParams)
SCHEMA = {
    "type": "object",
    "properties": {"t": {"type": "string"}},
    "required": ["t"],
    "additionalProperties": False,
}


def test_a_request_of_claude_code() -> None:
    asked = conversation(
        Message("user", (Text("hi"),)),
        Message("system", (Text("Today is Monday."),)),
        system=(
            Text("x-anthropic-billing-header: cch=1;"),
            Text("You are an agent."),
            Text("Be brief.", "5m"),
        ),
        tools=(SHELL,),
        max_output=64_000,
        effort="high",
        stream=True,
        session_hint="user_1",
        service_tier="auto",
        temperature=1.0,
    )
    body = render(asked, model(sampling=False), OPENAI)
    assert body == {
        "model": "served",
        "instructions": "You are an agent.\n\nBe brief.",
        "input": [say("user", "hi"), say("developer", "Today is Monday.")],
        "tools": [
            {
                "type": "function",
                "name": "shell",
                "description": "Runs a command.",
                "parameters": SHELL.schema,
                "strict": False,
            }
        ],
        "reasoning": {"effort": "high"},
        "include": ["reasoning.encrypted_content"],
        "max_output_tokens": 8192,
        "prompt_cache_key": body["prompt_cache_key"],
        "store": False,
        "stream": True,
    }
    PARAMS.validate_python(body)


def test_everything_that_can_be_asked_for_is_carried() -> None:
    asked = conversation(
        format=FormatName.OPENAI_CHAT,
        tools=TOOLS,
        tool_choice=ToolChoice("tool", "apply_patch"),
        parallel_tool_calls=False,
        temperature=0.5,
        top_p=0.0,
        output_schema=SCHEMA,
        output_name="session title",
        service_tier="flex",
    )
    body = render(asked, model(), OPENAI)
    PARAMS.validate_python(body)
    assert body["tool_choice"] == {"type": "custom", "name": "apply_patch"}
    assert body["parallel_tool_calls"] is False
    assert (body["temperature"], body["top_p"], body["service_tier"]) == (0.5, 0.0, "flex")
    written = body["text"]["format"]
    assert written.pop("name").startswith("session_title_")
    assert written == {"type": "json_schema", "schema": SCHEMA, "strict": True}
    assert "reasoning" not in body


@pytest.mark.parametrize(("asked", "sent"), [(1, 16), (0, 16), (100, 100), (10**6, 8192)])
def test_the_answers_length_is_clamped(asked: int, sent: int) -> None:
    assert render(conversation(max_output=asked), model(), OPENAI)["max_output_tokens"] == sent


def test_a_schema_with_optional_properties_is_not_strict() -> None:
    body = render(conversation(output_schema={"type": "object", "properties": {"t": {}}}), model(), OPENAI)
    assert body["text"]["format"]["strict"] is False
    assert body["text"]["format"]["name"] == "answer"


def test_a_model_that_does_not_reason_is_not_asked_to() -> None:
    body = render(conversation(effort="high", thinking=True), model(efforts=()), OPENAI)
    assert not {"reasoning", "include"} & body.keys()


def test_a_client_that_switched_thinking_off_gets_none() -> None:
    assert render(conversation(thinking=False), model(), OPENAI)["reasoning"] == {"effort": "none"}
    always = model(efforts=("low", "high"))
    assert render(conversation(thinking=False), always, OPENAI)["reasoning"] == {"effort": "low"}
    assert "reasoning" not in render(conversation(thinking=True), always, OPENAI)


def test_without_tools_there_is_no_choice_of_them() -> None:
    asked = conversation(tools=TOOLS, tool_choice=ToolChoice("auto"), parallel_tool_calls=True)
    body = render(asked, model(), Dialect("d", tools=False))
    assert not {"tools", "tool_choice", "parallel_tool_calls"} & body.keys()


def test_refused_fields_are_left_out() -> None:
    body = render(conversation(), model(), Dialect("d", drop_fields=frozenset({"include", "store"})))
    assert not {"include", "store"} & body.keys()


def test_the_session_is_named_the_same_in_every_request_and_says_nothing() -> None:
    first = render(conversation(session_hint="user_1"), model(), OPENAI)["prompt_cache_key"]
    again = render(conversation(Message("user", (Text("x"),)), session_hint="user_1"), model(), OPENAI)
    assert again["prompt_cache_key"] == first
    assert "user_1" not in first


LOOP = (
    Message("user", (Text("hi"),)),
    Message("assistant", (Text("Looking."), ToolCall("toolu_1", "shell", '{"cmd":"ls"}'))),
    Message("user", (ToolResult("toolu_1", (Text("a.py"),)), Text("go on"))),
    Message("assistant", (ToolCall("toolu_2", "sleep", "{}", namespace="clock"),)),
    Message("user", (ToolResult("toolu_2", (Text("done"),)),)),
)


@pytest.mark.parametrize("dialect", [OPENAI, COMPATIBLE, DEEPSEEK])
def test_a_longer_conversation_begins_with_the_shorter_ones_items(dialect: Dialect) -> None:
    whole = render(conversation(*LOOP, tools=TOOLS), model(), dialect)
    for length in (1, 3):
        shorter = render(conversation(*LOOP[:length], tools=TOOLS), model(), dialect)
        assert whole["input"][: len(shorter["input"])] == shorter["input"]
        assert {**whole, "input": []} == {**shorter, "input": []}


@pytest.mark.parametrize("dialect", [OPENAI, COMPATIBLE, DEEPSEEK])
def test_rendering_changes_nothing_it_is_given_and_repeats_itself(dialect: Dialect) -> None:
    asked = conversation(*LOOP, tools=TOOLS)
    before = copy.deepcopy(asked)
    assert render(asked, model(), dialect) == render(asked, model(), dialect)
    assert asked == before


def test_what_we_render_we_read_back() -> None:
    asked = Conversation(
        format=FormatName.OPENAI_RESPONSES,
        model="served",
        messages=LOOP[:3],
        system=(Text("rules"),),
        tools=(SHELL,),
        tool_choice=ToolChoice("required"),
        max_output=100,
        effort="low",
        thinking=True,
        output_schema=SCHEMA,
        output_name="title",
        stream=True,
    )
    read = parse(render(asked, model(), OPENAI))
    (tool,) = read.tools
    assert (tool.name, tool.description, tool.schema, tool.strict) == (
        SHELL.name,
        SHELL.description,
        SHELL.schema,
        False,
    )
    same: JsonObject = {
        field: getattr(read, field) == getattr(asked, field)
        for field in (
            "model",
            "messages",
            "system",
            "tool_choice",
            "max_output",
            "effort",
            "output_schema",
            "stream",
        )
    }
    assert all(same.values()), same
