"""Requests without the thinking of earlier turns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    JsonObject,
    Message,
    Reasoning,
    Text,
)
from coderouter_cli.wire.forget import body_without_thinking, without_thinking

MESSAGES, RESPONSES, CHAT = (
    FormatName.ANTHROPIC_MESSAGES,
    FormatName.OPENAI_RESPONSES,
    FormatName.OPENAI_CHAT,
)
THOUGHT = {"type": "thinking", "thinking": "Hm.", "signature": "s"}
SEALED = {"type": "redacted_thinking", "data": "d"}
SAID = {"type": "text", "text": "Done."}


def test_a_conversation_keeps_everything_else() -> None:
    asked, done = Message("user", (Text("Go"),)), Message("assistant", (Text("Done."),))
    thought = Message("assistant", (Reasoning("Hm."), Text("Done.")))
    only = Message("assistant", (Reasoning("Hm."),))
    conversation = Conversation(MESSAGES, "m", (asked, thought, only, asked))
    assert without_thinking(conversation).messages == (asked, done, asked)


@pytest.mark.parametrize(
    ("format_name", "body", "left"),
    [
        (
            MESSAGES,
            {"messages": [{"role": "assistant", "content": [THOUGHT, SEALED, SAID]}], "model": "m"},
            {"messages": [{"role": "assistant", "content": [SAID]}], "model": "m"},
        ),
        (MESSAGES, {"messages": [{"role": "assistant", "content": [THOUGHT]}]}, {"messages": []}),
        (
            MESSAGES,
            {"messages": [{"role": "user", "content": "Go"}, "odd"]},
            {"messages": [{"role": "user", "content": "Go"}, "odd"]},
        ),
        (
            RESPONSES,
            {"input": [{"type": "reasoning", "encrypted_content": "e"}, {"role": "user", "content": "Go"}]},
            {"input": [{"role": "user", "content": "Go"}]},
        ),
        (RESPONSES, {"input": "Go"}, {"input": "Go"}),
        (
            CHAT,
            {"messages": [{"role": "assistant", "reasoning_content": "Hm.", "content": "Done."}, None]},
            {"messages": [{"role": "assistant", "content": "Done."}, None]},
        ),
    ],
)
def test_a_body_keeps_everything_else(format_name: FormatName, body: JsonObject, left: JsonObject) -> None:
    before = repr(body)
    assert body_without_thinking(body, format_name) == left
    assert repr(body) == before


JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=3) | st.sampled_from(["thinking", "reasoning"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["type", "content", "messages", "input", "reasoning", "role"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)


@given(st.sampled_from(FormatName), st.dictionaries(st.sampled_from(["messages", "input"]), JSON, max_size=2))
def test_any_body_is_taken_and_what_is_forgotten_stays_so(format_name: FormatName, body: JsonObject) -> None:
    once = body_without_thinking(body, format_name)
    assert body_without_thinking(once, format_name) == once
