"""Which conversation a request belongs to."""

from dataclasses import replace

import pytest

from coderouter_cli.daemon.whose import conversation_key
from coderouter_cli.domain.conversation import Conversation, Message, Text, Tool
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.domain.session import Signals
from coderouter_cli.wire.prefix import prefixes
from tests.routing.field import TALK

SESSION = Signals("claude-code", "session", None, RequestKind.TURN)
NAMELESS = replace(SESSION, client="unknown", session=None)


def says(*texts: str, role: str = "user") -> Message:
    return Message(role, tuple(map(Text, texts)))  # type: ignore[arg-type] # the roles are literals


def key(origin: Signals, conversation: Conversation) -> str:
    return conversation_key(origin, conversation, prefixes(conversation))


def asks(*messages: Message) -> Conversation:
    return replace(TALK, messages=messages, tools=(Tool("Read"),), system=(Text("You code."),))


REMINDER = "<system-reminder>CLAUDE.md says so</system-reminder>"
FIRST = asks(says(REMINDER, "Fix the parser"))


@pytest.mark.parametrize("origin", [SESSION, NAMELESS], ids=["session", "no session"])
def test_it_stays_the_same_while_the_history_grows(origin: Signals) -> None:
    longer = asks(*FIRST.messages, says("Done.", role="assistant"), says("Now test it"))
    assert key(origin, longer) == key(origin, FIRST)
    assert key(origin, asks(says(REMINDER, "Write docs"))) != key(origin, FIRST)


def test_in_a_session_tools_and_reminders_may_change() -> None:
    """An MCP server connects, CLAUDE.md is edited: the conversation is the same."""
    grown = replace(FIRST, tools=(Tool("Read"), Tool("mcp__x")), system=(Text("It is Tuesday."),))
    edited = asks(says("<system-reminder>It says more</system-reminder>", "Fix the parser"))
    assert key(SESSION, grown) == key(SESSION, FIRST) == key(SESSION, edited)
    assert key(NAMELESS, grown) != key(NAMELESS, FIRST)


def test_without_a_session_what_a_client_says_by_itself_is_not_enough() -> None:
    start = says("<environment_context>cwd: src</environment_context>")
    one, other = asks(start, says("Fix the parser")), asks(start, says("Write docs"))
    assert key(NAMELESS, one) != key(NAMELESS, other)
    assert key(NAMELESS, asks(*one.messages, says("Ok.", role="assistant"))) == key(NAMELESS, one)


def test_sessions_and_subagents_stand_apart() -> None:
    others = [
        replace(SESSION, session="another"),
        replace(SESSION, agent="a1", subagent=True),
        replace(SESSION, subagent=True),
    ]
    assert len({key(origin, FIRST) for origin in (SESSION, *others)}) == 4


def test_a_title_is_no_part_of_the_conversation_and_a_summary_is() -> None:
    assert key(replace(SESSION, kind=RequestKind.TITLE), FIRST) != key(SESSION, FIRST)
    assert key(replace(SESSION, kind=RequestKind.COMPACTION), FIRST) == key(SESSION, FIRST)


def test_an_empty_conversation_has_a_key_too() -> None:
    assert key(NAMELESS, asks()) != key(SESSION, asks())


def test_nothing_of_the_words_is_in_it() -> None:
    assert len(key(SESSION, FIRST)) == 24
    assert set(key(SESSION, FIRST)) <= set("0123456789abcdef")
