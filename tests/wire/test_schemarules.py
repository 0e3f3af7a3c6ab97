"""Schemas in the keywords a provider has: what they become, that they fit, and that nothing else changes."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.catalog.catalog import load_catalog
from coderouter_cli.demo.checks.compatible_tools import schema_problems
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import SchemaRules
from coderouter_cli.wire.schemarules import fitted

PROVIDERS = load_catalog(prices=False).providers
GEMINI = PROVIDERS["gemini"].endpoint(FormatName.OPENAI_CHAT).dialect.schema
MOONSHOT = PROVIDERS["moonshot"].endpoint(FormatName.OPENAI_CHAT).dialect.schema
PORTABLE = SchemaRules(patterns="portable", formats=frozenset({"uuid"}))


def wrapped(node: Any) -> JsonObject:
    return {"type": "object", "properties": {"p": node}}


@pytest.mark.parametrize(
    ("rules", "node", "expected"),
    [
        (GEMINI, {"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        (GEMINI, {"type": ["string", "integer"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        (
            GEMINI,
            {"type": ["array", "string"], "items": {"type": "integer"}},
            {
                "items": {"type": "integer"},
                "anyOf": [{"type": "array", "items": {"type": "integer"}}, {"type": "string"}],
            },
        ),
        (GEMINI, {"type": "null"}, {"nullable": True}),
        (GEMINI, {"type": None}, {}),
        (GEMINI, {"anyOf": [{"type": "null"}, {"type": "number"}]}, {"type": "number", "nullable": True}),
        (
            GEMINI,
            {"oneOf": [{"type": "string"}, {"type": "number"}]},
            {"anyOf": [{"type": "string"}, {"type": "number"}]},
        ),
        (GEMINI, {"const": "a"}, {"enum": ["a"]}),
        (GEMINI, {"const": 1}, {}),
        (GEMINI, {"type": "integer", "enum": [1, 2]}, {"type": "integer"}),
        (GEMINI, {"type": "array"}, {"type": "array", "items": {"type": "string"}}),
        (GEMINI, {"type": "string", "format": "uri", "pattern": "^\\p{Cc}$"}, {"type": "string"}),
        (GEMINI, {"type": "number", "exclusiveMinimum": 0, "minimum": 0}, {"type": "number", "minimum": 0}),
        (
            GEMINI,
            {"allOf": [{"properties": {"a": {"type": "string"}}, "required": ["a"]}, {"type": "object"}]},
            {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]},
        ),
        (
            MOONSHOT,
            {"type": "object", "anyOf": [{"properties": {}}, {"type": "string"}]},
            {"anyOf": [{"type": "object", "properties": {}}, {"type": "string"}]},
        ),
        (
            MOONSHOT,
            {"type": ["string", "null"], "format": "uri"},
            {"type": ["string", "null"], "format": "uri"},
        ),
        (PORTABLE, {"format": "uri", "pattern": "(?<n>a)"}, {}),
        (PORTABLE, {"format": "uuid", "pattern": "^a+$"}, {"format": "uuid", "pattern": "^a+$"}),
        (SchemaRules(patterns="none"), {"pattern": "a"}, {}),
    ],
)
def test_what_a_node_becomes(rules: SchemaRules, node: JsonObject, expected: JsonObject) -> None:
    assert fitted(wrapped(node), rules)["properties"]["p"] == expected


def test_a_reference_is_written_out() -> None:
    schema = {
        "type": "object",
        "$defs": {"a/b": {"type": "string", "description": "theirs"}},
        "properties": {"p": {"$ref": "#/$defs/a~1b", "description": "ours"}},
    }
    assert fitted(schema, MOONSHOT) == {
        "type": "object",
        "properties": {"p": {"type": "string", "description": "ours"}},
    }


@pytest.mark.parametrize("reference", ["#/$defs/gone", "other.json#/x", "#", ""])
def test_a_reference_to_nothing_or_to_itself_allows_anything(reference: str) -> None:
    out = fitted(wrapped({"$ref": reference, "description": "d"}), MOONSHOT)
    assert "$ref" not in str(out)


def test_a_definition_that_holds_itself_ends() -> None:
    tree = {"type": "object", "properties": {"next": {"$ref": "#/$defs/tree"}}}
    out = fitted(
        {"$defs": {"tree": tree}, "type": "object", "properties": {"p": {"$ref": "#/$defs/tree"}}}, MOONSHOT
    )
    assert out["properties"]["p"] == {"type": "object", "properties": {"next": {}}}


def test_definitions_that_double_each_other_do_not_fill_the_memory() -> None:
    names = [f"d{i}" for i in range(40)]
    pairs = zip(names, [*names[1:], "end"], strict=True)
    twice = {
        name: {
            "type": "object",
            "properties": {"a": {"$ref": f"#/$defs/{after}"}, "b": {"$ref": f"#/$defs/{after}"}},
        }
        for name, after in pairs
    }
    out = fitted({"type": "object", "$defs": twice, "properties": {"p": {"$ref": "#/$defs/d0"}}}, MOONSHOT)
    assert len(str(out)) < 200_000


def test_a_choice_at_the_top_becomes_one_object() -> None:
    schema = {"type": "object", "anyOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}]}
    assert fitted(schema, MOONSHOT) == {"type": "object", "properties": {"a": {}, "b": {}}}


def test_the_names_of_properties_are_no_keywords() -> None:
    schema = wrapped(
        {"type": "object", "properties": {"const": {"type": "string"}, "$ref": {"type": "string"}}}
    )
    assert fitted(schema, GEMINI) == schema


def test_a_provider_that_accepts_everything_gets_the_same_object() -> None:
    schema = wrapped({"type": None})
    assert fitted(schema, SchemaRules()) is schema


KINDS = st.sampled_from(["string", "integer", "object", "array", "null", "boolean"])
LEAF: st.SearchStrategy[Any] = st.fixed_dictionaries(
    {},
    optional={
        "type": st.one_of(KINDS, st.lists(KINDS, min_size=1, max_size=3, unique=True), st.none()),
        "enum": st.lists(st.one_of(st.text(max_size=3), st.integers()), max_size=3),
        "const": st.one_of(st.text(max_size=3), st.integers()),
        "pattern": st.sampled_from(["^a$", "\\p{L}", "("]),
        "format": st.sampled_from(["uri", "int32", "uuid"]),
        "$ref": st.sampled_from(["#/$defs/d", "#/$defs/gone"]),
        "required": st.lists(st.sampled_from(["a", "b"]), max_size=2),
        "additionalProperties": st.booleans(),
    },
)
NODES = st.recursive(
    LEAF,
    lambda inner: st.fixed_dictionaries(
        {},
        optional={
            "type": KINDS,
            "properties": st.dictionaries(st.sampled_from(["a", "b"]), inner, max_size=2),
            "anyOf": st.lists(inner, min_size=1, max_size=3),
            "oneOf": st.lists(inner, min_size=1, max_size=2),
            "allOf": st.lists(inner, min_size=1, max_size=2),
            "items": inner,
        },
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("rules", [GEMINI, MOONSHOT, PORTABLE], ids=["gemini", "moonshot", "portable"])
@given(node=NODES, definition=NODES)
def test_whatever_comes_the_provider_takes_it(
    rules: SchemaRules, node: JsonObject, definition: JsonObject
) -> None:
    schema = {**wrapped(node), "$defs": {"d": definition}}
    once = fitted(schema, rules)
    assert [problem.message for problem in schema_problems(once, "tool", rules)] == []
    assert fitted(schema, rules) == once
