"""Signatures: ours open, all others do not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.demo.claude import Claude
from coderouter_cli.demo.seals import (
    encrypt,
    is_encrypted,
    last_thought,
    opened,
    prefix_digest,
    sign,
    thinking_problems,
)
from coderouter_cli.domain.conversation import JsonObject

OPUS = Claude("claude-opus-5-5", "opus", (5, 5))


def body(*texts: str, system: str = "Be brief.") -> JsonObject:
    roles = ("user", "assistant")
    messages = [{"role": roles[i % 2], "content": text} for i, text in enumerate(texts)]
    return {"system": system, "tools": [], "messages": messages}


@given(st.text())
def test_a_signature_opens(text: str) -> None:
    seal = opened(sign("claude-opus-5-5", "prefix", text))
    assert seal is not None
    assert (seal.model, seal.prefix) == ("claude-opus-5-5", "prefix")


@given(st.one_of(st.text(), st.none(), st.integers()))
def test_nothing_else_does(value: object) -> None:
    assert opened(value) is None
    assert not is_encrypted(value)


@given(st.text(), st.integers(0, 60), st.characters(min_codepoint=65, max_codepoint=90))
def test_an_altered_signature_does_not_open(text: str, position: int, letter: str) -> None:
    signature = sign("claude-opus-5-5", "prefix", text)
    altered = signature[:position] + letter + signature[position + 1 :]
    assert altered == signature or opened(altered) is None


def test_sealed_reasoning_is_recognised() -> None:
    assert is_encrypted(encrypt("gpt-6.1-sol", "Hm."))
    assert not is_encrypted(sign("gpt-6.1-sol", "", "Hm."))


def test_the_prefix_is_what_the_model_sees() -> None:
    plain = prefix_digest(body("Hi", "Yes", "More"))
    assert prefix_digest(body("Hi", "Yes", "Less")) != plain
    assert prefix_digest(body("Hi", "Yes", "More", system="Be long.")) != plain
    marked = body("Hi", "Yes")
    marked["messages"].append(
        {
            "role": "user",
            "content": [{"type": "text", "text": "More", "cache_control": {"type": "ephemeral"}}],
        }
    )
    assert prefix_digest(marked) == plain


def history(*kept: int) -> JsonObject:
    """A request after three turns with thinking, each signed as the request before it was; the thinking of
    the turns named is in it."""
    messages: list[JsonObject] = []
    for turn in range(3):
        messages.append({"role": "user", "content": f"Ask {turn}"})
        asked = {"messages": messages}
        signature = sign(OPUS.name, prefix_digest(asked), "Hm.", last_thought(asked))
        thought = {"type": "thinking", "thinking": "Hm.", "signature": signature}
        messages.append({"role": "assistant", "content": [thought, {"type": "text", "text": "Yes."}]})
    messages.append({"role": "user", "content": "More"})
    for turn in range(3):
        if turn not in kept:
            del messages[2 * turn + 1]["content"][0]
    return {"messages": messages}


@pytest.mark.parametrize(
    ("kept", "allowed"),
    [
        ((), True),
        ((0, 1, 2), True),
        ((1, 2), True),
        ((2,), True),
        ((0, 1), True),
        ((0,), True),
        ((0, 2), False),
    ],
)
def test_thinking_may_be_left_out_but_not_from_between(kept: tuple[int, ...], allowed: bool) -> None:
    problems = [problem.message for problem in thinking_problems(history(*kept), OPUS)]
    assert (not problems) is allowed
    assert all("is missing from this request" in problem for problem in problems)


def test_thinking_that_is_put_back_spoils_what_came_after_it() -> None:
    body = history(0)
    after = sign(OPUS.name, prefix_digest(history()), "Hm.")
    last = {"type": "thinking", "thinking": "Hm.", "signature": after}
    body["messages"] += [{"role": "assistant", "content": [last]}, {"role": "user", "content": "Go on."}]
    assert [problem.status for problem in thinking_problems(body, OPUS)] == [400]
    del body["messages"][1]["content"][0]
    assert not list(thinking_problems(body, OPUS))


def test_thinking_is_no_part_of_a_prefix() -> None:
    assert prefix_digest(history()) == prefix_digest(history(0, 1, 2))


def test_a_deferred_tool_that_was_found_changes_no_prefix() -> None:
    plain = body("Hi", "Yes", "More")
    found = {**plain, "tools": [{"name": "search", "defer_loading": True}]}
    loaded = {**plain, "tools": [{"name": "search"}]}
    assert prefix_digest(found) == prefix_digest(plain) != prefix_digest(loaded)
