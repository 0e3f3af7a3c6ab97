"""Free text tools as functions, and back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import Tool, ToolCall, ToolKind
from coderouter_cli.wire.customtools import as_arguments, as_function_schema, unwrap, wrap

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
    assert as_arguments(ToolCall("c", "f", text)) == arguments
    assert as_arguments(ToolCall("c", "f", text, ToolKind.CUSTOM)) == wrap(text)


@given(st.text())
def test_any_arguments_become_an_object(text: str) -> None:
    assert isinstance(json.loads(as_arguments(ToolCall("c", "f", text))), dict)
