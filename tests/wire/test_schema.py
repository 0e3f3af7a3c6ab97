import copy
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.wire.schema import is_strict, portable_schema

EMPTY = {"type": "object", "properties": {}}


def prop(schema: JsonObject) -> JsonObject:
    return {"type": "object", "properties": {"x": schema}}


@pytest.mark.parametrize(
    "schema", [None, {}, {"type": None}, {"type": "null"}, {"properties": []}, {"type": "object"}]
)
def test_the_top_is_an_object(schema: JsonObject | None) -> None:
    assert portable_schema(schema) == EMPTY


@pytest.mark.parametrize(
    ("given_", "portable"),
    [
        ({"type": "string", "pattern": r"^[^\p{Cc}]+$"}, {"type": "string"}),
        ({"type": "string", "pattern": "^[a-z]+$"}, {"type": "string", "pattern": "^[a-z]+$"}),
        ({"type": "string", "format": "uri"}, {"type": "string"}),
        ({"type": "string", "format": "date"}, {"type": "string", "format": "date"}),
        ({"type": None, "description": "d"}, {"description": "d"}),
        ({"anyOf": [{"pattern": "("}, {"type": "null"}]}, {"anyOf": [{}, {"type": "null"}]}),
        ({"items": {"format": "uri"}}, {"items": {}}),
        ({"type": "string", "encrypted": True}, {"type": "string"}),
        ({"properties": {"encrypted": {"type": "boolean"}}},) * 2,
        ({"enum": ["pattern", "format"]}, {"enum": ["pattern", "format"]}),
        ({"patternProperties": {"(": {}, "a": {"format": "uri"}}}, {"patternProperties": {"a": {}}}),
    ],
)
def test_what_is_refused_is_taken_out(given_: JsonObject, portable: JsonObject) -> None:
    before = copy.deepcopy(given_)
    assert portable_schema(prop(given_)) == prop(portable)
    assert given_ == before


def test_what_is_refused_is_taken_out_at_every_depth() -> None:
    schema = {
        "$defs": {"x": {"not": {"format": "iri"}}},
        "type": "object",
        "properties": {
            "any": {"type": None, "anyOf": [{"format": "uri"}, {"items": {"pattern": "("}}]},
            "map": {
                "additionalProperties": {"format": "regex"},
                "patternProperties": {"(": {}, "a": {"format": "x"}},
            },
        },
    }
    portable = portable_schema(schema)
    assert portable == {
        "$defs": {"x": {"not": {}}},
        "type": "object",
        "properties": {
            "any": {"anyOf": [{}, {"items": {}}]},
            "map": {"additionalProperties": {}, "patternProperties": {"a": {}}},
        },
    }
    assert list(portable) == list(schema)


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
    one = {"properties": {"a": {"type": "string"}, "b": {"type": "integer"}}, "required": ["a"]}
    two = {"properties": {"b": {"type": "string"}}, "required": ["b"]}
    schema = {"type": "object", "properties": {"a": {"type": "number"}}, "oneOf": [one, two, True], "not": {}}
    assert portable_schema(schema) == {
        "type": "object",
        "properties": {"a": {"type": "number"}, "b": {"type": "integer"}},
    }
    assert portable_schema({"type": "string", "enum": ["x"]}) == EMPTY


STRICT = {
    "type": "object",
    "properties": {"x": {"type": "string"}},
    "required": ["x"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (STRICT, True),
        ({**STRICT, "required": []}, False),
        ({**STRICT, "additionalProperties": True}, False),
        ({"type": "object"}, False),
        ({**STRICT, "properties": {"x": {"type": "array", "items": STRICT}}}, True),
        ({**STRICT, "properties": {"x": {"type": "array", "items": {"type": "object"}}}}, False),
        ({**STRICT, "$defs": {"d": {"type": "object", "properties": {"y": {}}}}}, False),
        ({"type": "string"}, True),
        ({"type": "string", "enum": [{"type": "object"}]}, True),
        ({"type": "object", "properties": {}, "additionalProperties": False}, True),
        ({"type": "array", "items": STRICT}, True),
        ({"anyOf": [STRICT, {"type": "object"}]}, False),
        ({**STRICT, "properties": {"x": {"properties": {"b": {}}}}}, False),
        ({**STRICT, "required": [["x"]]}, False),
    ],
)
def test_strict_schemas_are_told_apart(schema: JsonObject, strict: bool) -> None:
    assert is_strict(schema) is strict


KEYS = [
    "type",
    "properties",
    "items",
    "anyOf",
    "pattern",
    "format",
    "required",
    "patternProperties",
    "x",
    "$defs",
]
SCHEMAS = st.recursive(
    st.none() | st.booleans() | st.sampled_from(["object", "string", "(", "uri", "date"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=15,
)


@given(st.dictionaries(st.sampled_from(KEYS), SCHEMAS))
def test_any_schema_becomes_portable_once(schema: JsonObject) -> None:
    portable = portable_schema(schema)
    assert portable["type"] == "object"
    assert portable_schema(portable) == portable
    assert is_strict(portable) in {True, False}


@given(st.text(max_size=20))
def test_only_patterns_that_python_reads_are_left(pattern: str) -> None:
    left = portable_schema(prop({"pattern": pattern}))["properties"]["x"]
    assert "pattern" not in left or re.compile(left["pattern"])
