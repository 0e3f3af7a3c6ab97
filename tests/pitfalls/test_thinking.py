"""What goes wrong with the thinking of earlier turns: P8 to P10, P12, P13, P28, P41 and P42."""

import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject, Maker
from coderouter_cli.domain.decision import Fidelity
from tests.pitfalls.keeping import kept
from tests.pitfalls.kit import (
    CHAT,
    FERNET,
    FLASH,
    LUNA,
    MESSAGES,
    NATIVE,
    OPUS,
    RESPONSES,
    USAGE_CHUNK,
    assistant,
    call_delta,
    called,
    chat,
    chat_call,
    chat_function,
    chat_result,
    chunk,
    claude,
    codex,
    decoded,
    function,
    item,
    only,
    output,
    reasoning,
    sent,
    stream,
    text,
    thinking,
    tool,
    tool_result,
    tool_use,
    user,
)

CLIENTS = [MESSAGES, RESPONSES, CHAT]
MAKERS = {
    "anthropic": Maker("anthropic", MESSAGES, OPUS),
    "openai": Maker("openai", RESPONSES, LUNA),
    "deepseek": Maker("deepseek", CHAT, FLASH),
}


def blocks_in(messages: list[JsonObject]) -> list[JsonObject]:
    """Every block of a history."""
    return [block for one in messages if isinstance(one["content"], list) for block in one["content"]]


def thoughts_in(messages: list[JsonObject]) -> list[JsonObject]:
    return [one for one in blocks_in(messages) if one["type"] in {"thinking", "redacted_thinking"}]


FOREIGN = [
    thinking("Hm.", "0192f3a4-uuid-of-deepseek"),
    thinking("Hm.", "0f" * 40),
    thinking("Hm.", "cr1.deepseek/openai_chat.0000.e30"),
    {"type": "redacted_thinking", "data": "of-somebody-else"},
]


@pytest.mark.parametrize("foreign", FOREIGN, ids=["uuid", "hex", "damaged", "redacted"])
def test_p08_thinking_that_somebody_else_signed_never_reaches_anthropic(foreign: JsonObject) -> None:
    own = thinking("Hm.")
    body = claude(
        user("Hi"), assistant(foreign, text("A")), user("Go"), assistant(own, text("B")), user("On")
    )
    assert thoughts_in(sent(body, MESSAGES, OPUS).json["messages"]) == [own]
    alone = claude(user("Hi"), assistant(own, text("B")), user("On"))
    assert sent(alone, MESSAGES, OPUS).fidelity is Fidelity.RAW


def test_p08_anthropics_reaches_nobody_else() -> None:
    redacted = {"type": "redacted_thinking", "data": NATIVE}
    body = claude(user("Hi"), assistant(thinking("Hm."), redacted, text("A")), user("Go"))
    for model, wanted in ((FLASH, MESSAGES), (FLASH, RESPONSES), (FLASH, CHAT), (LUNA, RESPONSES)):
        raw = sent(body, MESSAGES, model, wanted=wanted).raw
        assert NATIVE.encode() not in raw, (model, wanted)
        assert b"A" in raw


def test_p08_what_openai_or_deepseek_thought_is_not_signed_for_anthropic() -> None:
    from_codex = codex(
        item("user", "Hi"), reasoning("Hm.", FERNET), item("assistant", "A"), item("user", "Go")
    )
    from_chat = chat(user("Hi"), {**assistant("A"), "reasoning_content": "Hm."}, user("Go"))
    for body, client in ((from_codex, RESPONSES), (from_chat, CHAT)):
        assert thoughts_in(sent(body, client, OPUS).json["messages"]) == []


@pytest.mark.parametrize("foreign", ["of-somebody-else", "cr1.xai/openai_responses.0000.e30", None])
def test_p08_encrypted_reasoning_of_somebody_else_never_reaches_openai(foreign: str | None) -> None:
    own = reasoning("Hm.", FERNET)
    items = [
        reasoning("Hm.", foreign),
        item("assistant", "A"),
        item("user", "Go"),
        own,
        item("assistant", "B"),
    ]
    body = codex(item("user", "Hi"), *items, item("user", "On"))
    written = sent(body, RESPONSES, LUNA)
    assert [one for one in written.json["input"] if one["type"] == "reasoning"] == [own]
    alone = codex(item("user", "Hi"), own, item("assistant", "B"), item("user", "On"))
    assert sent(alone, RESPONSES, LUNA).fidelity is Fidelity.RAW


@pytest.mark.parametrize("signature", ["", "unknown", None])
def test_p09_the_whole_block_goes_and_not_only_its_signature(signature: str | None) -> None:
    block = {name: value for name, value in thinking("Hm.", "").items() if name != "signature"}
    unsigned = block if signature is None else {**block, "signature": signature}
    body = claude(user("Hi"), assistant(unsigned, text("A")), user("Go"), assistant(unsigned), user("On"))
    messages = sent(body, MESSAGES, OPUS).json["messages"]
    assert thoughts_in(messages) == []
    assert [one["content"] for one in messages if one["role"] == "assistant"] == [[text("A")]]


def test_p09_where_no_signature_is_checked_the_field_is_there() -> None:
    unsigned = {"type": "thinking", "thinking": "Hm."}
    body = claude(user("Hi"), assistant(unsigned, text("A")), user("Go"))
    thought = only(thoughts_in(sent(body, MESSAGES, FLASH).json["messages"]))
    assert thought == {**unsigned, "signature": ""}


@pytest.mark.parametrize(("wanted", "key"), [(RESPONSES, "input"), (CHAT, "messages")])
def test_p10_thinking_in_the_history_is_no_error_at_openai(wanted: FormatName, key: str) -> None:
    redacted = {"type": "redacted_thinking", "data": NATIVE}
    body = claude(
        user("Hi"),
        assistant(thinking("Hm."), redacted, tool_use("toolu_1")),
        user(tool_result("toolu_1", "ok")),
        assistant(thinking("Hm."), text("A")),
        user("Go"),
    )
    written = sent(body, MESSAGES, LUNA, wanted=wanted)
    assert not [one for one in written.json[key] if one.get("type") == "reasoning"]
    assert not [one for one in written.json[key] if one.keys() & {"reasoning_content", "reasoning"}]
    assert NATIVE.encode() not in written.raw
    assert b"Hm." not in written.raw


TWO_CALLS: dict[FormatName, JsonObject] = {
    MESSAGES: claude(
        user("Hi"),
        assistant(tool_use("toolu_1", path="a"), tool_use("toolu_2", path="b")),
        user(tool_result("toolu_1", "ok"), tool_result("toolu_2", "ok")),
        tools=[tool()],
    ),
    RESPONSES: codex(
        item("user", "Hi"), called("c1"), called("c2"), output("c1"), output("c2"), tools=[function()]
    ),
    CHAT: chat(
        user("Hi"),
        {"role": "assistant", "content": None, "tool_calls": [chat_call("c1"), chat_call("c2")]},
        chat_result("c1"),
        chat_result("c2"),
        tools=[chat_function()],
    ),
}
"""A turn of two calls without any reasoning, from each kind of client."""


@pytest.mark.parametrize("client", CLIENTS)
def test_p12_deepseek_gets_some_reasoning_with_every_tool_turn(client: FormatName) -> None:
    through_chat = sent(TWO_CALLS[client], client, FLASH, wanted=CHAT).json["messages"]
    assert only(m for m in through_chat if m.get("tool_calls")).get("reasoning_content")
    through_messages = sent(TWO_CALLS[client], client, FLASH, wanted=MESSAGES).json["messages"]
    turn = only(m for m in through_messages if m["role"] == "assistant")
    assert [one["type"] for one in turn["content"]] == ["thinking", "tool_use", "tool_use"]


def deepseek_turn(thought: str, call_id: str) -> bytes:
    """A turn in which DeepSeek thinks and calls a tool."""
    return stream(
        chunk({"role": "assistant", "reasoning_content": thought}),
        chunk(call_delta(0, "read", '{"path":"a"}', id=call_id)),
        chunk({}, "tool_calls"),
        USAGE_CHUNK,
        "data: [DONE]",
    )


def after_two_turns(client: FormatName) -> JsonObject:
    """The request after two such turns, as a client makes it of what it was shown."""
    turns = []
    for number in (1, 2):
        events = decoded(deepseek_turn(f"Thought {number}.", f"call_{number}"), CHAT)
        turns.append(kept(events, client, maker=MAKERS["deepseek"]))
    if client is RESPONSES:
        items = [one for n, turn in enumerate(turns, 1) for one in (*turn, output(f"call_{n}"))]
        return codex(item("user", "Hi"), *items, tools=[function()])
    if client is CHAT:
        said = [one for n, turn in enumerate(turns, 1) for one in (*turn, chat_result(f"call_{n}"))]
        return chat(user("Hi"), *said, tools=[chat_function()])
    said = [one for n, turn in enumerate(turns, 1) for one in (*turn, user(tool_result(f"call_{n}", "ok")))]
    return claude(user("Hi"), *said, tools=[tool("read")])


@pytest.mark.parametrize("client", CLIENTS)
def test_p12_it_gets_its_own_back_each_in_its_turn(client: FormatName) -> None:
    messages = sent(after_two_turns(client), client, FLASH, wanted=CHAT).json["messages"]
    turns = [m for m in messages if m["role"] == "assistant"]
    assert [m["reasoning_content"] for m in turns] == ["Thought 1.", "Thought 2."]
    blocks = blocks_in(sent(after_two_turns(client), client, FLASH, wanted=MESSAGES).json["messages"])
    assert [b["thinking"] for b in blocks if b["type"] == "thinking"] == ["Thought 1.", "Thought 2."]


@pytest.mark.parametrize("client", CLIENTS)
def test_p12_nobody_else_gets_it(client: FormatName) -> None:
    for model, wanted, provider in (
        (OPUS, MESSAGES, None),
        (LUNA, RESPONSES, None),
        (FLASH, MESSAGES, "moonshot"),
        (FLASH, RESPONSES, "moonshot"),
        (FLASH, CHAT, "moonshot"),
    ):
        raw = sent(after_two_turns(client), client, model, wanted=wanted, provider=provider).raw
        assert b"Thought" not in raw, (model, wanted, provider)


@pytest.mark.parametrize("client", CLIENTS)
def test_p13_deepseeks_responses_endpoint_gets_reasoning_text_with_every_tool_turn(
    client: FormatName,
) -> None:
    items = sent(TWO_CALLS[client], client, FLASH, wanted=RESPONSES).json["input"]
    kinds = [one["type"] for one in items if one["type"] != "message"]
    assert kinds == ["reasoning", *["function_call"] * 2, *["function_call_output"] * 2]
    thought = only(one for one in items if one["type"] == "reasoning")
    assert [part["type"] for part in thought["content"]] == ["reasoning_text"]
    assert thought["content"][0]["text"]


@pytest.mark.parametrize("client", CLIENTS)
def test_p13_its_own_reasoning_comes_back_to_it(client: FormatName) -> None:
    items = sent(after_two_turns(client), client, FLASH, wanted=RESPONSES).json["input"]
    thoughts = [one["content"][0]["text"] for one in items if one["type"] == "reasoning"]
    assert thoughts == ["Thought 1.", "Thought 2."]


@pytest.mark.parametrize("kind", ["reasoning_text", "text"])
def test_p13_open_reasoning_as_codex_keeps_it_comes_back_too(kind: str) -> None:
    relayed = reasoning("", content=[{"type": kind, "text": "Thought."}])
    body = codex(item("user", "Hi"), relayed, called("c1"), output("c1"), tools=[function()])
    thought = only(one for one in sent(body, RESPONSES, FLASH).json["input"] if one["type"] == "reasoning")
    assert thought["content"] == [{"type": "reasoning_text", "text": "Thought."}]
