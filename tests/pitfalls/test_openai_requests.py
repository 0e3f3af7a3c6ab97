"""What goes wrong between Responses or Chat clients and everyone else: P36, P39 and P40."""

import json

import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject
from tests.pitfalls.kit import (
    CHAT,
    FLASH,
    LUNA,
    MESSAGES,
    OPUS,
    RESPONSES,
    assistant,
    called,
    chat,
    chat_call,
    chat_function,
    chat_result,
    claude,
    codex,
    function,
    item,
    output,
    sent,
    text,
    tool,
    tool_result,
    tool_use,
    user,
)

PROVIDERS = [MESSAGES, RESPONSES, CHAT]


@pytest.mark.parametrize("wanted", PROVIDERS)
@pytest.mark.parametrize("client", [RESPONSES, CHAT])
def test_p36_developers_speak_as_system_or_user_where_the_role_is_unknown(
    client: FormatName, wanted: FormatName
) -> None:
    said = [
        ("developer", "Be brief."),
        ("user", "Hi"),
        ("assistant", "Yes?"),
        ("developer", "Now."),
        ("user", "Go"),
    ]
    if client is RESPONSES:
        body = codex(*(item(role, words) for role, words in said))
    else:
        body = chat(*({"role": role, "content": words} for role, words in said))
    written = sent(body, client, FLASH, wanted=wanted)
    assert b'"developer"' not in written.raw
    assert b"Be brief." in written.raw
    assert b"Now." in written.raw


def test_p36_openai_hears_its_developers() -> None:
    body = chat({"role": "developer", "content": "Be brief."}, user("Hi"))
    assert sent(body, CHAT, LUNA).json["messages"][0]["role"] == "developer"


ORPHANED = codex(
    item("user", "Hi"),
    output("gone", "42 files"),
    called("c2"),
    item("user", "And?"),
    tools=[function()],
)
"""An output whose call is not there any more, and a call that was never answered."""


def test_p39_an_output_without_a_call_is_said_in_words_and_a_missing_one_is_an_error() -> None:
    blocks = [b for m in sent(ORPHANED, RESPONSES, OPUS).json["messages"] for b in m["content"]]
    results = [b for b in blocks if b["type"] == "tool_result"]
    assert [(b["tool_use_id"], b.get("is_error")) for b in results] == [("c2", True)]
    assert any("42 files" in b.get("text", "") for b in blocks)


def test_p39_on_responses() -> None:
    items = sent(ORPHANED, RESPONSES, FLASH).json["input"]
    answered = [one["call_id"] for one in items if one["type"] == "function_call_output"]
    assert answered == [one["call_id"] for one in items if one["type"] == "function_call"] == ["c2"]
    said = [one for one in items if one.get("role") == "user"]
    assert "42 files" in json.dumps(said)


def test_p39_on_chat() -> None:
    for body, client in ((ORPHANED, RESPONSES), (claude_orphan(), MESSAGES)):
        messages = sent(body, client, FLASH, wanted=CHAT).json["messages"]
        assert [m["tool_call_id"] for m in messages if m["role"] == "tool"] == ["c2"]
        assert "42 files" in json.dumps([m for m in messages if m["role"] == "user"])


def claude_orphan() -> JsonObject:
    """The same of a Messages client."""
    return claude(
        user(tool_result("gone", "42 files")), assistant(tool_use("c2")), user(text("And?")), tools=[tool()]
    )


def test_p39_an_id_that_is_missing_joins_nothing() -> None:
    lost = {"type": "function_call_output", "output": "42 files"}
    body = codex(
        item("user", "Hi"), called("c1"), output("c1"), lost, item("user", "And?"), tools=[function()]
    )
    blocks = [b for m in sent(body, RESPONSES, OPUS).json["messages"] for b in m["content"]]
    assert [b["tool_use_id"] for b in blocks if b["type"] == "tool_result"] == ["c1"]


def test_p40_results_stand_directly_behind_their_calls() -> None:
    calls = assistant(tool_use("toolu_1"), tool_use("toolu_2"))
    mixed = user(text("Note."), tool_result("toolu_2", "b"), text("More."), tool_result("toolu_1", "a"))
    body = claude(user("Hi"), calls, mixed, tools=[tool()])
    messages = sent(body, MESSAGES, FLASH, wanted=CHAT).json["messages"]
    assert [m["role"] for m in messages] == ["user", "assistant", "tool", "tool", "user"]
    told = [(m["tool_call_id"], m["content"]) for m in messages[2:4]]
    assert told == [("toolu_1", "a"), ("toolu_2", "b")], "in the order of the calls"
    assert json.dumps(messages[4]).count("earlier tool call") == 0, "what was moved is not said again"
    items = sent(body, MESSAGES, FLASH, wanted=RESPONSES).json["input"]
    kinds = [one["type"] for one in items if one["type"] != "message"]
    assert kinds == ["reasoning", *["function_call"] * 2, *["function_call_output"] * 2]
    first = [one["type"] for one in items].index("function_call")
    assert [one["type"] for one in items[first : first + 4]] == kinds[1:], "nobody speaks between them"


@pytest.mark.parametrize("client", [RESPONSES, CHAT])
def test_p40_at_anthropic_they_begin_the_turn(client: FormatName) -> None:
    bodies = {
        RESPONSES: codex(
            item("user", "Hi"),
            called("c1"),
            called("c2"),
            output("c1", "a"),
            item("user", "Wait."),
            output("c2", "b"),
            tools=[function()],
        ),
        CHAT: chat(
            user("Hi"),
            {"role": "assistant", "tool_calls": [chat_call("c1"), chat_call("c2")]},
            chat_result("c1", "a"),
            user("Wait."),
            chat_result("c2", "b"),
            tools=[chat_function()],
        ),
    }
    turn = sent(bodies[client], client, OPUS).json["messages"][2]["content"]
    assert [b["type"] for b in turn] == ["tool_result", "tool_result", "text"]
