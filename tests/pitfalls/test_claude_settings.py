"""What goes wrong between a Messages client and everyone else, P20 to P30: schemas, settings, names."""

import json

import pytest

from coderouter_cli.domain.conversation import JsonObject
from tests.pitfalls.kit import (
    CHAT,
    FLASH,
    LUNA,
    MESSAGES,
    OPUS,
    RESPONSES,
    answer,
    assistant,
    catalog,
    claude,
    request,
    sent,
    target,
    text,
    tool,
    user,
)


def schema_sent(schema: JsonObject, model: str) -> dict[str, object]:
    """A tool's schema as it leaves for a model."""
    body = claude(user("Hi"), tools=[{"name": "t", "input_schema": schema}])
    (offered,) = sent(body, MESSAGES, model).json["tools"]
    found: dict[str, object] = offered.get("parameters") or offered.get("input_schema")
    return found


def test_p20_formats_outside_the_allow_list_and_null_types_are_dropped() -> None:
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "string", "format": "uri", "description": "A link."},
            "b": {"type": "string", "format": "date-time"},
            "c": {"type": None, "description": "Anything."},
        },
    }
    properties = schema_sent(schema, LUNA)["properties"]
    assert properties == {
        "a": {"type": "string", "description": "A link."},
        "b": {"type": "string", "format": "date-time"},
        "c": {"description": "Anything."},
    }
    assert schema_sent(schema, OPUS) == schema


def test_p21_tools_of_a_messages_client_are_not_strict_on_responses() -> None:
    body = claude(user("Hi"), tools=[tool()])
    (offered,) = sent(body, MESSAGES, LUNA).json["tools"]
    assert offered["strict"] is False, "left out means on, which rewrites `required`"


def test_p22_stop_sequences_are_a_loss_where_they_cannot_go_and_the_matched_one_is_told() -> None:
    body = claude(user("Hi"), stop_sequences=["</block>"])
    assert "stop_sequences" in sent(body, MESSAGES, LUNA).losses, "Responses has no field for them"
    through_chat = sent(body, MESSAGES, FLASH, wanted=CHAT)
    assert (through_chat.json["stop"], through_chat.losses) == (["</block>"], ())
    finished = {
        "message": {"role": "assistant", "content": "x"},
        "finish_reason": "stop",
        "matched_stop": "</block>",
    }
    read = answer({"id": "c1", "choices": [{**finished, "stop_reason": "</block>"}]}, CHAT)
    assert (read.stop.value, read.detail) == ("stop_sequence", "</block>")


def test_p23_more_output_than_the_model_has_is_clamped_and_never_raised() -> None:
    _, haiku, _ = target("claude-haiku-4-5", MESSAGES)
    asked = claude(user("Hi"), max_tokens=500_000)
    assert sent(asked, MESSAGES, "claude-haiku-4-5").json["max_tokens"] == haiku.max_output
    assert sent(asked, MESSAGES, LUNA).json["max_output_tokens"] == target(LUNA, RESPONSES)[1].max_output
    assert sent(claude(user("Hi"), max_tokens=50), MESSAGES, FLASH).json["max_tokens"] == 50


def test_p24_tools_never_go_to_openais_chat_endpoint() -> None:
    body = claude(user("Hi"), tools=[tool()])
    assert "tools" in sent(body, MESSAGES, LUNA, wanted=CHAT).losses
    assert sent(body, MESSAGES, LUNA, wanted=RESPONSES).losses == ()


def test_p25_sampling_settings_do_not_reach_models_that_refuse_them() -> None:
    body = {**claude(user("Hi"), temperature=0.2, top_p=0.9), "model": "claude-haiku-4-5"}
    assert sent(body, MESSAGES, "claude-haiku-4-5").json["temperature"] == 0.2
    assert not sent(body, MESSAGES, OPUS).json.keys() & {"temperature", "top_p", "top_k"}


def test_p26_a_request_for_haiku_4_5_fits_haiku_5_5() -> None:
    body = {
        **claude(user("Hi"), assistant("The answer is"), temperature=0.2, top_k=5),
        "model": "claude-haiku-4-5",
        "thinking": {"type": "enabled", "budget_tokens": 2_000},
    }
    changed = sent(body, MESSAGES, "claude-haiku-5-5").json
    assert not changed.keys() & {"temperature", "top_k"}
    assert "budget_tokens" not in changed["thinking"]
    assert changed["messages"][-1]["role"] == "user", "the newer model continues no text of its own"


def test_p27_the_prompt_cache_key_is_stable_within_a_session_and_tells_nobody_who_it_is() -> None:
    def key(session: str, ask: str) -> str:
        who = json.dumps({"device_id": "d" * 64, "account_uuid": "", "session_id": session})
        body = claude(user(ask), metadata={"user_id": who})
        found = sent(body, MESSAGES, LUNA).json["prompt_cache_key"]
        assert isinstance(found, str)
        return found

    assert key("session-1", "Hi") == key("session-1", "Something else") != key("session-2", "Hi")
    assert "session-1" not in key("session-1", "Hi")
    assert "dddd" not in key("session-1", "Hi")


def test_p28_a_growing_history_keeps_its_beginning_byte_for_byte() -> None:
    turns = [
        user("Hi"),
        assistant({"type": "thinking", "thinking": "One.", "signature": "x"}, text("A")),
        user("Go"),
    ]
    more = [
        *turns,
        assistant({"type": "thinking", "thinking": "Two.", "signature": "y"}, text("B")),
        user("On"),
    ]
    for model, wanted, key in (
        (LUNA, RESPONSES, "input"),
        (FLASH, CHAT, "messages"),
        (FLASH, MESSAGES, "messages"),
    ):
        shorter = json.dumps(sent(claude(*turns), MESSAGES, model, wanted=wanted).json[key])
        longer = json.dumps(sent(claude(*more), MESSAGES, model, wanted=wanted).json[key])
        assert longer.startswith(shorter.removesuffix("]"))


def test_p29_cache_marks_become_breakpoints_where_the_model_knows_them() -> None:
    marked = {**text("Long."), "cache_control": {"type": "ephemeral"}}
    body = claude(user(marked, text("Hi")), system=[marked])
    written = sent(body, MESSAGES, LUNA).json
    assert "prompt_cache_breakpoint" in json.dumps(written)
    assert "cache_control" not in json.dumps(written)
    assert "prompt_cache_breakpoint" not in sent(body, MESSAGES, "gpt-5.5").raw.decode(), "from gpt-5.6 on"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("claude-opus-4.7", "claude-opus-4-7"),
        ("anthropic/claude-haiku-4.5", "claude-haiku-4-5"),
        ("claude-haiku-5.5-20261001", "claude-haiku-5-5"),
    ],
)
def test_p30_a_dotted_name_is_the_same_model(name: str, known: str) -> None:
    found = catalog().resolve(name)
    assert found is not None
    assert found.id == known
    assert request({**claude(user("Hi")), "model": name}, MESSAGES).conversation.model == name
