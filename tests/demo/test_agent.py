"""The scripted agent knows its way in all three wire formats, and in whatever the router makes of them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from coderouter_cli.demo.agent import DemoAgent
from coderouter_cli.demo.asks import Ask
from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.turns import Turn, plan
from coderouter_cli.domain.phase import Phase
from tests.demo.talk import ask as send_request

ASK = Ask(Phase.DEBUG, 4, "The tests fail with KeyError: 'tax_rate'. Fix it.")
TURN = plan(ASK, "python", 0)
BASH = {"name": "Bash", "input_schema": {"type": "object", "properties": {}}}
EXEC = {"type": "function", "name": "exec_command", "parameters": {"type": "object", "properties": {}}}


@pytest.fixture
def turn() -> Turn:
    return TURN


@pytest.fixture
async def provider(turn: Turn) -> AsyncIterator[ScriptedProvider]:
    async with ScriptedProvider(DemoAgent([turn])) as running:
        yield running


def thinking() -> dict[str, Any]:
    return {"type": "adaptive"}


async def test_it_takes_step_after_step_and_reports(provider: ScriptedProvider) -> None:
    history: list[dict[str, Any]] = [{"role": "user", "content": ASK.text}]
    kinds = []
    for _ in range(ASK.exchanges):
        answer = await send_request(provider, "messages", tools=[BASH], thinking=thinking(), messages=history)
        calls = [block for block in answer["content"] if block["type"] == "tool_use"]
        assert answer["content"][0]["type"] == "thinking"
        kinds.append(len(calls))
        history.append({"role": "assistant", "content": answer["content"]})
        results = [{"type": "tool_result", "tool_use_id": call["id"], "content": "ok"} for call in calls]
        history.append({"role": "user", "content": results})
    assert kinds == [len(step) for step in TURN.steps] + [0]
    assert history[-2]["content"][-1]["text"].startswith("The cause is in ")


@pytest.mark.parametrize(
    "text",
    [f"<user_query>\n{ASK.text}\n</user_query>", f"<system-reminder>x</system-reminder>\n\n{ASK.text}"],
)
async def test_it_recognises_an_ask_that_was_wrapped(provider: ScriptedProvider, text: str) -> None:
    answer = await send_request(provider, "responses", tools=[EXEC], input=text)
    assert answer["output"][-1]["type"] == "function_call"


async def test_results_side_by_side_are_one_round(provider: ScriptedProvider) -> None:
    reasoning = {"type": "reasoning", "summary": [], "content": [{"type": "reasoning_text", "text": "Hm."}]}
    calls = [
        {"type": "function_call", "call_id": f"call_{i}", "name": "exec_command", "arguments": "{}"}
        for i in range(2)
    ]
    outputs = [{"type": "function_call_output", "call_id": f"call_{i}", "output": "ok"} for i in range(2)]
    start = {"role": "user", "content": [{"type": "input_text", "text": ASK.text}]}
    rounds = [start, reasoning, *calls, *outputs]
    answer = await send_request(provider, "deepseek-responses", tools=[EXEC], input=rounds)
    expected = TURN.steps[1][0].path
    assert expected in str(answer["output"][-1])


async def test_a_custom_tool_gets_text_and_a_function_in_its_place_an_object() -> None:
    edit = plan(Ask(Phase.SMALL_EDIT, 2, "Rename it."), "python", 0)
    custom = {"type": "custom", "name": "apply_patch"}
    function = {**EXEC, "name": "apply_patch"}
    async with ScriptedProvider(DemoAgent([edit])) as provider:
        asked = [{"role": "user", "content": "Rename it."}]
        raw = await send_request(provider, "responses", tools=[custom], input=asked)
        wrapped = await send_request(provider, "responses", tools=[function], input=asked)
    assert raw["output"][-1]["input"].startswith("*** Begin Patch")
    assert wrapped["output"][-1]["arguments"].startswith('{"input":"*** Begin Patch')


async def test_without_a_fitting_tool_the_turn_ends_early(provider: ScriptedProvider) -> None:
    other = {**BASH, "name": "Unrelated"}
    answer = await send_request(
        provider, "messages", tools=[other], messages=[{"role": "user", "content": ASK.text}]
    )
    assert answer["stop_reason"] == "end_turn"


async def test_a_schema_gets_json_and_no_tools_get_a_summary(provider: ScriptedProvider) -> None:
    shape = {"format": {"type": "json_schema", "schema": {"type": "object"}}}
    titled = await send_request(provider, "messages", output_config=shape)
    assert titled["content"][-1]["text"].startswith('{"title"')
    summed = await send_request(provider, "chat", messages=[{"role": "user", "content": "Summarise."}])
    assert summed["choices"][0]["message"]["content"].startswith("<summary>")


async def test_an_order_to_summarise_comes_before_the_ask(provider: ScriptedProvider) -> None:
    messages = [
        {"role": "user", "content": ASK.text},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": "CRITICAL: Respond with TEXT ONLY. Call no tools."},
    ]
    answer = await send_request(provider, "messages", tools=[BASH], messages=messages)
    assert answer["content"][-1]["text"].startswith("<summary>")


async def test_an_unknown_ask_is_answered_at_once(provider: ScriptedProvider) -> None:
    answer = await send_request(provider, "messages", tools=[BASH])
    assert answer["content"][-1]["text"] == "Done."


@pytest.mark.parametrize(
    ("surface", "fields", "thinks"),
    [
        ("messages", {}, False),
        ("messages", {"thinking": {"type": "adaptive"}}, True),
        ("deepseek-messages", {}, True),
        ("deepseek-messages", {"thinking": {"type": "disabled"}}, False),
        ("deepseek-responses", {"reasoning": {"effort": "none"}}, False),
        ("responses", {}, True),
    ],
)
async def test_it_thinks_where_the_model_would(
    provider: ScriptedProvider, surface: str, fields: dict[str, Any], *, thinks: bool
) -> None:
    answer = await send_request(provider, surface, **fields)
    parts = answer.get("content") or answer["output"]
    assert (parts[0]["type"] in {"thinking", "reasoning"}) is thinks
