"""Whatever is sent, the checks give a reason or nothing; they never fail themselves."""

import copy
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from coderouter_cli.demo.checks import CHECKS
from coderouter_cli.demo.script import HttpError, ProviderName, SeenRequest
from coderouter_cli.domain.conversation import FormatName, JsonObject

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner, max_size=2),
    max_leaves=4,
)
SCHEMA = {"type": "object", "properties": {"x": {"type": "string", "pattern": "a"}}, "required": ["x"]}
BODIES: dict[FormatName, JsonObject] = {
    FormatName.ANTHROPIC_MESSAGES: {
        "model": "claude-opus-5-5",
        "max_tokens": 100,
        "system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}],
        "tools": [{"name": "run", "input_schema": SCHEMA}],
        "tool_choice": {"type": "auto"},
        "thinking": {"type": "adaptive"},
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
        "metadata": {"user_id": "x"},
        "stop_sequences": ["x"],
        "messages": [
            {"role": "user", "content": "x"},
            {"role": "system", "content": "x"},
            {
                "role": "assistant",
                "content": [
                    {"type": "thinking", "thinking": "x", "signature": "x"},
                    {"type": "tool_use", "id": "a", "name": "run", "input": {}},
                ],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "a",
                        "content": [{"type": "image", "source": {"type": "base64"}}],
                    }
                ],
            },
        ],
    },
    FormatName.OPENAI_RESPONSES: {
        "model": "gpt-6.1-sol",
        "tools": [{"type": "function", "name": "run", "parameters": SCHEMA, "strict": True}],
        "tool_choice": {"type": "function", "name": "run"},
        "reasoning": {"effort": "low"},
        "text": {"format": {"type": "json_schema", "name": "x", "schema": SCHEMA}},
        "max_output_tokens": 16,
        "prompt_cache_key": "x",
        "input": [
            {"role": "developer", "content": [{"type": "input_text", "text": "x"}]},
            {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "x"}]},
            {"type": "function_call", "call_id": "a", "name": "run", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "a", "output": "x"},
        ],
    },
    FormatName.OPENAI_CHAT: {
        "model": "gpt-5-mini",
        "tools": [{"type": "function", "function": {"name": "run", "parameters": SCHEMA}}],
        "reasoning_effort": "low",
        "stream": True,
        "stream_options": {"include_usage": True},
        "max_completion_tokens": 10,
        "messages": [
            {"role": "system", "content": "x"},
            {"role": "user", "content": [{"type": "text", "text": "x"}]},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [{"id": "a", "type": "function", "function": {"name": "run"}}],
            },
            {"role": "tool", "tool_call_id": "a", "content": "x"},
        ],
    },
}
DEEPSEEK_MODEL = {"model": "deepseek-flash"}
CASES: list[tuple[FormatName, ProviderName]] = [
    (FormatName.ANTHROPIC_MESSAGES, "anthropic"),
    (FormatName.ANTHROPIC_MESSAGES, "deepseek"),
    (FormatName.OPENAI_RESPONSES, "openai"),
    (FormatName.OPENAI_RESPONSES, "deepseek"),
    (FormatName.OPENAI_CHAT, "openai"),
    (FormatName.OPENAI_CHAT, "deepseek"),
]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values inside a JSON value."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [path] if path else []
    return found + [place for key, item in inner for place in places(item, (*path, key))]


@settings(max_examples=600, deadline=None)
@given(st.data())
def test_a_check_never_fails(data: st.DataObject) -> None:
    format_name, provider = data.draw(st.sampled_from(CASES))
    body = copy.deepcopy(BODIES[format_name])
    if provider == "deepseek":
        body |= DEEPSEEK_MODEL
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(places(body)))
        holder = body
        for key in path[:-1]:
            holder = holder[key]
        holder[path[-1]] = data.draw(JSON)
    headers = {"anthropic-version": "2023-06-01"}
    seen = SeenRequest(1, provider, format_name, "POST", "/", headers, b"", body, 0)
    problem = next(CHECKS[format_name](seen), None)
    assert problem is None or (isinstance(problem, HttpError) and 400 <= problem.status < 500)
