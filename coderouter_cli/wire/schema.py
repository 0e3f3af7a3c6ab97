"""JSON schemas as OpenAI's endpoints, and those that follow them, accept them.

Tool schemas come from other vendors' clients and from MCP servers, which check them less. What OpenAI
refuses even without ``strict`` is taken out: that only widens what a call may look like.
"""

import re
from collections.abc import Callable
from typing import Any

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.wire.read import as_list, as_object

_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
"""https://developers.openai.com/api/docs/guides/structured-outputs; ``uri`` is refused
(https://github.com/cyanheads/git-mcp-server/issues/47)."""
_ONE = frozenset({"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"})
_MANY = frozenset({"items", "prefixItems", "anyOf", "oneOf", "allOf"})
_NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs", "definitions"})
_BRANCHES = ("anyOf", "oneOf", "allOf")
_NOT_ON_TOP = frozenset({*_BRANCHES, "not", "enum", "const", "if", "then", "else"})


def portable_schema(schema: JsonObject | None) -> JsonObject:
    """A copy fit for a function's ``parameters``.

    The top is always an object schema without alternatives (OpenAI refuses ``anyOf`` and its like
    there): the properties of all alternatives are offered, none of them required.
    """
    return flat_top(_clean(schema or {}))


def flat_top(top: JsonObject) -> JsonObject:
    """The schema as an object schema without alternatives at the top."""
    properties = as_object(top.get("properties"))
    for branch in _branches(top):
        offered = as_object(branch.get("properties"))
        properties = properties | {name: offered[name] for name in offered if name not in properties}
    kept = {key: value for key, value in top.items() if key not in _NOT_ON_TOP}
    return {**kept, "type": "object", "properties": properties}


def is_strict(schema: Any) -> bool:
    """Whether every object in it lists all its properties as required and allows no others.

    That is what ``strict`` asks of a schema; any other is refused with it
    (https://platform.openai.com/docs/guides/structured-outputs).
    """
    if not isinstance(schema, dict):
        return True
    properties = schema.get("properties")
    if isinstance(properties, dict) or schema.get("type") == "object":
        required = {name for name in as_list(schema.get("required")) if isinstance(name, str)}
        if schema.get("additionalProperties") is not False or required != set(as_object(properties)):
            return False
    return all(is_strict(inner) for inner in _inner_schemas(schema))


def _branches(top: JsonObject) -> list[JsonObject]:
    alternatives = [top[key] for key in _BRANCHES if isinstance(top.get(key), list)]
    return [branch for group in alternatives for branch in group if isinstance(branch, dict)]


def _clean(schema: JsonObject) -> JsonObject:
    return {key: over(key, value, _clean) for key, value in schema.items() if _is_accepted(key, value)}


def over(key: str, value: Any, change: Callable[[JsonObject], Any]) -> Any:
    """The value of a schema's key with ``change`` applied to the schemas directly inside it."""
    if isinstance(value, dict):
        if key in _ONE:
            return change(value)
        if key in _NAMED:
            names = [name for name in value if key != "patternProperties" or is_regex(name)]
            return {
                name: change(value[name]) if isinstance(value[name], dict) else value[name] for name in names
            }
    if isinstance(value, list) and key in _MANY:
        return [change(inner) if isinstance(inner, dict) else inner for inner in value]
    return value


def _inner_schemas(schema: JsonObject) -> list[JsonObject]:
    found: list[JsonObject] = []
    for key, value in schema.items():
        over(key, value, found.append)
    return found


def _is_accepted(key: str, value: Any) -> bool:
    if key == "pattern":
        return isinstance(value, str) and is_regex(value)
    if key == "format":
        return value in _FORMATS if isinstance(value, str) else False
    # Codex has OpenAI seal arguments between agents; a model that does not seal refuses such a tool
    # (https://github.com/decolua/9router/issues/1758).
    if key == "encrypted":
        return False
    # A schema written by a tool with no type: https://github.com/farion1231/cc-switch/issues/3847
    return key != "type" or value is not None


def is_regex(pattern: str) -> bool:
    """Patterns are checked with Python's syntax: ``\\p{Cc}`` of Claude Code's Artifact tool is refused
    (https://github.com/router-for-me/CLIProxyAPI/issues/5672)."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True
