"""That a compatible provider refuses what its record does not accept, and takes what it does."""

import json
from dataclasses import replace
from typing import Any

import pytest

from coderouter_cli.demo.checks.compatible import compatible_problems
from coderouter_cli.demo.compatible import Compatible
from coderouter_cli.demo.script import SeenRequest
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect, SchemaRules

MESSAGES, RESPONSES, CHAT = FormatName
RULES = Compatible("mine", (), ("m",), "key", 1000, ("none", "low", "high"), sampling=True)
BARE = Dialect(
    "bare", fold_system=True, developer_role=False, strip_billing_block=True, max_tokens_field="max_tokens"
)
OBJECT: JsonObject = {"type": "object", "properties": {}}
BODIES: dict[FormatName, JsonObject] = {
    MESSAGES: {"model": "m", "max_tokens": 100, "messages": [{"role": "user", "content": "Hi"}]},
    RESPONSES: {"model": "m", "input": [{"role": "user", "content": "Hi"}]},
    CHAT: {"model": "m", "messages": [{"role": "user", "content": "Hi"}]},
}
IMAGE = {"type": "image", "source": {"type": "url", "url": "https://x.example/a.png"}}


def complaint(
    wire: FormatName, change: JsonObject, dialect: Dialect, rules: Compatible = RULES, **headers: str
) -> str | None:
    body = {**BODIES[wire], **change}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    seen = SeenRequest(1, "mine", wire, "POST", "/x", named, b"", json.loads(json.dumps(body)), 1)
    return next((problem.message for problem in compatible_problems(seen, rules, dialect)), None)


@pytest.mark.parametrize("wire", FormatName)
def test_a_plain_request_is_taken(wire: FormatName) -> None:
    assert complaint(wire, {}, BARE) is None


def tools_of(wire: FormatName, **fields: Any) -> JsonObject:
    if wire is MESSAGES:
        return {"tools": [{"name": "t", "input_schema": OBJECT, **fields}]}
    if wire is RESPONSES:
        return {"tools": [{"type": "function", "name": "t", "parameters": OBJECT, **fields}]}
    return {"tools": [{"type": "function", "function": {"name": "t", "parameters": OBJECT, **fields}}]}


REFUSED: list[tuple[FormatName, JsonObject, dict[str, Any], str]] = [
    (MESSAGES, {"safeguards": []}, {"fields": frozenset({"model", "max_tokens", "messages"})}, "safeguards"),
    (CHAT, {"store": True}, {"drop_fields": frozenset({"store"})}, "store"),
    (CHAT, {}, {"extra_fields": {"split": True}}, "split"),
    (CHAT, {"model": "other"}, {}, "Model Not Exist"),
    (CHAT, {"max_tokens": 1001}, {}, "valid range"),
    (CHAT, {"max_tokens": 501}, {"max_output": 500}, "valid range"),
    (CHAT, {"max_completion_tokens": 5}, {}, "Unsupported parameter"),
    (CHAT, {"stop": ["a", "b"]}, {"max_stops": 1}, "at most 1"),
    (MESSAGES, {"temperature": 0}, {"temperatures": (0.01, 1.0)}, "temperature"),
    (CHAT, {"reasoning_effort": "max"}, {}, "Invalid reasoning_effort"),
    (CHAT, {"reasoning_effort": "high"}, {"efforts": ("low",)}, "Invalid reasoning_effort"),
    (CHAT, {"reasoning_effort": "high"}, {"effort_field": "reasoning"}, "Unknown name"),
    (CHAT, {"reasoning": {"effort": "high"}}, {}, "Unknown name"),
    (CHAT, {"thinking": {"type": "enabled"}}, {}, "Unknown name"),
    (CHAT, {"thinking": {"type": "adaptive"}}, {"thinking_switch": "thinking"}, "not supported"),
    (CHAT, {"enable_thinking": "yes"}, {"thinking_switch": "enable_thinking"}, "boolean"),
    (MESSAGES, {"output_config": {"effort": "max"}}, {}, "Invalid output_config.effort"),
    (RESPONSES, {"reasoning": {"effort": "max"}}, {}, "Invalid reasoning.effort"),
    (RESPONSES, {"reasoning": {"context": "all_turns"}}, {}, "reasoning.context"),
    (RESPONSES, {"reasoning": {"summary": "auto"}}, {"reasoning_summary": False}, "reasoning.summary"),
    (MESSAGES, {"thinking": {"type": "adaptive", "display": "omitted"}}, {}, "Extra inputs"),
    (MESSAGES, {"thinking": {"type": "adaptive"}}, {"thinking_on": "none"}, "Extra inputs"),
    (MESSAGES, {"thinking": {"type": "adaptive"}}, {"thinking_on": "enabled"}, "not one of"),
    (
        MESSAGES,
        {"thinking": {"type": "enabled"}},
        {"thinking_on": "enabled", "thinking_budgets": {"low": 2000}},
        "1024",
    ),
    (MESSAGES, {"thinking": {"type": "enabled", "budget_tokens": 5000}}, {}, "must be greater"),
    (
        MESSAGES,
        {"messages": [{"role": "user", "content": "a"}, {"role": "system", "content": "b"}]},
        {},
        "system",
    ),
    (MESSAGES, {"system": [{"type": "text", "text": "x-anthropic-billing-header: a"}]}, {}, "attribution"),
    (
        MESSAGES,
        {"system": [{"type": "text", "text": "a", "cache_control": {"type": "ephemeral"}}]},
        {"cache_control": False},
        "cache_control",
    ),
    (MESSAGES, {"messages": [{"role": "user", "content": [IMAGE]}]}, {"images": False}, "no vision"),
    (MESSAGES, {"messages": [{"role": "user", "content": [IMAGE]}]}, {"image_urls": False}, "base64"),
    (
        CHAT,
        {
            "messages": [
                {"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x"}}]}
            ]
        },
        {"image_urls": False},
        "data URLs",
    ),
    (
        RESPONSES,
        {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": "data:x"}]}]},
        {"images": False},
        "no vision",
    ),
    (CHAT, {"messages": [{"role": "developer", "content": "a"}]}, {}, "developer"),
    (RESPONSES, {"input": [{"role": "developer", "content": "a"}]}, {}, "developer"),
    (
        RESPONSES,
        {"input": [{"type": "additional_tools", "tools": []}]},
        {"custom_tools": False},
        "unknown input item",
    ),
    (CHAT, {"messages": [{"role": "assistant", "content": "a", "refusal": None}]}, {}, "refusal"),
    (
        MESSAGES,
        {
            "messages": [
                {"role": "user", "content": "a"},
                {
                    "role": "assistant",
                    "content": [{"type": "thinking", "thinking": "t", "signature": "EqQB=="}],
                },
            ]
        },
        {},
        "Invalid `signature`",
    ),
    (
        MESSAGES,
        {
            "messages": [
                {"role": "user", "content": "a"},
                {"role": "assistant", "content": [{"type": "tool_use", "id": "a", "name": "t", "input": {}}]},
                {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "a"}]},
            ]
        },
        {"reasoning_content": True},
        "reasoning_content is missing",
    ),
    (
        MESSAGES,
        {**tools_of(MESSAGES), "tool_choice": {"type": "any"}},
        {"tool_choices": frozenset({"auto"})},
        "not supported",
    ),
    (CHAT, {"tool_choice": "auto"}, {}, "while providing tools"),
    (CHAT, {**tools_of(CHAT), "tool_choice": "none"}, {"tool_choices": frozenset({"auto"})}, "not supported"),
    (CHAT, tools_of(CHAT), {"tools": False}, "tools are not supported"),
    (CHAT, tools_of(CHAT, strict=True), {"drop_tool_fields": frozenset({"strict"})}, "strict"),
    (
        MESSAGES,
        tools_of(MESSAGES, defer_loading=True),
        {"tool_fields": frozenset({"name", "input_schema"})},
        "defer_loading",
    ),
    (
        MESSAGES,
        {"tools": [{"type": "web_search_20250305", "name": "web_search"}]},
        {},
        "missing field `input_schema`",
    ),
    (
        RESPONSES,
        {"tools": [{"type": "custom", "name": "patch"}]},
        {"custom_tools": False},
        "unknown variant `custom`",
    ),
    (CHAT, tools_of(CHAT, name="x" * 65), {"max_tool_name": 64}, "at most 64"),
]


@pytest.mark.parametrize(("wire", "change", "record", "words"), REFUSED)
def test_what_the_record_does_not_accept_is_refused(
    wire: FormatName, change: JsonObject, record: dict[str, Any], words: str
) -> None:
    assert words in (complaint(wire, change, replace(BARE, **record)) or "taken")


@pytest.mark.parametrize(
    ("node", "rules"),
    [
        ({"const": 1}, SchemaRules(keywords=frozenset({"type", "properties"}))),
        ({"format": "uri"}, SchemaRules(formats=frozenset({"uuid"}))),
        ({"pattern": "\\p{Cc}"}, SchemaRules(patterns="portable")),
        ({"pattern": "a"}, SchemaRules(patterns="none")),
        ({"enum": [1]}, SchemaRules(enums="strings")),
        ({"type": "array"}, SchemaRules(array_items=True)),
        ({"$ref": "#/x"}, SchemaRules(refs=False)),
        ({"type": ["string", "null"]}, SchemaRules(type_lists=False)),
        ({"type": "object", "anyOf": []}, SchemaRules(typed_unions=False)),
    ],
)
def test_a_schema_with_more_than_the_provider_has_is_refused(node: JsonObject, rules: SchemaRules) -> None:
    schema = {"type": "object", "properties": {"p": node}}
    assert complaint(CHAT, tools_of(CHAT, parameters=schema), replace(BARE, schema=rules)) is not None
    assert complaint(CHAT, tools_of(CHAT, parameters=schema), BARE) is None


def test_betas_and_headers_of_a_vendors_client() -> None:
    some = replace(BARE, betas=frozenset({"effort"}))
    assert complaint(MESSAGES, {}, some, anthropic_beta="effort-2025-11-24") is None
    assert "new-thing" in (complaint(MESSAGES, {}, some, anthropic_beta="new-thing-2026-01-01") or "")
    assert "x-codex-turn-state" in (complaint(RESPONSES, {}, BARE, x_codex_turn_state="a") or "")


def test_what_the_model_behind_it_refuses() -> None:
    poor = replace(RULES, sampling=False, forced_tool_choice=False, thinking_can_be_off=False)
    assert complaint(CHAT, {"temperature": 0.5}, BARE, poor) is not None
    assert complaint(CHAT, {**tools_of(CHAT), "tool_choice": "required"}, BARE, poor) is not None
    assert complaint(MESSAGES, {"thinking": {"type": "disabled"}}, BARE, poor) is not None
    switch = replace(BARE, thinking_switch="enable_thinking")
    assert complaint(CHAT, {"enable_thinking": False}, switch, poor) is not None
