"""Codex's own shapes, over every provider and back.

Requests are recorded ones (`tests.wire.codex`), judged by the scripted providers' rules. Answers are written
as the provider would send them, read, and written for Codex.
"""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.demo.checks.chat import chat_problems
from coderouter_cli.demo.checks.messages import messages_problems
from coderouter_cli.demo.checks.responses import responses_problems
from coderouter_cli.demo.script import ProviderName, SeenRequest
from coderouter_cli.domain.conversation import FormatName, JsonObject, Reasoning, Text, ToolCall
from coderouter_cli.domain.events import (
    Answer,
    Event,
    PartDelta,
    PartEnded,
    PartStarted,
    Started,
    Stopped,
    StopReason,
)
from coderouter_cli.wire.customtools import wrap
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.formats.openai_responses import OPENAI_RESPONSES, has_foreign_items, renames_tools
from coderouter_cli.wire.formats.openai_responses.compaction import ORDER, compaction_item
from coderouter_cli.wire.registry import format_of
from tests.wire import codex

MESSAGES, RESPONSES, CHAT = (
    FormatName.ANTHROPIC_MESSAGES,
    FormatName.OPENAI_RESPONSES,
    FormatName.OPENAI_CHAT,
)
CATALOG = load_catalog(prices=False)
TARGETS: list[tuple[ProviderName, str, FormatName]] = [
    ("anthropic", "claude-opus-5-5", MESSAGES),
    ("deepseek", "deepseek-flash", MESSAGES),
    ("deepseek", "deepseek-flash", RESPONSES),
    ("deepseek", "deepseek-flash", CHAT),
]
PROBLEMS = {MESSAGES: messages_problems, RESPONSES: responses_problems, CHAT: chat_problems}
SCRIPT = 'const r = await tools.exec_command({cmd:"ls \\"ä\\""});\n\ttext(r.output);'

everywhere = pytest.mark.parametrize(
    ("provider", "model", "target"), TARGETS, ids=lambda value: str(value).replace("_", "-")
)


def written(body: JsonObject, provider: str, model: str, target: FormatName) -> JsonObject:
    """The request as this provider gets it; it accepts it."""
    endpoint = next(one for one in CATALOG.providers[provider].endpoints if one.format is target)
    known = CATALOG.models[model]
    if target is RESPONSES:
        out = OPENAI_RESPONSES.sanitise(body, known, endpoint.dialect)
    else:
        out = format_of(target).render(OPENAI_RESPONSES.parse(body), known, endpoint.dialect)
    assert complaint(out, provider, target) is None
    return out


def complaint(body: JsonObject, provider: Any, target: FormatName) -> str | None:
    raw = json.dumps(body).encode()
    headers = {"anthropic-version": "2023-06-01"}
    seen = SeenRequest(1, provider, target, "POST", "/", headers, raw, json.loads(raw), 1)
    return next((problem.message for problem in PROBLEMS[target](seen)), None)


def tools_of(body: JsonObject) -> dict[str, JsonObject]:
    """Name and description of every tool, and the schema of its arguments."""
    tools = [tool.get("function", tool) for tool in body["tools"]]
    return {tool["name"]: tool.get("parameters") or tool["input_schema"] for tool in tools}


def describing(body: JsonObject, name: str) -> str:
    tools = [tool.get("function", tool) for tool in body["tools"]]
    return str(next(tool["description"] for tool in tools if tool["name"] == name))


def in_pieces(text: str, size: int = 5) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def calling(name: str, arguments: str) -> list[Event]:
    """A provider's model calls a function."""
    call = ToolCall("call_1", name, "")
    return [
        Started("r", "m"),
        PartStarted(0, call),
        *(PartDelta(0, piece) for piece in in_pieces(arguments)),
        PartEnded(0, ToolCall("call_1", name, arguments)),
        Stopped(StopReason.TOOL_USE),
    ]


def streamed(request: JsonObject, target: FormatName, events: list[Event]) -> list[JsonObject]:
    """What Codex gets for the events that a provider of this format sends, event by event."""
    asked = OPENAI_RESPONSES.parse(request)
    context = ReplyContext("gpt-6.1-sol", "resp_1", 1, 10, asked.tools, compact=asked.compact)
    provider = format_of(target).encoder(ReplyContext("m", "r", 1))
    decoder, encoder = format_of(target).decoder(asked.tools), OPENAI_RESPONSES.encoder(context)
    sent = b"".join(provider.feed(event) for event in events)
    read = [event for piece in (sent[:70], sent[70:]) for event in decoder.feed(piece)]
    return list(_data(b"".join(encoder.feed(event) for event in [*read, *decoder.close()])))


def _data(stream: bytes) -> Iterator[JsonObject]:
    for line in stream.decode().splitlines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))


def whole(request: JsonObject, target: FormatName, answer: Answer) -> list[JsonObject]:
    """The items Codex gets for a whole answer that a provider of this format sends."""
    asked = OPENAI_RESPONSES.parse(request)
    context = ReplyContext("gpt-6.1-sol", "resp_1", 1, 10, asked.tools, compact=asked.compact)
    sent = format_of(target).encode_answer(answer, ReplyContext("m", "r", 1))
    read = format_of(target).decode_answer(sent, asked.tools)
    assert isinstance(read, Answer)
    output: list[JsonObject] = OPENAI_RESPONSES.encode_answer(read, context)["output"]
    return output


def done(events: list[JsonObject]) -> list[JsonObject]:
    """The finished items, as Codex takes them from the stream; the last event has the same ones."""
    items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"]["output"] == items
    return items


# Code mode


@everywhere
def test_code_mode_has_its_tools_everywhere(provider: str, model: str, target: FormatName) -> None:
    body = written(codex.lite(), provider, model, target)
    tools = tools_of(body)
    assert set(tools) == {"functions--exec", "functions--wait", "collaboration--spawn_agent"}
    told = tools["functions--exec"]["properties"]["input"]["description"]
    assert "lark grammar" in told
    assert "pragma_source" in told
    purpose = "[collaboration: Tools for spawning and managing sub-agents.]"
    assert describing(body, "collaboration--spawn_agent").startswith(purpose)
    assert not OPENAI_RESPONSES.parse(codex.lite()).system


@everywhere
def test_a_script_streams_while_it_is_written(provider: str, model: str, target: FormatName) -> None:
    del provider, model
    events = streamed(codex.lite(), target, calling("functions--exec", wrap(SCRIPT)))
    deltas = [e["delta"] for e in events if e["type"] == "response.custom_tool_call_input.delta"]
    assert len(deltas) > 5
    assert "".join(deltas) == SCRIPT
    (item,) = done(events)
    named = {key: item[key] for key in ("type", "name", "namespace", "input", "call_id", "status")}
    assert named == {
        "type": "custom_tool_call",
        "name": "exec",
        "namespace": "functions",
        "input": SCRIPT,
        "call_id": "call_1",
        "status": "completed",
    }


@everywhere
def test_a_script_comes_whole(provider: str, model: str, target: FormatName) -> None:
    del provider, model
    call = ToolCall("call_1", "functions--exec", wrap(SCRIPT))
    (item,) = whole(codex.lite(), target, Answer((call,), StopReason.TOOL_USE))
    assert (item["type"], item["name"], item["input"]) == ("custom_tool_call", "exec", SCRIPT)


def test_what_a_script_returned_reaches_a_model_with_its_image() -> None:
    body = written(codex.lite(*codex.EXECUTED), "anthropic", "claude-opus-5-5", MESSAGES)
    call = next(b for m in body["messages"] for b in m["content"] if b["type"] == "tool_use")
    result = next(b for m in body["messages"] for b in m["content"] if b["type"] == "tool_result")
    assert call["name"] == "functions--exec"
    assert call["input"] == {"input": codex.EXECUTED[0]["input"]}
    assert [block["type"] for block in result["content"]] == ["text", "image"]


@everywhere
def test_every_recorded_history_is_accepted(provider: str, model: str, target: FormatName) -> None:
    said = codex.message("assistant", "Working.", phase="commentary")
    mine = {"internal_chat_message_metadata_passthrough": {"turn_id": "t", "create_time": 1.5}}
    for body in (
        codex.lite(*codex.EXECUTED, said, codex.message("user", "Go on.", **mine)),
        codex.classic(*codex.SEARCHED, *codex.VIEWED, said, *codex.SHELL_RUN),
        codex.lite(codex.agent_message("plain hello")),
    ):
        out = json.dumps(written(body, provider, model, target))
        assert "passthrough" not in out
        assert '"phase"' not in out


# Tools that are found


@everywhere
def test_a_search_for_tools_is_a_function_everywhere(provider: str, model: str, target: FormatName) -> None:
    tools = tools_of(written(codex.classic(), provider, model, target))
    assert set(tools) == {"exec_command", "apply_patch", "view_image", "tool_search"}
    assert set(tools["tool_search"]["properties"]) == {"query", "limit"}


@everywhere
def test_codex_is_asked_to_search_in_its_own_words(provider: str, model: str, target: FormatName) -> None:
    del provider, model
    events = streamed(codex.classic(), target, calling("tool_search", '{"query": "agents"}'))
    (item,) = done(events)
    assert item["id"].startswith("tsc_")
    assert {key: value for key, value in item.items() if key != "id"} == {
        "type": "tool_search_call",
        "status": "completed",
        "call_id": "call_1",
        "execution": "client",
        "arguments": {"query": "agents"},
    }
    added = next(e["item"] for e in events if e["type"] == "response.output_item.added")
    assert added["arguments"] == {"query": "agents"}
    call = ToolCall("call_1", "tool_search", '{"query": "agents"}')
    (item,) = whole(codex.classic(), target, Answer((call,), StopReason.TOOL_USE))
    assert (item["type"], item["arguments"]) == ("tool_search_call", {"query": "agents"})


@everywhere
def test_tools_that_were_found_can_be_called(provider: str, model: str, target: FormatName) -> None:
    request = codex.classic(*codex.SEARCHED)
    body = written(request, provider, model, target)
    assert list(tools_of(body))[-2:] == ["multi_agent_v1--spawn_agent", "multi_agent_v1--close_agent"]
    assert "These tools can be called now: multi_agent_v1--spawn_agent" in json.dumps(body)
    events = streamed(request, target, calling("multi_agent_v1--spawn_agent", '{"message": "x"}'))
    (item,) = done(events)
    assert (item["type"], item["namespace"], item["name"]) == (
        "function_call",
        "multi_agent_v1",
        "spawn_agent",
    )


@everywhere
def test_tools_that_are_found_twice_are_there_once(provider: str, model: str, target: FormatName) -> None:
    again = [{**item, "call_id": "call_ts2"} for item in codex.SEARCHED]
    once = written(codex.classic(*codex.SEARCHED), provider, model, target)
    twice = written(codex.classic(*codex.SEARCHED, *again), provider, model, target)
    assert twice["tools"] == once["tools"]


# Compaction


@everywhere
def test_any_provider_can_compact(provider: str, model: str, target: FormatName) -> None:
    request = codex.classic(codex.message("assistant", "Working."), *codex.VIEWED, codex.TRIGGER)
    body = written(request, provider, model, target)
    assert json.dumps(ORDER)[1:-1] in json.dumps(body)
    assert body["tool_choice"] in ("none", {"type": "none"})
    assert len(tools_of(body)) == len(tools_of(written(codex.classic(), provider, model, target)))
    said: list[Event] = [
        Started("r", "m"),
        PartStarted(0, Reasoning("")),
        PartDelta(0, "Hm."),
        PartEnded(0, Reasoning("Hm.")),
        PartStarted(1, Text("")),
        PartDelta(1, "Did a. b is left."),
        PartEnded(1, Text("Did a. b is left.")),
        Stopped(StopReason.END_TURN),
    ]
    (streamed_item,) = done(streamed(request, target, said))
    parts = (Reasoning("Hm."), Text("Did a. b is left."))
    (item,) = whole(request, target, Answer(parts, StopReason.END_TURN))
    assert item == streamed_item == compaction_item("Did a. b is left.", item["id"])
    assert item["id"].startswith("cmp_")


@everywhere
def test_a_summary_goes_with_every_later_request(provider: str, model: str, target: FormatName) -> None:
    item = compaction_item("Did a. b is left.", "cmp_1")
    assert "Did a. b is left." in json.dumps(written(codex.classic(item), provider, model, target))


@everywhere
def test_a_model_that_writes_no_summary_fails(provider: str, model: str, target: FormatName) -> None:
    del provider, model
    request = codex.classic(codex.TRIGGER)
    events = streamed(request, target, calling("exec_command", '{"cmd": "ls"}'))
    assert [event["type"] for event in events][-1] == "response.failed"
    assert not done_items(events)


def done_items(events: list[JsonObject]) -> list[JsonObject]:
    return [event for event in events if event["type"] == "response.output_item.done"]


def test_openai_gets_a_summary_of_ours_in_words() -> None:
    openai = CATALOG.providers["openai"].endpoint(RESPONSES).dialect
    body = codex.lite(compaction_item("Did a.", "cmp_1"))
    assert has_foreign_items(body)
    out = OPENAI_RESPONSES.sanitise(body, CATALOG.models["gpt-6.1-sol"], openai)
    assert complaint(out, "openai", RESPONSES) is None
    assert [item["type"] for item in out["input"]] == ["additional_tools", "message", "message", "message"]
    assert "Did a." in out["input"][-1]["content"][0]["text"]
    assert not has_foreign_items(out)


def test_openai_compacts_by_itself() -> None:
    openai = CATALOG.providers["openai"].endpoint(RESPONSES).dialect
    body = codex.classic(codex.TRIGGER)
    assert not has_foreign_items(body)
    assert not renames_tools(body, openai)
    out = OPENAI_RESPONSES.sanitise(body, CATALOG.models["gpt-5.5"], openai)
    assert (out["input"], out["tool_choice"]) == (body["input"], "auto")


def test_an_answer_in_words_is_read_where_a_summary_was_asked_for() -> None:
    deepseek = CATALOG.providers["deepseek"].endpoint(RESPONSES).dialect
    assert renames_tools(codex.classic(codex.TRIGGER, tools=[]), deepseek)
    assert not renames_tools(codex.classic(tools=[]), deepseek)


# Agents


def test_what_a_model_of_another_provider_wrote_to_an_agent_is_no_seal_to_openai() -> None:
    openai = CATALOG.providers["openai"].endpoint(RESPONSES).dialect
    body = codex.lite(codex.agent_message("plain hello"))
    assert has_foreign_items(body)
    assert complaint(body, "openai", RESPONSES) is not None
    out = OPENAI_RESPONSES.sanitise(body, CATALOG.models["gpt-6.1-sol"], openai)
    assert complaint(out, "openai", RESPONSES) is None
    assert out["input"][-1]["type"] == "agent_message"
    assert out["input"][-1]["content"][1] == {"type": "input_text", "text": "plain hello"}


@everywhere
def test_a_plain_task_reaches_any_agent_and_a_sealed_one_only_openais(
    provider: str, model: str, target: FormatName
) -> None:
    out = json.dumps(written(codex.lite(codex.agent_message("plain hello")), provider, model, target))
    assert "plain hello" in out
    assert "Sender: /root" in out
    sealed = OPENAI_RESPONSES.parse(codex.lite(codex.agent_message("gAAAAABoX")))
    dialect = next(e.dialect for e in CATALOG.providers[provider].endpoints if e.format is target)
    assert format_of(target).losses(sealed, dialect) == ("sealed_messages",)


def test_appending_to_a_history_appends_to_what_is_sent() -> None:
    steps = [*codex.SEARCHED, *codex.SHELL_RUN, *codex.VIEWED, codex.agent_message("hi")]
    for provider, model, target in TARGETS:
        key = "input" if target is RESPONSES else "messages"
        # A search's output and its tools come together: before it the list of tools is another.
        sent = [
            written(codex.classic(*steps[:count]), provider, model, target)[key]
            for count in range(2, len(steps) + 1, 2)
        ]
        for shorter, longer in itertools.pairwise(sent):
            unmarked = [json.dumps(_unmarked(one)) for one in (shorter[:-1], longer)]
            assert unmarked[1].startswith(unmarked[0][:-1])


def _unmarked(value: Any) -> Any:
    if isinstance(value, list):
        return [_unmarked(one) for one in value]
    if isinstance(value, dict):
        return {key: _unmarked(one) for key, one in value.items() if key != "cache_control"}
    return value
