"""What goes wrong with reasoning that only its maker can read: P28, P41 and P42."""

import json

import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject, Maker
from tests.pitfalls.keeping import kept, kept_whole
from tests.pitfalls.kit import (
    CHAT,
    FERNET,
    FLASH,
    LUNA,
    MESSAGES,
    NATIVE,
    OPUS,
    RESPONSES,
    answer,
    assistant,
    block,
    called,
    chat,
    claude,
    codex,
    completed,
    decoded,
    function,
    item,
    message_end,
    message_start,
    output,
    reasoning,
    response_event,
    sent,
    shown_whole,
    stream,
    text,
    thinking,
    tool,
    tool_result,
    tool_use,
    user,
)

ANTHROPIC = Maker("anthropic", MESSAGES, OPUS)
OPENAI = Maker("openai", RESPONSES, LUNA)
SUMMARY = [{"type": "summary_text", "text": "Two files."}, {"type": "summary_text", "text": "One test."}]
SEALED = {"type": "reasoning", "summary": SUMMARY, "encrypted_content": FERNET}
MESSAGE = {
    "id": "m1",
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "A"}],
}


def by_anthropic(*, whole: bool, client: FormatName) -> list[JsonObject]:
    """What a client keeps of an answer in which Claude thought."""
    if whole:
        body = {"id": "msg_1", "content": [thinking("Hm."), text("A")], "stop_reason": "end_turn"}
        return kept_whole(shown_whole(answer(body, MESSAGES), client, maker=ANTHROPIC), client)
    start = {"type": "thinking", "thinking": "", "signature": ""}
    deltas = (
        {"type": "thinking_delta", "thinking": "Hm."},
        {"type": "signature_delta", "signature": NATIVE},
    )
    said = block(1, text(""), {"type": "text_delta", "text": "A"})
    made = stream(message_start(), *block(0, start, *deltas), *said, *message_end())
    return kept(decoded(made, MESSAGES), client, maker=ANTHROPIC)


def by_openai(*, whole: bool, client: FormatName) -> list[JsonObject]:
    """What a client keeps of an answer in which GPT reasoned."""
    thought = {"id": "rs_1", **SEALED}
    if whole:
        body = {"id": "r1", "status": "completed", "output": [thought, MESSAGE]}
        return kept_whole(shown_whole(answer(body, RESPONSES), client, maker=OPENAI), client)
    made = stream(
        response_event("response.created", response={"id": "r1"}),
        response_event("response.output_item.done", output_index=0, item=thought),
        response_event("response.output_item.done", output_index=1, item=MESSAGE),
        completed(),
    )
    return kept(decoded(made, RESPONSES), client, maker=OPENAI)


def next_request(client: FormatName, entries: list[JsonObject]) -> JsonObject:
    """The client's next request."""
    if client is RESPONSES:
        return codex(item("user", "Hi"), *entries, item("user", "Go"))
    make = claude if client is MESSAGES else chat
    return make(user("Hi"), *entries, user("Go"))


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
@pytest.mark.parametrize("client", [RESPONSES, CHAT])
def test_p41_claudes_signed_thinking_comes_back_to_it(client: FormatName, *, whole: bool) -> None:
    body = next_request(client, by_anthropic(whole=whole, client=client))
    messages = sent(body, client, OPUS).json["messages"]
    blocks = [one for message in messages if message["role"] == "assistant" for one in message["content"]]
    assert [one for one in blocks if one["type"] == "thinking"] == [thinking("Hm.")]
    for stranger, wanted in ((LUNA, RESPONSES), (FLASH, MESSAGES), (FLASH, RESPONSES), (FLASH, CHAT)):
        raw = sent(body, client, stranger, wanted=wanted).raw
        assert NATIVE.encode() not in raw
        assert b"cr1." not in raw, (stranger, wanted)
        assert b"Hm." not in raw


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
@pytest.mark.parametrize("client", [MESSAGES, CHAT])
def test_p41_openais_encrypted_reasoning_comes_back_to_it(client: FormatName, *, whole: bool) -> None:
    body = next_request(client, by_openai(whole=whole, client=client))
    items = sent(body, client, LUNA, wanted=RESPONSES).json["input"]
    assert [one for one in items if one["type"] == "reasoning"] == [SEALED]
    for stranger, wanted in ((OPUS, MESSAGES), (FLASH, MESSAGES), (FLASH, RESPONSES), (FLASH, CHAT)):
        raw = sent(body, client, stranger, wanted=wanted).raw
        assert FERNET.encode() not in raw
        assert b"cr1." not in raw, (stranger, wanted)
        assert b"Two files." not in raw


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
def test_p41_so_does_what_a_client_of_the_makers_own_format_kept(*, whole: bool) -> None:
    body = next_request(MESSAGES, by_anthropic(whole=whole, client=MESSAGES))
    assert thinking("Hm.") in sent(body, MESSAGES, OPUS).json["messages"][1]["content"]
    items = sent(next_request(RESPONSES, by_openai(whole=whole, client=RESPONSES)), RESPONSES, LUNA).json[
        "input"
    ]
    assert [{k: v for k, v in one.items() if k != "id"} for one in items if one["type"] == "reasoning"] == [
        SEALED
    ]


def test_p41_redacted_thinking_travels_as_well() -> None:
    redacted = {"type": "redacted_thinking", "data": NATIVE}
    made = stream(message_start(), *block(0, redacted), *block(1, text("A")), *message_end())
    entries = kept(decoded(made, MESSAGES), RESPONSES, maker=ANTHROPIC)
    messages = sent(next_request(RESPONSES, entries), RESPONSES, OPUS).json["messages"]
    assert redacted in messages[1]["content"]


@pytest.mark.parametrize("whole", [False, True], ids=["streamed", "whole"])
def test_p42_a_client_that_asks_for_reasoning_gets_the_item_even_when_it_is_empty(*, whole: bool) -> None:
    unshown = thinking("", "s")
    if whole:
        body = {"id": "msg_1", "content": [unshown, text("Done.")], "stop_reason": "end_turn"}
        items = kept_whole(shown_whole(answer(body, MESSAGES), RESPONSES, maker=ANTHROPIC), RESPONSES)
    else:
        start = {**unshown, "signature": ""}
        thought = block(0, start, {"type": "signature_delta", "signature": "s"})
        said = block(1, text(""), {"type": "text_delta", "text": "Done."})
        made = stream(message_start(), *thought, *said, *message_end())
        items = kept(decoded(made, MESSAGES), RESPONSES, maker=ANTHROPIC)
    assert [one["type"] for one in items] == ["reasoning", "message"]
    assert items[0]["summary"] == []
    assert items[0]["encrypted_content"]


def claude_session() -> list[JsonObject]:
    """What a Messages client sends, request by request, with thinking of three makers in its history."""
    foreign = thinking("One.", "0192-uuid"), text("A")
    own = thinking("Two."), tool_use("toolu_1", path="a")
    openais = *by_openai(whole=True, client=MESSAGES)[0]["content"], tool_use("toolu_2", path="b")
    asked = [
        (user("Hi"),),
        (user(tool_result("toolu_2", "ok"), text("Go")), {"role": "system", "content": "Note."}),
        (user(tool_result("toolu_1", "ok")),),
        (user("On"),),
    ]
    answered = [assistant(*openais), assistant(*own), assistant(*foreign)]
    history: list[JsonObject] = [*asked[0]]
    bodies = [claude(*history, tools=[tool()])]
    for said, then in zip(answered, asked[1:], strict=True):
        history += [said, *then]
        bodies.append(claude(*history, tools=[tool()]))
    return bodies


def codex_session() -> list[JsonObject]:
    """The same of a Responses client, to whom one id was given twice."""
    asked = [
        (item("user", "Hi"),),
        (output("c1"), item("user", "Go"), item("developer", "Note.")),
        (output("c1"),),
        (item("user", "On"),),
    ]
    answered = [
        (*by_anthropic(whole=True, client=RESPONSES), called("c1")),
        (reasoning("Hm.", "of-xai"), called("c1")),
        ({"id": "rs_1", **SEALED}, item("assistant", "A")),
    ]
    history: list[JsonObject] = [*asked[0]]
    bodies = [codex(*history, tools=[function()])]
    for said, then in zip(answered, asked[1:], strict=True):
        history += [*said, *then]
        bodies.append(codex(*history, tools=[function()]))
    return bodies


@pytest.mark.parametrize(
    ("model", "wanted", "key"),
    [
        (OPUS, MESSAGES, "messages"),
        (FLASH, MESSAGES, "messages"),
        (LUNA, RESPONSES, "input"),
        (FLASH, RESPONSES, "input"),
        (FLASH, CHAT, "messages"),
    ],
)
@pytest.mark.parametrize("client", [MESSAGES, RESPONSES])
def test_p28_a_growing_history_keeps_its_beginning_byte_for_byte(
    client: FormatName, model: str, wanted: FormatName, key: str
) -> None:
    before: list[str] = []
    for body in claude_session() if client is MESSAGES else codex_session():
        now = [unmarked(one) for one in sent(body, client, model, wanted=wanted).json[key]]
        assert now[: len(before)] == before
        before = now


def unmarked(entry: JsonObject) -> str:
    """An entry as it stands, without cache marks, which are no part of the prefix."""
    content = entry.get("content")
    if isinstance(content, list):
        content = [{k: v for k, v in one.items() if k != "cache_control"} for one in content]
        entry = {**entry, "content": content}
    return json.dumps(entry)


@pytest.mark.parametrize("client", [MESSAGES, CHAT])
def test_p28_reasoning_is_rebuilt_as_it_was_and_the_same_every_time(client: FormatName) -> None:
    body = next_request(client, by_openai(whole=False, client=client))
    once, again = (sent(body, client, LUNA, wanted=RESPONSES) for _ in range(2))
    assert once.raw == again.raw
    assert [one["summary"] for one in once.json["input"] if one["type"] == "reasoning"] == [SUMMARY]
