import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.exchange import Status
from coderouter_cli.domain.money import Picodollars
from coderouter_cli.errors import LedgerError
from coderouter_cli.storage.ledger.schema import connect_writer, migrate
from coderouter_cli.storage.ledger.write import (
    Outcome,
    Write,
    apply,
    closing_write,
    opening_write,
    parse_line,
    progress_write,
)
from coderouter_cli.system.files import make_private
from tests.storage.ledger.samples import closing, opening, progress

WRITES = [opening_write(opening()), progress_write(progress()), closing_write(closing())]


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "ledger.sqlite3"
    make_private(path)
    connection = connect_writer(path)
    migrate(connection, path)
    yield connection
    connection.close()


def dump(connection: sqlite3.Connection) -> list[str]:
    return list(connection.iterdump())


def test_each_write_is_applied_once(connection: sqlite3.Connection) -> None:
    assert [apply(connection, write) for write in WRITES] == [Outcome.DONE] * 3
    before = dump(connection)

    assert [apply(connection, write) for write in WRITES] == [Outcome.SETTLED] * 3
    assert dump(connection) == before


def test_what_has_no_row_changes_nothing(connection: sqlite3.Connection) -> None:
    before = dump(connection)

    assert [apply(connection, write) for write in WRITES[1:]] == [Outcome.NO_ROW] * 2
    assert dump(connection) == before


def test_a_closed_row_takes_neither_progress_nor_a_second_closing(connection: sqlite3.Connection) -> None:
    apply(connection, WRITES[0])
    apply(connection, closing_write(closing(status=Status.CUT)))

    assert apply(connection, progress_write(progress())) is Outcome.SETTLED
    assert apply(connection, closing_write(closing())) is Outcome.SETTLED
    assert connection.execute("SELECT status, model FROM exchanges").fetchall() == [
        ("cut", "deepseek-v4-pro")
    ]


@pytest.mark.parametrize("write", WRITES, ids=lambda write: write.kind)
def test_a_line_is_the_write(write: Write) -> None:
    assert parse_line(write.line().encode()) == write
    assert "\n" not in write.line()


@given(st.sampled_from(WRITES), st.data())
def test_a_torn_line_is_no_write(write: Write, data: st.DataObject) -> None:
    line = write.line().encode()
    cut = data.draw(st.integers(0, len(line) - 1))

    assert parse_line(line[:cut]) is None


@given(st.binary(max_size=60))
def test_anything_else_is_no_write(line: bytes) -> None:
    assert parse_line(line) is None


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "delete"},
        {"id": 7},
        {"columns": {}},
        {"columns": []},
        {"columns": {**WRITES[0].columns, "prompt": "x"}},
        {"columns": {**WRITES[0].columns, "estimate": [1]}},
        {"columns": {**WRITES[0].columns, "estimate": 2**63}},
        {"attempts": 1},
        {"attempts": [{}]},
    ],
)
def test_a_line_that_somebody_edited_is_no_write(change: dict[str, object]) -> None:
    line = {**json.loads(WRITES[0].line()), **change}

    assert parse_line(json.dumps(line).encode()) is None


def test_a_number_no_column_can_hold_is_refused_before_it_reaches_a_batch() -> None:
    with pytest.raises(LedgerError, match="64 bits"):
        closing_write(replace(closing(), cost=Picodollars(2**63)))
    with pytest.raises(LedgerError, match="64 bits"):
        opening_write(replace(opening(), estimate=2**63))


def test_a_row_cannot_be_closed_as_open() -> None:
    with pytest.raises(LedgerError, match="open"):
        closing_write(closing(status=Status.OPEN))


@pytest.mark.parametrize("name", ["\ud800half", "x" * 10_000, "nul\x00", "名前"])
def test_whatever_a_client_calls_its_model_is_kept_short_and_valid(
    connection: sqlite3.Connection, name: str
) -> None:
    assert apply(connection, opening_write(replace(opening(), requested_model=name))) is Outcome.DONE

    (kept,) = connection.execute("SELECT requested_model FROM exchanges").fetchone()
    assert kept == name[:256].encode("utf-8", "replace").decode()


def test_a_decision_is_kept_whole(connection: sqlite3.Connection) -> None:
    decision = {"reasons": [{"code": "x", "detail": "y" * 5_000}], "name": "\ud800"}
    apply(connection, opening_write(replace(opening(), decision=decision)))

    (kept,) = connection.execute("SELECT decision FROM exchanges").fetchone()
    assert json.loads(kept) == decision
