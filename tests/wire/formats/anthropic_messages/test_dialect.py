import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.formats.anthropic_messages.dialect import sanitise
from tests.wire.formats.anthropic_messages.claude_code import BETAS, request, text, tool
from tests.wire.formats.anthropic_messages.kit import (
    COMPATIBLE,
    NATIVE,
    UUID,
    VENDOR,
    catalog,
    complaint,
    model,
)

DEEPSEEK = model("deepseek-flash", 393_216, sampling=True, efforts=("none", "low", "high", "max"))
HAIKU_4 = model("claude-haiku-4-5", 64_000, sampling=True, efforts=(), system_turns=False)
SONNET_4 = model(
    "claude-sonnet-4-6",
    sampling=True,
    budgets=True,
    efforts=("low", "medium", "high", "max"),
    system_turns=False,
)


def changed(**fields: Any) -> dict[str, Any]:
    return {**request(), **fields}


def test_the_vendor_gets_the_clients_request_as_it_is() -> None:
    body = request()
    assert sanitise(body, model(), VENDOR) == body
    assert list(sanitise(body, model(), VENDOR)) == list(body)


def test_a_dialect_that_accepts_little_gets_little() -> None:
    body = request()
    sent = sanitise(body, DEEPSEEK, COMPATIBLE)
    assert complaint(body, "deepseek") is not None
    assert complaint(sent, "deepseek") is None
    assert list(sent) == [key for key in body if key not in {"context_management", "safeguards"}]
    assert sent["model"] == "deepseek-flash"
    assert sent["system"] == [text("You are Claude Code."), text("Instructions.")]
    assert [one["name"] for one in sent["tools"]] == ["ToolSearch", "WebFetch", "Read"]
    assert {key for one in sent["tools"] for key in one} == {"name", "description", "input_schema"}
    assert sent["thinking"] == {"type": "adaptive"}
    assert sent["output_config"] == {"effort": "high"}
    assert sent["messages"] == [
        {
            "role": "user",
            "content": [
                text("<system-reminder>git</system-reminder>"),
                text("Fix it."),
                text("<system-reminder>\nEnvironment: linux.\n</system-reminder>"),
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": " ", "signature": ""},
                text("Searching."),
                {"type": "tool_use", "id": "toolu_1", "name": "ToolSearch", "input": {"q": "x"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_1",
                    "content": [text("Tool available: WebFetch")],
                }
            ],
        },
    ]


@pytest.mark.parametrize(
    ("target", "dialect"), [(DEEPSEEK, COMPATIBLE), (SONNET_4, VENDOR), (HAIKU_4, VENDOR)]
)
def test_the_body_is_not_changed(target: Model, dialect: Dialect) -> None:
    body = request()
    before = copy.deepcopy(body)
    assert sanitise(body, target, dialect) != body
    assert body == before


@pytest.mark.parametrize("target", [model("claude-haiku-5-5"), SONNET_4, HAIKU_4], ids=lambda m: m.id)
def test_another_model_of_the_vendor_gets_what_it_takes(target: Model) -> None:
    sent = sanitise(changed(output_config={"effort": "xhigh"}), target, VENDOR)
    # The thinking block is no real one, so the provider's word on it does not count here.
    sent["messages"][-2]["content"] = [b for b in sent["messages"][-2]["content"] if b["type"] != "thinking"]
    assert complaint(sent, betas=BETAS) is None


def test_a_model_without_adaptive_thinking_gets_none_and_no_edit_of_it() -> None:
    sent = sanitise(request(), HAIKU_4, VENDOR)
    assert sent.keys() & {"thinking", "output_config", "context_management"} == set()
    edits = {"edits": [{"type": "clear_tool_uses_20250919"}, {"type": "clear_thinking_20251015"}]}
    kept = sanitise(changed(context_management=edits), HAIKU_4, VENDOR)
    assert kept["context_management"] == {"edits": [{"type": "clear_tool_uses_20250919"}]}
    odd = sanitise(changed(context_management=[]), HAIKU_4, VENDOR)
    assert odd["context_management"] == []


def test_system_turns_are_folded_for_a_model_that_takes_none() -> None:
    sent = sanitise(request(), SONNET_4, VENDOR)
    assert [message["role"] for message in sent["messages"]] == ["user", "assistant", "user"]


@pytest.mark.parametrize(
    ("thinking", "effort", "target", "expected"),
    [
        ({"type": "disabled"}, "max", model("claude-haiku-5-5"), ({"type": "disabled"}, "high")),
        ({"type": "disabled"}, "low", model("claude-haiku-5-5"), ({"type": "disabled"}, "low")),
        ({"type": "disabled"}, "max", model(thinking_can_be_off=False), ({"type": "adaptive"}, "low")),
        ({"type": "enabled", "budget_tokens": 5000}, None, model(), ({"type": "adaptive"}, None)),
        (
            {"type": "enabled", "budget_tokens": 5000},
            None,
            SONNET_4,
            ({"type": "enabled", "budget_tokens": 5000}, None),
        ),
        ({"type": "between_tools"}, "max", model(between_tools=True), ({"type": "between_tools"}, "max")),
        ({"type": "between_tools"}, "max", model(), ({"type": "adaptive"}, "max")),
        ("odd", "max", model(), ("odd", "max")),
    ],
)
def test_thinking_fits_the_model(
    thinking: Any, effort: str | None, target: Model, expected: tuple[Any, str | None]
) -> None:
    config = {} if effort is None else {"effort": effort}
    sent = sanitise(changed(thinking=thinking, output_config=config), target, VENDOR)
    assert (sent["thinking"], sent.get("output_config", {}).get("effort")) == expected


def test_a_token_budget_is_left_to_providers_that_ignore_it() -> None:
    thinking = {"type": "enabled", "budget_tokens": 5000}
    assert sanitise(changed(thinking=thinking), DEEPSEEK, COMPATIBLE)["thinking"] == thinking


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"effort": "medium"}, {"effort": "high"}),
        ({"effort": "minimal"}, {"effort": "low"}),
        (
            {"effort": "max", "format": {"type": "json_schema"}},
            {"effort": "max", "format": {"type": "json_schema"}},
        ),
        ({"effort": "odd", "format": {}}, {"format": {}}),
        ({"effort": "odd"}, None),
        ({"effort": 3}, None),
    ],
)
def test_effort_is_said_in_the_providers_words(
    config: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    assert sanitise(changed(output_config=config), DEEPSEEK, COMPATIBLE).get("output_config") == expected


def test_effort_of_a_turn_outlives_its_folded_message() -> None:
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "system", "content": "Harder.", "output_config": {"effort": "max"}},
        {"role": "system", "output_config": {"effort": "low"}},
    ]
    sent = sanitise(changed(messages=messages), DEEPSEEK, COMPATIBLE)
    assert sent["output_config"] == {"effort": "low"}
    without = {key: value for key, value in changed(messages=messages).items() if key != "output_config"}
    assert sanitise(without, DEEPSEEK, COMPATIBLE)["output_config"] == {"effort": "low"}
    refuses = replace(COMPATIBLE, drop_fields=frozenset({"output_config"}))
    assert "output_config" not in sanitise(without, DEEPSEEK, refuses)


def test_the_limit_is_clamped_and_never_raised() -> None:
    assert sanitise(changed(max_tokens=128_000), HAIKU_4, VENDOR)["max_tokens"] == 64_000
    assert sanitise(changed(max_tokens=64), HAIKU_4, VENDOR)["max_tokens"] == 64


def test_sampling_goes_only_where_it_is_taken() -> None:
    body = changed(temperature=0.5, top_p=0.9, top_k=5)
    assert sanitise(body, model(), VENDOR).keys() & {"temperature", "top_p", "top_k"} == set()
    assert sanitise(body, DEEPSEEK, COMPATIBLE).keys() >= {"temperature", "top_p", "top_k"}


def test_server_tools_go_only_where_they_are_run() -> None:
    search = {"type": "web_search_20250305", "name": "web_search", "cache_control": {"type": "ephemeral"}}
    body = changed(tools=[search], tool_choice={"type": "auto"})
    assert sanitise(body, model(), VENDOR)["tools"] == [search]
    assert sanitise(body, DEEPSEEK, COMPATIBLE).keys() & {"tools", "tool_choice"} == set()
    runs_them = replace(COMPATIBLE, drop_server_tools=False)
    assert sanitise(body, DEEPSEEK, runs_them)["tools"] == [{k: search[k] for k in ("type", "name")}]


def test_a_dialect_without_tools_gets_none() -> None:
    sent = sanitise(changed(tool_choice={"type": "auto"}), DEEPSEEK, replace(COMPATIBLE, tools=False))
    assert sent.keys() & {"tools", "tool_choice"} == set()


def test_tools_defined_inside_the_history_join_the_others() -> None:
    addition = {"type": "tool_addition", "tool": {"type": "tool_definition", "definition": tool("Extra")}}
    messages = [{"role": "user", "content": "Hi"}, {"role": "system", "content": [addition]}]
    sent = sanitise(changed(messages=messages), DEEPSEEK, COMPATIBLE)
    assert [one["name"] for one in sent["tools"]] == ["ToolSearch", "Read", "Extra"]
    assert sent["messages"] == messages[:1]
    alone = {key: value for key, value in changed(messages=messages).items() if key != "tools"}
    assert [one["name"] for one in sanitise(alone, DEEPSEEK, COMPATIBLE)["tools"]] == ["Extra"]
    assert "tools" not in sanitise(alone, model(), VENDOR)


@pytest.mark.parametrize("system", ["You code.", [text("You code.")], None])
def test_a_system_prompt_of_any_shape_passes(system: Any) -> None:
    assert sanitise(changed(system=system), DEEPSEEK, COMPATIBLE).get("system") == system


def test_nothing_but_the_attribution_leaves_no_system_prompt() -> None:
    billing = "x-anthropic-billing-header: cc_version=1;"
    for system in (billing, [text(billing)]):
        assert "system" not in sanitise(changed(system=system), DEEPSEEK, COMPATIBLE)


def test_what_is_no_request_is_left_to_the_providers_own_error() -> None:
    body = changed(messages="x", tools=7, system=[3], thinking=None, max_tokens="many", output_config=None)
    sent = sanitise(body, model(), VENDOR)
    assert (sent["messages"], sent["system"], sent["max_tokens"]) == ("x", [3], "many")


def test_the_catalogs_dialects_make_requests_their_providers_take() -> None:
    for provider in catalog().providers.values():
        for endpoint in provider.endpoints:
            if endpoint.format is not FormatName.ANTHROPIC_MESSAGES or endpoint.dialect.vendor is not None:
                continue
            sent = sanitise(request(), DEEPSEEK, replace(endpoint.dialect, reasoning_content=True))
            assert complaint(sent, "deepseek") is None, provider.name


THINKING = st.sampled_from([NATIVE, UUID, "", None])


def blocks_of(messages: list[dict[str, Any]]) -> list[str]:
    return [
        json.dumps([message["role"], block])
        for message in messages
        for block in (message["content"] if isinstance(message["content"], list) else [message["content"]])
    ]


@pytest.mark.parametrize(("target", "dialect"), [(model(), VENDOR), (DEEPSEEK, COMPATIBLE)])
@given(signatures=st.lists(THINKING, min_size=1, max_size=5))
def test_a_growing_history_keeps_its_beginning(
    target: Model, dialect: Dialect, signatures: list[str | None]
) -> None:
    messages: list[dict[str, Any]] = [{"role": "user", "content": [text("Hi")]}]
    before: list[str] = []
    for number, signature in enumerate(signatures):
        signed = {} if signature is None else {"signature": signature}
        use = {"type": "tool_use", "id": f"Bash:{number}", "name": "Bash", "input": {}}
        messages += [
            {"role": "system", "content": f"Note {number}."},
            {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm.", **signed}, use]},
            {
                "role": "user",
                "content": [{"type": "tool_result", "tool_use_id": f"Bash:{number}", "content": "ok"}],
            },
        ]
        sent = sanitise(changed(messages=messages), target, dialect)
        now = blocks_of(sent["messages"])
        assert now[: len(before)] == before
        assert len(now) > len(before)
        before = now
        if dialect is COMPATIBLE:
            assert complaint(sent, "deepseek") is None
