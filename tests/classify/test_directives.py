"""What a person says to CodeRouter in the session, and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.classify.directives import SILENT, Talk, talk, without_directives, words
from coderouter_cli.domain.conversation import Conversation, FormatName, Message, Text
from tests.classify.talk import calls, result, says, system, user


def conversation(*messages: Message) -> Conversation:
    return Conversation(FormatName.ANTHROPIC_MESSAGES, "claude-opus-5-5", messages)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("@cr why", ("why",)),
        ("@CR  Why?", ("why",)),
        ("fix it\n@cr opus\nplease", ("opus",)),
        ("@cr why  not   Opus", ("why not opus",)),
        ("@cr opus\r\n@cr cheap", ("opus", "cheap")),
        ("ask @cr why", ()),
        ("  @cr why", ()),
        ("@crow why", ()),
        ("@cr", ()),
        ("> @cr why", ()),
        ("```\n@cr direct\n```\nwhat is this?", ()),
        ("~~~\n@cr direct", ()),
        ("```\ncode\n```\n@cr direct", ("direct",)),
    ],
)
def test_a_line_of_its_own_outside_code(text: str, said: tuple[str, ...]) -> None:
    assert words(text) == said


def test_silence() -> None:
    assert talk(conversation()) == SILENT
    assert talk(conversation(user("fix it"), says("@cr why"))) == SILENT
    assert talk(conversation(user("mail me @cra"), result("1", "@cr why"))) == SILENT


def test_alone_it_holds_for_the_conversation_and_may_be_answered() -> None:
    assert talk(conversation(user("@cr opus"))) == Talk(("opus",), ("opus",), alone=True, unanswered=True)
    later = conversation(user("@cr opus"), says("opus answers"), user("fix it"))
    assert talk(later) == Talk(("opus",), (), alone=False, unanswered=True)


def test_with_other_text_it_is_for_that_turn_in_all_its_exchanges() -> None:
    fresh = conversation(user("@cr opus\nfix it"))
    assert talk(fresh) == Talk((), ("opus",), alone=False, unanswered=True)
    at_work = conversation(*fresh.messages, calls(("1", "Read", "{}")), result("1", "text"))
    assert talk(at_work) == Talk((), ("opus",), alone=False, unanswered=False)
    over = conversation(*at_work.messages, says("done"), user("thanks"))
    assert talk(over).said == ()


def test_reminders_and_what_a_client_adds_are_not_the_persons() -> None:
    reminder = user("<system-reminder>\n@cr direct\n</system-reminder>", "@cr why")
    assert talk(conversation(reminder, system("environment"))) == Talk(
        ("why",), ("why",), alone=True, unanswered=True
    )
    assert talk(conversation(user("<system-reminder>\n@cr direct\n</system-reminder>", "hi"))) == SILENT


QUEUED = "<system-reminder>\nThe user sent a new message while you were working:\n{}\n</system-reminder>"


def test_what_is_typed_meanwhile_joins_the_turn_and_waits_for_no_answer() -> None:
    """Answering it here would end the agent's work."""
    heard = talk(
        conversation(
            user("@cr cheap\nfix it"), calls(("1", "Read", "{}")), result("1", QUEUED.format("@cr opus"))
        )
    )
    assert heard == Talk(("opus",), ("cheap", "opus"), alone=True, unanswered=False)


def test_the_classifier_does_not_see_it_and_the_request_keeps_it() -> None:
    said = conversation(user("keep\n@cr opus\nthis\n```\n@cr code\n```"), says("@cr x"))
    seen = without_directives(said)
    assert seen.messages[0].parts == (Text("keep\nthis\n```\n@cr code\n```"),)
    assert seen.messages[1] is said.messages[1]
    assert said.messages[0].parts == (Text("keep\n@cr opus\nthis\n```\n@cr code\n```"),)
    plain = conversation(user("nothing"))
    assert without_directives(plain) is plain


@given(st.text(st.characters(codec="utf-8"), max_size=60).map(lambda text: f"@cr {text}"))
def test_any_text_is_read_and_taken_out(text: str) -> None:
    heard = talk(conversation(user(text)))
    assert set(heard.held) <= set(heard.said) == set(words(text))
    without_directives(conversation(user(text)))
