"""Whole answers as streams, and streams as whole answers."""

import pytest

from coderouter_cli.domain.conversation import FormatName, Part, Reasoning, Refusal, Text, ToolCall, Unknown
from coderouter_cli.domain.events import (
    Answer,
    Event,
    Failed,
    PartDelta,
    PartEnded,
    PartStarted,
    Ping,
    Started,
    Stopped,
    StopReason,
    Unreadable,
    UsageSeen,
)
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.whole import UNREADABLE, answer_of, events_of
from tests.wire.grammar import check_grammar, parts_of

PARTS: tuple[Part, ...] = (
    Reasoning("Let me see."),
    Text("Looking."),
    Text(""),
    ToolCall("c1", "Bash", '{"command": "ls"}'),
    Unknown(FormatName.ANTHROPIC_MESSAGES, "server_tool_use", {"type": "server_tool_use", "id": "s1"}),
    Refusal("I will not."),
)
ANSWER = Answer(PARTS, StopReason.TOOL_USE, None, Usage(7, output=9), {"input_tokens": 7}, "m1", "served")
STOPPED = Stopped(StopReason.END_TURN)


@pytest.mark.parametrize(
    "answer", [ANSWER, Answer((), StopReason.END_TURN), Answer((Text("Hi"),), StopReason.REFUSAL, "No.")]
)
def test_a_whole_answer_is_the_same_after_it_was_a_stream(answer: Answer) -> None:
    events = events_of(answer)
    check_grammar(events)
    assert tuple(parts_of(events)) == answer.parts
    assert answer_of(events) == answer


def test_parts_that_grow_side_by_side_keep_the_order_of_their_beginnings() -> None:
    events: list[Event] = [
        Ping(),
        Started("m1"),
        PartStarted(4, Text("")),
        PartStarted(2, Text("")),
        PartDelta(2, "b"),
        PartEnded(2, Text("b")),
        PartDelta(4, "a"),
        PartEnded(4, Text("a")),
        UsageSeen(Usage(1), {}, final=False),
        UsageSeen(Usage(2), {"n": 2}, final=True),
        STOPPED,
    ]
    answer = answer_of(events)
    assert isinstance(answer, Answer)
    assert (answer.parts, answer.usage, answer.raw_usage) == ((Text("a"), Text("b")), Usage(2), {"n": 2})


@pytest.mark.parametrize(
    ("events", "kind"),
    [
        ([], FailureKind.TRUNCATED),
        ([Started(), Failed(Failure(FailureKind.OVERLOADED, "busy"))], FailureKind.OVERLOADED),
        ([Started(), Unreadable(), STOPPED], UNREADABLE.kind),
    ],
)
def test_what_is_no_whole_stream_is_a_failure(events: list[Event], kind: FailureKind) -> None:
    failure = answer_of(events)
    assert isinstance(failure, Failure)
    assert failure.kind is kind
