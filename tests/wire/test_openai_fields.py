"""Fields that the OpenAI formats share."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Message, Text
from coderouter_cli.wire.openai_fields import (
    cache_key,
    routing_fields,
    sampling_fields,
    system_text,
    tool_fields,
)
from tests.wire.formats.openai_chat.kit import COMPATIBLE, OPENAI, model

ASKED = Conversation(FormatName.OPENAI_CHAT, "m", ())


def test_the_system_prompt_has_no_attribution() -> None:
    blocks = (
        Text("x-anthropic-billing-header: cc_version=1;"),
        Text("Be brief."),
        Text(""),
        Text("Be kind."),
    )
    assert system_text(blocks) == "Be brief.\n\nBe kind."
    assert system_text(()) == ""


def test_how_to_call_tools_needs_tools() -> None:
    serial = replace(ASKED, parallel_tool_calls=False)
    tool: JsonObject = {"type": "function", "name": "f"}
    assert tool_fields(serial, [], "auto") == {}
    assert tool_fields(ASKED, [tool], None) == {"tools": [tool]}
    assert tool_fields(serial, [tool], "required") == {
        "tools": [tool],
        "tool_choice": "required",
        "parallel_tool_calls": False,
    }


def test_sampling_is_for_models_that_take_it() -> None:
    asked = replace(ASKED, temperature=0.0)
    assert sampling_fields(asked, model()) == {"temperature": 0.0}
    assert sampling_fields(replace(asked, top_p=0.5), model()) == {"temperature": 0.0, "top_p": 0.5}
    assert sampling_fields(asked, model(sampling=False)) == {}


def test_tier_and_session() -> None:
    asked = replace(ASKED, service_tier="flex", session_hint="s")
    assert routing_fields(asked, OPENAI) == {"service_tier": "flex", "prompt_cache_key": cache_key("s")}
    assert routing_fields(asked, COMPATIBLE) == routing_fields(asked, OPENAI)
    assert routing_fields(ASKED, COMPATIBLE) == {}


def test_without_a_session_the_beginning_of_the_conversation_names_it() -> None:
    def key(*texts: str, system: str = "Be brief.") -> object:
        said = tuple(Message("assistant" if i % 2 else "user", (Text(text),)) for i, text in enumerate(texts))
        return routing_fields(replace(ASKED, messages=said, system=(Text(system),)), OPENAI)

    assert key("a") == key("a", "b") == key("a", "b", "c")
    assert key("a") != key("b")
    assert key("a") != key("a", system="Be kind.")
    assert "a" * 99 not in str(key("a" * 99))


@given(st.text(), st.text())
def test_a_cache_key_says_nothing_about_the_session(one: str, other: str) -> None:
    assert len(cache_key(one)) == 32
    assert (cache_key(one) == cache_key(other)) is (one == other)
