import json

import pytest
from hypothesis import given

from coderouter_cli.clients.edit_json import JsonText, Number, parse, read_json, split_bom
from coderouter_cli.errors import PatchError
from tests.clients.documents import settings_files


def document(text: str) -> JsonText:
    return read_json(text.encode(), "f")


@given(settings_files())
def test_members_are_found_where_the_parser_sees_them(data: bytes) -> None:
    read = read_json(data, "f")
    members = read.members(read.root)
    values = json.loads(read.text)
    assert [member.key for member in members] == list(values)
    assert [read.value(member) for member in members] == list(values.values())
    assert [json.loads(read.text[m.key_start : m.key_end]) for m in members] == list(values)
    assert read.encode() == data


@given(settings_files())
def test_a_member_added_and_removed_leaves_the_same_text_in_any_filled_object(data: bytes) -> None:
    read = read_json(data, "f")
    if read.members(read.root):
        added = read.with_member(read.root, "new ké\u2028y", "[1]")
        assert json.loads(added.text) == json.loads(read.text) | {"new ké\u2028y": [1]}
        assert added.without_member(added.root, "new ké\u2028y") == read


def test_the_first_member_leaves_cleanly_too() -> None:
    read = document('{ "a": 1, "b": 2 }')
    assert read.without_member(0, "a").text == '{ "b": 2 }'
    assert read.without_member(0, "b").text == '{ "a": 1 }'
    assert document('{ "a": 1 }').without_member(0, "a").text == "{}"


def test_a_path_stops_at_what_is_no_object() -> None:
    read = document('{"a": {"b": [1]}, "c": "{"}')
    member = read.member(("a", "b"))
    assert member is not None
    assert read.raw(member) == "[1]"
    assert read.member(("a", "b", "c")) is None
    assert read.member(("c", "x")) is None
    assert read.member(("x",)) is None


def test_parsing_loses_nothing() -> None:
    assert parse('{"a": 1}') != parse('{"a": 1.0}')
    assert parse('{"a": 1}') != parse('{"a": "1"}')
    assert parse('{"a": 1, "a": 2}') != parse('{"a": 2}')
    assert parse('{"a": 1, "b": 2}') != parse('{"b": 2, "a": 1}')
    assert parse("[1e999]") == [Number("1e999")]
    assert parse("{}") != parse("[]")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b'{\n"a": tru\n}', 2),
        (b'{\n"a": 1,\n\n}', 2),
        (b'{"a": [\n1,\n2,\n]}', 3),
        (b'{\n"a": 1 /* x */\n}', 2),
        (b"{\n'a': 1}", 2),
        (b"", 1),
        (b"{}\n{}", 2),
        (b'{\n"a": "\xff"}', 2),
        (b"\n[]", 2),
    ],
)
def test_a_refusal_names_the_line_and_what_it_means(data: bytes, line: int) -> None:
    with pytest.raises(PatchError, match=rf"^f, line {line}:") as caught:
        read_json(data, "f")
    assert "Nothing was changed." in caught.value.next_step


def test_a_document_too_deep_for_the_parser_is_refused() -> None:
    with pytest.raises(PatchError, match="too deeply"):
        read_json(b'{"a":' * 100_000, "f")


def test_a_byte_order_mark_is_kept_apart() -> None:
    assert split_bom(b"\xef\xbb\xbf{}", "f") == ("\ufeff", "{}")
    assert split_bom(b"{}", "f") == ("", "{}")
