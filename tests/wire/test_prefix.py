import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    Image,
    Message,
    Opaque,
    Part,
    Reasoning,
    Text,
    Tool,
    ToolCall,
    ToolResult,
    Unknown,
)
from coderouter_cli.wire.estimate import estimate_prompt
from coderouter_cli.wire.prefix import prefixes

TOOL = Tool("Read", "Reads a file", {"type": "object", "properties": {}})
SIGNED = Opaque(FormatName.ANTHROPIC_MESSAGES, "signature", "s")
BASE = Conversation(
    format=FormatName.ANTHROPIC_MESSAGES,
    model="claude-opus-5-5",
    system=(Text("x-anthropic-billing-header: cch=1;"), Text("You code.", cache="5m")),
    tools=(TOOL,),
    messages=(
        Message("user", (Text("Hello"), Text("there", cache="1h"))),
        Message("assistant", (Reasoning("hm"), ToolCall("t1", "Read", "{}"))),
        Message("user", (ToolResult("t1", (Text("x"), Image("image/png", "AAAA"))),)),
    ),
)


def digests(conversation: Conversation) -> list[bytes]:
    return [prefix.digest for prefix in prefixes(conversation)]


def test_there_is_one_after_the_head_and_one_after_each_message() -> None:
    found = prefixes(BASE)
    assert len(found) == 4
    assert {len(prefix.digest) for prefix in found} == {16}
    assert len(set(digests(BASE))) == 4
    assert [p.tokens for p in found] == sorted(p.tokens for p in found)
    assert found[-1].tokens == estimate_prompt(BASE)


def test_a_history_that_grows_keeps_its_prefixes() -> None:
    grown = replace(BASE, messages=(*BASE.messages, Message("assistant", (Text("Done."),))))
    assert digests(grown)[:4] == digests(BASE)


def test_what_is_to_be_kept_for_long_is_everything_up_to_the_last_mark() -> None:
    def long(*marks: str | None) -> list[bool]:
        system, *rest = (Text("x", cache="1h" if mark == "1h" else "5m") for mark in marks)
        talk = replace(BASE, system=(system,), messages=tuple(Message("user", (text,)) for text in rest))
        return [prefix.long for prefix in prefixes(talk)]

    assert long("5m", "5m", "5m") == [False, False, False]
    assert long("1h", "5m", "5m") == [True, False, False]
    assert long("5m", "1h", "5m") == [True, True, False]
    assert long("1h", "5m", "1h") == [True, True, True]


def test_what_is_not_content_changes_nothing() -> None:
    other = replace(
        BASE,
        format=FormatName.OPENAI_RESPONSES,
        model="gpt-6.1-sol",
        stream=True,
        effort="high",
        system=(Text("x-anthropic-billing-header: cch=2;"), Text("You code.")),
        tools=(replace(TOOL, origin=FormatName.ANTHROPIC_MESSAGES),),
        messages=(Message("user", (Text("Hello", cache="5m"), Text("there"))), *BASE.messages[1:]),
    )
    assert prefixes(other) == prefixes(BASE)
    assert digests(replace(BASE, system=BASE.system[1:])) == digests(BASE)


def changed(message: int, *parts: Part) -> Conversation:
    messages = list(BASE.messages)
    messages[message] = replace(messages[message], parts=parts)
    return replace(BASE, messages=tuple(messages))


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (replace(BASE, tools=()), 0),
        (replace(BASE, tools=(replace(TOOL, schema={"properties": {}, "type": "object"}),)), 0),
        (replace(BASE, system=(Text("You cod"), Text("e."))), 0),
        (changed(0, Text("Hellot"), Text("here")), 1),
        (changed(0, Text("Hellothere")), 1),
        (changed(1, Reasoning("hm", SIGNED), ToolCall("t1", "Read", "{}")), 2),
        (changed(1, Reasoning("hm"), ToolCall("t1", "Read", '{"a": 1}')), 2),
        (changed(1, Text("hm"), ToolCall("t1", "Read", "{}")), 2),
        (changed(2, ToolResult("t1", (Text("x"), Image("image/png", "AAAB")))), 3),
        (changed(2, ToolResult("t1", (Text("x"), Image("image/png", "AAAA")), is_error=True)), 3),
        (changed(2, Unknown(FormatName.ANTHROPIC_MESSAGES, "x", {"type": "x"})), 3),
    ],
)
def test_a_change_in_the_content_changes_every_digest_from_there_on(other: Conversation, same: int) -> None:
    pairs = list(zip(digests(BASE), digests(other), strict=True))
    assert [a == b for a, b in pairs] == [index < same for index in range(4)]


@given(st.lists(st.text(), max_size=3), st.lists(st.text(), max_size=3))
def test_two_histories_share_a_digest_only_when_they_are_the_same(
    first: list[str], second: list[str]
) -> None:
    def last(texts: list[str]) -> bytes:
        messages = (Message("user", tuple(Text(text) for text in texts)),)
        return digests(replace(BASE, messages=messages))[-1]

    assert (last(first) == last(second)) == (first == second)


def test_half_a_surrogate_pair_is_hashed() -> None:
    assert len(digests(changed(0, Text("\ud83d")))) == 4


def test_a_long_history_is_fast() -> None:
    code = 'def f(x: int) -> int:\n    return "a" + x["b"]\n' * 25
    history = tuple(Message("user", (ToolResult(f"t{n}", (Text(code),)),)) for n in range(100))
    conversation = replace(BASE, messages=history)

    def once() -> float:
        started = time.perf_counter()
        prefixes(conversation)
        return time.perf_counter() - started

    assert min(once() for _ in range(10)) < 0.1
