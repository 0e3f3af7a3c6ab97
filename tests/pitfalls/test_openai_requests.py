"""What goes wrong between Responses or Chat clients and everyone else, P31 to P42."""

import json
import zlib
from typing import Any

import aiohttp
import pytest
from backports import zstd

from coderouter_cli.demo.script import Reply, Say
from coderouter_cli.domain.conversation import FormatName
from tests.harness import daemon_with
from tests.pitfalls.kit import (
    CHAT,
    FLASH,
    MESSAGES,
    OPUS,
    RESPONSES,
    assistant,
    block,
    chat,
    claude,
    codex,
    decoded,
    function,
    message_end,
    message_start,
    request,
    sent,
    shown,
    stream,
    text,
    tool,
    tool_result,
    tool_use,
    user,
)

PATCH: dict[str, Any] = {
    "type": "custom",
    "name": "apply_patch",
    "description": "Edit files.",
    "format": {"type": "grammar", "syntax": "lark", "definition": "start: begin_patch hunk+ end_patch"},
}
CALL = {"type": "custom_tool_call", "call_id": "c1", "name": "apply_patch", "input": "*** Begin Patch\n"}
OUTPUT = {"type": "custom_tool_call_output", "call_id": "c1", "output": "Done"}


def message(role: str, said: str) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": "input_text", "text": said}]}


def anthropic_call(name: str, *pieces: str) -> bytes:
    """A tool call as Anthropic streams it, its arguments in these pieces."""
    start = {"type": "tool_use", "id": "toolu_1", "name": name, "input": {}}
    deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]
    return stream(message_start(), *block(0, start, *deltas), *message_end("tool_use"))


def test_p31_a_freeform_tool_is_a_function_with_a_schema_elsewhere() -> None:
    body = codex(message("user", "Hi"), CALL, OUTPUT, tools=[PATCH])
    translated = sent(body, RESPONSES, OPUS).json
    (offered,) = translated["tools"]
    assert offered["input_schema"]["properties"].keys() == {"input"}
    assert "type" not in offered
    assert "begin_patch" in offered["description"], "the grammar is told in words"
    (call,) = [b for m in translated["messages"] for b in m["content"] if b["type"] == "tool_use"]
    assert call["input"] == {"input": "*** Begin Patch\n"}
    sanitised = sent(body, RESPONSES, FLASH).json
    assert [one["type"] for one in sanitised["tools"]] == ["function"]


def test_p32_a_call_of_it_is_a_call_for_the_client_and_no_text() -> None:
    tools = request(codex(message("user", "Hi"), tools=[PATCH]), RESPONSES).conversation.tools
    events = decoded(anthropic_call("apply_patch", '{"input": "*** Begin', ' Patch\\n"}'), MESSAGES, tools)
    items = [
        e["item"] for e in shown(events, RESPONSES, tools=tools) if e["type"] == "response.output_item.done"
    ]
    assert [item["type"] for item in items] == ["custom_tool_call"]


def test_p33_its_text_is_raw_and_streamed_while_it_grows() -> None:
    tools = request(codex(message("user", "Hi"), tools=[PATCH]), RESPONSES).conversation.tools
    pieces = ('{"inp', 'ut": "*** Be', "gin Patch\\n\\u", '00e9\\"end', '"}')
    events = decoded(anthropic_call("apply_patch", *pieces), MESSAGES, tools)
    shown_events = shown(events, RESPONSES, tools=tools)
    deltas = [e["delta"] for e in shown_events if e["type"] == "response.custom_tool_call_input.delta"]
    (item,) = [e["item"] for e in shown_events if e["type"] == "response.output_item.done"]
    assert item["input"] == "".join(deltas) == '*** Begin Patch\né"end'
    assert len(deltas) > 1


def test_p34_namespaced_tools_are_flattened_and_named_back() -> None:
    space = {"type": "namespace", "name": "clock", "description": "Time.", "tools": [function("now")]}
    body = codex(message("user", "Hi"), tools=[space])
    (offered,) = sent(body, RESPONSES, OPUS).json["tools"]
    assert "now" in offered["name"]
    tools = request(body, RESPONSES).conversation.tools
    events = decoded(anthropic_call(offered["name"], "{}"), MESSAGES, tools)
    (item,) = [
        e["item"] for e in shown(events, RESPONSES, tools=tools) if e["type"] == "response.output_item.done"
    ]
    assert (item["namespace"], item["name"]) == ("clock", "now")


def test_p35_tools_declared_in_the_input_are_tools() -> None:
    declared = {"type": "additional_tools", "tools": [function("wait"), {**PATCH, "name": "exec"}]}
    body = codex(declared, message("user", "Hi"))
    for model in (OPUS, FLASH):
        written = sent(body, RESPONSES, model)
        assert [one["name"] for one in written.json["tools"]] == ["wait", "exec"]
        assert b"additional_tools" not in written.raw


@pytest.mark.parametrize("wanted", [RESPONSES, CHAT])
def test_p36_developers_speak_as_system_where_the_role_is_unknown(wanted: FormatName) -> None:
    body = codex(message("developer", "Be brief."), message("user", "Hi"))
    written = sent(body, RESPONSES, FLASH, wanted=wanted)
    assert b'"developer"' not in written.raw
    assert b"Be brief." in written.raw


@pytest.mark.parametrize("encoding", ["zstd", "gzip", "deflate"])
async def test_p37_compressed_requests_are_read_and_leave_as_plain_json(
    encoding: str, daemon_home: Any
) -> None:
    raw = json.dumps(codex(message("user", "Hi"))).encode()
    gzip = zlib.compressobj(wbits=zlib.MAX_WBITS | 16)
    packed = {
        "zstd": lambda: zstd.compress(raw),
        "gzip": lambda: gzip.compress(raw) + gzip.flush(),
        "deflate": lambda: zlib.compress(raw),
    }[encoding]()
    async with daemon_with(daemon_home, Reply((Say("Ok."),)), keys=("openai",)) as daemon:
        headers = {**daemon.auth, "content-encoding": encoding, "content-type": "application/json"}
        async with (
            aiohttp.ClientSession() as session,
            session.post(daemon.url + "/v1/responses", data=packed, headers=headers) as response,
        ):
            assert response.status == 200
            await response.read()
        (seen,) = daemon.provider.generations()
    assert "content-encoding" not in seen.headers
    assert seen.json["input"] == [message("user", "Hi")]


async def test_p38_a_responses_body_on_the_chat_path_is_answered_as_chat(daemon_home: Any) -> None:
    flat = function("read")
    nested = {"type": "function", "function": {"name": "run", "parameters": {"type": "object"}}}
    body = codex(message("user", "Hi"), tools=[flat, nested])
    async with daemon_with(daemon_home, Reply((Say("Ok."),)), keys=("deepseek",)) as daemon:
        async with (
            aiohttp.ClientSession() as session,
            session.post(daemon.url + "/v1/chat/completions", json=body, headers=daemon.auth) as response,
        ):
            assert response.status == 200
            answered = await response.text()
        (seen,) = daemon.provider.generations()
    assert "chat.completion.chunk" in answered
    assert [one["function"]["name"] for one in seen.json["tools"]] == ["read", "run"]


def test_p39_an_output_without_a_call_is_said_in_words_and_a_missing_one_is_an_error() -> None:
    orphan = {"type": "function_call_output", "call_id": "gone", "output": "42 files"}
    asked = {"type": "function_call", "call_id": "c2", "name": "read", "arguments": "{}"}
    body = codex(message("user", "Hi"), orphan, asked, message("user", "And?"), tools=[function()])
    blocks = [b for m in sent(body, RESPONSES, OPUS).json["messages"] for b in m["content"]]
    results = [b for b in blocks if b["type"] == "tool_result"]
    assert [(b["tool_use_id"], b.get("is_error")) for b in results] == [("c2", True)]
    assert any("42 files" in b.get("text", "") for b in blocks)
    chat_roles = [m["role"] for m in sent(body, RESPONSES, FLASH, wanted=CHAT).json["messages"]]
    assert chat_roles.count("tool") == 1


def test_p40_results_stand_directly_behind_their_calls() -> None:
    calls = assistant(tool_use("toolu_1"), tool_use("toolu_2"))
    mixed = user(text("Note."), tool_result("toolu_2", "b"), text("More."), tool_result("toolu_1", "a"))
    body = claude(user("Hi"), calls, mixed, tools=[tool()])
    messages = sent(body, MESSAGES, FLASH, wanted=CHAT).json["messages"]
    assert [m["role"] for m in messages] == ["user", "assistant", "tool", "tool", "user"]
    late = chat(
        user("Hi"),
        {"role": "assistant", "tool_calls": [_call("c1"), _call("c2")]},
        {"role": "tool", "tool_call_id": "c1", "content": "a"},
        user("Wait."),
        {"role": "tool", "tool_call_id": "c2", "content": "b"},
        tools=[{"type": "function", "function": {"name": "read", "parameters": {"type": "object"}}}],
    )
    turn = sent(late, CHAT, OPUS).json["messages"][2]["content"]
    assert [b["type"] for b in turn] == ["tool_result", "tool_result", "text"]


def _call(call_id: str) -> dict[str, Any]:
    return {"id": call_id, "type": "function", "function": {"name": "read", "arguments": "{}"}}
