from datetime import UTC, datetime
from pathlib import Path

import pytest

from coderouter_cli.clients.sessions import Lines, Weaver, count_of, member, moment_of, session_files
from coderouter_cli.domain.transcript import Step
from coderouter_cli.domain.usage import Usage

AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_a_line_that_is_no_object_is_counted_and_skipped(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"a": 1}\n\n[1]\n{"half": \n\xff\xfe\n{"b": 2}')
    lines = Lines(file)
    assert list(lines) == [{"a": 1}, {"b": 2}]
    assert lines.broken == 3


def test_a_file_that_cannot_be_read_is_one_broken_line(tmp_path: Path) -> None:
    lines = Lines(tmp_path / "missing.jsonl")
    assert list(lines) == []
    assert lines.broken == 1


def test_files_are_found_below_the_clients_folder_or_the_folder_itself(tmp_path: Path) -> None:
    (tmp_path / "projects" / "p").mkdir(parents=True)
    inside, outside = tmp_path / "projects" / "p" / "b.jsonl", tmp_path / "a.jsonl"
    for file in (inside, outside):
        file.write_text("{}")
    assert session_files(tmp_path, ("projects",), "*.jsonl") == [inside]
    assert session_files(tmp_path, ("sessions",), "*.jsonl") == [outside, inside]


@pytest.mark.parametrize("value", [None, 5, "", "soon", "2026-03-01T00:00:00"])
def test_a_time_without_a_zone_is_no_moment(value: object) -> None:
    assert moment_of(value) is None


def test_a_time_is_read() -> None:
    assert moment_of("2026-03-01T00:00:00.000Z") == AT


@pytest.mark.parametrize("value", [None, -1, "5", 1.5, []])
def test_what_is_no_count_is_none(value: object) -> None:
    assert count_of({"n": value}, "n") == 0
    assert member({"n": value}, "n") == {}


def test_turns_begin_where_somebody_speaks() -> None:
    weaver = Weaver()
    for said in ("first", None, None, "second"):
        weaver.add(Step(AT, "m", Usage(input=1)), said)
    assert [(turn.text, len(turn.steps)) for turn in weaver.woven()] == [("first", 3), ("second", 1)]
    assert len(weaver.woven()) == 2
