import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import (
    FormatName,
    JsonObject,
    Maker,
    Message,
    Opaque,
    Part,
    Reasoning,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from coderouter_cli.domain.events import (
    Answer,
    Event,
    PartDelta,
    PartEnded,
    PartStarted,
    Stopped,
    StopReason,
)
from coderouter_cli.wire.envelope import MAX_ENVELOPE
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.formats.openai_chat import OPENAI_CHAT
from coderouter_cli.wire.formats.openai_chat.dialect import needs_repair
from coderouter_cli.wire.formats.openai_chat.thoughts import details_of, with_thoughts
from tests.wire.formats.openai_chat.kit import (
    COMPATIBLE,
    DEEPSEEK,
    OPENAI,
    calling,
    chunk,
    context,
    data,
    decode,
    model,
)
from tests.wire.grammar import parts_of, text_of

CLAUDE = Maker("anthropic", FormatName.ANTHROPIC_MESSAGES, "claude-opus-5-5")
FLASH = Maker("deepseek", FormatName.OPENAI_CHAT, "deepseek-flash")
GEMINI = Maker("gemini", FormatName.OPENAI_CHAT, "gemini-4-pro")
SIGNING = replace(COMPATIBLE, name="gemini-chat", thought_signatures=True)
CALL = ToolCall("c1", "Read", "{}")
OTHER = ToolCall("c2", "Read", "{}")
SEALED = Opaque(CLAUDE.format, "signature", "A" * 80)
DUMMY = "skip_thought_signature_validator"


def answered_by(maker: Maker | None) -> ReplyContext:
    return replace(context(), maker=maker)


def whole(*parts: Part, maker: Maker | None = CLAUDE) -> JsonObject:
    """The message of an answer that is not streamed."""
    answer = OPENAI_CHAT.encode_answer(Answer(parts, StopReason.TOOL_USE), answered_by(maker))
    message: JsonObject = answer["choices"][0]["message"]
    return message


def streamed(*parts: Part, maker: Maker | None = CLAUDE) -> JsonObject:
    """The message that a client puts together from a stream."""
    encoder = OPENAI_CHAT.encoder(answered_by(maker))
    events = [event for key, part in enumerate(parts) for event in grown(key, part)]
    message: JsonObject = {"role": "assistant", "content": ""}
    written = b"".join(encoder.feed(event) for event in (*events, Stopped(StopReason.TOOL_USE)))
    for delta in deltas(written):
        for key in ("content", "reasoning_content"):
            if isinstance(delta.get(key), str):
                message[key] = message.get(key, "") + delta[key]
        message.setdefault("reasoning_details", []).extend(delta.get("reasoning_details", ()))
        for entry in delta.get("tool_calls", ()):
            if "id" in entry:
                message.setdefault("tool_calls", []).append(
                    {key: entry[key] for key in entry if key != "index"}
                )
            else:
                known = message["tool_calls"][entry["index"]]["function"]
                known["arguments"] += entry["function"]["arguments"]
    return message


def grown(key: int, part: Part) -> list[Event]:
    """All events of a part."""
    empty = replace(part, arguments="") if isinstance(part, ToolCall) else part
    skeleton = replace(empty, text="") if isinstance(empty, Text | Reasoning) else empty
    return [PartStarted(key, skeleton), PartDelta(key, text_of(part)), PartEnded(key, part)]


def deltas(stream: bytes) -> list[JsonObject]:
    return [
        choice["delta"]
        for line in stream.decode().split("\n\n")
        if line.startswith("data: {")
        for choice in json.loads(line[6:])["choices"]
    ]


def read(message: JsonObject) -> tuple[Part, ...]:
    """The assistant's parts when the client sends its message back."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}, message]}
    return OPENAI_CHAT.parse(body).messages[1].parts


def sent(
    message: JsonObject, provider: str = "anthropic", to: Any = COMPATIBLE, name: str = "m"
) -> JsonObject:
    """The message as a provider of the format gets it from a client of the format."""
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}, message]}
    out: JsonObject = OPENAI_CHAT.sanitise(body, replace(model(name), provider=provider), to)["messages"][1]
    return out


@pytest.mark.parametrize("told", [whole, streamed])
def test_reasoning_comes_back_as_its_maker_gave_it(told: Any) -> None:
    message = told(Reasoning("Hm.", SEALED), Text("Yes."), CALL)
    assert message["reasoning_content"] == "Hm."
    (entry,) = message["reasoning_details"]
    assert entry["type"] == "reasoning.encrypted"
    assert read(message) == (Reasoning("Hm.", replace(SEALED, maker=CLAUDE)), Text("Yes."), CALL)
    # The eye's copy is not needed: clients that keep OpenRouter's field drop the other.
    del message["reasoning_content"]
    assert read(message)[0] == Reasoning("Hm.", replace(SEALED, maker=CLAUDE))


proses = st.text(min_size=1, max_size=5)
carriers = st.none() | st.sampled_from(["A" * 80, "x"]).map(lambda data: replace(SEALED, data=data))


@given(st.data())
def test_reasoning_keeps_its_place(drawn: st.DataObject) -> None:
    parts: list[Part] = []
    for _ in range(drawn.draw(st.integers(1, 4))):
        kind = drawn.draw(st.sampled_from(["text", "thought"]))
        if kind == "thought":
            parts.append(Reasoning(drawn.draw(proses), drawn.draw(carriers)))
        elif not parts or not isinstance(parts[-1], Text):
            parts.append(Text(drawn.draw(proses)))
    for index in range(drawn.draw(st.integers(0, 2))):
        parts.append(ToolCall(f"c{index}", "f", "{}"))
        parts += [Reasoning(drawn.draw(proses), SEALED)] if drawn.draw(st.booleans()) else []
    expected = tuple(
        Reasoning(part.text, replace(part.opaque, maker=CLAUDE))
        if isinstance(part, Reasoning) and part.opaque
        else Reasoning(part.text, Opaque(CLAUDE.format, "open", "", CLAUDE))
        if isinstance(part, Reasoning)
        else part
        for part in parts
    )
    for told in (whole, streamed):
        message = told(*parts)
        assert tuple(part for part in read(message) if part != Text("")) == expected


def test_places_that_do_not_fit_lose_nothing() -> None:
    parts: list[Part] = [Text("abc"), Reasoning("one"), Text("d"), Reasoning("two"), CALL, Reasoning("three")]
    details = list(reversed(details_of(parts, CLAUDE)))
    found = with_thoughts({"reasoning_details": details}, [Text("ab"), Refusal("No.")], [])
    assert [part.text for part in found if isinstance(part, Reasoning)] == ["two", "one", "three"]
    assert "".join(part.text for part in found if isinstance(part, Text)) == "ab"
    assert Refusal("No.") in found


def test_without_a_known_maker_there_is_nothing_but_the_text() -> None:
    assert "reasoning_details" not in whole(Reasoning("Hm.", SEALED), maker=None)
    assert not streamed(Reasoning("Hm.", SEALED), maker=None)["reasoning_details"]


def test_what_is_too_large_is_not_carried() -> None:
    large = Reasoning("Hm.", Opaque(CLAUDE.format, "redacted", "x" * MAX_ENVELOPE))
    assert "reasoning_details" not in whole(large)


@pytest.mark.parametrize(
    "details",
    [
        None,
        "odd",
        [3, {}],
        [{"type": "reasoning.encrypted", "data": "cr1.damaged"}],
        [{"type": "reasoning.text", "text": "Hm.", "signature": "another's"}],
    ],
)
def test_entries_of_others_count_for_nothing(details: Any) -> None:
    message = {
        "role": "assistant",
        "content": "Yes.",
        "reasoning_content": "Hm.",
        "reasoning_details": details,
    }
    assert read(message) == (Reasoning("Hm."), Text("Yes."))


def test_deepseek_gets_its_own_reasoning_alone() -> None:
    own = whole(Reasoning("Mine."), CALL, maker=FLASH)
    foreign = whole(Reasoning("Hers.", SEALED), CALL)
    unknown = {key: value for key, value in own.items() if key != "reasoning_details"}
    assert sent(own, "deepseek", DEEPSEEK)["reasoning_content"] == "Mine."
    assert sent(foreign, "deepseek", DEEPSEEK)["reasoning_content"] == " "
    assert sent(unknown, "deepseek", DEEPSEEK)["reasoning_content"] == "Mine."
    for message in (own, foreign, unknown):
        assert "reasoning_details" not in sent(message, "deepseek", DEEPSEEK)


def test_openai_gets_none_of_it() -> None:
    message = whole(Reasoning("Hm.", SEALED), CALL)
    signed = {**CALL_ENTRY, "extra_content": {"google": {"thought_signature": "sig"}}}
    assert needs_repair({"messages": [message]})
    assert needs_repair({"messages": [{"role": "assistant", "content": None, "tool_calls": [signed]}]})
    assert not needs_repair(
        {"messages": [{"role": "assistant", "content": None, "tool_calls": [CALL_ENTRY]}]}
    )
    out = sent({**message, "tool_calls": [signed]}, "openai", OPENAI)
    assert out == {"role": "assistant", "content": None, "refusal": None, "tool_calls": [CALL_ENTRY]}


CALL_ENTRY: JsonObject = {"id": "c1", "type": "function", "function": {"name": "Read", "arguments": "{}"}}


# Gemini


def signed(signature: str) -> JsonObject:
    return {"extra_content": {"google": {"thought_signature": signature}}}


def thought(signature: str, call_id: str, maker: Maker | None = None) -> Reasoning:
    return Reasoning("", Opaque(GEMINI.format, "thought", signature, maker, call_id=call_id))


def test_a_signed_call_has_its_signature_before_it() -> None:
    first = calling(index=0, id="c1", type="function", name="Read", arguments="{}", **signed("s1"))
    second = calling(index=1, id="c2", type="function", name="Read", arguments="{}")
    events = decode(data(chunk(first), chunk(second), chunk(finish="tool_calls"), "[DONE]"))
    assert parts_of(events) == [thought("s1", "c1"), CALL, OTHER]
    message = {
        "role": "assistant",
        "content": None,
        "tool_calls": [{**CALL_ENTRY, **signed("s1")}, {**CALL_ENTRY, "id": "c2"}],
    }
    answer = OPENAI_CHAT.decode_answer({"choices": [{"message": message, "finish_reason": "stop"}]}, ())
    assert isinstance(answer, Answer)
    assert answer.parts == (thought("s1", "c1"), CALL, OTHER)


def test_a_signature_that_comes_late_is_not_lost() -> None:
    first = calling(index=0, id="c1", type="function", name="Read", arguments="{}")
    late = calling(index=0, **signed("s1"))
    events = decode(data(chunk(first), chunk(late), chunk(finish="tool_calls"), "[DONE]"))
    assert parts_of(events) == [CALL, thought("s1", "c1")]


def to_gemini(*parts: Part, name: str = "gemini-4-pro") -> list[str | None]:
    """The signatures of an assistant's calls, as Gemini gets them from a client of another format."""
    results = [ToolResult(part.id, (Text("ok"),)) for part in parts if isinstance(part, ToolCall)]
    body = {"model": "m", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    asked = OPENAI_CHAT.parse(body)
    said = (Message("assistant", parts), Message("user", tuple(results)))
    target = replace(model(name), provider="gemini")
    out = OPENAI_CHAT.render(replace(asked, messages=(*asked.messages, *said)), target, SIGNING)
    return [signature(entry) for entry in out["messages"][1]["tool_calls"]]


def signature(entry: JsonObject) -> str | None:
    found: JsonObject = entry.get("extra_content", {}).get("google", {})
    return found.get("thought_signature")


def test_a_call_goes_back_to_the_very_model_that_signed_it() -> None:
    own = thought("s1", "c1", GEMINI)
    assert to_gemini(own, CALL, OTHER) == ["s1", None]
    assert to_gemini(own, CALL, OTHER, name="gemini-4-flash") == [DUMMY, None]
    assert to_gemini(CALL, thought("s2", "c2", GEMINI), OTHER) == [DUMMY, "s2"]
    assert to_gemini(Reasoning("Hm.", replace(SEALED, maker=CLAUDE)), CALL) == [DUMMY]


@pytest.mark.parametrize("told", [whole, streamed])
def test_a_chat_client_brings_the_signature_back(told: Any) -> None:
    message = told(thought("s1", "c1"), CALL, OTHER, maker=GEMINI)
    entries = sent(message, "gemini", SIGNING, "gemini-4-pro")["tool_calls"]
    assert [signature(entry) for entry in entries] == ["s1", None]
    others = sent(message, "gemini", SIGNING, "gemini-4-flash")["tool_calls"]
    assert [signature(entry) for entry in others] == [DUMMY, None]
    # A client that keeps what it does not know sends a relayed signature back itself.
    kept = {"role": "assistant", "content": None, "tool_calls": [{**CALL_ENTRY, **signed("s3")}]}
    assert signature(sent(kept, "gemini", SIGNING)["tool_calls"][0]) == "s3"
    assert "extra_content" not in sent(kept)["tool_calls"][0]
