import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.errors import BadRequestError
from coderouter_cli.wire import read

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), JSON))
def test_parses_every_object(value: dict[str, Any]) -> None:
    body = json.dumps(value).encode()
    assert read.parse_object(body) == value
    assert list(read.parse_object(body)) == list(value)
    assert read.parse_lenient(body.decode()) == value


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not valid JSON at line 1, column 1"),
        (b'{"a": 1', "not valid JSON at line 1"),
        (b"\xff", "not UTF-8"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b"[]", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b'{"a": NaN}', "not valid JSON"),
        (b'{"a": -Infinity}', "not valid JSON"),
        (b'{"a": 1e999}', "not valid JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "not valid JSON"),
        (b'{"model": "a", "model": "b"}', "more than one `model`"),
        (b'{"model": "a", "\\u006dodel": "b"}', "more than one `model`"),
        (b'{"a": ' * 300 + b"1" + b"}" * 300, "nested too deeply"),
        (b"[" * 500_000, "nested too deeply"),
        (b'{"a": ' * 100_000, "nested too deeply"),
    ],
)
def test_refuses_what_is_no_request(body: bytes, says: str) -> None:
    with pytest.raises(BadRequestError, match=says):
        read.parse_object(body)


def test_two_models_below_the_top_are_the_clients_own_business() -> None:
    assert read.parse_object(b'{"x": {"model": 1, "model": 2}, "model": "m"}')["x"] == {"model": 2}


def test_an_error_never_shows_the_body() -> None:
    with pytest.raises(BadRequestError) as caught:
        read.parse_object(b'{"prompt": "my secret", oops}')
    assert "secret" not in caught.value.sentence()


@pytest.mark.parametrize("text", ["", "[1]", "null", "{", "[" * 100_000, '{"a":' * 300 + "1" + "}" * 300])
def test_a_providers_text_that_is_no_object_reads_as_none(text: str) -> None:
    assert read.parse_lenient(text) is None


def test_a_providers_nan_reads_as_null() -> None:
    assert read.parse_lenient('{"a": NaN}') == {"a": None}


READERS: list[tuple[Callable[[dict[str, Any], str, str], object], object, list[object], str]] = [
    (read.opt_str, "x", [1, True, [], {}], "a string"),
    (read.opt_int, 5, ["5", True, 1.5, []], "a whole number"),
    (read.opt_float, 0.5, ["5", True, 10**400, []], "a number"),
    (read.opt_bool, False, ["true", 0, []], "true or false"),
    (read.opt_list, [], ["", {}, 0], "a list"),
    (read.opt_object, {}, ["", [], 0], "an object"),
]


@pytest.mark.parametrize(("reader", "good", "bad", "expected"), READERS)
def test_an_optional_field_is_its_type_or_nothing(
    reader: Callable[[dict[str, Any], str, str], object], good: object, bad: list[object], expected: str
) -> None:
    assert reader({"k": good}, "k", "") == good
    assert reader({"k": None}, "k", "") is None
    assert reader({}, "k", "") is None
    for value in bad:
        with pytest.raises(BadRequestError, match=rf"`a\[0\]\.k` must be {expected}"):
            reader({"k": value}, "k", "a[0]")


def test_a_whole_number_is_a_number() -> None:
    assert read.opt_float({"k": 1}, "k") == 1.0


@pytest.mark.parametrize(
    ("reader", "good", "expected"),
    [
        (read.req_str, "x", "a string"),
        (read.req_list, [1], "a list"),
        (read.req_object, {"a": 1}, "an object"),
    ],
)
def test_a_required_field_must_be_there(
    reader: Callable[[dict[str, Any], str, str], object], good: object, expected: str
) -> None:
    assert reader({"k": good}, "k", "") == good
    with pytest.raises(BadRequestError, match=r"`a\.k` is required"):
        reader({}, "k", "a")
    for value in (None, 3):
        with pytest.raises(BadRequestError, match=f"`k` must be {expected}"):
            reader({"k": value}, "k", "")


def test_a_list_of_objects_names_the_item_that_is_none() -> None:
    assert read.objects([{}, {"a": 1}], "items") == [{}, {"a": 1}]
    with pytest.raises(BadRequestError, match=r"`items\[1\]` must be an object"):
        read.objects([{}, "x"], "items")


@given(JSON | st.floats())
def test_lenient_readers_take_anything(value: object) -> None:
    assert isinstance(read.as_str(value), str)
    assert isinstance(read.as_int(value), int)
    assert 0 <= read.as_count(value) <= read.MAX_TOKENS
    assert isinstance(read.as_object(value), dict)
    assert isinstance(read.as_list(value), list)


def test_lenient_readers_keep_what_fits() -> None:
    assert read.as_str("a") == "a"
    assert read.as_str(None, "b") == "b"
    assert (read.as_int(3), read.as_int(3.9), read.as_int(True, 7), read.as_int("3", 7)) == (3, 3, 7, 7)
    assert (read.as_int(math.inf, 7), read.as_count(-2), read.as_count(10**400)) == (7, 0, read.MAX_TOKENS)
    assert read.as_object({"a": 1}) == {"a": 1}
    assert read.as_list([1]) == [1]
