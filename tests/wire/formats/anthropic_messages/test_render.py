import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    Image,
    Message,
    Opaque,
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
from coderouter_cli.domain.model import Model
from coderouter_cli.wire.formats.anthropic_messages import ANTHROPIC_MESSAGES
from coderouter_cli.wire.formats.anthropic_messages.render import render
from tests.wire.formats.anthropic_messages.kit import (
    COMPATIBLE,
    MESSAGES,
    NATIVE,
    RESPONSES,
    UUID,
    VENDOR,
    complaint,
    conversation,
    model,
)

PNG = "iVBORw0KGgo="
TEXTS = st.sampled_from(["", " ", "Hello", "Write a test.", "\n", "漢字"])
IDS = st.sampled_from(["call_1", "call_2", "Bash:0", "", "call_1"])
RESULT_PARTS = st.lists(
    TEXTS.map(Text) | st.just(Image("image/png", PNG)) | st.just(Document("text/plain", "YQ==")), max_size=3
).map(tuple)
OPAQUES = st.none() | st.builds(
    Opaque,
    st.sampled_from([MESSAGES, RESPONSES]),
    st.sampled_from(["signature", "redacted", "encrypted"]),
    st.sampled_from([NATIVE, UUID, "x"]),
)
ARGUMENTS = st.sampled_from(["{}", '{"path": "a"}', "", "not json", "[1]", "*** Begin Patch\n"])
KINDS = st.sampled_from([ToolKind.FUNCTION, ToolKind.CUSTOM])
PARTS: st.SearchStrategy[Part] = st.one_of(
    TEXTS.map(Text),
    TEXTS.map(Refusal),
    st.builds(
        ToolCall, IDS, st.sampled_from(["read", "a.b", "x" * 80]), ARGUMENTS, KINDS, st.none() | st.just("ns")
    ),
    st.builds(ToolResult, IDS, RESULT_PARTS, st.booleans()),
    st.builds(Reasoning, TEXTS, OPAQUES.filter(lambda o: o is None or o.origin is RESPONSES)),
    st.just(Image("image/png", PNG)),
    st.just(Image(url="https://example.com/a.png")),
    st.just(Document("application/pdf", "JVBERg==", name="a.pdf")),
    st.just(Unknown(RESPONSES, "compaction", {"type": "compaction"})),
)
MESSAGES_OF = st.lists(
    st.builds(
        Message, st.sampled_from(["user", "assistant", "system"]), st.lists(PARTS, max_size=4).map(tuple)
    ),
    max_size=7,
).map(tuple)
TOOLS = st.lists(
    st.sampled_from(
        [
            Tool(
                "read", "Reads", {"type": "object", "properties": {"path": {"type": "string"}}}, strict=True
            ),
            Tool("read", "Again", None),
            Tool("a.b", "", {"anyOf": [{"properties": {"x": {}}}]}, namespace="ns"),
            Tool(
                "apply_patch", "Patches", kind=ToolKind.CUSTOM, grammar={"syntax": "lark", "definition": "x"}
            ),
            Tool("later", "Loaded later", {"type": "object"}, deferred=True),
            Tool("web_search", kind=ToolKind.SERVER, raw={"type": "web_search"}, origin=RESPONSES),
        ]
    ),
    max_size=5,
).map(tuple)
CONVERSATIONS = st.builds(
    conversation,
    system=st.lists(TEXTS.map(Text), max_size=2).map(tuple),
    tools=TOOLS,
    tool_choice=st.none() | st.builds(ToolChoice, st.sampled_from(["auto", "none"])),
    parallel_tool_calls=st.none() | st.booleans(),
    max_output=st.none() | st.integers(1, 10**7),
    temperature=st.none() | st.floats(0, 2),
    top_p=st.none() | st.floats(0, 1),
    stop=st.lists(TEXTS, max_size=2).map(tuple),
    effort=st.none() | st.sampled_from(["none", "minimal", "low", "medium", "high", "xhigh", "max", "odd"]),
    thinking=st.none() | st.booleans(),
    output_schema=st.none() | st.just({"type": "object"}),
    stream=st.booleans(),
    session_hint=st.none() | st.just("key"),
    service_tier=st.none() | st.just("flex"),
)
CLAUDES = [
    model("claude-opus-5-5", thinking_can_be_off=False),
    model("claude-haiku-5-5"),
    model("claude-sonnet-4-6", sampling=True, system_turns=False, efforts=("low", "medium", "high", "max")),
    model("claude-haiku-4-5", 64_000, sampling=True, system_turns=False, efforts=()),
]
DEEPSEEK = model("deepseek-flash", sampling=True, efforts=("none", "low", "high", "max"))


@pytest.mark.parametrize("claude", CLAUDES, ids=lambda m: m.id)
@given(asked=CONVERSATIONS, messages=MESSAGES_OF)
def test_anthropic_takes_any_conversation(
    claude: Model, asked: Conversation, messages: tuple[Message, ...]
) -> None:
    body = render(replace(asked, messages=messages), claude, VENDOR)
    assert complaint(body) is None


@given(asked=CONVERSATIONS, messages=MESSAGES_OF)
def test_deepseek_takes_any_conversation(asked: Conversation, messages: tuple[Message, ...]) -> None:
    body = render(replace(asked, messages=messages), DEEPSEEK, COMPATIBLE)
    assert complaint(body, "deepseek") is None


@given(asked=CONVERSATIONS, messages=MESSAGES_OF)
def test_rendering_is_a_function_of_the_conversation(
    asked: Conversation, messages: tuple[Message, ...]
) -> None:
    whole = replace(asked, messages=messages)
    assert json.dumps(render(whole, CLAUDES[0], VENDOR)) == json.dumps(render(whole, CLAUDES[0], VENDOR))


def test_a_whole_request_of_codex() -> None:
    asked = conversation(
        Message("system", (Text("You are Codex."),)),
        Message("user", (Text("Add a test."), Image("image/png", PNG))),
        Message(
            "assistant",
            (
                Reasoning("Thinking.", Opaque(RESPONSES, "encrypted", "gAAAA")),
                ToolCall("c:1", "exec", "ls", ToolKind.CUSTOM),
            ),
        ),
        Message("user", (ToolResult("c:1", (Text("a.py"),), kind=ToolKind.CUSTOM),)),
        system=(Text("Base."),),
        tools=(Tool("exec", "Runs", kind=ToolKind.CUSTOM, namespace=None, origin=RESPONSES),),
        effort="minimal",
        stream=True,
        max_output=200_000,
        parallel_tool_calls=False,
        session_hint="secret-key",
    )
    body = render(asked, CLAUDES[0], VENDOR)
    order = "model tools tool_choice system messages max_tokens thinking output_config stream"
    assert list(body) == order.split()
    assert body["model"] == "claude-opus-5-5"
    mark = {"cache_control": {"type": "ephemeral"}}
    assert body["system"] == [
        {"type": "text", "text": "Base."},
        {"type": "text", "text": "You are Codex.", **mark},
    ]
    assert body["tools"][0]["input_schema"]["required"] == ["input"]
    assert body["tools"][0]["cache_control"] == mark["cache_control"]
    assert body["tool_choice"] == {"type": "auto", "disable_parallel_tool_use": True}
    assert body["messages"] == [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "Add a test."},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": PNG},
                    **mark,
                },
            ],
        },
        {
            "role": "assistant",
            "content": [
                {
                    "type": "tool_use",
                    "id": body["messages"][1]["content"][0]["id"],
                    "name": "exec",
                    "input": {"input": "ls"},
                }
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": body["messages"][1]["content"][0]["id"],
                    "content": "a.py",
                    **mark,
                }
            ],
        },
    ]
    assert body["max_tokens"] == 128_000
    assert body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert body["output_config"] == {"effort": "low"}
    assert body["stream"] is True
    assert complaint(body) is None
    assert "secret-key" not in json.dumps(body)


@pytest.mark.parametrize(
    ("asked", "able", "expected"),
    [
        (None, {}, 64_000),
        (None, {"max_output": 8192}, 8192),
        (500, {}, 500),
        (0, {}, 0),
        (10**7, {}, 128_000),
    ],
)
def test_the_limit_is_what_was_asked_within_what_the_model_can(
    asked: int | None, able: dict[str, Any], expected: int
) -> None:
    assert render(conversation(max_output=asked), model(**able), VENDOR)["max_tokens"] == expected


def test_sampling_goes_where_it_is_taken() -> None:
    asked = conversation(temperature=1.5, top_p=0.5, stop=("END", " "))
    older = model("claude-sonnet-4-6", sampling=True)
    assert "temperature" not in render(asked, model(), VENDOR)
    body = render(asked, older, VENDOR)
    assert (body["temperature"], "top_p" in body, body["stop_sequences"]) == (1.0, False, ["END"])
    assert render(replace(asked, temperature=None), older, VENDOR)["top_p"] == 0.5
    assert "temperature" not in render(replace(asked, effort="high"), older, VENDOR)


def test_an_output_schema_is_passed_on() -> None:
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    body = render(conversation(output_schema=schema), model(), VENDOR)
    assert body["output_config"] == {"format": {"type": "json_schema", "schema": schema}}


def test_a_forced_choice_goes_without_thinking_where_that_is_possible() -> None:
    asked = conversation(
        tools=(Tool("read", "", {}, namespace="ns"),), tool_choice=ToolChoice("tool", "read"), effort="high"
    )
    body = render(asked, model("claude-haiku-5-5"), VENDOR)
    assert body["tool_choice"] == {"type": "tool", "name": body["tools"][0]["name"]}
    assert "thinking" not in body
    assert complaint(body) is None
    always = model(thinking_can_be_off=False)
    assert render(asked, always, VENDOR)["thinking"]["type"] == "adaptive"


def test_dropped_fields_are_not_written() -> None:
    asked = conversation(effort="high", output_schema={"type": "object"})
    body = render(asked, DEEPSEEK, replace(COMPATIBLE, drop_fields=frozenset({"output_config", "thinking"})))
    assert body.keys() & {"output_config", "thinking"} == set()


def test_what_anthropics_own_client_says_of_its_session_stays_with_the_format() -> None:
    asked = Conversation(
        MESSAGES,
        "m",
        (),
        session_hint="u",
        service_tier="standard_only",
        system=(Text("x-anthropic-billing-header: c"),),
    )
    body = render(asked, model(), VENDOR)
    assert body["metadata"] == {"user_id": "u"}
    assert body["service_tier"] == "standard_only"
    assert len(body["system"]) == 1
    assert "system" not in render(asked, DEEPSEEK, COMPATIBLE)


PARSED = {
    "model": "claude-opus-5-5",
    "system": [{"type": "text", "text": "You code."}],
    "tools": [
        {"name": "read", "description": "Reads", "input_schema": {"type": "object", "properties": {}}},
        {"type": "web_search_20250305", "name": "web_search"},
    ],
    "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
    "messages": [
        {"role": "user", "content": "Hi"},
        {"role": "system", "content": [{"type": "text", "text": "Plan mode."}]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "Hm.", "signature": NATIVE},
                {"type": "redacted_thinking", "data": NATIVE},
                {"type": "text", "text": "Reading."},
                {"type": "tool_use", "id": "toolu_1", "name": "read", "input": {"a": [1, None, "é"]}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "toolu_1", "content": "no", "is_error": True},
                {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
                {
                    "type": "document",
                    "source": {"type": "text", "media_type": "text/plain", "data": "é"},
                    "title": "T",
                },
            ],
        },
    ],
    "max_tokens": 1000,
    "thinking": {"type": "adaptive"},
    "output_config": {"effort": "max", "format": {"type": "json_schema", "schema": {"type": "object"}}},
    "stop_sequences": ["END"],
    "metadata": {"user_id": "u"},
    "stream": True,
}


def test_the_formats_own_requests_keep_their_meaning() -> None:
    first = ANTHROPIC_MESSAGES.parse(PARSED)
    plain = render(first, model(), replace(VENDOR, cache_control=False))
    assert ANTHROPIC_MESSAGES.parse(plain) == first
    marked = render(first, model(), VENDOR)
    assert json.dumps(marked).count("cache_control") == 4
