import copy
import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import JsonObject, ToolCall, ToolKind
from coderouter_cli.domain.model import Dialect
from coderouter_cli.wire.formats.openai_responses import (
    OPENAI_RESPONSES,
    needs_repair,
    renames_tools,
)
from coderouter_cli.wire.formats.openai_responses.dialect import sanitise
from tests.wire.formats.openai_responses.kit import (
    CLAUDE,
    COMPATIBLE,
    DEEPSEEK,
    FLASH,
    GPT,
    OPENAI,
    body,
    call,
    completed,
    decode,
    done,
    model,
    result,
    say,
    sealed,
    stream,
    thought,
)
from tests.wire.grammar import parts_of

EXEC = {"type": "custom", "name": "exec", "description": "Runs code.", "format": {"type": "grammar"}}
WAIT = {
    "type": "function",
    "name": "wait",
    "description": "W.",
    "parameters": {"type": "object"},
    "strict": False,
}
SPACE = {"type": "namespace", "name": "functions", "description": "Tools.", "tools": [EXEC, WAIT]}
SHELL = {"type": "function", "name": "shell", "parameters": {"type": "object"}, "strict": True}
LITE = {"type": "additional_tools", "role": "developer", "tools": [SPACE, {"type": "web_search"}]}
SEALED: JsonObject = {
    "type": "reasoning",
    "id": "rs_1",
    "summary": [],
    "encrypted_content": "gAAA",
    "content": None,
}


def custom_call(call_id: str, text: str) -> JsonObject:
    return {
        "type": "custom_tool_call",
        "id": "ctc_1",
        "status": "completed",
        "call_id": call_id,
        "name": "exec",
        "namespace": "functions",
        "input": text,
    }


def codex() -> JsonObject:
    """What Codex sends for its newest models, in the middle of a tool loop."""
    return body(
        LITE,
        say("developer", "rules"),
        say("user", "hi"),
        SEALED,
        custom_call("c1", "text(1)"),
        say("developer", "a hook's word"),
        result("c1", [{"type": "input_text", "text": "1"}], "custom_tool_call_output"),
        tool_choice="auto",
        parallel_tool_calls=False,
        reasoning={"effort": "medium", "context": "all_turns", "summary": "auto"},
        include=["reasoning.encrypted_content"],
        client_metadata={"a": "b"},
    )


def test_codex_for_deepseek() -> None:
    request = codex()
    out = sanitise(request, model("deepseek-flash", efforts=("none", "low", "high", "max")), DEEPSEEK)
    (tool, wait) = out.pop("tools")
    assert (tool["type"], tool["name"]) == ("function", "functions--exec")
    assert wait == {**WAIT, "name": "functions--wait", "parameters": {"type": "object", "properties": {}}}
    assert out == {
        "model": "deepseek-flash",
        "input": [
            say("system", "rules"),
            say("user", "hi"),
            thought(" "),
            call("c1", "functions--exec", '{"input": "text(1)"}'),
            result("c1", [{"type": "input_text", "text": "1"}]),
            say("system", "a hook's word"),
        ],
        "store": False,
        "stream": True,
        "tool_choice": "auto",
        "parallel_tool_calls": False,
        "reasoning": {"effort": "high", "summary": "auto"},
        "include": ["reasoning.encrypted_content"],
    }
    assert request == codex(), "the client's body is not changed"


def test_deepseeks_answer_comes_back_in_codexs_terms() -> None:
    assert renames_tools(codex(), DEEPSEEK)
    tools = OPENAI_RESPONSES.parse(codex()).tools
    item = call("c2", "functions--exec", '{"input": "text(2)"}')
    events = decode(stream(done(0, item), completed()), *tools)
    assert parts_of(events) == [ToolCall("c2", "exec", "text(2)", ToolKind.CUSTOM, "functions")]


def test_the_vendors_own_body_keeps_its_shape() -> None:
    request = codex()
    out = sanitise(request, model("gpt-6-luna", efforts=("low", "high")), OPENAI)
    assert out == {
        **request,
        "model": "gpt-6-luna",
        "reasoning": {"effort": "high", "context": "all_turns", "summary": "auto"},
    }
    assert list(out) == list(request)
    assert not renames_tools(request, OPENAI)


def test_what_needs_no_change_keeps_its_place_and_bytes() -> None:
    request = {"stream": True, "tools": [SHELL], "metadata": {"b": 1, "a": 2}, **body(say("user", "hi"))}
    out = sanitise(request, model("m2"), COMPATIBLE)
    assert json.dumps(out) == json.dumps({**request, "model": "m2"})
    assert not renames_tools(request, COMPATIBLE)


@pytest.mark.parametrize(("text", "expected"), [("", "{}"), ('{"a', '{"input": "{\\"a"}')])
def test_arguments_are_an_object_for_who_parses_them(text: str, expected: str) -> None:
    request = body(say("user", "hi"), call("c1", arguments=text), result("c1"))
    for to, written in ((COMPATIBLE, expected), (OPENAI, text)):
        items = sanitise(request, model("m2"), to)["input"]
        assert [item["arguments"] for item in items if "arguments" in item] == [written]


def test_hosted_tools_and_their_calls_are_left_out() -> None:
    search = {"type": "web_search_call", "id": "ws_1"}
    request = body(
        say("user", "hi"), search, say("assistant", "x"), tools=[{"type": "web_search"}], tool_choice="auto"
    )
    out = sanitise(request, model(), COMPATIBLE)
    assert out["input"] == [say("user", "hi"), say("assistant", "x")]
    assert not {"tools", "tool_choice"} & out.keys()
    kept = sanitise(request, model(), Dialect("hosting"))
    assert kept == {**request, "model": "served"}


@pytest.mark.parametrize(
    ("choice", "written"),
    [
        ("required", "required"),
        ({"type": "function", "name": "shell"}, {"type": "function", "name": "shell"}),
        ({"type": "custom", "name": "exec"}, {"type": "function", "name": "functions--exec"}),
        ({"type": "function", "name": "gone"}, "required"),
        ({"type": "allowed_tools", "mode": "required", "tools": [SHELL]}, "required"),
        ({"type": "web_search_preview"}, "auto"),
    ],
)
def test_a_choice_follows_the_tools(choice: object, written: object) -> None:
    request = body(say("user", "hi"), tools=[SPACE, SHELL], tool_choice=choice)
    assert sanitise(request, model(), COMPATIBLE)["tool_choice"] == written
    assert sanitise(request, model(), OPENAI)["tool_choice"] == choice


def test_only_allowed_tools_are_offered_to_who_knows_no_such_choice() -> None:
    allowed = [{"type": "custom", "name": "exec"}]
    choice = {"type": "allowed_tools", "mode": "auto", "tools": allowed}
    request = body(say("user", "hi"), tools=[SPACE, SHELL, {"type": "web_search"}], tool_choice=choice)
    assert [tool["name"] for tool in sanitise(request, model(), COMPATIBLE)["tools"]] == ["functions--exec"]
    assert sanitise(request, model(), OPENAI)["tools"] == request["tools"]


def test_refused_tool_fields_are_left_out() -> None:
    out = sanitise(
        body(say("user", "hi"), tools=[SHELL, EXEC, {"type": "function", "name": "a-tool/x"}]),
        model(),
        Dialect("d", custom_tools=False, drop_tool_fields=frozenset({"strict"})),
    )
    assert all("strict" not in tool for tool in out["tools"])
    assert out["tools"][2]["name"].startswith("a-tool_x_")


@pytest.mark.parametrize(
    ("item", "kept"),
    [
        (SEALED, []),
        (thought("hm"), [thought("hm")]),
        ({**thought("hm"), "encrypted_content": "tiny", "id": "rs"}, [thought("hm")]),
        ({"type": "reasoning", "content": [{"type": "text", "text": "hm"}]}, [thought("hm")]),
        ({"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}, [thought("hm")]),
    ],
)
def test_deepseek_gets_reasoning_in_the_open(item: JsonObject, kept: list[JsonObject]) -> None:
    out = sanitise(body(item, say("assistant", "x"), say("user", "go")), model(), DEEPSEEK)
    assert out["input"] == [*(kept or [thought(" ")]), say("assistant", "x"), say("user", "go")]


def test_foreign_reasoning_is_dropped_where_it_cannot_be_read() -> None:
    request = body(SEALED, say("assistant", "x"))
    assert sanitise(request, model(), COMPATIBLE)["input"] == [say("assistant", "x")]
    assert sanitise(request, model(), Dialect("same keys"))["input"] == request["input"]


@pytest.mark.parametrize(
    "item",
    [
        thought("hm"),
        {"type": "reasoning", "id": "rs_2", "summary": [], "content": None, "encrypted_content": None},
        {**thought("hm"), "encrypted_content": "tiny"},
    ],
)
def test_openai_is_never_sent_reasoning_of_another_provider(item: JsonObject) -> None:
    request = body(SEALED, item, say("assistant", "x"))
    assert needs_repair(OPENAI_RESPONSES.parse(request))
    assert sanitise(request, model(), OPENAI)["input"] == [SEALED, say("assistant", "x")]


def test_openai_may_be_asked_for_items_it_keeps() -> None:
    kept: JsonObject = {"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": None}
    request = body(SEALED, kept, {**kept, "encrypted_content": "another's"}, say("assistant", "x"))
    stored = sanitise({**request, "store": True}, model(), OPENAI)
    assert stored["input"] == [SEALED, kept, say("assistant", "x")]


RESTORED = {
    "type": "reasoning",
    "summary": [{"type": "summary_text", "text": "hm"}],
    "encrypted_content": "gAAAAABo",
}


@pytest.mark.parametrize(
    ("item", "openai", "deepseek"),
    [
        (sealed(GPT, "hm", "encrypted", "gAAAAABo"), RESTORED, " "),
        (sealed(GPT, "", "encrypted", "gAAAAABo"), {**RESTORED, "summary": []}, " "),
        (sealed(FLASH, "hm"), None, "hm"),
        (sealed(CLAUDE, "hm", "signature", "sig"), None, " "),
        ({**sealed(GPT, "hm", "encrypted", "gAAAAABo"), "summary": []}, None, " "),
        ({**sealed(FLASH, "hm"), "summary": [{"type": "summary_text", "text": "edited"}]}, None, " "),
    ],
)
@pytest.mark.parametrize("store", [True, False])
def test_an_envelope_is_opened_for_its_maker_alone(
    item: JsonObject, openai: JsonObject | None, deepseek: str, store: bool
) -> None:
    request = {**body(item, say("assistant", "x"), say("user", "go")), "store": store}
    rest = [say("assistant", "x"), say("user", "go")]
    assert needs_repair(OPENAI_RESPONSES.parse(request))
    assert sanitise(request, replace(model(), provider="openai"), OPENAI)["input"] == [
        *([openai] if openai else []),
        *rest,
    ]
    own = replace(model(), provider="deepseek")
    assert sanitise(request, own, DEEPSEEK)["input"] == [thought(deepseek), *rest]
    other = replace(model(), provider="moonshot")
    assert sanitise(request, other, Dialect("same keys"))["input"] == rest


def test_a_history_of_openais_own_may_travel_raw() -> None:
    assert not needs_repair(OPENAI_RESPONSES.parse(codex()))
    assert not needs_repair(OPENAI_RESPONSES.parse({"model": "m", "input": "hi", "store": False}))


def test_system_messages_are_folded_where_they_are_refused() -> None:
    folding = Dialect("d", fold_system=True)
    out = sanitise(body({"role": "system", "content": "mode"}, say("developer", "x")), model(), folding)
    texts = [(item["role"], item["content"][0]["text"]) for item in out["input"]]
    assert texts == [
        ("user", "<system-reminder>\nmode\n</system-reminder>"),
        ("user", "<system-reminder>\nx\n</system-reminder>"),
    ]


def test_images_are_left_out_where_they_are_refused() -> None:
    image = {"type": "input_image", "image_url": "data:image/png;base64,AAAA"}
    blind = Dialect("blind", images=False, custom_tools=False)
    request = body({"role": "user", "content": [image]}, call("c"), result("c", [image]))
    assert "AAAA" not in json.dumps(sanitise(request, model(), blind))


@pytest.mark.parametrize("text", ["hi", [say("user", "hi")]])
def test_what_the_model_does_not_take_is_left_out(text: object) -> None:
    request = {
        "model": "m",
        "input": text,
        "temperature": 1,
        "top_p": 1,
        "max_output_tokens": 10**6,
        "reasoning": {"effort": "high"},
        "include": ["reasoning.encrypted_content", "message.output_text.logprobs"],
    }
    out = sanitise(request, model("plain", efforts=(), sampling=False), OPENAI)
    assert out == {
        "model": "plain",
        "input": text,
        "max_output_tokens": 8192,
        "include": ["message.output_text.logprobs"],
    }


def test_an_effort_nobody_knows_is_left_out() -> None:
    request = body(say("user", "hi"), reasoning={"effort": "ludicrous", "summary": "auto"})
    assert sanitise(request, model(), OPENAI)["reasoning"] == {"summary": "auto"}


ITEMS = st.sampled_from(
    [
        LITE,
        SEALED,
        say("developer", "d"),
        say("user", "u"),
        say("assistant", "a"),
        {"role": "user", "content": "plain"},
        custom_call("c", "x"),
        call("d", "wait", namespace="functions"),
        result("c", "ok", "custom_tool_call_output"),
        result("d"),
        {"type": "compaction_trigger"},
        thought("t"),
    ]
)
DIALECTS = st.sampled_from([OPENAI, COMPATIBLE, DEEPSEEK, Dialect("d"), Dialect("f", fold_system=True)])


@given(st.lists(ITEMS, max_size=10), DIALECTS)
def test_sanitising_is_valid_and_pure(items: list[JsonObject], dialect: Dialect) -> None:
    request = body(*items, tools=[SHELL, SPACE], tool_choice="auto")
    before = copy.deepcopy(request)
    out = sanitise(request, model(), dialect)
    assert request == before
    assert out == sanitise(request, model(), dialect)
    tools = OPENAI_RESPONSES.parse(out).tools
    if not dialect.custom_tools:
        kinds = {tool.kind for tool in tools}
        assert kinds == {ToolKind.FUNCTION}
        assert all(
            tool.namespace is None and re.fullmatch("[a-zA-Z0-9_-]{1,64}", tool.name) for tool in tools
        )
        assert not [
            item for item in out["input"] if item.get("namespace") or "custom" in item.get("type", "")
        ]
    if not dialect.developer_role:
        assert not [item for item in out["input"] if item.get("role") == "developer"]
