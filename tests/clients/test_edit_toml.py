import tomllib
from typing import Any

import pytest
from hypothesis import given

from coderouter_cli.clients.edit_toml import Edit, Kind, TomlText, lines_of, parse_exactly, read_toml
from coderouter_cli.errors import PatchError
from tests.clients.documents import config_files


def document(text: str) -> TomlText:
    return read_toml(text.encode(), "f")


@given(config_files())
def test_statements_are_the_whole_text_and_every_pair_is_the_parsers(data: bytes) -> None:
    read = read_toml(data, "f")
    statements = read.statements
    assert "".join(read.text[s.start : s.end] for s in statements) == read.text
    seen: dict[str, Any] = {}
    for statement in statements:
        if statement.kind is Kind.PAIR:
            raw = read.text[slice(*statement.value)]
            seen.setdefault(str((statement.table, statement.key)), []).append(
                tomllib.loads(f"v = {raw}")["v"]
            )
    assert sum(len(values) for values in seen.values()) == sum(_leaves(read.text))
    assert read.encode() == data


def _leaves(text: str) -> list[int]:
    """One for each line that starts a pair, found by taking the lines away one statement at a time."""
    counts = []
    block = ""
    for line in lines_of(text):
        block += line
        try:
            values = tomllib.loads(block)
        except tomllib.TOMLDecodeError:
            continue
        stripped = block.strip()
        counts.append(1 if values and not stripped.startswith("[") else 0)
        block = ""
    assert block == ""
    return counts


def test_a_statement_knows_its_table_key_and_value() -> None:
    read = document('a.b = 1 # one\n[ "t.1" . u ]\n  c = [ # x\n 2 ] # two\n[[v]]\nd = 3\n')
    pairs = [s for s in read.statements if s.kind is Kind.PAIR]
    assert [(s.table, s.key, read.text[slice(*s.value)]) for s in pairs] == [
        ((), ("a", "b"), "1"),
        (("t.1", "u"), ("c",), "[ # x\n 2 ]"),
        (("v",), ("d",), "3"),
    ]
    assert [s.kind for s in read.statements if s.kind is not Kind.PAIR] == [Kind.TABLE, Kind.ARRAY]
    assert read.raw(pairs[1]) == "  c = [ # x\n 2 ] # two"
    assert read.line(pairs[2].start) == 6


def test_edits_are_made_at_their_places_and_an_insertion_comes_first() -> None:
    read = document("a = 1\nb = 2\n")
    edited = read.with_edits(
        [Edit(6, 12, "c = 3\n"), Edit(0, 6, "# a\n"), Edit(0, 0, "x = 1\n"), Edit(0, 0, "y = 2\n")]
    )
    assert edited.text == "x = 1\ny = 2\n# a\nc = 3\n"


def test_only_a_newline_ends_a_line() -> None:
    assert lines_of("a\u2028b\x0bc\r\nd\n\ne") == ["a\u2028b\x0bc\r\n", "d\n", "\n", "e"]
    assert lines_of("") == []


def test_the_line_end_of_a_document_is_its_first() -> None:
    assert document("a = 1\r\nb = 2\n").eol == "\r\n"
    assert document("a = 1").eol == "\n"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a = 1", "a = true"),
        ("a = 1", "a = 1.0"),
        ("a = 1.0", "a = 1.00"),
        ("a = '07:32:00'", "a = 07:32:00"),
    ],
)
def test_values_of_different_types_or_spelling_differ(one: str, other: str) -> None:
    assert parse_exactly(one) != parse_exactly(other)


def test_not_a_number_equals_itself() -> None:
    assert parse_exactly("a = nan\nb = [[1], {c = inf}]") == parse_exactly("b = [[1],{c=inf}]\na=nan")


@pytest.mark.parametrize(
    ("data", "line"), [(b"a = 1\na = 2\n", 2), (b"a = 1\n[b", 2), (b"a = 1\n\xff", 2), (b'a = """\n', 2)]
)
def test_a_refusal_names_the_line(data: bytes, line: int) -> None:
    with pytest.raises(PatchError, match=rf"^f, line {line}:"):
        read_toml(data, "f")


@pytest.mark.parametrize("text", ["= 1", "[", "a = [1", "a = {", "[]"])
def test_a_layout_the_scanner_cannot_follow_is_refused(text: str) -> None:
    unchecked = TomlText("f", "", text)
    with pytest.raises(PatchError, match="line 1: this layout"):
        _ = unchecked.statements


def test_a_document_too_deep_for_the_parser_is_refused() -> None:
    with pytest.raises(PatchError):
        read_toml(b"a = " + b"[" * 100_000, "f")
