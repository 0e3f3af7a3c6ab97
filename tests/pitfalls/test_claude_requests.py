"""What goes wrong between a Messages client and everyone else, P1 to P19: the history and the tools.

Every test is named after a failure that others had; `removals` shows that each fails without its rule.
"""

import json
from typing import Any

import pytest

from coderouter_cli.domain.conversation import FormatName, ToolCall
from coderouter_cli.routing import eligibility
from coderouter_cli.wire.registry import format_of
from tests.pitfalls.kit import (
    CHAT,
    FLASH,
    LUNA,
    MESSAGES,
    NATIVE,
    OPUS,
    RESPONSES,
    answer,
    assistant,
    claude,
    request,
    sent,
    target,
    text,
    told,
    tool,
    tool_result,
    tool_use,
    user,
)
from tests.pitfalls.sessions import post

BILLING = "x-anthropic-billing-header: cc_version=2.1.330.ab1; cc_entrypoint=cli; cch=0a1b2;"
PNG = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgo="}}


@pytest.mark.parametrize(("model", "wanted"), [(FLASH, MESSAGES), (LUNA, RESPONSES), (FLASH, CHAT)])
def test_p01_the_billing_block_with_its_nonce_reaches_only_anthropic(model: str, wanted: FormatName) -> None:
    body = claude(user("Hi"), system=[text(BILLING), text("You are an agent.")])
    assert sent(body, MESSAGES, OPUS).json["system"][0] == text(BILLING), "Anthropic strips it by its place"
    elsewhere = sent(body, MESSAGES, model, wanted=wanted)
    assert b"billing" not in elsewhere.raw
    assert b"You are an agent." in elsewhere.raw


def test_p02_a_system_message_inside_the_history_keeps_its_place_and_its_role_where_there_is_one() -> None:
    body = claude(user("First"), {"role": "system", "content": "Plan mode."}, assistant("Ok"), user("Go"))
    native = sent(body, MESSAGES, OPUS).json["messages"]
    assert [message["role"] for message in native] == ["user", "system", "assistant", "user"]
    responses = [item["role"] for item in sent(body, MESSAGES, LUNA).json["input"]]
    assert responses == ["user", "developer", "assistant", "user"]
    folded = sent(body, MESSAGES, FLASH).json["messages"]
    assert [message["role"] for message in folded] == ["user", "assistant", "user"]
    assert "Plan mode." in json.dumps(folded[0]), "in the user's voice, behind what it stood behind"


def test_p03_a_refused_system_message_is_told_in_the_words_the_client_knows() -> None:
    refused = b'{"error":{"message":"messages[1]: role \'system\' is not supported here"}}'
    failure = format_of(MESSAGES).decode_failure(400, {}, refused)
    status, body, _ = told(failure, MESSAGES)
    said = body["error"]["message"]
    assert status == 400
    assert said == "capability_rejected:mid_conv_system" or ("role" in said and "not supported" in said)


def test_p04_betas_reach_anthropic_whole_and_nobody_else() -> None:
    headers = {
        "anthropic-beta": "claude-code-20250219,brand-new-2027-01-01",
        "anthropic-version": "2026-10-21",
    }
    body = claude(user("Hi"))
    native = sent(body, MESSAGES, OPUS, headers=headers).headers
    assert native["anthropic-beta"] == headers["anthropic-beta"]
    assert native["anthropic-version"] == "2026-10-21"
    assert "anthropic-beta" not in sent(body, MESSAGES, FLASH, headers=headers).headers


def test_p05_fields_of_betas_go_with_them_and_edits_of_thinking_with_the_thinking() -> None:
    edits = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}
    body = claude(user("Hi"), context_management=edits, thinking={"type": "adaptive"})
    assert "context_management" in sent(body, MESSAGES, OPUS).json
    assert "context_management" not in sent(body, MESSAGES, FLASH).json
    unthinking = sent({**body, "thinking": {"type": "adaptive"}}, MESSAGES, "claude-haiku-4-5").json
    assert "thinking" not in unthinking
    assert "context_management" not in unthinking, "an edit of thinking is refused without thinking"


def test_p06_extras_of_tools_reach_only_anthropic() -> None:
    extras: dict[str, Any] = {
        "eager_input_streaming": True,
        "input_examples": [{"path": "a"}],
        "type": "custom",
    }
    body = claude(user("Hi"), tools=[tool(**extras)])
    assert sent(body, MESSAGES, OPUS).json["tools"][0].keys() >= extras.keys()
    for model in (FLASH, LUNA):
        (offered,) = sent(body, MESSAGES, model).json["tools"]
        assert not offered.keys() & extras.keys() - {"type"}
        assert offered.get("type") in {None, "function"}


def test_p07_a_search_the_provider_must_run_itself_makes_others_ineligible() -> None:
    search = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}
    body = claude(user("Search"), tools=[search])
    assert "server_tools" not in sent(body, MESSAGES, OPUS).losses
    for model in (FLASH, LUNA):
        assert "server_tools" in sent(body, MESSAGES, model).losses


def test_p08_thinking_that_somebody_else_signed_never_reaches_anthropic() -> None:
    foreign = {"type": "thinking", "thinking": "Hm.", "signature": "0192f-uuid-of-deepseek"}
    native = {"type": "thinking", "thinking": "Hm.", "signature": NATIVE}
    body = claude(
        user("Hi"), assistant(foreign, text("A")), user("Go"), assistant(native, text("B")), user("Go")
    )
    blocks = [part for m in sent(body, MESSAGES, OPUS).json["messages"] for part in m["content"]]
    assert [part for part in blocks if isinstance(part, dict) and part["type"] == "thinking"] == [native]


def test_p09_the_whole_block_goes_not_only_its_signature() -> None:
    unsigned = {"type": "thinking", "thinking": "Hm.", "signature": ""}
    body = claude(user("Hi"), assistant(unsigned, text("A")), user("Go"))
    raw = sent(body, MESSAGES, OPUS).raw
    assert b'"thinking"' not in raw
    assert b'"A"' in raw


def test_p10_thinking_in_the_history_is_no_error_on_responses() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": NATIVE}
    body = claude(user("Hi"), assistant(thought, text("A")), user("Go"))
    items = sent(body, MESSAGES, LUNA).json["input"]
    assert [item["type"] for item in items] == ["message"] * 3
    assert NATIVE not in json.dumps(items)


async def test_p11_another_provider_is_sent_the_clients_own_words_not_the_last_rendering(
    daemon_home: object,
) -> None:
    seen = await post(
        daemon_home, claude(user("Fix it"), {"role": "system", "content": "Note."}), fails="first"
    )
    first, second = seen
    assert first.provider != second.provider
    fresh = {
        one.provider: one.json
        for one in await post(
            daemon_home, claude(user("Fix it"), {"role": "system", "content": "Note."}), only=second.provider
        )
    }
    assert second.json == fresh[second.provider], "as if there had been no attempt before"


def test_p12_deepseek_gets_reasoning_back_on_every_tool_turn() -> None:
    body = claude(
        user("Hi"),
        assistant(tool_use("toolu_1", path="a")),
        user(tool_result("toolu_1", "ok")),
        tools=[tool()],
    )
    (called,) = [m for m in sent(body, MESSAGES, FLASH, wanted=CHAT).json["messages"] if m.get("tool_calls")]
    assert called["reasoning_content"]
    (turn,) = [m for m in sent(body, MESSAGES, FLASH).json["messages"] if m["role"] == "assistant"]
    assert turn["content"][0]["type"] == "thinking"


def test_p13_deepseeks_responses_endpoint_gets_reasoning_text_back() -> None:
    body = claude(
        user("Hi"),
        assistant(tool_use("toolu_1", path="a"), tool_use("toolu_2", path="b")),
        user(tool_result("toolu_1", "ok"), tool_result("toolu_2", "ok")),
        tools=[tool()],
    )
    items = sent(body, MESSAGES, FLASH, wanted=RESPONSES).json["input"]
    kinds = [item["type"] for item in items]
    first = kinds.index("function_call")
    assert kinds[first - 1] == "reasoning"
    assert items[first - 1]["content"][0]["type"] == "reasoning_text"


def test_p14_deepseek_sees_no_tool_type() -> None:
    (offered,) = sent(claude(user("Hi"), tools=[tool(type="custom")]), MESSAGES, FLASH).json["tools"]
    assert "type" not in offered


def test_p15_an_image_inside_a_tool_result_is_an_image() -> None:
    body = claude(
        user("Look"), assistant(tool_use("toolu_1")), user(tool_result("toolu_1", [PNG])), tools=[tool()]
    )
    asked = request(body, MESSAGES)
    assert eligibility.needs_of(asked.conversation).images
    provider, _, endpoint = target(FLASH, MESSAGES)
    assert provider.name == "deepseek"
    assert "images" in format_of(MESSAGES).losses(asked.conversation, endpoint.dialect)


def test_p16_an_image_from_a_tool_arrives_as_an_image() -> None:
    calls = assistant(tool_use("toolu_1"), tool_use("toolu_2"))
    results = user(tool_result("toolu_1", [PNG]), tool_result("toolu_2", "text"))
    body = claude(user("Look"), calls, results, tools=[tool()])
    outputs = [i for i in sent(body, MESSAGES, LUNA).json["input"] if i["type"] == "function_call_output"]
    assert outputs[0]["output"][0]["type"] == "input_image"
    messages = sent(body, MESSAGES, FLASH, wanted=CHAT).json["messages"]
    assert [message["role"] for message in messages[-3:]] == ["tool", "tool", "user"], "behind ALL results"
    assert messages[-1]["content"][-1]["type"] == "image_url"
    assert "iVBOR" not in json.dumps(messages[-3:-1])


def test_p17_tool_ids_are_safe_in_both_directions_and_stay_different() -> None:
    body = {
        "id": "c1",
        "choices": [
            {
                "message": {
                    "role": "assistant",
                    "tool_calls": [
                        {"id": call, "type": "function", "function": {"name": "Read", "arguments": "{}"}}
                        for call in ("Bash:0", "Bash_0", "Bash/0", "")
                    ],
                },
                "finish_reason": "tool_calls",
            }
        ],
    }
    ids = [part.id for part in answer(body, CHAT).parts if isinstance(part, ToolCall)]
    assert all(one and one.replace("_", "").replace("-", "").isalnum() for one in ids)
    assert len(set(ids)) == 4
    poisoned = claude(
        user("Hi"), assistant(tool_use("Bash:0")), user(tool_result("Bash:0", "ok")), tools=[tool()]
    )
    repaired = sent(poisoned, MESSAGES, OPUS).json["messages"]
    assert repaired[1]["content"][0]["id"] == repaired[2]["content"][0]["tool_use_id"] == ids[0]


def test_p18_long_tool_names_are_cut_and_come_back_whole() -> None:
    name = "mcp__" + "a_very_long_server_name" * 4
    other = name + "_2"
    body = claude(user("Hi"), tools=[tool(name), tool(other)])
    offered = [t["name"] for t in sent(body, MESSAGES, LUNA).json["tools"]]
    assert all(len(one) <= 64 for one in offered)
    assert len(set(offered)) == 2
    call = {"type": "function_call", "call_id": "c1", "name": offered[0], "arguments": "{}"}
    tools = request(body, MESSAGES).conversation.tools
    (part,) = answer({"id": "r1", "status": "completed", "output": [call]}, RESPONSES, tools).parts
    assert getattr(part, "name", None) == name


def test_p19_a_pattern_that_others_cannot_read_is_dropped_and_the_rest_kept() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "pattern": r"^[^\p{Cc}]+$", "minLength": 1}},
    }
    body = claude(user("Hi"), tools=[{"name": "Artifact", "input_schema": schema}])
    for model in (LUNA, FLASH):
        raw = sent(body, MESSAGES, model).raw
        assert b"\\\\p{" not in raw
        assert b'"string"' in raw
    assert b"\\\\p{" in sent(body, MESSAGES, OPUS).raw
