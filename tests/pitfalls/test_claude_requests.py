"""What goes wrong between a Messages client and everyone else, P1 to P7: what stands around the history.

Every test is named after a failure that others had; `removals` shows that each fails without its rule.
"""

import json
from typing import Any

import pytest

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.decision import Fidelity
from coderouter_cli.wire.failures import CLAUDE_CODE
from coderouter_cli.wire.prefix import prefixes
from coderouter_cli.wire.registry import format_of
from tests.pitfalls.kit import (
    CHAT,
    ELSEWHERE,
    FLASH,
    LUNA,
    MESSAGES,
    OPUS,
    RESPONSES,
    assistant,
    claude,
    codex,
    function,
    item,
    only,
    request,
    sent,
    text,
    told,
    tool,
    tool_result,
    tool_use,
    user,
)

EPHEMERAL = {"cache_control": {"type": "ephemeral"}}
OPUS_4_7 = "claude-opus-4-7"
"""Takes no system message inside the history."""


def billing(nonce: str) -> str:
    """Claude Code's first system block."""
    return f"x-anthropic-billing-header: cc_version=2.1.330.ab1; cc_entrypoint=cli; cch={nonce};"


def attributed(nonce: str, **mark: Any) -> JsonObject:
    """A request with it."""
    return claude(user("Hi"), system=[text(billing(nonce)), {**text("You are an agent."), **mark}])


@pytest.mark.parametrize("mark", [{}, EPHEMERAL], ids=["plain", "marked"])
@pytest.mark.parametrize(("model", "wanted"), ELSEWHERE)
def test_p01_the_billing_block_with_its_nonce_reaches_nobody_else(
    model: str, wanted: FormatName, mark: JsonObject
) -> None:
    one, other = (sent(attributed(n, **mark), MESSAGES, model, wanted=wanted).raw for n in ("0a1b2", "ff0"))
    assert one == other, "else no request finds the cache of the one before"
    assert b"billing" not in one
    assert b"You are an agent." in one
    bare = {**attributed(""), "system": billing("0a1b2")}
    assert b"billing" not in sent(bare, MESSAGES, model, wanted=wanted).raw


def test_p01_anthropic_gets_it_untouched_and_first() -> None:
    thought = {"type": "thinking", "thinking": "Hm.", "signature": "of-somebody-else"}
    history = [user("Hi"), assistant(thought, text("A")), user("Go")]
    for body in (attributed("0a1b2"), {**attributed("0a1b2"), "messages": history}):
        assert sent(body, MESSAGES, OPUS).json["system"][0] == text(billing("0a1b2"))
    assert sent({**attributed("0a1b2"), "messages": history}, MESSAGES, OPUS).fidelity is Fidelity.SANITISED


def test_p01_our_own_idea_of_what_is_cached_does_not_depend_on_it() -> None:
    one, other = (prefixes(request(attributed(n), MESSAGES).conversation) for n in ("0a1b2", "ff0"))
    assert one == other


PLAN = {"role": "system", "content": "Plan mode."}
IN_PLACE = claude(user("First"), PLAN, assistant("Ok"), user("Go"))
REMINDER = "<system-reminder>\nPlan mode.\n</system-reminder>"


def roles(messages: Any) -> list[str]:
    """Who speaks, in order; items that nobody says are left out."""
    return [message["role"] for message in messages if "role" in message]


def test_p02_a_system_message_keeps_its_place_and_its_role_where_there_is_one() -> None:
    assert roles(sent(IN_PLACE, MESSAGES, OPUS).json["messages"]) == ["user", "system", "assistant", "user"]
    for model, role in ((LUNA, "developer"), (FLASH, "system")):
        found = roles(sent(IN_PLACE, MESSAGES, model, wanted=RESPONSES).json["input"])
        assert found == ["user", role, "assistant", "user"]
    chat = sent(IN_PLACE, MESSAGES, FLASH, wanted=CHAT).json["messages"]
    assert roles(chat) == ["user", "system", "assistant", "user"]


@pytest.mark.parametrize("model", [FLASH, OPUS_4_7])
def test_p02_elsewhere_it_is_a_reminder_in_the_users_voice_where_it_stood(model: str) -> None:
    folded = sent(IN_PLACE, MESSAGES, model).json["messages"]
    assert roles(folded) == ["user", "assistant", "user"]
    assert folded[0]["content"][-1]["text"] == REMINDER
    opening = claude(user("First"), assistant("Ok"), PLAN, user("Go"))
    assert sent(opening, MESSAGES, model).json["messages"][2]["content"][0]["text"] == REMINDER


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (OPUS, ["user", "system", "assistant", "user"]),
        (OPUS_4_7, ["user", "assistant", "user"]),
        (FLASH, ["user", "assistant", "user"]),
    ],
)
def test_p02_a_developer_message_of_codex_keeps_its_place_as_well(model: str, expected: list[str]) -> None:
    items = (
        item("user", "First"),
        item("developer", "Plan mode."),
        item("assistant", "Ok"),
        item("user", "Go"),
    )
    written = sent(codex(*items), RESPONSES, model, wanted=MESSAGES).json["messages"]
    assert roles(written) == expected
    assert "Plan mode." in json.dumps(written[: expected.index("assistant")])
    assert (REMINDER in [block["text"] for block in written[0]["content"]]) is (len(expected) == 3)


@pytest.mark.parametrize(
    "words",
    [
        "messages[1]: role 'system' is not supported here",
        "messages.1: role 'system' must follow a user message",
        "messages[2].role: unknown variant `system`, expected `user` or `assistant`",
        'messages: Unexpected role "system". Use the top-level `system` parameter.',
        "messages.1.role: Input should be 'user' or 'assistant'",
    ],
)
def test_p03_a_refused_system_message_is_told_in_the_words_claude_code_knows(words: str) -> None:
    refused = json.dumps({"error": {"type": "invalid_request_error", "message": words}}).encode()
    failure = format_of(MESSAGES).decode_failure(400, {}, refused)
    status, body, _ = told(failure, MESSAGES, name=CLAUDE_CODE)
    assert (status, body["error"]["message"]) == (400, "capability_rejected: mid_conv_system")
    assert told(failure, MESSAGES)[1]["error"]["message"] == words


BETAS = {
    "anthropic-beta": "claude-code-20250219,context-management-2025-06-27,brand-new-2027-01-01",
    "anthropic-version": "2026-10-21",
}
EDITS = {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]}


def test_p04_betas_reach_anthropic_whole_and_nobody_else() -> None:
    native = sent(claude(user("Hi")), MESSAGES, OPUS, headers=BETAS).headers
    assert BETAS.items() <= native.items()
    for model, wanted in ELSEWHERE:
        headers = sent(claude(user("Hi")), MESSAGES, model, wanted=wanted, headers=BETAS).headers
        assert "anthropic-beta" not in headers, (model, wanted)


def test_p05_context_management_is_anthropics_alone() -> None:
    body = claude(user("Hi"), context_management=EDITS, thinking={"type": "adaptive"})
    assert sent(body, MESSAGES, OPUS).json["context_management"] == EDITS
    for model, wanted in ELSEWHERE:
        assert "context_management" not in sent(body, MESSAGES, model, wanted=wanted).json, (model, wanted)


def test_p05_edits_of_thinking_go_with_the_thinking() -> None:
    tools = {"type": "clear_tool_uses_20250919"}
    body = claude(user("Hi"), context_management=EDITS, thinking={"type": "adaptive"})
    unthinking = sent(body, MESSAGES, "claude-haiku-4-5").json
    assert "thinking" not in unthinking
    assert "context_management" not in unthinking, "an edit of thinking is refused without thinking"
    both = {**body, "context_management": {"edits": [*EDITS["edits"], tools]}}
    assert sent(both, MESSAGES, "claude-haiku-4-5").json["context_management"] == {"edits": [tools]}


EXTRAS: JsonObject = {
    "allowed_callers": ["direct"],
    "eager_input_streaming": True,
    "input_examples": [{"path": "a"}],
    "defer_loading": False,
}


@pytest.mark.parametrize(("model", "wanted"), ELSEWHERE)
def test_p06_extras_of_tools_are_anthropics_alone(model: str, wanted: FormatName) -> None:
    body = claude(user("Hi"), tools=[tool(**EXTRAS)])
    assert only(sent(body, MESSAGES, OPUS).json["tools"]).keys() >= EXTRAS.keys()
    raw = sent(body, MESSAGES, model, wanted=wanted).raw.decode()
    assert not [name for name in EXTRAS if name in raw]


def test_p06_what_openai_alone_knows_of_a_tool_stays_there() -> None:
    tools = [function(defer_loading=True, allowed_callers=["direct"])]
    body = codex(item("user", "Hi"), tools=tools)
    offered = only(sent(body, RESPONSES, FLASH).json["tools"])
    assert not offered.keys() & {"defer_loading", "allowed_callers"}


@pytest.mark.parametrize(("model", "wanted"), [one for one in ELSEWHERE if one != (LUNA, CHAT)])
def test_p06_a_deferred_tool_is_offered_elsewhere_once_it_is_loaded(model: str, wanted: FormatName) -> None:
    found = tool_result("toolu_1", [{"type": "tool_reference", "tool_name": "Loaded"}])
    body = claude(
        user("Hi"),
        assistant(tool_use("toolu_1", "ToolSearch")),
        user(found),
        tools=[
            tool("ToolSearch"),
            tool("Loaded", defer_loading=True),
            tool("Waiting", defer_loading=True),
        ],
    )
    offered = sent(body, MESSAGES, model, wanted=wanted).json["tools"]
    names = [one.get("name") or one["function"]["name"] for one in offered]
    assert names == ["ToolSearch", "Loaded"]


SEARCH = {"type": "web_search_20250305", "name": "web_search", "max_uses": 8}


@pytest.mark.parametrize(("model", "wanted"), ELSEWHERE)
def test_p07_a_search_that_anthropic_runs_makes_everyone_else_unfit(model: str, wanted: FormatName) -> None:
    body = claude(user("Search"), tools=[SEARCH])
    assert sent(body, MESSAGES, OPUS).losses == ()
    assert sent(body, MESSAGES, OPUS).json["tools"] == [SEARCH]
    lost = sent(body, MESSAGES, model, wanted=wanted)
    assert "server_tools" in lost.losses
    assert SEARCH not in lost.json.get("tools", [])


@pytest.mark.parametrize(("model", "wanted"), [(FLASH, RESPONSES), (FLASH, CHAT), (OPUS, MESSAGES)])
def test_p07_so_does_one_that_openai_runs(model: str, wanted: FormatName) -> None:
    body = codex(item("user", "Search"), tools=[{"type": "web_search"}, function()])
    assert sent(body, RESPONSES, LUNA).losses == ()
    lost = sent(body, RESPONSES, model, wanted=wanted)
    assert "server_tools" in lost.losses
    assert "web_search" not in lost.raw.decode()
