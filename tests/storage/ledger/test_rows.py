import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coderouter_cli.domain.exchange import Attempt, Baselines, Closing, Opening, Status
from coderouter_cli.domain.usage import Usage
from coderouter_cli.storage.ledger.rows import Record, from_ms, record_from, row_from, to_ms
from coderouter_cli.storage.ledger.schema import connect_writer, migrate
from coderouter_cli.storage.ledger.write import Outcome, apply, closing_write, opening_write, progress_write
from coderouter_cli.system.files import make_private
from tests.storage.ledger.samples import closing, opening, progress, unanswered

sizes = st.integers(0, 2**63 - 1)
amounts = st.none() | st.integers(-(2**63) + 1, 2**63 - 1)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
moments = st.integers(0, 7 * 10**12).map(
    lambda ms: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
json_objects = st.dictionaries(texts, json_values, max_size=4)
baselines = st.builds(Baselines, amounts, amounts, amounts)
usages = st.builds(
    Usage,
    input=sizes,
    cache_read=sizes,
    cache_write=sizes,
    cache_write_long=sizes,
    output=sizes,
    reasoning=sizes,
    tier=st.none() | texts,
)
openings = st.builds(
    Opening,
    id=st.just(opening().id),
    started_at=moments,
    client=texts,
    bypass=st.none() | texts,
    confidence=st.floats(0, 1),
    requested_model=texts,
    session=st.none() | texts,
    conversation=st.none() | texts,
    estimate=sizes,
    decision=json_objects,
)
attempts = st.lists(
    st.builds(
        Attempt,
        number=st.integers(1, 3),
        started_at=moments,
        duration_ms=sizes,
        http_status=st.none() | st.integers(100, 599),
        usage=st.none() | usages,
        raw_usage=st.none() | json_objects,
        cost=amounts,
    ),
    max_size=3,
    unique_by=lambda attempt: attempt.number,
).map(lambda found: tuple(sorted(found, key=lambda attempt: attempt.number)))
closings = st.builds(
    Closing,
    id=st.just(opening().id),
    status=st.sampled_from([Status.DONE, Status.CUT, Status.FAILED]),
    http_status=st.integers(100, 599),
    duration_ms=sizes,
    first_byte_ms=st.none() | sizes,
    usage=st.none() | usages,
    cost=amounts,
    baselines=baselines,
    attempts=attempts,
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    path = tmp_path / "ledger.sqlite3"
    make_private(path)
    connection = connect_writer(path)
    migrate(connection, path)
    connection.row_factory = sqlite3.Row
    yield connection
    connection.close()


def read(connection: sqlite3.Connection) -> Record:
    found = connection.execute("SELECT * FROM exchanges").fetchone()
    return record_from(found, connection.execute("SELECT * FROM attempts ORDER BY number").fetchall())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(openings, closings)
def test_what_is_written_is_read(connection: sqlite3.Connection, first: Opening, last: Closing) -> None:
    connection.execute("BEGIN")
    try:
        assert apply(connection, opening_write(first)) is Outcome.DONE
        assert apply(connection, closing_write(last)) is Outcome.DONE
        record = read(connection)
    finally:
        connection.execute("ROLLBACK")

    answered = replace(first, model=last.model, provider=last.provider, fidelity=last.fidelity)
    assert record.opening == answered
    assert record.attempts == last.attempts
    assert (record.duration_ms, record.first_byte_ms) == (last.duration_ms, last.first_byte_ms)
    row = record.row
    assert (row.status, row.http_status, row.usage, row.usage_source) == (
        last.status,
        last.http_status,
        last.usage,
        last.usage_source,
    )
    assert (row.cost, row.baselines, row.attempts) == (last.cost, last.baselines, len(last.attempts))


def test_an_open_row_shows_no_figures_even_when_some_are_known(connection: sqlite3.Connection) -> None:
    apply(connection, opening_write(opening()))
    apply(connection, progress_write(progress()))

    row = row_from(connection.execute("SELECT * FROM exchanges").fetchone())

    assert row.status is Status.OPEN
    assert (row.usage, row.usage_source, row.cost) == (None, None, None)
    assert row.baselines == Baselines(None, None, None)
    assert (row.provider, row.model) == ("openai", "gpt-6.1-luna")


def test_unknown_stays_unknown_and_zero_stays_zero(connection: sqlite3.Connection) -> None:
    apply(connection, opening_write(opening()))
    apply(connection, closing_write(replace(unanswered(), usage=Usage(), cost=None)))

    row = row_from(connection.execute("SELECT * FROM exchanges").fetchone())

    assert row.usage == Usage()
    assert row.cost is None
    assert row.usage_source is None


@given(st.integers(-(10**15), 10**16), st.integers(-720, 720))
def test_times_are_exact_to_the_millisecond_in_any_zone(microseconds: int, offset: int) -> None:
    utc = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    moment = utc.astimezone(timezone(timedelta(minutes=offset)))

    found = from_ms(to_ms(moment))

    assert timedelta(0) <= moment - found < timedelta(milliseconds=1)
    assert found.tzinfo is UTC


def test_a_closing_names_the_model_that_answered(connection: sqlite3.Connection) -> None:
    apply(connection, opening_write(opening()))
    apply(connection, closing_write(replace(closing(), model="other", provider="elsewhere")))

    assert read(connection).row.model == "other"
    assert read(connection).opening.requested_model == "gpt-6.1-sol"
