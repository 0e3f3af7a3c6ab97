"""What a compatible provider refuses of tools, of the choice among them, and of their schemas."""

import re
from collections.abc import Iterator
from typing import Any

from coderouter_cli.demo.checks.base import as_object, invalid, items, objects, word
from coderouter_cli.demo.compatible import Compatible
from coderouter_cli.demo.script import HttpError
from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect, SchemaRules

_MESSAGES, _RESPONSES, _CHAT = FormatName
_SCHEMA = {_MESSAGES: "input_schema", _RESPONSES: "parameters", _CHAT: "parameters"}
_MODES = {"any": "required"}
_NAME = re.compile(r"[a-zA-Z0-9_-]+")
_WITHIN = ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
_BESIDE = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")
_AMONG = ("anyOf", "allOf", "oneOf", "prefixItems")


def tool_problems(
    body: JsonObject, wire: FormatName, rules: Compatible, dialect: Dialect
) -> Iterator[HttpError]:
    """What is wrong with ``tools`` and ``tool_choice``."""
    if "tools" in body and not dialect.tools:
        yield invalid("tools are not supported", param="tools")
    for i, tool in enumerate(objects(body.get("tools"))):
        yield from _tool(f"tools[{i}]", tool, wire, dialect)
    yield from _choice(body, rules, dialect)


def answer_schema_problems(body: JsonObject, wire: FormatName, dialect: Dialect) -> Iterator[HttpError]:
    """What is wrong with the schema that the answer is to follow."""
    shapes = {
        _MESSAGES: as_object(body.get("output_config")).get("format"),
        _RESPONSES: as_object(body.get("text")).get("format"),
        _CHAT: as_object(as_object(body.get("response_format")).get("json_schema")),
    }
    schema = as_object(shapes[wire]).get("schema")
    if schema is not None:
        yield from schema_problems(schema, "the answer's schema", dialect.schema)


def schema_problems(schema: Any, where: str, rules: SchemaRules) -> Iterator[HttpError]:
    """What is wrong with a schema, by these rules."""
    if as_object(schema).get("type") != "object":
        yield invalid(f"{where}: type is required and must be 'object'")
    if not rules.top_unions and as_object(schema).keys() & {"anyOf", "oneOf", "allOf"}:
        yield invalid(f"{where}: when using anyOf, type should be defined in anyOf items")
    for path, node in _nodes(schema, where):
        for problem in _node_problems(node, rules):
            yield invalid(f"{path}: {problem}")


def _tool(where: str, tool: JsonObject, wire: FormatName, dialect: Dialect) -> Iterator[HttpError]:
    kind = word(tool.get("type", "function"))
    if kind != "function" and wire is not _MESSAGES and not (kind == "custom" and dialect.custom_tools):
        yield invalid(f"{where}.type: unknown variant `{kind}`, expected `function`")
    if wire is _CHAT:
        for field in tool:
            if field not in {"type", "function"}:
                yield invalid(f"{where}.{field}: Extra inputs are not permitted")
        tool = as_object(tool.get("function"))
    for field in tool:
        refused = field in dialect.drop_tool_fields
        if refused or (dialect.tool_fields is not None and field not in dialect.tool_fields):
            yield invalid(f"{where}.{field}: Extra inputs are not permitted")
    name = tool.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or len(name) > dialect.max_tool_name:
        yield invalid(f"{where}.name: a name has at most {dialect.max_tool_name} characters of [a-zA-Z0-9_-]")
    schema = tool.get(_SCHEMA[wire])
    if not isinstance(schema, dict):
        yield invalid(f"{where}: missing field `{_SCHEMA[wire]}`")
    yield from schema_problems(schema, f"{where}.{_SCHEMA[wire]}", dialect.schema)


def _choice(body: JsonObject, rules: Compatible, dialect: Dialect) -> Iterator[HttpError]:
    choice = body.get("tool_choice")
    if choice is None:
        return
    kind = choice if isinstance(choice, str) else word(as_object(choice).get("type"))
    mode = _MODES.get(kind, "tool" if kind in {"function", "custom"} else kind)
    if mode not in {str(one) for one in dialect.tool_choices}:
        yield invalid(f"tool_choice: {kind!r} is not supported", param="tool_choice")
    if mode in {"required", "tool"} and not rules.forced_tool_choice:
        yield invalid(f"tool_choice '{kind}' is incompatible with thinking enabled", param="tool_choice")
    if not body.get("tools"):
        yield invalid("tool_choice: may only be specified while providing tools", param="tool_choice")


def _node_problems(node: JsonObject, rules: SchemaRules) -> Iterator[str]:
    if rules.keywords is not None:
        for name in node.keys() - rules.keywords:
            yield f'Unknown name "{name}": Cannot find field.'
        for name in items(node.get("required")):
            if name not in as_object(node.get("properties")):
                yield f"required: property {name!r} is not defined"
    yield from _type_problems(node, rules)
    if rules.formats is not None and "format" in node and node["format"] not in rules.formats:
        yield f"format {node['format']!r} is not supported"
    if rules.enums == "strings" and not all(isinstance(one, str) for one in items(node.get("enum"))):
        yield "enum: only allowed for STRING type"
    if "pattern" in node and not _is_pattern(node["pattern"], rules):
        yield f"{node['pattern']!r} is not a 'regex'"


def _type_problems(node: JsonObject, rules: SchemaRules) -> Iterator[str]:
    kinds = node.get("type")
    if "$ref" in node and not rules.refs:
        yield "conflicting keywords found after $ref expansion"
    if not rules.type_lists and (isinstance(kinds, list) or kinds == "null"):
        yield "Proto field is not repeating, cannot start list."
    if not rules.typed_unions and kinds is not None and ("anyOf" in node or "oneOf" in node):
        yield "when using anyOf, type should be defined in anyOf items instead of the parent schema"
    if rules.array_items and kinds == "array" and "items" not in node:
        yield "items: missing field."


def _is_pattern(pattern: Any, rules: SchemaRules) -> bool:
    if rules.patterns != "portable":
        return rules.patterns == "any"
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True


def _nodes(node: Any, path: str) -> Iterator[tuple[str, JsonObject]]:
    """Every schema inside a schema, the outermost first."""
    if not isinstance(node, dict):
        return
    yield path, node
    for key in _WITHIN:
        for name, child in as_object(node.get(key)).items():
            yield from _nodes(child, f"{path}.{name}")
    for key in _BESIDE:
        yield from _nodes(node.get(key), f"{path}.{key}")
    for key in _AMONG:
        for child in items(node.get(key)):
            yield from _nodes(child, f"{path}.{key}")
