"""Dialects out of tables: every field by its own type, and mistakes by their key."""

import json
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from coderouter_cli.catalog.dialects import read_dialects, with_fields
from coderouter_cli.catalog.files import read_table
from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.domain.model import Dialect, SchemaRules
from coderouter_cli.errors import ConfigError

BARE = Dialect("bare")
VALUES: dict[str, tuple[Any, Any]] = {
    "vendor": ("openai_chat", FormatName.OPENAI_CHAT),
    "betas": (["effort"], frozenset({"effort"})),
    "extra_fields": ({"reasoning_split": True}, {"reasoning_split": True}),
    "max_output": (100, 100),
    "max_tokens_field": ("max_tokens", "max_tokens"),
    "temperatures": ([0, Decimal("1.0")], (0.0, 1.0)),
    "cache_control": (False, False),
    "tool_choices": (["auto"], frozenset({"auto"})),
    "efforts": (["low", "high"], ("low", "high")),
    "effort_map": ({"max": "high"}, {"max": "high"}),
    "thinking_budgets": ({"low": 1024}, {"low": 1024}),
    "schema": (
        {"keywords": ["type"], "refs": False},
        SchemaRules(keywords=frozenset({"type"}), refs=False),
    ),
}


@pytest.mark.parametrize("key", VALUES)
def test_a_field_is_read_by_its_own_type(key: str) -> None:
    stated, expected = VALUES[key]
    assert getattr(with_fields(BARE, {key: stated}, "dialects.x"), key) == expected


def test_a_providers_own_field_is_what_json_can_say() -> None:
    """Settings keep a number with a point exact, which no request could be written with."""
    stated = {"min_p": Decimal("0.05"), "template": {"think": True, "stops": ["a", Decimal(2)]}}
    own = with_fields(BARE, {"extra_fields": stated}, "dialects.x").extra_fields
    assert json.loads(json.dumps(own)) == {"min_p": 0.05, "template": {"think": True, "stops": ["a", 2.0]}}


def test_every_field_can_be_stated() -> None:
    """What a dialect's own values say, written as a table would, gives the same dialect again."""
    for field in fields(Dialect):
        if field.name in {"name", "vendor", "schema"} or getattr(BARE, field.name) is None:
            continue
        value = getattr(BARE, field.name)
        stated = sorted(value) if isinstance(value, frozenset) else value
        assert with_fields(BARE, {field.name: stated}, "dialects.x") == BARE


@pytest.mark.parametrize(
    ("table", "key", "words"),
    [
        ({"efort_map": {}}, "dialects.x.efort_map", "effort_map"),
        ({"name": "y"}, "dialects.x.name", "unknown key"),
        ({"fold_system": "yes"}, "dialects.x.fold_system", "true or false"),
        ({"max_output": True}, "dialects.x.max_output", "a whole number"),
        ({"max_output": "many"}, "dialects.x.max_output", "a whole number"),
        ({"betas": "none"}, "dialects.x.betas", "a list"),
        ({"betas": [1]}, "dialects.x.betas", "a text"),
        ({"temperatures": [0.0]}, "dialects.x.temperatures", "a list of 2"),
        ({"temperatures": ["cold", 1.0]}, "dialects.x.temperatures", "a number"),
        ({"max_output": 0}, "dialects.x.max_output", "from 1"),
        ({"max_output": 10**12}, "dialects.x.max_output", "from 1"),
        ({"max_stops": -1}, "dialects.x.max_stops", "from 1"),
        ({"thinking_budgets": {"low": 1024, "high": -5}}, "dialects.x.thinking_budgets.high", "from 1"),
        ({"temperatures": [1.0, 0.0]}, "dialects.x.temperatures", "lowest"),
        ({"temperatures": [-1.0, 0.5]}, "dialects.x.temperatures", "lowest"),
        ({"temperatures": [0.0, Decimal("nan")]}, "dialects.x.temperatures", "lowest"),
        ({"temperatures": [0.0, Decimal("inf")]}, "dialects.x.temperatures", "lowest"),
        ({"effort_map": ["low"]}, "dialects.x.effort_map", "a table"),
        ({"effort_map": {"low": 1}}, "dialects.x.effort_map.low", "a text"),
        ({"thinking_on": "always"}, "dialects.x.thinking_on", "adaptive"),
        ({"tool_choices": ["any"]}, "dialects.x.tool_choices", "required"),
        ({"vendor": "openai"}, "dialects.x.vendor", "openai_chat"),
        ({"schema": {"ref": False}}, "dialects.x.schema.ref", "refs"),
        ({"schema": {"patterns": "some"}}, "dialects.x.schema.patterns", "portable"),
        ({"extra_fields": {"since": date(2026, 1, 1)}}, "dialects.x.extra_fields.since", "JSON"),
        ({"extra_fields": {"top": {"p": Decimal("nan")}}}, "dialects.x.extra_fields.top.p", "JSON"),
        ({"inherit": "z"}, "dialects.x.inherit", "there is no dialect 'z'"),
        ({"inherit": "x"}, "dialects.x.inherit", "inherit from itself"),
    ],
)
def test_a_mistake_is_named_by_its_key(table: dict[str, Any], key: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read_dialects({"x": table})
    assert refused.value.what.startswith(f"{key}: ")
    assert words in f"{refused.value.what} {refused.value.next_step}"


def test_a_ring_of_dialects_is_found() -> None:
    with pytest.raises(ConfigError, match="inherit from itself"):
        read_dialects({"a": {"inherit": "b"}, "b": {"inherit": "a"}})


def test_something_else_than_a_table() -> None:
    with pytest.raises(ConfigError, match=r"dialects\.x: not a table"):
        read_dialects({"x": 1})  # type: ignore[dict-item] # what a careless file may hold


def test_a_dialect_takes_what_it_does_not_say_from_the_one_it_inherits() -> None:
    stated = {
        "child": {"inherit": "parent", "images": True},
        "parent": {"images": False, "drop_fields": ["a"]},
    }
    read = read_dialects(stated)
    assert read["child"].images
    assert read["child"].drop_fields == frozenset({"a"})
    assert (read["child"].name, read["parent"].name) == ("child", "parent")


def test_every_record_of_the_catalog_is_used() -> None:
    table = read_table("providers.toml")
    named = {one["dialect"] for provider in table["providers"].values() for one in provider["endpoints"]}
    inherited = {entry["inherit"] for entry in table["dialects"].values() if "inherit" in entry}
    assert set(table["dialects"]) == named | inherited
