"""A client's own Chat body, made fit for a provider."""

import copy
from dataclasses import replace
from typing import Any

import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT, force_usage, needs_repair, renames_tools
from tests.wire.formats.openai_chat.kit import COMPATIBLE, DEEPSEEK, OPENAI, model

USER = {"role": "user", "content": "Hi"}
MODEL = model(efforts=("low", "high", "max"))


def sanitised(*, to: Dialect = COMPATIBLE, on: Model = MODEL, **fields: Any) -> JsonObject:
    body = {"model": "wished", "messages": [USER], **fields}
    before = copy.deepcopy(body)
    OPENAI_CHAT.parse(body)
    out = OPENAI_CHAT.sanitise(body, on, to)
    assert body == before
    return out


def messages(*values: JsonObject, to: Dialect = COMPATIBLE, **fields: Any) -> list[JsonObject]:
    found: list[JsonObject] = sanitised(to=to, messages=list(values), **fields)["messages"]
    return found


def test_a_plain_request_changes_its_model_only() -> None:
    assert sanitised(temperature=0.5, seed=1) == {
        "model": "provider-model",
        "messages": [USER],
        "temperature": 0.5,
        "seed": 1,
    }


def test_keys_keep_their_order() -> None:
    out = sanitised(
        user="u", max_completion_tokens=99_999, store=True, reasoning_effort="xhigh", seed=1, to=DEEPSEEK
    )
    assert list(out) == ["model", "messages", "user", "max_tokens", "thinking", "reasoning_effort", "seed"]


def test_fields_and_tool_fields_a_provider_refuses() -> None:
    tool = {"type": "function", "function": {"name": "f", "strict": True}, "extra": 1}
    to = replace(COMPATIBLE, drop_tool_fields=frozenset({"strict", "extra"}))
    out = sanitised(to=to, tools=[tool], metadata={"a": "b"}, verbosity="low")
    assert out == {
        "model": "provider-model",
        "messages": [USER],
        "tools": [{"type": "function", "function": {"name": "f"}}],
    }


def test_the_developer_is_the_system_where_it_is_not_known() -> None:
    developer = {"role": "developer", "content": "Rules.", "name": "d"}
    assert messages(developer, USER)[0] == {"role": "system", "content": "Rules.", "name": "d"}
    assert messages(developer, USER, to=OPENAI)[0] == developer


def test_only_later_system_messages_are_folded() -> None:
    to = replace(COMPATIBLE, fold_system=True)
    system = {"role": "system", "content": "Rules."}
    listed = {"role": "developer", "content": [{"type": "text", "text": "More."}]}
    assert messages(system, USER, system, listed, to=to) == [
        system,
        USER,
        {"role": "user", "content": "<system-reminder>\nRules.\n</system-reminder>"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "<system-reminder>\nMore.\n</system-reminder>"}],
        },
    ]


def call(**fields: Any) -> JsonObject:
    return {"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}, **fields}


@pytest.mark.parametrize(
    ("given", "to", "expected"),
    [
        ({"tool_calls": [call()]}, DEEPSEEK, {"tool_calls": [call()], "reasoning_content": " "}),
        (
            {"tool_calls": [call()], "reasoning_content": ""},
            DEEPSEEK,
            {"tool_calls": [call()], "reasoning_content": " "},
        ),
        (
            {"tool_calls": [call()], "reasoning": "Hm"},
            DEEPSEEK,
            {"tool_calls": [call()], "reasoning_content": "Hm"},
        ),
        ({"content": "Hi", "reasoning_content": "Hm"}, DEEPSEEK, {"content": "Hi"}),
        ({"tool_calls": [call()], "reasoning_content": "Hm"}, OPENAI, {"tool_calls": [call()]}),
        ({"content": "Hi", "reasoning": "Hm", "reasoning_details": []}, COMPATIBLE, {"content": "Hi"}),
    ],
)
def test_thinking_in_the_history(given: JsonObject, to: Dialect, expected: JsonObject) -> None:
    assert messages(USER, {"role": "assistant", **given}, USER, to=to)[1] == {"role": "assistant", **expected}


def test_a_stream_asks_for_usage() -> None:
    assert sanitised(stream=True)["stream_options"] == {"include_usage": True}
    kept = sanitised(stream=True, stream_options={"include_obfuscation": False})["stream_options"]
    assert kept == {"include_obfuscation": False, "include_usage": True}
    assert "stream_options" not in sanitised(stream=False)


def test_forcing_usage_on_its_own() -> None:
    body = {"stream": True, "stream_options": {"include_usage": False}}
    assert force_usage(body) == {"stream": True, "stream_options": {"include_usage": True}}
    assert body["stream_options"] == {"include_usage": False}
    assert force_usage({"stream": True, "stream_options": {"include_usage": True}}) is None
    assert force_usage({"stream": False}) is force_usage({}) is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"max_tokens": 10}, {"max_tokens": 10}),
        ({"max_completion_tokens": 99_999}, {"max_tokens": 8192}),
        ({"max_tokens": 10, "max_completion_tokens": 20}, {"max_tokens": 20}),
        ({"max_tokens": None}, {}),
    ],
)
def test_the_output_limit(given: JsonObject, expected: JsonObject) -> None:
    out = sanitised(**given)
    assert {key: out[key] for key in ("max_tokens", "max_completion_tokens") if key in out} == expected


@pytest.mark.parametrize(
    ("given", "to", "expected"),
    [
        (
            {"reasoning_effort": "medium"},
            DEEPSEEK,
            {"thinking": {"type": "enabled"}, "reasoning_effort": "high"},
        ),
        ({"reasoning_effort": "none"}, DEEPSEEK, {"thinking": {"type": "disabled"}}),
        ({"thinking": {"type": "disabled"}}, DEEPSEEK, {"thinking": {"type": "disabled"}}),
        ({"reasoning": {"effort": "minimal"}}, COMPATIBLE, {"reasoning_effort": "low"}),
        ({"thinking": {"type": "enabled"}}, COMPATIBLE, {"thinking": {"type": "enabled"}}),
        ({"thinking": {"type": "enabled"}, "reasoning_effort": "max"}, OPENAI, {"reasoning_effort": "max"}),
        ({"reasoning": {"max_tokens": 9}}, COMPATIBLE, {"reasoning": {"max_tokens": 9}}),
    ],
)
def test_effort(given: JsonObject, to: Dialect, expected: JsonObject) -> None:
    out = sanitised(to=to, **given)
    assert {key: value for key, value in out.items() if key not in ("model", "messages")} == expected


def test_a_model_without_effort_or_sampling() -> None:
    out = sanitised(on=model(sampling=False), reasoning_effort="high", temperature=0.5, top_p=1)
    assert set(out) == {"model", "messages"}


# Tools


FLAT = {
    "type": "function",
    "name": "Grep",
    "description": "d",
    "parameters": {"type": "object", "properties": {}},
}
NESTED = {
    "type": "function",
    "function": {"name": "Grep", "description": "d", "parameters": {"type": "object", "properties": {}}},
}
PATCH = {
    "type": "custom",
    "name": "ApplyPatch",
    "format": {"type": "grammar", "syntax": "lark", "definition": "x"},
}


def test_flat_tools_are_nested_for_everyone() -> None:
    assert sanitised(tools=[FLAT])["tools"] == [NESTED]
    assert sanitised(tools=[FLAT, NESTED], to=OPENAI)["tools"] == [NESTED, NESTED]
    assert sanitised(tools=[NESTED], tool_choice={"type": "function", "name": "Grep"})["tool_choice"] == {
        "type": "function",
        "function": {"name": "Grep"},
    }


def test_a_custom_tool_where_it_is_known_and_where_it_is_not() -> None:
    native = sanitised(tools=[PATCH], tool_choice={"type": "custom", "name": "ApplyPatch"}, to=OPENAI)
    assert native["tools"] == [
        {
            "type": "custom",
            "custom": {
                "name": "ApplyPatch",
                "format": {"type": "grammar", "grammar": {"syntax": "lark", "definition": "x"}},
            },
        }
    ]
    assert native["tool_choice"] == {"type": "custom", "custom": {"name": "ApplyPatch"}}
    function = sanitised(tools=[PATCH], tool_choice={"type": "custom", "name": "ApplyPatch"})
    assert function["tools"][0]["function"]["parameters"]["required"] == ["input"]
    assert function["tool_choice"] == {"type": "function", "function": {"name": "ApplyPatch"}}


def test_a_custom_tool_without_a_grammar() -> None:
    tool = {"type": "custom", "name": "p", "description": "d", "format": {"type": "text"}}
    assert sanitised(tools=[tool], to=OPENAI)["tools"] == [
        {"type": "custom", "custom": {"name": "p", "description": "d", "format": {"type": "text"}}}
    ]


@pytest.mark.parametrize(
    "entry",
    [
        {"id": "a", "type": "custom", "custom": {"name": "ApplyPatch", "input": "*** Begin"}},
        {"id": "a", "type": "function", "function": {"name": "ApplyPatch", "arguments": "*** Begin"}},
    ],
)
def test_custom_calls_in_the_history_follow_their_tool(entry: JsonObject) -> None:
    said = {"role": "assistant", "tool_calls": [entry]}
    assert messages(USER, said, tools=[PATCH], to=OPENAI)[1]["tool_calls"] == [
        {"id": "a", "type": "custom", "custom": {"name": "ApplyPatch", "input": "*** Begin"}}
    ]
    wrapped = messages(USER, said, tools=[PATCH])[1]["tool_calls"][0]
    assert wrapped["function"] == {"name": "ApplyPatch", "arguments": '{"input": "*** Begin"}'}


def test_hosted_tools_go_where_they_are_not_run() -> None:
    out = sanitised(tools=[{"type": "web_search"}, NESTED], web_search_options={})
    assert out["tools"] == [NESTED]
    assert "web_search_options" not in out
    assert sanitised(tools=[NESTED], tool_choice={"type": "web_search"})["tool_choice"] == "auto"
    alone = sanitised(tools=[{"type": "web_search"}], tool_choice="auto", parallel_tool_calls=True)
    assert set(alone) == {"model", "messages"}
    assert sanitised(web_search_options={}, to=OPENAI)["web_search_options"] == {}


ALLOWED = {
    "type": "allowed_tools",
    "allowed_tools": {"mode": "required", "tools": [{"type": "function", "function": {"name": "Grep"}}]},
}


def test_allowed_tools_are_the_only_ones_offered_where_the_shape_is_not_known() -> None:
    other = {"type": "function", "function": {"name": "Bash"}}
    out = sanitised(tools=[other, NESTED], tool_choice=ALLOWED)
    assert (out["tools"], out["tool_choice"]) == ([NESTED], "required")
    vendor = sanitised(tools=[other, NESTED], tool_choice=ALLOWED, to=OPENAI)
    assert (vendor["tools"], vendor["tool_choice"]) == ([other, NESTED], ALLOWED)


def test_a_model_that_cannot_be_forced_is_asked() -> None:
    for choice in ("required", {"type": "function", "function": {"name": "Grep"}}):
        out = sanitised(tools=[NESTED], tool_choice=choice, on=model(forced_tool_choice=False))
        assert out["tool_choice"] == "auto"


def test_the_old_functions_pass() -> None:
    out = sanitised(functions=[{"name": "f"}], function_call="auto", to=OPENAI)
    assert (out["functions"], out["function_call"]) == ([{"name": "f"}], "auto")


def test_cursors_body_is_chat_for_every_provider() -> None:
    body = {"model": "m", "input": [{"role": "user", "content": "Hi"}], "tools": [FLAT], "stream": True}
    assert OPENAI_CHAT.sanitise(body, MODEL, OPENAI) == {
        "model": "provider-model",
        "messages": [USER],
        "tools": [NESTED],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


@pytest.mark.parametrize(
    ("tools", "odd", "at_openai", "elsewhere"),
    [
        ([], False, False, False),
        ([NESTED], False, False, False),
        ([FLAT], True, False, False),
        ([PATCH], True, True, True),
        ([{"type": "custom", "custom": {"name": "p"}}], False, False, True),
    ],
)
def test_what_may_travel_raw_and_what_must_be_encoded_again(
    tools: list[JsonObject], odd: bool, at_openai: bool, elsewhere: bool
) -> None:
    body = {"model": "m", "messages": [USER], "tools": tools}
    assert needs_repair(body) is odd
    assert renames_tools(body, OPENAI) is at_openai
    assert renames_tools(body, COMPATIBLE) is elsewhere


@pytest.mark.parametrize(
    ("message", "odd"),
    [
        ({"role": "assistant", "tool_calls": [call()]}, False),
        ({"role": "assistant", "tool_calls": [call(id="Bash:0")]}, True),
        ({"role": "tool", "tool_call_id": "f" * 41, "content": "x"}, True),
        ({"role": "assistant", "content": "Hi", "reasoning_content": "Hm"}, True),
    ],
)
def test_what_other_providers_left_in_the_history(message: JsonObject, odd: bool) -> None:
    assert needs_repair({"model": "m", "messages": [USER, message]}) is odd


def test_odd_ids_are_made_safe_on_both_sides() -> None:
    called = {"role": "assistant", "tool_calls": [call(id="Bash:0")]}
    said, answered = messages(called, {"role": "tool", "tool_call_id": "Bash:0", "content": "x"}, to=OPENAI)
    assert said["tool_calls"][0]["id"] == answered["tool_call_id"] != "Bash:0"


@pytest.mark.parametrize(
    ("text", "expected"), [("", "{}"), ('{"a', '{"input": "{\\"a"}'), ('{"a":1}', '{"a":1}')]
)
def test_arguments_are_an_object_for_who_parses_them(text: str, expected: str) -> None:
    entry = call(function={"name": "f", "arguments": text})
    for to, written in ((COMPATIBLE, expected), (OPENAI, text)):
        (said,) = messages({"role": "assistant", "tool_calls": [entry]}, to=to)
        assert said["tool_calls"] == [call(function={"name": "f", "arguments": written})]


def test_what_is_sanitised_means_the_same() -> None:
    body = {
        "model": "wished",
        "messages": [
            {"role": "developer", "content": "Rules."},
            USER,
            {"role": "assistant", "content": None, "tool_calls": [call()], "reasoning_content": "Hm"},
            {"role": "tool", "tool_call_id": "a", "content": "1"},
        ],
        "tools": [NESTED],
        "max_completion_tokens": 100,
        "stream": True,
    }
    before = OPENAI_CHAT.parse(body)
    after = OPENAI_CHAT.parse(OPENAI_CHAT.sanitise(body, MODEL, DEEPSEEK))
    assert after == replace(before, model="provider-model", include_usage=True)
    assert after.format is FormatName.OPENAI_CHAT
