"""Conversations of any format, written as Chat requests."""

import base64
import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolUnionParam
from pydantic import TypeAdapter

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    FormatName,
    Image,
    JsonObject,
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
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT
from coderouter_cli.wire.formats.openai_chat.history import FAILED_MARK, NO_RESULT
from coderouter_cli.wire.openai_fields import cache_key
from tests.wire.formats.openai_chat.kit import COMPATIBLE, DEEPSEEK, OPENAI, model

CLAUDE = FormatName.ANTHROPIC_MESSAGES
HI = Message("user", (Text("Hi"),))
MODEL = model(efforts=("low", "medium", "high"))


def conversation(*messages: Message, **fields: Any) -> Conversation:
    return Conversation(**{"format": CLAUDE, "model": "claude", "messages": messages or (HI,), **fields})


def render(*messages: Message, to: Dialect = OPENAI, on: Model = MODEL, **fields: Any) -> JsonObject:
    return OPENAI_CHAT.render(conversation(*messages, **fields), on, to)


def written(*messages: Message, to: Dialect = OPENAI, **fields: Any) -> list[JsonObject]:
    """The messages of a request."""
    found: list[JsonObject] = render(*messages, to=to, **fields)["messages"]
    return found


def user(*parts: Part) -> Message:
    return Message("user", parts)


def assistant(*parts: Part) -> Message:
    return Message("assistant", parts)


def call(call_id: str, name: str = "f", arguments: str = "{}") -> JsonObject:
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def test_the_smallest_request() -> None:
    assert render() == {
        "model": "provider-model",
        "messages": [{"role": "user", "content": "Hi"}],
        "prompt_cache_key": cache_key("\0Hi"),
        "stream": False,
    }


# The system prompt


def test_the_system_prompt_is_one_message_without_the_attribution_block() -> None:
    system = (Text("x-anthropic-billing-header: cch=abc;"), Text("You are"), Text("an agent.", "5m"))
    assert written(system=system)[0] == {"role": "system", "content": "You are\n\nan agent."}


def test_a_system_message_in_the_history_keeps_its_place() -> None:
    later = Message("system", (Text("Plan mode."),))
    assert written(HI, later, HI) == [
        {"role": "user", "content": "Hi"},
        {"role": "system", "content": "Plan mode."},
        {"role": "user", "content": "Hi"},
    ]


def test_where_the_history_takes_no_system_message_the_user_says_it() -> None:
    later = Message("system", (Text("Plan mode."),))
    folded = written(HI, later, to=replace(COMPATIBLE, fold_system=True))[1]
    assert folded == {"role": "user", "content": "<system-reminder>\nPlan mode.\n</system-reminder>"}


# Tool calls and results


def test_results_stand_directly_after_the_calls_in_their_order() -> None:
    found = written(
        HI,
        assistant(Text("Look"), ToolCall("a", "f", "{}"), ToolCall("b", "g", '{"x":1}')),
        Message("system", (Text("Note."),)),
        user(Text("Wait"), ToolResult("b", (Text("2"),)), ToolResult("a", (Text("1"),)), Text("Go on")),
    )
    assert found[1:] == [
        {"role": "assistant", "content": "Look", "tool_calls": [call("a"), call("b", "g", '{"x":1}')]},
        {"role": "tool", "tool_call_id": "a", "content": "1"},
        {"role": "tool", "tool_call_id": "b", "content": "2"},
        {"role": "system", "content": "Note."},
        {"role": "user", "content": "Wait\n\nGo on"},
    ]


def test_a_failed_call_says_so() -> None:
    found = written(assistant(ToolCall("a", "f", "{}")), user(ToolResult("a", (Text("No."),), is_error=True)))
    assert found[1]["content"] == f"{FAILED_MARK}\nNo."


def test_images_in_results_follow_after_all_results() -> None:
    found = written(
        assistant(ToolCall("a", "f", "{}"), ToolCall("b", "g", "{}")),
        user(
            ToolResult("a", (Text("Shot:"), Image(media_type="image/png", data="AAAA"))),
            ToolResult("b", (Text("2"),)),
            Text("See?"),
        ),
    )
    assert [message["role"] for message in found] == ["assistant", "tool", "tool", "user"]
    assert found[1]["content"] == "Shot:\n[The image follows in the next user message.]"
    assert found[3]["content"] == [
        {"type": "text", "text": "From tool call a:"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}},
        {"type": "text", "text": "See?"},
    ]


def test_a_call_without_a_result_and_a_result_without_a_call() -> None:
    found = written(
        user(ToolResult("gone", (Text("old"),))),
        assistant(ToolCall("a", "f", "{}")),
        assistant(Text("Never mind.")),
        user(ToolResult("a", (Text("late"),))),
    )
    assert found[0] == {"role": "user", "content": "[Result of an earlier tool call]\nold"}
    assert found[2] == {"role": "tool", "tool_call_id": "a", "content": NO_RESULT}
    assert found[-1] == {"role": "user", "content": "[Result of an earlier tool call]\nlate"}


def test_an_id_that_comes_again_in_another_turn() -> None:
    found = written(
        assistant(ToolCall("Bash:0", "f", "{}")),
        user(ToolResult("Bash:0", (Text("1"),))),
        assistant(ToolCall("Bash:0", "f", "{}")),
        user(ToolResult("Bash:0", (Text("2"),))),
    )
    assert [message["content"] for message in found if message["role"] == "tool"] == ["1", "2"]
    assert {message["tool_call_id"] for message in found[1::2]} == {found[0]["tool_calls"][0]["id"]}


def test_ids_and_names_are_what_the_endpoint_takes() -> None:
    long_id, long_name = "toolu_" + "x" * 60, "mcp__" + "y" * 80
    found = written(
        assistant(ToolCall(long_id, long_name, "{}"), ToolCall("b", "spawn", "{}", namespace="agents")),
        user(ToolResult(long_id, (Text("1"),))),
    )
    one, two = found[0]["tool_calls"]
    assert len(one["id"]) == 40
    assert found[1]["tool_call_id"] == one["id"]
    assert len(one["function"]["name"]) == 64
    assert two["function"]["name"] == "agents--spawn"


@pytest.mark.parametrize(
    ("part", "arguments"),
    [
        (ToolCall("a", "f", ""), "{}"),
        (ToolCall("a", "f", '{"a": 1}'), '{"a": 1}'),
        (ToolCall("a", "f", '{"a": '), '{"input": "{\\"a\\": "}'),
        (ToolCall("a", "f", "[1]"), '{"input": "[1]"}'),
        (ToolCall("a", "p", "*** Begin", ToolKind.CUSTOM), '{"input": "*** Begin"}'),
    ],
)
def test_arguments_are_always_a_json_object(part: ToolCall, arguments: str) -> None:
    assert written(assistant(part))[0]["tool_calls"][0]["function"]["arguments"] == arguments


# Reasoning


SIGNED = Reasoning("Hm", Opaque(CLAUDE, "signature", "sig"))


def test_thinking_is_not_sent_where_it_is_not_asked_back() -> None:
    found = written(HI, assistant(SIGNED, ToolCall("a", "f", "{}")), assistant(SIGNED), HI)
    assert all("reasoning_content" not in message for message in found)
    assert [message["role"] for message in found] == ["user", "assistant", "tool", "user"]


def test_deepseek_gets_the_thinking_of_every_tool_call_and_of_nothing_else() -> None:
    found = written(
        assistant(SIGNED, ToolCall("a", "f", "{}")),
        assistant(ToolCall("b", "f", "{}")),
        assistant(Reasoning("Why"), Text("Done")),
        to=DEEPSEEK,
    )
    spoken = [message for message in found if message["role"] == "assistant"]
    assert [message.get("reasoning_content") for message in spoken] == ["Hm", " ", None]
    assert "sig" not in json.dumps(found)


def test_a_refusal_is_what_the_model_said() -> None:
    assert written(HI, assistant(Refusal("No.")))[1] == {"role": "assistant", "content": "No."}


# Images, documents, the unknown


def test_images_as_url_and_inline() -> None:
    found = written(
        user(Text("See"), Image(url="https://x/i.png", detail="low"), Image(data="AAAA", detail="original"))
    )
    assert found[0]["content"] == [
        {"type": "text", "text": "See"},
        {"type": "image_url", "image_url": {"url": "https://x/i.png", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA", "detail": "original"}},
    ]


def test_what_only_openai_knows_is_not_sent_elsewhere() -> None:
    pdf = Document(media_type="application/pdf", data="AAAA", name="a.pdf")
    audio = Unknown(FormatName.OPENAI_CHAT, "input_audio", {"type": "input_audio", "input_audio": {}})
    image = Image(url="https://x/i.png", detail="original")
    assert written(user(pdf, audio, image), format=FormatName.OPENAI_CHAT)[0]["content"] == [
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,AAAA"}},
        audio.value,
        {"type": "image_url", "image_url": {"url": "https://x/i.png", "detail": "original"}},
    ]
    elsewhere = written(user(pdf, image), to=COMPATIBLE)[0]["content"]
    assert elsewhere[0]["type"] == "text"
    assert "detail" not in elsewhere[1]["image_url"]


def test_a_text_document_is_text_everywhere() -> None:
    note = Document(media_type="text/plain", data=base64.b64encode("Grüße".encode()).decode(), name="a.txt")
    assert written(user(note), to=COMPATIBLE)[0]["content"] == "a.txt:\nGrüße"
    result = written(assistant(ToolCall("a", "f", "{}")), user(ToolResult("a", (note,))))
    assert result[1]["content"] == "Grüße"


def test_a_text_document_that_is_none_is_left_out() -> None:
    broken = Document(media_type="text/plain", data="no base64", name="a.txt")
    assert "a.txt was left out" in written(user(broken), to=COMPATIBLE)[0]["content"]


def test_parts_of_another_format_without_a_counterpart_are_left_out() -> None:
    foreign = Unknown(CLAUDE, "server_tool_use", {"type": "server_tool_use"})
    assert written(user(Text("Hi"), foreign)) == [{"role": "user", "content": "Hi"}]


def test_a_model_without_eyes_is_told_that_there_was_an_image() -> None:
    content = written(user(Image(data="AAAA")), to=replace(COMPATIBLE, images=False))[0]["content"]
    assert "image was here" in content
    assert "AAAA" not in content


# Tools


def tools(*values: Tool, to: Dialect = OPENAI, **fields: Any) -> list[JsonObject]:
    found: list[JsonObject] = render(tools=values, to=to, **fields).get("tools", [])
    return found


def test_function_tools() -> None:
    schema = {"type": "object", "properties": {"x": {"type": "string", "format": "uri"}}}
    before = copy.deepcopy(schema)
    assert tools(Tool("f", "d", schema, strict=True), Tool("g", strict=False)) == [
        {
            "type": "function",
            "function": {
                "name": "f",
                "description": "d",
                "parameters": {"type": "object", "properties": {"x": {"type": "string"}}},
                "strict": True,
            },
        },
        {"type": "function", "function": {"name": "g", "parameters": {"type": "object", "properties": {}}}},
    ]
    assert schema == before
    assert "strict" not in tools(Tool("f", strict=True, origin=CLAUDE))[0]["function"]


def test_custom_and_namespaced_tools_are_functions_and_hosted_ones_are_left_out() -> None:
    found = tools(
        Tool("apply_patch", kind=ToolKind.CUSTOM, grammar={"type": "text"}),
        Tool("spawn", namespace="agents"),
        Tool("web_search", kind=ToolKind.SERVER, raw={}, origin=CLAUDE),
    )
    assert [tool["function"]["name"] for tool in found] == ["apply_patch", "agents--spawn"]
    assert all(SDK_TOOL.validate_python(tool) for tool in found)
    assert found[0]["function"]["parameters"]["required"] == ["input"]


def test_a_tool_that_is_not_loaded_yet_is_not_on_offer_and_names_are_unique() -> None:
    found = tools(
        Tool("f", "first"),
        Tool("Later", deferred=True, origin=CLAUDE),
        Tool("search", deferred=True, origin=FormatName.OPENAI_RESPONSES),
        Tool("f", "second"),
    )
    described = [(tool["function"]["name"], tool["function"].get("description")) for tool in found]
    assert described == [("f", "first"), ("search", None)]


def test_fields_a_provider_refuses() -> None:
    strict = replace(COMPATIBLE, drop_tool_fields=frozenset({"strict"}))
    assert "strict" not in tools(Tool("f", strict=True), to=strict)[0]["function"]
    assert tools(Tool("f"), to=replace(OPENAI, tools=False)) == []


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        (ToolChoice("auto"), "auto"),
        (ToolChoice("none"), "none"),
        (ToolChoice("required"), "required"),
        (ToolChoice("tool", "spawn"), {"type": "function", "function": {"name": "agents--spawn"}}),
        (ToolChoice("tool", "gone"), "auto"),
        (None, None),
    ],
)
def test_tool_choice(choice: ToolChoice | None, expected: Any) -> None:
    spawn = Tool("spawn", namespace="agents")
    assert render(tools=(spawn,), tool_choice=choice).get("tool_choice") == expected
    assert "tool_choice" not in render(tool_choice=choice)


def test_whether_calls_may_be_parallel() -> None:
    assert render(tools=(Tool("f"),), parallel_tool_calls=False)["parallel_tool_calls"] is False
    assert "parallel_tool_calls" not in render(tools=(Tool("f"),))


def test_a_model_that_cannot_be_forced_is_asked() -> None:
    asked = render(tools=(Tool("f"),), tool_choice=ToolChoice("required"), on=model(forced_tool_choice=False))
    assert asked["tool_choice"] == "auto"


# The other fields


def test_a_stream_always_asks_for_usage() -> None:
    body = render(stream=True, include_usage=False)
    assert (body["stream"], body["stream_options"]) == (True, {"include_usage": True})


@pytest.mark.parametrize(("asked", "sent"), [(100, 100), (128_000, 8192), (0, 1), (None, None)])
def test_the_output_limit(asked: int | None, sent: int | None) -> None:
    assert render(max_output=asked).get("max_completion_tokens") == sent
    assert render(max_output=asked, to=COMPATIBLE).get("max_tokens") == sent


def test_stop_and_sampling() -> None:
    body = render(stop=("a", "b", "c", "d", "e"), temperature=0.0, top_p=0.5)
    assert (body["stop"], body["temperature"], body["top_p"]) == (["a", "b", "c", "d"], 0.0, 0.5)
    strict = render(temperature=0.0, top_p=0.5, on=model(sampling=False))
    assert not {"temperature", "top_p"} & strict.keys()


def test_structured_output() -> None:
    assert render(output_schema={"type": "object"})["response_format"] == {"type": "json_object"}
    wanted = {"type": "object", "properties": {"title": {"type": "string"}}}
    assert render(output_schema=wanted)["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "answer", "schema": wanted},
    }
    strict = {**wanted, "required": ["title"], "additionalProperties": False}
    assert render(output_schema=strict, output_name="t")["response_format"]["json_schema"] == {
        "name": "t",
        "schema": strict,
        "strict": True,
    }


def test_the_session_gets_a_name_that_says_nothing() -> None:
    hint = '{"device_id":"d","account_uuid":"","session_id":"s"}'
    key = render(session_hint=hint)["prompt_cache_key"]
    assert (
        key == render(session_hint=hint)["prompt_cache_key"] != render(session_hint="x")["prompt_cache_key"]
    )
    assert len(key) == 32
    assert "prompt_cache_key" not in render(session_hint=hint, to=DEEPSEEK)


def test_a_tier_of_anthropics_has_openais_word() -> None:
    assert render(service_tier="standard_only")["service_tier"] == "default"
    assert "service_tier" not in render(service_tier="auto")
    assert render(service_tier="flex", format=FormatName.OPENAI_RESPONSES)["service_tier"] == "flex"


# The law of the prompt cache


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)
ids = st.sampled_from(["a", "b", "Bash:0"])
user_parts = st.lists(
    st.builds(Text, texts)
    | st.builds(ToolResult, ids, st.tuples(st.builds(Text, texts)))
    | st.builds(ToolResult, ids, st.just((Image(data="AAAA"),)), st.booleans()),
    min_size=1,
    max_size=3,
).map(lambda parts: user(*parts))
assistant_parts = st.lists(
    st.builds(Text, texts)
    | st.builds(Reasoning, texts)
    | st.builds(ToolCall, ids, st.just("f"), st.just("{}")),
    min_size=1,
    max_size=3,
).map(lambda parts: assistant(*parts))
system_parts = st.builds(Text, texts).map(lambda part: Message("system", (part,)))
SDK_MESSAGE: TypeAdapter[Any] = TypeAdapter(ChatCompletionMessageParam)
SDK_TOOL: TypeAdapter[Any] = TypeAdapter(ChatCompletionToolUnionParam)
turns = st.lists(
    st.tuples(st.lists(user_parts | system_parts, min_size=1, max_size=2), assistant_parts), max_size=4
)


@given(turns, st.sampled_from([OPENAI, COMPATIBLE, DEEPSEEK, replace(COMPATIBLE, fold_system=True)]))
def test_a_growing_history_keeps_its_head(rounds: list[tuple[list[Message], Message]], to: Dialect) -> None:
    said: list[Message] = []
    earlier: list[JsonObject] = []
    for asked, answered in rounds:
        said += asked
        now = written(*said, HI, to=to)[:-1]
        assert now[: len(earlier)] == earlier
        earlier = now
        said.append(answered)


@given(turns)
def test_every_request_is_one_that_openai_accepts(rounds: list[tuple[list[Message], Message]]) -> None:
    said = [message for asked, answered in rounds for message in (*asked, answered)]
    waiting: list[str] = []
    for message in written(*said, HI):
        SDK_MESSAGE.validate_python(message)
        if message["role"] == "tool":
            assert message["tool_call_id"] == waiting.pop(0)
        else:
            assert waiting == []
            waiting = [entry["id"] for entry in message.get("tool_calls", [])]
        assert message["content"] or message.get("tool_calls") or message["role"] == "tool"
    assert waiting == []
