import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Message, Text, ToolChoice
from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire.formats.openai_responses import OPENAI_RESPONSES
from coderouter_cli.wire.formats.openai_responses.request import parse
from tests.wire.formats.openai_responses.kit import body, say

FUNCTION = {"type": "function", "name": "shell", "parameters": {"type": "object"}}
CODEX = {
    "model": "gpt-5.5",
    "stream": True,
    "input": [say("developer", "You are an agent."), say("user", "Say hello")],
    "tools": [FUNCTION, {"type": "web_search"}],
    "tool_choice": "auto",
    "parallel_tool_calls": True,
    "reasoning": {"effort": "medium", "summary": "auto"},
    "store": False,
    "include": ["reasoning.encrypted_content"],
    "prompt_cache_key": "thread-1",
    "text": {"verbosity": "low"},
    "client_metadata": {"x": "y"},
    "service_tier": None,
}


def test_a_codex_request() -> None:
    read = parse(CODEX)
    assert read.format is FormatName.OPENAI_RESPONSES
    assert read.model == "gpt-5.5"
    assert read.messages == (
        Message("system", (Text("You are an agent."),)),
        Message("user", (Text("Say hello"),)),
    )
    assert [tool.name for tool in read.tools] == ["shell", "web_search"]
    assert read.tool_choice == ToolChoice("auto")
    assert (read.effort, read.thinking, read.stream, read.parallel_tool_calls) == ("medium", True, True, True)
    assert read.session_hint == "thread-1"
    assert read.dropped == ("store", "include", "client_metadata")


def test_every_other_field() -> None:
    fields: JsonObject = {
        "model": "m",
        "input": "hi",
        "instructions": "Be brief.",
        "max_output_tokens": 50,
        "temperature": 1,
        "top_p": 0.5,
        "user": "someone",
        "service_tier": "flex",
        "reasoning": {"effort": "none"},
        "text": {"format": {"type": "json_schema", "name": "title", "schema": {"type": "object"}}},
        "previous_response_id": "resp_0",
    }
    assert parse(fields) == Conversation(
        format=FormatName.OPENAI_RESPONSES,
        model="m",
        messages=(Message("user", (Text("hi"),)),),
        system=(Text("Be brief."),),
        max_output=50,
        temperature=1.0,
        top_p=0.5,
        effort="none",
        thinking=False,
        output_schema={"type": "object"},
        output_name="title",
        session_hint="someone",
        service_tier="flex",
        dropped=("previous_response_id",),
    )


def test_what_is_not_said_is_not_known() -> None:
    read = parse(
        {"model": "m", "input": "hi", "reasoning": {"summary": "auto"}, "text": {"format": {"type": "text"}}}
    )
    assert (read.effort, read.thinking, read.max_output, read.tool_choice) == (None, None, None, None)
    assert read.output_schema is None
    assert read.dropped == ()


def test_any_json_object_is_a_schema_too() -> None:
    assert parse(
        {"model": "m", "input": "hi", "text": {"format": {"type": "json_object"}}}
    ).output_schema == {"type": "object"}


def test_only_allowed_tools_are_offered() -> None:
    other = {**FUNCTION, "name": "other"}
    choice = {"type": "allowed_tools", "mode": "required", "tools": [{"type": "function", "name": "other"}]}
    read = parse(body(say("user", "hi"), tools=[FUNCTION, other], tool_choice=choice))
    assert [tool.name for tool in read.tools] == ["other"]
    assert read.tool_choice == ToolChoice("required")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"model": None}, "`model`"),
        ({"model": 4}, "`model`"),
        ({"input": None}, "`input`"),
        ({"input": 7}, "`input`"),
        ({"input": ["x"]}, "`input[0]`"),
        ({"instructions": ["x"]}, "`instructions`"),
        ({"max_output_tokens": "9"}, "`max_output_tokens`"),
        ({"temperature": True}, "`temperature`"),
        ({"reasoning": "high"}, "`reasoning`"),
        ({"reasoning": {"effort": 3}}, "`reasoning.effort`"),
        ({"text": {"format": {"type": "json_schema", "schema": []}}}, "`text.format.schema`"),
        ({"stream": "yes"}, "`stream`"),
        ({"tools": {}}, "`tools`"),
        ({"tool_choice": 3}, "`tool_choice`"),
    ],
)
def test_a_wrong_field_is_named(change: JsonObject, named: str) -> None:
    with pytest.raises(BadRequestError) as raised:
        parse({**CODEX, **change})
    assert named in raised.value.what


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 1)
    | st.sampled_from(["message", "user", "function", "auto", ""]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["type", "role", "content", "text", "id", "call_id", "name", "output", "tools", "format"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(sorted(CODEX)), VALUES))
def test_any_body_is_read_or_refused(change: dict[str, Any]) -> None:
    with contextlib.suppress(BadRequestError):
        assert OPENAI_RESPONSES.parse({**CODEX, **change}).model
