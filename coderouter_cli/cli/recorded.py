"""The ledger's rows as recorded sessions, to be replayed like those that clients write themselves."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from coderouter_cli.domain.exchange import Status
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.domain.transcript import Archive, Need, Step, Thread, Transcript, Turn
from coderouter_cli.storage.ledger.rows import Record

_COMMAND = "command"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the ledger holds. ``left_out`` counts rows that are no step of a conversation, or of unknown
    usage; ``requested`` is the model that most steps asked for, None without steps."""

    archive: Archive
    left_out: int
    requested: str | None


def from_ledger(records: Iterable[Record]) -> Recorded:
    """Sessions of conversations of turns. A turn begins where a request brought no tool results."""
    threads = defaultdict[tuple[str, str, str], list[Record]](list)
    asked = Counter[str]()
    left_out = 0
    for record in records:
        if _is_step(record):
            opening = record.opening
            threads[opening.client, opening.session or opening.id, opening.conversation or ""].append(record)
            asked[opening.requested_model] += 1
        else:
            left_out += 1
    sessions = defaultdict[tuple[str, str], list[Thread]](list)
    for (client, session, conversation), found in threads.items():
        sessions[client, session].append(Thread(_turns(found), conversation))
    transcripts = tuple(Transcript(client, session, tuple(of)) for (client, session), of in sessions.items())
    return Recorded(Archive(transcripts), left_out, max(asked, key=asked.__getitem__, default=None))


def _is_step(record: Record) -> bool:
    row = record.row
    answered = row.status in {Status.DONE, Status.CUT} and row.usage is not None
    return answered and row.kind is RequestKind.TURN and row.bypass != _COMMAND


def _turns(records: Iterable[Record]) -> tuple[Turn, ...]:
    turns: list[tuple[Need, list[Step]]] = []
    for record in records:
        row, case = record.row, record.opening.decision.get("case", {})
        fresh = not case.get("in_tool_loop", False)
        if row.usage is None:
            continue
        if fresh or not turns:
            turns.append((Need(row.phase, row.difficulty), []))
        turns[-1][1].append(Step(row.started_at, row.model, row.usage, fresh=fresh))
    return tuple(Turn(tuple(steps), need=need) for need, steps in turns)
