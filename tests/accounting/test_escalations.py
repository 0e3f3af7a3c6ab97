"""Whether moving up helps."""

from coderouter_cli.accounting.escalations import (
    Arm,
    EscalationRow,
    EscalationSummary,
    escalations_json,
    summarise_escalations,
)
from coderouter_cli.routing.escalation import ENDED_WELL, Outcome


def row(outcome: str | None, *, held_out: bool = False) -> EscalationRow:
    return EscalationRow("01ID", "haiku", "opus", "failures", held_out, outcome)


def test_both_sides_are_counted() -> None:
    rows = [row("tests_pass"), row("recovered"), row("complained"), row(None)]
    held = [row("still_failing", held_out=True), row("recovered", held_out=True)]
    summary = summarise_escalations([*rows, *held])
    assert summary == EscalationSummary(Arm(4, 3, 2), Arm(2, 2, 1))
    assert escalations_json(summary) == {
        "moved": {"count": 4, "ended": 3, "ended_well": 2, "share_well": 0.6667},
        "held_out": {"count": 2, "ended": 2, "ended_well": 1, "share_well": 0.5},
    }


def test_nothing_is_no_share() -> None:
    assert summarise_escalations([]) == EscalationSummary(Arm(), Arm())
    assert summarise_escalations([row(None)]).moved.share_well is None


def test_what_counts_as_a_good_end_is_what_routing_says() -> None:
    for outcome in Outcome:
        assert summarise_escalations([row(outcome.value)]).moved.ended_well == (outcome in ENDED_WELL)
