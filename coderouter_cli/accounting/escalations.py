"""Whether moving up helps: conversations that did, beside those that were held out.

Only a turn that somebody went on from has an ending; a conversation that was left after it counts apart.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from coderouter_cli.domain.conversation import JsonObject

_ENDED_WELL = frozenset({"tests_pass", "recovered"})


@dataclass(frozen=True, slots=True)
class EscalationRow:
    """One receipt: the exchange that moved up, or would have (``held_out``), from which model to
    which, what showed that it flailed, and how its turn ended (None: nobody went on from it)."""

    exchange: str
    from_model: str
    to_model: str
    sign: str
    held_out: bool
    outcome: str | None


@dataclass(frozen=True, slots=True)
class Arm:
    """One side of the comparison: how many, how many of them ended, and how many ended well."""

    count: int = 0
    ended: int = 0
    ended_well: int = 0

    @property
    def share_well(self) -> float | None:
        """The share that ended well, of those that ended; None where none did."""
        return self.ended_well / self.ended if self.ended else None


@dataclass(frozen=True, slots=True)
class EscalationSummary:
    """Conversations that moved up, and those that were held out."""

    moved: Arm
    held_out: Arm


def summarise_escalations(rows: Iterable[EscalationRow]) -> EscalationSummary:
    """Count the receipts."""
    known = tuple(rows)
    return EscalationSummary(
        _arm(row for row in known if not row.held_out), _arm(row for row in known if row.held_out)
    )


def escalations_json(summary: EscalationSummary) -> JsonObject:
    """The summary as JSON; ``share_well`` is 0 to 1, null where nothing has ended."""
    return {"moved": _arm_json(summary.moved), "held_out": _arm_json(summary.held_out)}


def _arm(rows: Iterable[EscalationRow]) -> Arm:
    outcomes = [row.outcome for row in rows]
    ended = [outcome for outcome in outcomes if outcome is not None]
    return Arm(len(outcomes), len(ended), sum(outcome in _ENDED_WELL for outcome in ended))


def _arm_json(arm: Arm) -> JsonObject:
    share = None if arm.share_well is None else round(arm.share_well, 4)
    return {"count": arm.count, "ended": arm.ended, "ended_well": arm.ended_well, "share_well": share}
