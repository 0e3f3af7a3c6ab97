"""Signatures: ours open, all others do not."""

from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.demo.seals import encrypt, is_encrypted, opened, prefix_digest, sign
from coderouter_cli.domain.conversation import JsonObject


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


def test_a_deferred_tool_that_was_found_changes_no_prefix() -> None:
    plain = body("Hi", "Yes", "More")
    found = {**plain, "tools": [{"name": "search", "defer_loading": True}]}
    loaded = {**plain, "tools": [{"name": "search"}]}
    assert prefix_digest(found) == prefix_digest(plain) != prefix_digest(loaded)
