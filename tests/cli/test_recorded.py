from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from coderouter_cli.cli.recorded import Recorded, from_ledger
from coderouter_cli.domain.exchange import Opening, Status
from coderouter_cli.domain.phase import Difficulty, Phase, RequestKind
from coderouter_cli.domain.transcript import Need
from coderouter_cli.storage.ledger.reader import LedgerReader
from coderouter_cli.storage.ledger.writer import LedgerWriter
from tests.storage.ledger.samples import START, closing, home, opening, unanswered


def recorded(tmp_path: Path, *openings: Opening) -> Recorded:
    paths = home(tmp_path)
    writer = LedgerWriter(paths)
    writer.start()
    for number, one in enumerate(openings, 1):
        writer.open(one)
        writer.close(unanswered(number) if one.client == "sdk" else closing(number))
    writer.shutdown(5.0)
    return from_ledger(LedgerReader(paths).records())


def asked(number: int, *, loop: bool = False) -> Opening:
    return replace(opening(number), decision={"case": {"in_tool_loop": loop}})


def test_rows_are_steps_of_turns_of_conversations(tmp_path: Path) -> None:
    other = replace(asked(3), conversation="beef")
    found = recorded(tmp_path, asked(1), asked(2, loop=True), other, asked(4))
    (session,) = found.archive.transcripts
    assert (session.client, session.session) == ("codex", "5e55")
    assert [[len(turn.steps) for turn in thread.turns] for thread in session.threads] == [[2, 1], [1]]
    turn = session.threads[0].turns[0]
    assert turn.need == Need(Phase.DEBUG, Difficulty.HARD)
    assert [step.fresh for step in turn.steps] == [True, False]
    assert turn.steps[0].at - START == timedelta(seconds=1, milliseconds=7)
    assert (found.requested, found.left_out) == ("gpt-6.1-sol", 0)


def test_what_is_no_step_is_left_out_and_counted(tmp_path: Path) -> None:
    title = replace(asked(1), kind=RequestKind.TITLE)
    command = replace(asked(2), bypass="command")
    failed = replace(asked(3), client="sdk")
    found = recorded(tmp_path, title, command, failed)
    assert (found.archive.transcripts, found.left_out, found.requested) == ((), 3, None)
    assert unanswered(3).status is Status.FAILED


def test_an_empty_ledger_holds_nothing(tmp_path: Path) -> None:
    assert from_ledger(LedgerReader(home(tmp_path)).records()) == Recorded(from_ledger([]).archive, 0, None)
