"""Free text tools as functions, and back."""

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import Tool, ToolCall, ToolKind
from coderouter_cli.wire.customtools import (
    WRAPPER,
    Unwrapper,
    as_arguments,
    as_function_schema,
    object_text,
    unwrap,
    wrap,
    wrapped,
)

PATCH = '*** Begin Patch\n*** Update File: a.py\n@@\n-print("a")\n+print("ä")\n*** End Patch\n'


@given(st.text())
def test_what_is_wrapped_comes_out_again(text: str) -> None:
    assert unwrap(wrap(text)) == text


def test_the_wrapped_text_is_the_arguments_of_the_declared_function() -> None:
    schema = as_function_schema(Tool(name="apply_patch", kind=ToolKind.CUSTOM))
    arguments = json.loads(wrap(PATCH))
    assert set(arguments) == set(schema["properties"]) == set(schema["required"])
    assert schema["additionalProperties"] is False
    assert schema["properties"]["input"]["type"] == "string"


def test_the_model_is_told_the_grammar() -> None:
    grammar = {"type": "grammar", "syntax": "lark", "definition": "start: begin_patch hunk+ end_patch"}
    schema = as_function_schema(Tool(name="apply_patch", kind=ToolKind.CUSTOM, grammar=grammar))
    hint = schema["properties"]["input"]["description"]
    assert "lark grammar" in hint
    assert "start: begin_patch hunk+ end_patch" in hint


@pytest.mark.parametrize("grammar", [None, {"type": "text"}, {"type": "grammar", "definition": None}])
def test_without_a_grammar_the_hint_is_just_plain_text(grammar: dict[str, object] | None) -> None:
    schema = as_function_schema(Tool(name="exec", kind=ToolKind.CUSTOM, grammar=grammar))
    assert schema["properties"]["input"]["description"] == "The tool's whole input as plain text."


@pytest.mark.parametrize(
    "arguments",
    [PATCH, "", "{", "null", "[]", '{"patch": "x"}', '{"input": 3}', '{"input": ', "[" * 100_000],
)
def test_text_that_is_not_the_wrapper_is_returned_whole(arguments: str) -> None:
    assert unwrap(arguments) == arguments


def test_line_breaks_the_model_forgot_to_escape_are_understood() -> None:
    assert unwrap('{"input": "*** Begin Patch\n*** End Patch"}') == "*** Begin Patch\n*** End Patch"


def in_pieces(text: str, cuts: list[int]) -> list[str]:
    bounds = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(bounds)]


def unwrapped(arguments: str, cuts: list[int]) -> str:
    unwrapper = Unwrapper()
    found = [unwrapper.feed(piece) for piece in in_pieces(arguments, cuts)]
    return "".join([*found, unwrapper.finish()])


@given(st.text(), st.booleans(), st.lists(st.integers(0, 500)))
def test_at_any_split_the_same_text_comes_out(text: str, escaped: bool, cuts: list[int]) -> None:
    assert unwrapped(json.dumps({"input": text}, ensure_ascii=escaped), cuts) == text


@given(st.text(alphabet='{}"\\uDd8c,:0 input\n'), st.lists(st.integers(0, 500)))
def test_even_broken_json_reads_alike_at_any_split(text: str, cuts: list[int]) -> None:
    for arguments in (text, f'{{"input":"{text}'):
        assert unwrapped(arguments, cuts) == unwrap(arguments)


def test_a_text_is_handed_on_as_it_comes() -> None:
    unwrapper = Unwrapper()
    pieces = ['{"inp', 'ut": "*** Be', "gin\\", "nPatch\\ud8", '3d\\ude00"', "}"]
    assert [unwrapper.feed(piece) for piece in pieces] == ["", "*** Be", "gin", "\nPatch", "\U0001f600", ""]
    assert unwrapper.finish() == unwrapper.feed("more") == ""


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (r'{"input": "grep \d+ a\.py"}', r"grep \d+ a\.py"),
        (r'{"input": "a\u12"}', r"a\u12"),
        ('{"input": "print("hi")"}', 'print("hi")'),
        ('{"input": "a", "note": "b"}', "a"),
        ('{"note": "b", "input": "a"}', "a"),
        ('{"input": "cut o', "cut o"),
    ],
)
def test_what_models_get_wrong_is_understood(arguments: str, text: str) -> None:
    assert unwrap(arguments) == text


@given(st.text())
def test_a_wrapper_can_be_written_in_pieces(text: str) -> None:
    before, behind = WRAPPER
    assert before + "".join(map(wrapped, text)) + behind == wrap(text)


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ('{"a": 1}', '{"a": 1}'),
        ("", "{}"),
        ("  ", "{}"),
        ('{"a": 1', '{"input": "{\\"a\\": 1"}'),
        ("[1]", '{"input": "[1]"}'),
    ],
)
def test_arguments_are_always_an_object(text: str, arguments: str) -> None:
    assert as_arguments(ToolCall("c", "f", text)) == object_text(text) == arguments
    assert as_arguments(ToolCall("c", "f", text, ToolKind.CUSTOM)) == wrap(text)


@given(st.text())
def test_any_arguments_become_an_object(text: str) -> None:
    assert isinstance(json.loads(as_arguments(ToolCall("c", "f", text))), dict)
