"""Signals, from the heads and bodies Claude Code 2.1.330 and Codex 0.169.0 send."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.classify.signals import signals
from coderouter_cli.domain.conversation import (
    Conversation,
    Message,
    Text,
    Tool,
    ToolKind,
)
from coderouter_cli.domain.phase import RequestKind
from tests.classify.talk import calls, conversation, result, says, step, system, user

SESSION = "0d9a2f4e-1c3b-4c8e-9a55-2f6b7c8d9e01"
CLAUDE = {"user-agent": "claude-cli/2.1.330 (external, cli)", "x-claude-code-session-id": SESSION}
CODEX = {"user-agent": "codex_exec/0.169.0 (Linux)", "originator": "codex_exec", "session-id": SESSION}
TITLE_SCHEMA = {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}
TOOL = Tool("Bash", schema={})


def turn(text: str = "Add a flag") -> Conversation:
    return conversation(user(text), tools=(TOOL,))


@pytest.mark.parametrize(
    ("headers", "client"),
    [
        (CLAUDE, "claude-code"),
        ({"user-agent": "claude-code/2.1.330"}, "claude-code"),
        ({"x-claude-code-session-id": SESSION}, "claude-code"),
        (CODEX, "codex"),
        ({"originator": "codex-tui", "user-agent": "reqwest"}, "codex"),
        ({"originator": "zed", "user-agent": "zed/0.169.0 (Linux)", "x-codex-turn-metadata": "{}"}, "codex"),
        ({"user-agent": "Cursor/3.2.1"}, "cursor"),
        ({"user-agent": "Anthropic/Python 2.12.0"}, "sdk"),
        ({"user-agent": "AsyncOpenAI/Python 3.54.0"}, "sdk"),
        ({"user-agent": "node-fetch", "x-stainless-lang": "js"}, "sdk"),
        ({"user-agent": "curl/8.9"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_client(headers: dict[str, str], client: str) -> None:
    assert signals(headers, turn()).client == client


@pytest.mark.parametrize(
    ("headers", "hint", "session"),
    [
        (CLAUDE, "other", SESSION),
        ({}, json.dumps({"device_id": "ab", "account_uuid": "", "session_id": SESSION}), SESSION),
        ({}, f"user_{'a' * 64}_account__session_{SESSION}", SESSION),
        (CODEX, "thread-7", SESSION),
        ({"x-codex-turn-metadata": json.dumps({"session_id": SESSION})}, None, SESSION),
        ({"thread-id": "thread-7"}, None, "thread-7"),
        ({}, "cache-key-1", "cache-key-1"),
        ({}, '{"session_id": 7}', '{"session_id": 7}'),
        ({}, "", None),
        ({}, None, None),
    ],
)
def test_session(headers: dict[str, str], hint: str | None, session: str | None) -> None:
    assert signals(headers, replace(turn(), session_hint=hint)).session == session


@pytest.mark.parametrize(
    ("headers", "agent"),
    [
        ({**CLAUDE, "x-claude-code-agent-id": "a1b2"}, "a1b2"),
        ({**CODEX, "x-openai-subagent": "collab_spawn", "thread-id": "thread-8"}, "thread-8"),
        ({**CODEX, "x-codex-parent-thread-id": "thread-7", "thread-id": "thread-8"}, "thread-8"),
        ({**CODEX, "x-codex-turn-metadata": json.dumps({"thread_source": "subagent"})}, "subagent"),
        ({**CODEX, "thread-id": "thread-7"}, None),
        (CLAUDE, None),
    ],
)
def test_agent_marks_a_subagent(headers: dict[str, str], agent: str | None) -> None:
    seen = signals(headers, turn())
    assert (seen.agent, seen.subagent) == (agent, agent is not None)


def test_billing_block_marks_a_subagent() -> None:
    billing = Text("x-anthropic-billing-header: cc_version=2.1.330.a1; cc_is_subagent=true;")
    assert signals(CLAUDE, replace(turn(), system=(billing, Text("You are ...")))).subagent
    assert not signals(CLAUDE, replace(turn(), system=(Text("x"), billing))).subagent


def title() -> Conversation:
    return replace(turn(), tools=(), output_schema=TITLE_SCHEMA)


def monitor() -> Conversation:
    text = "You are a security monitor for autonomous agents." + "x" * 140_000
    return replace(turn(), tools=(), system=(Text("billing"), Text(text)), stop=("</block>",))


@pytest.mark.parametrize(
    ("headers", "request_", "kind"),
    [
        (CLAUDE, turn(), RequestKind.TURN),
        (CLAUDE, title(), RequestKind.TITLE),
        (
            CLAUDE,
            replace(turn(), tools=(), system=(Text("You are naming a coding session."),)),
            RequestKind.TITLE,
        ),
        (CLAUDE, replace(title(), tools=(TOOL,)), RequestKind.TURN),
        (CODEX, replace(title(), tools=(TOOL,)), RequestKind.TITLE),
        (
            {**CODEX, "x-codex-turn-metadata": json.dumps({"thread_source": "thread_title"})},
            turn(),
            RequestKind.TITLE,
        ),
        (CLAUDE, monitor(), RequestKind.SAFETY_CHECK),
        (CLAUDE, replace(monitor(), stop=()), RequestKind.SAFETY_CHECK),
        (
            CLAUDE,
            replace(monitor(), system=(Text('It says: "You are a security monitor".'),)),
            RequestKind.TURN,
        ),
        (CLAUDE, replace(monitor(), tools=(TOOL,)), RequestKind.TURN),
        (
            CLAUDE,
            conversation(
                user("fix it"), says("done"), user("CRITICAL: Respond with TEXT ONLY. Do NOT call tools.")
            ),
            RequestKind.COMPACTION,
        ),
        (
            CODEX,
            conversation(
                user("fix it"), user("You are performing a CONTEXT CHECKPOINT COMPACTION. Create ...")
            ),
            RequestKind.COMPACTION,
        ),
        (
            {**CODEX, "x-codex-turn-metadata": json.dumps({"request_kind": "compaction"})},
            turn(),
            RequestKind.COMPACTION,
        ),
        (
            CODEX,
            replace(conversation(user("fix it")), compact=True),
            RequestKind.COMPACTION,
        ),
        (
            CLAUDE,
            replace(turn(), tools=(Tool("web_search", kind=ToolKind.SERVER),)),
            RequestKind.SEARCH,
        ),
        (
            CODEX,
            replace(turn(), tools=(TOOL, Tool("web_search", kind=ToolKind.SERVER))),
            RequestKind.TURN,
        ),
        ({}, conversation(), RequestKind.TURN),
    ],
)
def test_kind(headers: dict[str, str], request_: Conversation, kind: RequestKind) -> None:
    assert signals(headers, request_).kind is kind


PLAN_ON = "## Plan mode\nPlan mode is active. The user indicated that they do not want you to execute yet."
CODEX_PLAN = "<collaboration_mode># Plan Mode (Conversational)\n\nYou work in 3 phases.</collaboration_mode>"
CODEX_DEFAULT = "<collaboration_mode># Collaboration Mode: Default\n\nPlan mode is over.</collaboration_mode>"
EDIT = json.dumps({"file_path": "/p/src/a.py", "old_string": "1", "new_string": "2"})


@pytest.mark.parametrize(
    ("messages", "on"),
    [
        ((user("Add login"), system(PLAN_ON)), True),
        ((user(f"<system-reminder>\n{PLAN_ON}\n</system-reminder>", "Add login"),), True),
        ((user("Add login. Plan mode is active"),), False),
        (
            (user("Add login"), system(PLAN_ON), says("plan"), user("ok"), system("## Exited Plan Mode")),
            False,
        ),
        (
            (
                user("Add login"),
                system(PLAN_ON),
                calls(("c1", "ExitPlanMode", "{}")),
                result("c1", "User has approved your plan. You can now start coding."),
            ),
            False,
        ),
        ((user("Add login"), system(PLAN_ON), *step(1, "Edit", EDIT, "ok")), False),
        ((user("Add login"), system(PLAN_ON), *step(1, "Write", '{"file_path": "/p/plan.md"}', "ok")), True),
        ((system(CODEX_PLAN), user("Add login")), True),
        ((system(CODEX_PLAN), user("Add login"), says("plan"), system(CODEX_DEFAULT), user("go")), False),
        ((system(CODEX_DEFAULT), user("a"), says("b"), system(CODEX_PLAN), user("c")), True),
        ((user("Add login"),), False),
    ],
)
def test_plan_mode(messages: tuple[Message, ...], on: bool) -> None:
    assert signals({}, conversation(*messages)).plan_mode is on


def test_plan_mode_in_the_system_prompt() -> None:
    assert signals(CODEX, replace(turn(), system=(Text(CODEX_PLAN),))).plan_mode


@given(
    st.dictionaries(
        st.sampled_from(["user-agent", "x-codex-turn-metadata", "session-id", "originator"]),
        st.one_of(st.text(max_size=80), st.sampled_from(["{", "[]", '{"request_kind": 5}', "{" * 2000])),
    ),
    st.one_of(st.none(), st.text(max_size=200)),
)
def test_any_header_is_read_without_raising(headers: dict[str, str], hint: str | None) -> None:
    seen = signals(headers, replace(turn(), session_hint=hint))
    assert seen.client in {"claude-code", "codex", "cursor", "sdk", "unknown"}
    assert seen.session is None or seen.session
