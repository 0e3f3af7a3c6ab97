"""What OpenAI and DeepSeek refuse of a Chat Completions request, and what they take."""

from typing import Any

import pytest

from coderouter_cli.demo.provider import ScriptedProvider
from tests.demo.talk import ask, complaint

USER = {"role": "user", "content": "Hi"}
FUNCTION = {"name": "run", "parameters": {"type": "object", "properties": {}}}
TOOL: dict[str, Any] = {"type": "function", "function": FUNCTION}
CALLS = {
    "role": "assistant",
    "content": None,
    "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "run", "arguments": "{}"}}],
}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "ok"}
PICTURE = {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x.test/a.png"}}]}

REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"frobnicate": 1}, "Unrecognized request argument supplied: frobnicate"),
    ({"thinking": {"type": "enabled"}}, "Unrecognized request argument supplied: thinking"),
    ({"model": "claude-opus-5-5"}, "The model `claude-opus-5-5` does not exist"),
    ({"messages": []}, "Missing required parameter: 'messages'."),
    ({"max_tokens": 10}, "Use 'max_completion_tokens' instead."),
    ({"temperature": 0.5}, "Unsupported parameter: 'temperature'"),
    ({"stream_options": {"include_usage": True}}, "only allowed when 'stream' is enabled"),
    ({"reasoning_effort": "huge"}, "Invalid value: 'huge'."),
    ({"tools": [TOOL]}, "Function tools with reasoning_effort are not supported for gpt-6.1-sol"),
    ({"tools": [TOOL], "reasoning_effort": "low"}, "Function tools with reasoning_effort are not supported"),
    ({"tools": [{"type": "function", "name": "run"}]}, "Missing required parameter: 'tools[0].function'."),
    ({"tools": [{"type": "namespace"}]}, "Invalid value: 'namespace'."),
    ({"tools": [{"type": "function", "function": {**FUNCTION, "name": "a b"}}]}, "does not match pattern"),
    ({"messages": [{"role": "human", "content": "x"}]}, "unknown variant `human`"),
    ({"messages": [{"role": "user"}]}, "expected a string, got null"),
    ({"messages": [{"role": "user", "content": [{"type": "image"}]}]}, "Invalid value: 'image'."),
    ({"messages": [USER, RESULT]}, "must be a response to a preceeding message with 'tool_calls'"),
    ({"messages": [USER, CALLS, USER]}, "did not have response messages: call_1"),
    ({"messages": [USER, CALLS]}, "did not have response messages: call_1"),
    ({"messages": [USER, CALLS, RESULT, RESULT]}, "must be a response to a preceeding message"),
]


@pytest.mark.parametrize(("fields", "reason"), REFUSED, ids=[reason[:40] for _, reason in REFUSED])
async def test_openai_refuses(provider: ScriptedProvider, fields: dict[str, Any], reason: str) -> None:
    assert reason in await complaint(provider, "chat", **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"messages": [{"role": "developer", "content": "x"}, USER], "max_completion_tokens": 10},
        {"tools": [TOOL], "reasoning_effort": "none", "temperature": 0.2},
        {"tools": [TOOL], "model": "gpt-5-mini"},
        {"messages": [USER, CALLS, RESULT, PICTURE]},
    ],
)
async def test_openai_takes(provider: ScriptedProvider, fields: dict[str, Any]) -> None:
    await ask(provider, "chat", **fields)


DEEPSEEK_REFUSED: list[tuple[dict[str, Any], str]] = [
    (
        {"messages": [{"role": "developer", "content": "x"}, USER]},
        "unknown variant `developer`, expected one of",
    ),
    ({"tools": [{"type": "custom", "custom": {"name": "apply_patch"}}]}, "unknown variant `custom`"),
    ({"tools": [{"type": "function", "name": "run"}]}, "missing field `function`"),
    ({"max_tokens": 400_000}, "the valid range of max_tokens is [1, 393216]"),
    ({"messages": [PICTURE], "model": "deepseek-v4-pro"}, "unknown variant `image_url`"),
    ({"messages": [USER, CALLS, RESULT]}, "The `reasoning_content` in the thinking mode must be passed back"),
    ({"messages": [USER, {**CALLS, "reasoning_content": ""}, USER]}, "must be followed by tool messages"),
]


@pytest.mark.parametrize(("fields", "reason"), DEEPSEEK_REFUSED)
async def test_deepseek_refuses(provider: ScriptedProvider, fields: dict[str, Any], reason: str) -> None:
    assert reason in await complaint(provider, "deepseek-chat", **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"unknown_field": 1, "tools": [TOOL], "max_tokens": 10, "temperature": 0.2},
        {"messages": [USER, {**CALLS, "reasoning_content": ""}, RESULT]},
        {"messages": [USER, CALLS, RESULT], "thinking": {"type": "disabled"}},
        {"messages": [PICTURE]},
    ],
)
async def test_deepseek_takes(provider: ScriptedProvider, fields: dict[str, Any]) -> None:
    await ask(provider, "deepseek-chat", **fields)
