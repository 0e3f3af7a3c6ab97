import json
import time
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from coderouter_cli.wire.span import find_value, replace_value

TEXT = st.text(max_size=8) | st.sampled_from(
    ['"', "\\", '\\"', "{", "]", "model", "é🙂", "\\u006d", "\ud83d"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(TEXT, JSON, max_size=6)
STYLES = st.sampled_from([(",", ":"), (", ", ": "), (" ,\n\t", " :\r\n")])


def write(value: Any, separators: tuple[str, str], *, ascii_only: bool, indent: int | None) -> bytes:
    text = json.dumps(value, separators=separators, ensure_ascii=ascii_only, indent=indent)
    return text.encode("utf-8", "surrogatepass")


@st.composite
def bodies(draw: st.DrawFn) -> tuple[dict[str, Any], bytes]:
    value = draw(OBJECTS)
    body = write(
        value, draw(STYLES), ascii_only=draw(st.booleans()), indent=draw(st.sampled_from([None, 0, 2]))
    )
    return value, draw(st.sampled_from([b"", b" \n"])) + body


def loads(body: bytes) -> Any:
    return json.loads(body.decode("utf-8", "surrogatepass"))


@given(bodies())
def test_finds_the_value_of_every_key(made: tuple[dict[str, Any], bytes]) -> None:
    value, body = made
    for key, expected in value.items():
        span = find_value(body, (key,))
        assert span is not None
        assert loads(body[span[0] : span[1]]) == expected


@given(bodies())
def test_finds_nested_values(made: tuple[dict[str, Any], bytes]) -> None:
    value, body = made
    for outer, inner in value.items():
        for key, expected in inner.items() if isinstance(inner, dict) else ():
            span = find_value(body, (outer, key))
            assert span is not None
            assert loads(body[span[0] : span[1]]) == expected


@given(bodies(), JSON, st.data())
def test_replaces_one_value_and_no_other_byte(
    made: tuple[dict[str, Any], bytes], new: Any, data: st.DataObject
) -> None:
    value, body = made
    assume(value)
    key = data.draw(st.sampled_from(list(value)))
    span = find_value(body, (key,))
    assert span is not None
    text = write(new, (",", ":"), ascii_only=True, indent=None)
    edited = replace_value(body, (key,), text)
    assert loads(edited) == value | {key: new}
    assert edited == body[: span[0]] + text + body[span[1] :]


@given(bodies(), TEXT)
def test_a_key_that_is_not_there_is_not_found(made: tuple[dict[str, Any], bytes], key: str) -> None:
    value, body = made
    if key not in value:
        assert find_value(body, (key,)) is None
        with pytest.raises(KeyError):
            replace_value(body, (key,), b"1")


@given(st.binary(max_size=60) | st.text(alphabet='{}[]":,\\ a1', max_size=40).map(str.encode))
def test_text_that_is_no_json_never_raises(body: bytes) -> None:
    for path in [("a",), ("a", "a"), ()]:
        span = find_value(body, path)
        assert span is None or 0 <= span[0] < span[1] <= len(body)


def test_escaped_keys_are_read() -> None:
    assert (
        replace_value(b'{"\\u006dodel" : "a", "b": 1}', ("model",), b'"x"')
        == b'{"\\u006dodel" : "x", "b": 1}'
    )
    assert find_value(b'{"\\uZZZZ": 1, "model": 2}', ("model",)) == (23, 24)


def test_a_key_inside_a_value_is_not_the_key() -> None:
    body = b'{"a": "\\"model\\": 1", "b": {"model": 2}, "c": [{"model": 3}], "model": 4}'
    assert replace_value(body, ("model",), b"5").endswith(b'"model": 5}')


def test_number_text_and_escapes_stay_as_they_were() -> None:
    body = b'{ "n": 1.0E+2, "t": "\\u00e9\\/", "model":"a" , "z":[ ] }'
    assert replace_value(body, ("model",), b'"b"') == body.replace(b'"a"', b'"b"')


def test_the_empty_path_is_the_whole_value() -> None:
    assert find_value(b' {"a": 1} ', ()) == (1, 9)


def test_a_path_through_something_that_is_no_object_is_not_found() -> None:
    assert find_value(b'{"a": [1]}', ("a", "b")) is None
    assert find_value(b"[1]", ("a",)) is None


def best_of(body: bytes, tries: int = 5) -> float:
    def once() -> float:
        started = time.perf_counter()
        assert find_value(body, ("model",)) is not None
        return time.perf_counter() - started

    return min(once() for _ in range(tries))


def test_a_megabyte_is_skipped_fast_and_only_when_it_is_in_the_way() -> None:
    block = {"type": "tool_result", "content": 'def f(x):\n    return "\\\\" + x\n' * 100}
    history = [{"role": "user", "content": [block]}] * 300
    behind = json.dumps({"messages": history, "model": "m"}).encode()
    before = json.dumps({"model": "m", "messages": history}).encode()
    assert len(behind) > 1_000_000
    assert best_of(behind) < 0.2
    assert best_of(before) < 0.01


def test_many_small_containers_take_linear_time() -> None:
    body = b'{"model_": [],' + b'"a":[],' * 100_000 + b'"model":1}'
    assert best_of(body, tries=1) < 5
