import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.demo.prompts import unmarked
from coderouter_cli.domain.conversation import (
    FormatName,
    JsonObject,
    Maker,
    Opaque,
    Part,
    Reasoning,
    Text,
    ToolCall,
)
from coderouter_cli.domain.events import Answer, StopReason
from coderouter_cli.domain.model import Endpoint
from coderouter_cli.wire.envelope import (
    MAX_ENVELOPE,
    Place,
    is_envelope,
    is_for,
    opened,
    split,
    unwrap,
    wrap,
)
from coderouter_cli.wire.format import ReplyContext
from coderouter_cli.wire.natives import is_anthropic, is_openai
from coderouter_cli.wire.registry import format_of

OPENAI = Maker("openai", FormatName.OPENAI_RESPONSES, "gpt-6.1-sol")
KINDS = ("signature", "redacted", "encrypted", "thought", "open")

texts = st.text()  # lone surrogates included: JSON has them
makers = st.builds(Maker, st.text(min_size=1, max_size=12), st.sampled_from(FormatName), st.text(max_size=12))
opaques = st.builds(
    Opaque,
    st.sampled_from(FormatName),
    st.sampled_from(KINDS),
    texts,
    call_id=st.none() | st.text(min_size=1),
    cuts=st.lists(st.integers(0, 9), max_size=3).map(tuple),
)
places = st.builds(Place, st.integers(0, 10**9), st.integers(0, 99))
thoughts = st.builds(Reasoning, texts, opaques)


def sealed(part: Reasoning, maker: Maker = OPENAI, place: Place | None = None) -> str:
    made = wrap(part, maker, place=place)
    assert made is not None
    return made


@given(thoughts, makers, st.none() | places)
def test_what_was_sealed_comes_out(part: Reasoning, maker: Maker, place: Place | None) -> None:
    envelope = sealed(part, maker, place)
    found = unwrap(envelope)
    assert envelope.isascii()
    assert is_envelope(envelope)
    assert found is not None
    assert part.opaque is not None
    kept = part.opaque
    assert (found.opaque.origin, found.opaque.kind, found.opaque.data) == (kept.origin, kept.kind, kept.data)
    assert (found.opaque.call_id, found.opaque.cuts) == (kept.call_id, kept.cuts)
    assert found.opaque.maker == Maker(maker.provider, kept.origin, maker.model)
    assert found.fits(part.text)
    assert found.place == place
    assert found.text == (None if place is None else part.text)


@given(thoughts, st.data())
def test_any_change_is_noticed(part: Reasoning, data: st.DataObject) -> None:
    envelope = sealed(part)
    at = data.draw(st.integers(0, len(envelope) - 1))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != envelope[at]))
    assert unwrap(envelope[:at] + other + envelope[at + 1 :]) is None
    assert unwrap(envelope[:at]) is None
    assert unwrap(envelope + other) is None


@given(st.none() | st.integers() | st.text() | st.text().map("cr1.".__add__))
def test_anything_else_is_none(value: object) -> None:
    assert unwrap(value) is None


@given(thoughts, makers)
def test_is_never_taken_for_a_vendors_own_nor_the_reverse(part: Reasoning, maker: Maker) -> None:
    envelope = sealed(part, maker)
    assert not is_anthropic(envelope)
    assert not is_openai(envelope)
    for native in ("A" * 80, "gAAAAABo" + "x" * 80, "cr1" + "A" * 80):
        assert unwrap(native) is None
        assert not is_envelope(native)


def test_an_unknown_version_is_ours_but_unread() -> None:
    later = sealed(Reasoning("t")).replace("cr1.", "cr2.", 1)
    assert is_envelope(later)
    assert unwrap(later) is None


def test_says_who_made_it_in_the_open() -> None:
    assert sealed(Reasoning("t")).startswith("cr1.openai/openai_responses.")
    assert sealed(Reasoning("t"), Maker("my.own/box", FormatName.OPENAI_CHAT, "m")).startswith(
        "cr1.my.own%2Fbox/openai_chat."
    )


def test_reasoning_in_the_open_is_sealed_with_its_makers_name_alone() -> None:
    found = unwrap(wrap(Reasoning("Let me see."), OPENAI))
    assert found is not None
    assert found.opaque == Opaque(FormatName.OPENAI_RESPONSES, "open", "", OPENAI)


def test_nothing_to_carry_gives_no_envelope() -> None:
    assert wrap(Reasoning(""), OPENAI) is None


@pytest.mark.parametrize("size", [MAX_ENVELOPE * 3 // 4, MAX_ENVELOPE + 1])
def test_what_is_too_large_is_not_carried(size: int) -> None:
    assert wrap(Reasoning("", Opaque(OPENAI.format, "encrypted", "x" * size)), OPENAI) is None


def test_what_is_too_long_is_not_read() -> None:
    assert unwrap("cr1.openai/openai_responses.0." + "A" * MAX_ENVELOPE) is None


def test_a_text_that_was_changed_leaves_the_carrier_closed() -> None:
    carrier = Opaque(
        FormatName.ANTHROPIC_MESSAGES,
        "signature",
        sealed(Reasoning("as shown", Opaque(OPENAI.format, "encrypted", "gAAAAABo"))),
    )
    assert opened(Reasoning("as shown", carrier)) == Reasoning(
        "as shown", Opaque(OPENAI.format, "encrypted", "gAAAAABo", OPENAI)
    )
    assert opened(Reasoning("edited", carrier)) == Reasoning("edited", carrier)
    assert opened(Reasoning("bare")) == Reasoning("bare")


def test_is_for_its_own_maker_and_format_only() -> None:
    own = Opaque(OPENAI.format, "encrypted", "gAAAAABo", OPENAI)
    assert is_for(own, "openai", FormatName.OPENAI_RESPONSES)
    assert not is_for(own, "openai", FormatName.OPENAI_CHAT)
    assert not is_for(own, "azure", FormatName.OPENAI_RESPONSES)
    assert not is_for(Opaque(OPENAI.format, "encrypted", "gAAAAABo"), "openai", OPENAI.format)
    assert not is_for(Opaque(OPENAI.format, "open", "", OPENAI), "openai", OPENAI.format)
    assert not is_for(None, "openai", OPENAI.format)


@given(st.lists(st.text(max_size=5), min_size=1, max_size=4))
def test_a_joined_text_is_split_where_it_was_joined(parts: list[str]) -> None:
    assert split("\n\n".join(parts), tuple(map(len, parts)), "\n\n") == parts


def test_cuts_that_do_not_fit_split_nothing() -> None:
    assert split("abc", (1, 1), "\n\n") == ["abc"]
    assert split("abc", (), "\n\n") == ["abc"]
    assert split("", (), "\n\n") == []


# Sessions in which several providers thought, as every client brings them to every provider.

CATALOG = load_catalog(prices=False)
BLOB = "A1" * 40
FERNET = "gAAAAABo" + "x" * 40
MAKERS = {
    Maker("anthropic", FormatName.ANTHROPIC_MESSAGES, "claude-opus-5-5"): ("signature", "redacted"),
    Maker("openai", FormatName.OPENAI_RESPONSES, "gpt-6.1-sol"): ("encrypted",),
    Maker("deepseek", FormatName.OPENAI_CHAT, "deepseek-flash"): ("open",),
    Maker("xai", FormatName.OPENAI_RESPONSES, "grok"): ("encrypted",),
    Maker("gemini", FormatName.OPENAI_CHAT, "gemini"): ("thought",),
}
TARGETS = [
    (provider.name, endpoint) for provider in CATALOG.providers.values() for endpoint in provider.endpoints
]


def carrier(maker: Maker, kind: Any, step: int) -> str:
    """A carrier in its maker's shape, not like that of any other step."""
    if kind in {"open", "thought"}:
        return "" if kind == "open" else f"sig{step}="
    return {"anthropic": f"{BLOB}{step:04}", "openai": f"{FERNET}{step:04}"}.get(
        maker.provider, f"x{step:04}"
    )


@st.composite
def answers(draw: st.DrawFn, step: int) -> tuple[Maker, Answer]:
    """What one provider answered: thoughts, text and calls, in any order in which they can come."""
    maker = draw(st.sampled_from(list(MAKERS)))
    calls = [ToolCall(f"call_{step}_{i}", "run", "{}") for i in range(draw(st.integers(0, 2)))]
    parts: list[Part] = []
    for index in range(draw(st.integers(0, 2))):
        kind: Any = draw(st.sampled_from(MAKERS[maker]))
        if kind == "thought":
            break
        data = carrier(maker, kind, step * 10 + index)
        text = "" if kind == "redacted" else draw(st.sampled_from(["", f"Thought {step}."]))
        parts.append(Reasoning(text, None if kind == "open" else Opaque(maker.format, kind, data)))
        parts += [Text(f"Said {step}.{index}")] if draw(st.booleans()) else []
    if calls and MAKERS[maker] == ("thought",):
        signature = Opaque(maker.format, "thought", carrier(maker, "thought", step), call_id=calls[0].id)
        parts.append(Reasoning("", signature))
    return maker, Answer((*parts, Text(f"So {step}."), *calls), StopReason.TOOL_USE)


def told(name: FormatName, maker: Maker, answer: Answer) -> list[JsonObject]:
    """The answer as it stands in the history of a client of this format, with the results of its calls."""
    context = ReplyContext("wished", f"r{id(answer)}", 1, maker=maker)
    body = format_of(name).encode_answer(answer, context)
    calls = [part.id for part in answer.parts if isinstance(part, ToolCall)]
    if name is FormatName.ANTHROPIC_MESSAGES:
        results: list[JsonObject] = [
            {"type": "tool_result", "tool_use_id": i, "content": "ok"} for i in calls
        ]
        asked = {"role": "user", "content": [*results, {"type": "text", "text": "Go on."}]}
        return [{"role": "assistant", "content": body["content"]}, asked]
    if name is FormatName.OPENAI_RESPONSES:
        outputs = [{"type": "function_call_output", "call_id": i, "output": "ok"} for i in calls]
        return [*body["output"], *outputs, {"role": "user", "content": "Go on."}]
    results = [{"role": "tool", "tool_call_id": i, "content": "ok"} for i in calls]
    return [body["choices"][0]["message"], *results, {"role": "user", "content": "Go on."}]


def brought(name: FormatName, history: list[JsonObject], provider: str, endpoint: Endpoint) -> JsonObject:
    """The client's request with this history, as this provider gets it."""
    key = "input" if name is FormatName.OPENAI_RESPONSES else "messages"
    body: JsonObject = {"model": "wished", key: [{"role": "user", "content": "Hi"}, *history], "store": False}
    body["tools"] = [TOOLS[name]]
    body |= {"max_tokens": 1000} if name is FormatName.ANTHROPIC_MESSAGES else {}
    model = replace(MODEL, provider=provider, id="gemini" if provider == "gemini" else "m")
    wire = format_of(endpoint.format)
    if endpoint.format is name:
        return wire.sanitise(body, model, endpoint.dialect)
    return wire.render(format_of(name).parse(body), model, endpoint.dialect)


MODEL = next(iter(CATALOG.models.values()))
RUN: JsonObject = {"name": "run", "description": "Runs.", "parameters": {"type": "object", "properties": {}}}
TOOLS: dict[FormatName, JsonObject] = {
    FormatName.ANTHROPIC_MESSAGES: {"name": "run", "input_schema": RUN["parameters"]},
    FormatName.OPENAI_RESPONSES: {"type": "function", **RUN},
    FormatName.OPENAI_CHAT: {"type": "function", "function": RUN},
}


@pytest.mark.parametrize("client", FormatName)
@settings(max_examples=25, deadline=None)
@given(st.data())
def test_every_carrier_goes_to_its_maker_alone_and_a_history_only_grows(
    client: FormatName, data: st.DataObject
) -> None:
    said = [data.draw(answers(step)) for step in range(data.draw(st.integers(1, 6)))]
    steps = [told(client, maker, answer) for maker, answer in said]
    for provider, endpoint in TARGETS:
        before: list[Any] = []
        for count in range(len(steps) + 1):
            history = [message for step in steps[:count] for message in step]
            written = brought(client, history, provider, endpoint)
            grown = unmarked(written.get("messages") or written.get("input"))
            assert grown[: len(before)] == before, (provider, endpoint.format)
            before = grown
        text = json.dumps(before)
        assert "cr1." not in text
        for maker, answer in said:
            own = (maker.provider, maker.format) == (provider, endpoint.format)
            for part in (part for part in answer.parts if isinstance(part, Reasoning)):
                if part.opaque is not None:
                    assert (part.opaque.data in text) is own, (provider, endpoint.format)
                if part.text and maker.provider != provider:
                    assert part.text not in text
