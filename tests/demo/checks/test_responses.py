"""What OpenAI and DeepSeek refuse of a Responses request, and what they take."""

import json
from typing import Any

import pytest

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import Call, Reply, ReplyQueue, Say, Think
from tests.demo.talk import MINIMAL, ask, complaint, send

TOOL: dict[str, Any] = {
    "type": "function",
    "name": "run",
    "parameters": {"type": "object", "properties": {"x": {"type": "string"}}},
}
PATCH = {"type": "custom", "name": "apply_patch"}
CALL = {"type": "function_call", "call_id": "call_1", "name": "run", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "ok"}
REASONING = {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]}


def user(text: str) -> dict[str, Any]:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}


def tool(**parameters: Any) -> dict[str, Any]:
    return {"tools": [{**TOOL, "parameters": {"type": "object", "properties": {}, **parameters}}]}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"frobnicate": 1}, "Unknown parameter: 'frobnicate'."),
    ({"messages": []}, "Unknown parameter: 'messages'."),
    ({"stop": ["x"]}, "Unknown parameter: 'stop'."),
    ({"model": "claude-opus-5-5"}, "The model `claude-opus-5-5` does not exist"),
    ({"input": None}, "Missing required parameter: 'input'."),
    ({"temperature": 0.5}, "Unsupported parameter: 'temperature'"),
    ({"reasoning": {"effort": "huge"}}, "Invalid value: 'huge'."),
    ({"max_output_tokens": 5}, "integer below minimum value"),
    ({"prompt_cache_key": "k" * 65}, "Invalid 'prompt_cache_key': string too long"),
    ({"previous_response_id": "resp_1"}, "Previous response with id 'resp_1' not found."),
    (
        {"tools": [{"type": "function", "function": {"name": "run"}}]},
        "Missing required parameter: 'tools[0].name'",
    ),
    ({"tools": [{**TOOL, "name": "a.b"}]}, "string does not match pattern"),
    ({"tools": [{**TOOL, "name": "n" * 65}]}, "Invalid 'tools[0].name': string too long"),
    ({"tools": [{"name": "run", "input_schema": {}}]}, "Invalid value: 'None'."),
    (
        {"tools": [{"type": "web_search_20260318", "name": "web_search"}]},
        "Invalid value: 'web_search_20260318'",
    ),
    ({"tools": [{**TOOL, "parameters": {}}]}, "schema must be a JSON Schema of 'type: \"object\"'"),
    (tool(properties={"x": {"type": "string", "pattern": r"^[^\p{Cc}]+$"}}), "is not a 'regex'"),
    ({"tools": [{**TOOL, "strict": True}]}, "'additionalProperties' is required to be supplied"),
    (
        {
            "tools": [
                {**TOOL, "strict": True, "parameters": {**TOOL["parameters"], "additionalProperties": False}}
            ]
        },
        "Missing 'x'.",
    ),
    ({"tools": [{**PATCH, "format": {"type": "grammar", "syntax": "lark"}}]}, "format.definition"),
    ({"tool_choice": {"type": "function", "name": "x"}, "tools": [TOOL]}, "Tool choice 'x' not found"),
    ({"tool_choice": "any"}, "Invalid value: 'any'."),
    ({"input": [{"type": "message", "role": "tool", "content": "x"}]}, "Invalid value: 'tool'."),
    ({"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "x"}]}]}, "'input_text'"),
    ({"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}, "Invalid value: 'text'."),
    ({"input": [{**CALL, "id": "call_1"}, OUTPUT]}, "Expected an ID that begins with 'fc'."),
    ({"input": [{**CALL, "arguments": {}}, OUTPUT]}, "Missing required parameter: 'input[0].arguments'."),
    ({"input": [user("x"), OUTPUT]}, "No tool call found for function call output with call_id call_1."),
    ({"input": [user("x"), CALL]}, "No tool output found for function call call_1."),
    (
        {"input": [CALL, {"type": "custom_tool_call_output", "call_id": "call_1", "output": "ok"}]},
        "No tool call found for custom tool call output",
    ),
    ({"input": [{"type": "thinking"}]}, "Invalid value: 'thinking'."),
    ({"input": [{**REASONING, "encrypted_content": "foreign"}, CALL, OUTPUT]}, "could not be verified"),
    (
        {"input": [{**REASONING, "id": "rs_1"}, CALL, OUTPUT], "store": False},
        "Item with id 'rs_1' not found.",
    ),
    ({"input": [user("x"), {**REASONING, "id": "rs_1"}]}, "without its required following item"),
    ({"text": {"format": {"type": "json_schema", "schema": {}}}}, "'text.format.name'"),
]


@pytest.mark.parametrize(("fields", "reason"), REFUSED, ids=[reason[:40] for _, reason in REFUSED])
async def test_openai_refuses(provider: ScriptedProvider, fields: dict[str, Any], reason: str) -> None:
    assert reason in await complaint(provider, "responses", **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"instructions": "Be brief.", "temperature": 1, "metadata": {"a": "b"}, "client_metadata": {}},
        {"reasoning": {"effort": "none"}, "temperature": 0.2},
        {"tools": [TOOL, PATCH, {"type": "web_search"}], "tool_choice": "required", "max_output_tokens": 16},
        {"tools": [{"type": "namespace", "name": "functions", "description": "", "tools": [TOOL]}]},
        {"tools": [{**PATCH, "format": {"type": "grammar", "syntax": "lark", "definition": "start: x"}}]},
        {"input": [user("x"), CALL, OUTPUT, user("y")]},
        {"input": [{"type": "additional_tools", "role": "developer", "tools": [TOOL]}, user("x")]},
        {"input": [{"role": "developer", "content": "x"}, {"role": "user", "content": "y"}]},
        {
            "input": [
                {"type": "local_shell_call", "id": "lsh_1", "call_id": "call_l", "action": {"type": "exec"}},
                {**OUTPUT, "call_id": "call_l"},
            ]
        },
    ],
)
async def test_openai_takes(provider: ScriptedProvider, fields: dict[str, Any]) -> None:
    await ask(provider, "responses", **fields)


async def test_the_code_and_the_parameter_are_named(provider: ScriptedProvider) -> None:
    _, body = await send(provider, "responses", MINIMAL["responses"] | {"frobnicate": 1})
    assert body["error"]["code"] == "unknown_parameter"
    assert body["error"]["param"] == "frobnicate"


async def test_a_function_is_strict_unless_it_says_otherwise(provider: ScriptedProvider) -> None:
    answer = await ask(provider, "responses", tools=[TOOL, {**TOOL, "name": "loose", "strict": False}])
    assert [named["strict"] for named in answer["tools"]] == [True, False]


async def test_sealed_reasoning_comes_back(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(Reply((Think("Hm."), Say("Yes."))))
    include = ["reasoning.encrypted_content"]
    answer = await ask(provider, "responses", include=include, store=False)
    history = [user("Hi"), *answer["output"], user("More.")]
    await ask(provider, "responses", input=history, include=include, store=False)


DEEPSEEK_REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"model": "gpt-5.5"}, "Model Not Exist"),
    ({"input": [{"role": "developer", "content": "x"}]}, "unknown variant `developer`"),
    ({"tools": [{"type": "custom", "name": "exec"}]}, "custom tool `exec` is not supported"),
    ({"tools": [{"type": "namespace", "name": "x", "tools": []}]}, "unknown variant `namespace`"),
    ({"tools": [{"type": "function", "function": {"name": "run"}}]}, "tools[0].name"),
    ({"input": [user("x"), CALL, OUTPUT]}, "The `reasoning_text` in the thinking mode must be passed back"),
    ({"input": [user("x"), {"type": "reasoning", "summary": []}, CALL, OUTPUT]}, "`reasoning_text`"),
    ({"input": [user("x"), REASONING, CALL, user("y"), OUTPUT]}, "insufficient tool messages"),
    ({"input": [user("x"), REASONING, CALL]}, "No tool output found"),
]


@pytest.mark.parametrize(("fields", "reason"), DEEPSEEK_REFUSED)
async def test_deepseek_refuses(provider: ScriptedProvider, fields: dict[str, Any], reason: str) -> None:
    assert reason in await complaint(provider, "deepseek-responses", **fields)


SECOND = ({**CALL, "call_id": "call_2"}, {**OUTPUT, "call_id": "call_2"})


@pytest.mark.parametrize(
    "fields",
    [
        {"tools": [TOOL, PATCH], "unknown_field": 1, "temperature": 0.2},
        {"input": [user("x"), REASONING, CALL, SECOND[0], OUTPUT, SECOND[1], user("y")]},
        {"input": [user("x"), CALL, OUTPUT], "reasoning": {"effort": "none"}},
        {"input": [{"type": "additional_tools", "tools": [TOOL]}, user("x")]},
    ],
)
async def test_deepseek_takes(provider: ScriptedProvider, fields: dict[str, Any]) -> None:
    await ask(provider, "deepseek-responses", **fields)


async def test_deepseek_wants_reasoning_for_every_turn(provider: ScriptedProvider) -> None:
    history = [user("x"), REASONING, CALL, OUTPUT, SECOND[0], SECOND[1]]
    assert "`reasoning_text`" in await complaint(provider, "deepseek-responses", input=history)


async def test_a_sealed_task_comes_back_to_openai_only_as_it_was_sealed(
    provider: ScriptedProvider, replies: ReplyQueue
) -> None:
    """Codex's collaboration tools: the argument is sealed, and goes to the other agent in this item."""
    sealed = {"message": {"type": "string", "encrypted": True}, "task_name": {"type": "string"}}
    spawn = {**TOOL, "parameters": {"type": "object", "properties": sealed}}
    replies.add(Reply((Call("run", {"message": "Say 42", "task_name": "helper"}),)))
    _, got = await send(provider, "responses", {**MINIMAL["responses"], "tools": [spawn]})
    arguments = json.loads(got["output"][0]["arguments"])
    assert arguments["task_name"] == "helper"
    assert "42" not in arguments["message"]
    for content, status in ((arguments["message"], 200), ("Say 42", 400)):
        part = {"type": "encrypted_content", "encrypted_content": content}
        task = {"type": "agent_message", "author": "/root", "recipient": "/root/helper", "content": [part]}
        answered, _ = await send(provider, "responses", {**MINIMAL["responses"], "input": [user("Hi"), task]})
        assert answered == status


async def test_a_compaction_is_one_sealed_item(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    replies.add(Reply((Say("A summary."), Say("More."))))
    asked = {**MINIMAL["responses"], "input": [user("Hi"), {"type": "compaction_trigger"}]}
    _, got = await send(provider, "responses", asked)
    assert [item["type"] for item in got["output"]] == ["compaction"]
    assert "summary" not in got["output"][0]["encrypted_content"]
    taken = {**MINIMAL["responses"], "input": [*got["output"], user("Go on")]}
    assert (await send(provider, "responses", taken))[0] == 200
