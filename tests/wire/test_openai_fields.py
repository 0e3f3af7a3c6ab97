"""Fields that the OpenAI formats share."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import Conversation, FormatName, JsonObject, Text
from coderouter_cli.wire.openai_fields import (
    cache_key,
    routing_fields,
    sampling_fields,
    system_text,
    tool_fields,
)
from tests.wire.formats.openai_chat.kit import model

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


@pytest.mark.parametrize(
    ("format_name", "tier"), [(FormatName.OPENAI_CHAT, "flex"), (FormatName.ANTHROPIC_MESSAGES, None)]
)
def test_a_tier_of_anthropics_is_another_thing(format_name: FormatName, tier: str | None) -> None:
    asked = replace(ASKED, format=format_name, service_tier="flex", session_hint="s")
    fields = routing_fields(asked)
    assert fields.get("service_tier") == tier
    assert fields["prompt_cache_key"] == cache_key("s")
    assert routing_fields(ASKED) == {}


@given(st.text(), st.text())
def test_a_cache_key_says_nothing_about_the_session(one: str, other: str) -> None:
    assert len(cache_key(one)) == 32
    assert (cache_key(one) == cache_key(other)) is (one == other)
