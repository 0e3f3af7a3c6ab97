"""What Anthropic and DeepSeek refuse of a Messages request, and what they take."""

from typing import Any

import pytest

from coderouter_cli.demo.provider import ScriptedProvider
from coderouter_cli.demo.script import Call, Reply, ReplyQueue, Say, Think
from tests.demo.talk import MINIMAL, ask, complaint, opened, send

USER = {"role": "user", "content": "Hi"}
TOOL: dict[str, Any] = {"name": "run", "input_schema": {"type": "object", "properties": {}}}
USE = {"type": "tool_use", "id": "toolu_1", "name": "run", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "ok"}
MARK = {"cache_control": {"type": "ephemeral"}}


def said(*blocks: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks)}


def asked(*blocks: Any) -> dict[str, Any]:
    return {"role": "user", "content": list(blocks)}


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"frobnicate": 1}, "frobnicate: Extra inputs are not permitted"),
    ({"context_management": {"edits": []}}, "context_management: Extra inputs are not permitted"),
    ({"safeguards": []}, "safeguards: Extra inputs are not permitted"),
    ({"model": "gpt-5.5"}, "model: gpt-5.5"),
    ({"model": "claude-opus-5.5"}, "model: claude-opus-5.5"),
    ({"max_tokens": "many"}, "max_tokens: Input should be a valid integer"),
    ({"max_tokens": 200_000}, "max_tokens: 200000 > 128000"),
    ({"messages": []}, "at least one message"),
    ({"stream": "yes"}, "stream: Input should be a valid boolean"),
    ({"temperature": 0.5}, "temperature is not supported"),
    ({"top_p": 1}, "top_p is not supported"),
    ({"metadata": {"user": "x"}}, "metadata.user: Extra inputs"),
    ({"stop_sequences": [" "]}, "stop_sequences.0"),
    ({"output_config": {"effort": "huge"}}, "does not support effort level 'huge'"),
    ({"output_config": {"format": {"type": "json"}}}, "output_config.format.schema"),
    ({"thinking": {"type": "on"}}, "thinking: Input tag 'on'"),
    ({"thinking": {"type": "enabled", "budget_tokens": 2000}}, '"thinking.type.enabled" is not supported'),
    ({"thinking": {"type": "disabled"}}, '"thinking.type.disabled" is not supported'),
    ({"tools": [{"type": "function", "function": {"name": "run"}}]}, "tools.0: Input tag 'function'"),
    ({"tools": [{**TOOL, "name": "a b"}]}, "tools.0.custom.name: String should match pattern"),
    ({"tools": [{"name": "run"}]}, "tools.0.custom.input_schema: Field required"),
    ({"tools": [{**TOOL, "input_schema": {}}]}, "input_schema.type: Input should be 'object'"),
    ({"tools": [{**TOOL, "input_schema": {"type": "object", "anyOf": []}}]}, "does not support oneOf"),
    ({"tools": [{**TOOL, "parameters": {}}]}, "tools.0.custom.parameters: Extra inputs"),
    ({"tools": [TOOL, TOOL]}, "Tool names must be unique"),
    ({"tools": [{**TOOL, "defer_loading": True}]}, "defer_loading: Extra inputs"),
    ({"tool_choice": {"type": "auto"}}, "may only be specified while providing tools"),
    ({"tools": [TOOL], "tool_choice": {"type": "required"}}, "tool_choice: Input tag 'required'"),
    ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "x"}}, "Tool 'x' not found"),
    ({"tools": [TOOL], "tool_choice": {"type": "any"}}, 'type "tool" and "any" are not supported'),
    ({"messages": [{"role": "tool", "content": "x"}]}, "messages.0.role: Input should be"),
    ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
    ({"messages": [{**USER, "name": "x"}]}, "messages.0.name: Extra inputs"),
    ({"messages": [asked({"type": "text", "text": ""})]}, "must be non-empty"),
    ({"messages": [asked({"type": "text", "text": " \n"})]}, "must contain non-whitespace"),
    ({"messages": [asked({"type": "input_text", "text": "x"})]}, "content.0: Input tag 'input_text'"),
    ({"messages": [asked({"type": "text", "text": "x", "id": "1"})]}, "text.id: Extra inputs"),
    ({"messages": [asked({"type": "image", "source": {"type": "data"}})]}, "image.source: Input tag 'data'"),
    ({"messages": [asked(USE)]}, "content.0: Input tag 'tool_use'"),
    ({"messages": [said({"type": "text", "text": "x"}), USER]}, 'first message must use the "user" role'),
    ({"messages": [USER, said({"type": "text", "text": "x"})]}, "does not support assistant message prefill"),
    ({"messages": [USER, said(USE), USER]}, "`tool_use` ids were found without `tool_result` blocks"),
    (
        {"messages": [USER, said(USE), asked({"type": "text", "text": "x"}, RESULT)]},
        "`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1",
    ),
    ({"messages": [asked(RESULT)]}, "unexpected `tool_use_id` found in `tool_result` blocks: toolu_1"),
    ({"messages": [USER, said(USE), asked(RESULT, RESULT)]}, "must have a single result"),
    ({"messages": [USER, said(USE, USE), asked(RESULT)]}, "ids must be unique"),
    (
        {"messages": [USER, said({**USE, "id": "Bash:0"}), asked({**RESULT, "tool_use_id": "Bash:0"})]},
        "tool_use.id: String should match pattern",
    ),
    ({"messages": [USER, said({**USE, "input": "{}"}), asked(RESULT)]}, "Input should be a valid dictionary"),
    ({"messages": [{"role": "system", "content": "x"}, USER]}, "use the top-level 'system' parameter"),
    (
        {"messages": [USER, said(USE), {"role": "system", "content": "x"}, asked(RESULT)]},
        "role 'system' must follow a 'user' message",
    ),
    ({"messages": [USER, {"role": "system", "content": "x"}, USER]}, "role 'system' must be last"),
    (
        {"messages": [USER, {"role": "system", "content": []}]},
        "messages.1.content: content must not be empty",
    ),
    ({"system": [{"type": "text", "text": "x", **MARK}] * 5}, "A maximum of 4 blocks with cache_control"),
    (
        {
            "system": [
                {"type": "text", "text": "x", **MARK},
                {"type": "text", "text": "y", "cache_control": {"type": "ephemeral", "ttl": "1h"}},
            ]
        },
        "must not come after a ttl='5m'",
    ),
    ({"cache_control": {"type": "ephemeral", "ttl": "2h"}}, "cache_control: Input should be"),
]


@pytest.mark.parametrize(("fields", "reason"), REFUSED, ids=[reason[:40] for _, reason in REFUSED])
async def test_anthropic_refuses(provider: ScriptedProvider, fields: dict[str, Any], reason: str) -> None:
    assert reason in await complaint(provider, "messages", **fields)


TAKEN: list[dict[str, Any]] = [
    {"messages": [USER, USER]},
    {"messages": [USER, said(USE), asked(RESULT, {"type": "text", "text": "And now?"})]},
    {"messages": [USER, said(USE), asked(RESULT), {"role": "system", "content": "Plan mode is active."}]},
    {"messages": [USER, {"role": "system", "content": [], "output_config": {"effort": "medium"}}]},
    {"messages": [asked({"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}})]},
    {"temperature": 1, "tools": [{**TOOL, "type": "custom", "strict": True}]},
    {"tools": [{"type": "web_search_20260318", "name": "web_search"}]},
    {"output_config": {"effort": "xhigh", "format": {"type": "json_schema", "schema": {}}}},
    {"thinking": {"type": "adaptive", "display": "updates"}, "system": "Be brief."},
    {"model": "claude-haiku-4-5-20251001", "temperature": 0.2, "top_k": 5},
    {
        "model": "claude-opus-4-7",
        "thinking": {"type": "disabled"},
        "tools": [TOOL],
        "tool_choice": {"type": "any"},
    },
    {"max_tokens": 0},
]


@pytest.mark.parametrize("fields", TAKEN)
async def test_anthropic_takes(provider: ScriptedProvider, fields: dict[str, Any]) -> None:
    await ask(provider, "messages", **fields)


async def test_older_models_take_no_system_turn(provider: ScriptedProvider) -> None:
    messages = [USER, {"role": "system", "content": "x"}]
    reason = await complaint(provider, "messages", model="claude-opus-4-7", messages=messages)
    assert reason == "role 'system' is not supported on this model"


async def test_a_beta_and_its_field_travel_together(provider: ScriptedProvider) -> None:
    edits = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
    body = MINIMAL["messages"] | {"context_management": edits}
    beta = "context-management-2025-06-27"
    assert (await send(provider, "messages", body, anthropic_beta=beta))[0] == 200
    older = body | {"model": "claude-opus-4-7"}
    status, answer = await send(provider, "messages", older, anthropic_beta=beta)
    assert status == 400
    assert "requires `thinking` to be enabled" in answer["error"]["message"]


async def test_deferred_tools_need_their_beta(provider: ScriptedProvider) -> None:
    body = MINIMAL["messages"] | {"tools": [TOOL, {**TOOL, "name": "later", "defer_loading": True}]}
    beta = "advanced-tool-use-2025-11-20"
    assert (await send(provider, "messages", body, anthropic_beta=beta))[0] == 200
    assert (await send(provider, "messages", body))[0] == 400
    assert (await send(provider, "messages", body, anthropic_version="2026-10-21"))[0] == 200


async def test_what_is_no_request_is_refused(provider: ScriptedProvider) -> None:
    for body in (b"", b"[]", b"{", b"\xff", b'"x"'):
        async with opened(provider, "messages", body) as response:
            assert response.status == 400
    async with opened(provider, "messages", MINIMAL["messages"], content_encoding="gzip") as response:
        assert response.status == 400


async def test_a_version_and_a_model_are_required(provider: ScriptedProvider) -> None:
    status, answer = await send(provider, "messages", MINIMAL["messages"], anthropic_version=None)
    assert (status, answer["error"]["message"]) == (400, "anthropic-version: header is required")
    for name in ("model", "max_tokens", "messages"):
        body = {field: value for field, value in MINIMAL["messages"].items() if field != name}
        status, answer = await send(provider, "messages", body)
        assert (status, answer["error"]["message"]) == (400, f"{name}: Field required")


async def test_a_key_is_required(provider: ScriptedProvider) -> None:
    for surface, body in MINIMAL.items():
        assert (await send(provider, surface, body, authorization=None))[0] == 401
        expected = 200 if "messages" in surface else 401
        assert (await send(provider, surface, body, authorization=None, x_api_key="dummy"))[0] == expected


async def conversation(provider: ScriptedProvider, replies: ReplyQueue, model: str) -> list[dict[str, Any]]:
    """A history with a thinking block the provider signed."""
    replies.add(Reply((Think("Hm."), Say("I look."), Call("run"))))
    answer = await ask(provider, "messages", model=model, tools=[TOOL])
    call = answer["content"][2]["id"]
    return [
        USER,
        {"role": "assistant", "content": answer["content"]},
        asked({"type": "tool_result", "tool_use_id": call, "content": "ok"}),
    ]


async def test_signed_thinking_comes_back(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    history = await conversation(provider, replies, "claude-opus-5-5")
    await ask(provider, "messages", tools=[TOOL], messages=history)
    history[0] = asked({"type": "text", "text": "Hi", **MARK})
    await ask(provider, "messages", tools=[TOOL], messages=history)


async def test_a_changed_prefix_is_refused_by_the_newest_models(
    provider: ScriptedProvider, replies: ReplyQueue
) -> None:
    history = await conversation(provider, replies, "claude-opus-5-5")
    changed = [{"role": "user", "content": "Hello"}, *history[1:]]
    reason = await complaint(provider, "messages", tools=[TOOL], messages=changed)
    assert reason.startswith(
        "messages.1.content.0: Invalid `signature` in `thinking` block. The block is bound"
    )
    assert "bound" in await complaint(provider, "messages", tools=[TOOL], messages=history, system="New.")
    binding = {"type": "adaptive", "block_binding": {"prefix_mismatch_behavior": "drop_block"}}
    await ask(provider, "messages", tools=[TOOL], messages=changed, thinking=binding)
    older = await conversation(provider, replies, "claude-opus-4-7")
    changed = [{"role": "user", "content": "Hello"}, *older[1:]]
    await ask(provider, "messages", model="claude-opus-4-7", tools=[TOOL], messages=changed)


async def test_another_model_reads_over_it(provider: ScriptedProvider, replies: ReplyQueue) -> None:
    history = await conversation(provider, replies, "claude-opus-5-5")
    await ask(provider, "messages", model="claude-sonnet-5-5", tools=[TOOL], messages=history)


@pytest.mark.parametrize("model", ["claude-opus-5-5", "claude-opus-4-7"])
async def test_altered_and_foreign_thinking_is_refused(
    provider: ScriptedProvider, replies: ReplyQueue, model: str
) -> None:
    history = await conversation(provider, replies, model)
    block = history[1]["content"][0]
    signature = block["signature"]
    for change in ({"thinking": "Ha."}, {"signature": ""}, {"signature": "Zm9v"}, {"signature": "cr1.x"}):
        history[1]["content"][0] = block | change
        reason = await complaint(provider, "messages", model=model, tools=[TOOL], messages=history)
        assert reason == "messages.1.content.0: Invalid `signature` in `thinking` block"
    history[1]["content"][0] = {"type": "thinking", "thinking": "", "signature": signature}
    await ask(provider, "messages", model=model, tools=[TOOL], messages=history)


DEEPSEEK_REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"model": "gpt-5.5"}, "Model Not Exist"),
    ({"context_management": {}}, "context_management: Extra inputs"),
    ({"tools": [{**TOOL, "type": "custom"}]}, "tools[0].type: unknown variant `custom`"),
    ({"tools": [{"type": "web_search_20260318", "name": "web_search"}]}, "tools[0].type: unknown variant"),
    ({"messages": [USER, {"role": "system", "content": "x"}]}, "unknown variant `system`"),
    ({"messages": [USER, said(USE), asked(RESULT)]}, "The `content[].thinking` in the thinking mode must be"),
    ({"messages": [USER, said(USE), USER]}, "`tool_use` ids were found without"),
    (
        {
            "model": "deepseek-v4-pro",
            "messages": [asked({"type": "image", "source": {"type": "url", "url": "https://x.test"}})],
        },
        "no vision",
    ),
]


@pytest.mark.parametrize(("fields", "reason"), DEEPSEEK_REFUSED)
async def test_deepseek_refuses(provider: ScriptedProvider, fields: dict[str, Any], reason: str) -> None:
    assert reason in await complaint(provider, "deepseek-messages", **fields)


@pytest.mark.parametrize(
    "fields",
    [
        {"model": "claude-sonnet-5-5", "temperature": 0.3},
        {"tools": [TOOL], "tool_choice": {"type": "any"}},
        {"thinking": {"type": "disabled"}, "messages": [USER, said(USE), asked(RESULT)]},
        {
            "messages": [
                USER,
                said({"type": "thinking", "thinking": "Hm.", "signature": "whatever"}, USE),
                asked(RESULT),
            ]
        },
        {"messages": [asked({"type": "image", "source": {"type": "url", "url": "https://x.test"}})]},
    ],
)
async def test_deepseek_takes(provider: ScriptedProvider, fields: dict[str, Any]) -> None:
    await ask(provider, "deepseek-messages", **fields)


async def test_deepseek_needs_no_version(provider: ScriptedProvider) -> None:
    body = MINIMAL["deepseek-messages"]
    assert (await send(provider, "deepseek-messages", body, anthropic_version=None))[0] == 200
