from typing import get_args

import pytest

from coderouter_cli.domain.conversation import Text
from coderouter_cli.domain.events import (
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
    is_meaningful,
)
from coderouter_cli.domain.failure import Failure, FailureKind
from coderouter_cli.domain.usage import Usage

COMMITTING = (PartDelta(0, "a"), PartEnded(0, Text("a")), Stopped(StopReason.END_TURN))
HARMLESS = (
    Started("id", "model"),
    PartStarted(0, Text("")),
    UsageSeen(Usage(), {}, final=False),
    Ping(),
    Unreadable(),
    Failed(Failure(FailureKind.OVERLOADED, "busy")),
)


def test_every_kind_of_event_is_judged_here() -> None:
    assert {type(event) for event in COMMITTING + HARMLESS} == set(get_args(Event))


@pytest.mark.parametrize("event", COMMITTING, ids=lambda event: type(event).__name__)
def test_content_and_a_finished_answer_commit(event: Event) -> None:
    assert is_meaningful(event)


@pytest.mark.parametrize("event", HARMLESS, ids=lambda event: type(event).__name__)
def test_everything_else_leaves_another_model_free_to_answer(event: Event) -> None:
    assert not is_meaningful(event)
