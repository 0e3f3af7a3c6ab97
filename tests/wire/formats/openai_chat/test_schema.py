"""Tool schemas, made portable."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.wire.formats.openai_chat.schema import is_strict, portable_schema


@pytest.mark.parametrize("schema", [None, {}, {"type": None}])
def test_no_schema_is_a_function_without_arguments(schema: JsonObject | None) -> None:
    assert portable_schema(schema) == {"type": "object", "properties": {}}


def test_what_providers_refuse_is_taken_out_at_every_depth() -> None:
    schema = {
        "type": "object",
        "properties": {
            "url": {"type": "string", "format": "uri"},
            "when": {"type": "string", "format": "date-time"},
            "name": {"type": "string", "pattern": r"^[^\p{Cc}]+$"},
            "code": {"type": "string", "pattern": "^[a-z]+$"},
            "any": {"type": None, "anyOf": [{"format": "uri"}, {"items": {"pattern": "("}}]},
            "map": {
                "additionalProperties": {"format": "regex"},
                "patternProperties": {"(": {}, "a": {"format": "x"}},
            },
        },
        "$defs": {"x": {"not": {"format": "iri"}}},
    }
    assert portable_schema(schema) == {
        "type": "object",
        "properties": {
            "url": {"type": "string"},
            "when": {"type": "string", "format": "date-time"},
            "name": {"type": "string"},
            "code": {"type": "string", "pattern": "^[a-z]+$"},
            "any": {"anyOf": [{}, {"items": {}}]},
            "map": {"additionalProperties": {}, "patternProperties": {"a": {}}},
        },
        "$defs": {"x": {"not": {}}},
    }


def test_properties_named_like_keywords_and_values_stay() -> None:
    schema = {
        "type": "object",
        "properties": {
            "pattern": {"type": "string"},
            "format": {"enum": ["uri"]},
            "type": {"const": {"format": "uri"}},
        },
        "required": ["pattern"],
        "additionalProperties": False,
        "default": {"pattern": "("},
    }
    assert portable_schema(schema) == schema


def test_alternatives_at_the_top_become_one_object() -> None:
    schema = {
        "description": "d",
        "properties": {"a": {"type": "string"}},
        "anyOf": [
            {"required": ["a"]},
            {"properties": {"a": {}, "b": {"format": "uri"}}, "required": ["b"]},
            True,
        ],
    }
    assert portable_schema(schema) == {
        "type": "object",
        "description": "d",
        "properties": {"a": {"type": "string"}, "b": {}},
    }
    assert portable_schema({"type": "string", "enum": ["x"]}) == {"type": "object", "properties": {}}


CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "string"}},
    "required": ["a"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (CLOSED, True),
        ({"type": "string", "enum": [{"type": "object"}]}, True),
        ({"type": "object", "properties": {}, "additionalProperties": False}, True),
        ({**CLOSED, "required": []}, False),
        ({**CLOSED, "additionalProperties": True}, False),
        ({"type": "object"}, False),
        ({"type": "array", "items": CLOSED}, True),
        ({"type": "array", "items": {"type": "object"}}, False),
        ({"anyOf": [CLOSED, {"type": "object"}]}, False),
        ({**CLOSED, "properties": {"a": {"properties": {"b": {}}}}}, False),
        ({**CLOSED, "$defs": {"x": {"type": "object"}}}, False),
    ],
)
def test_what_strict_asks_of_a_schema(schema: JsonObject, strict: bool) -> None:
    assert is_strict(schema) is strict


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["uri", "(", r"\p{L}", "date", "object"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["type", "format", "pattern", "properties", "items", "anyOf", "not", "$defs", "x"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(["type", "properties", "items", "anyOf", "format"]), json_values))
def test_any_schema_is_copied_once_and_for_all(schema: JsonObject) -> None:
    before = copy.deepcopy(schema)
    once = portable_schema(schema)
    assert schema == before
    assert portable_schema(once) == once
