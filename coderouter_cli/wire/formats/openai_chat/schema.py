"""Tool schemas as Chat providers accept them.

Tool schemas come from other vendors' clients, which check them less. What providers refuse is taken
out; that only widens what a call may look like.
"""

import re
from typing import Any

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.wire.read import as_list, as_object

_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
"""OpenAI refuses any other (https://github.com/cyanheads/git-mcp-server/issues/47)."""
_ONE = frozenset({"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"})
_MANY = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_ALTERNATIVES = ("anyOf", "oneOf", "allOf")
_NOT_ON_TOP = frozenset({*_ALTERNATIVES, "type", "not", "if", "then", "else", "enum", "const"})
_DATA = frozenset({"properties", "enum", "const", "default", "examples", "required"})
"""Keys whose values are no schemas, and the one whose values are named by the client."""
_NAMED = frozenset({"properties", "$defs", "definitions", "dependentSchemas", "patternProperties"})


def portable_schema(schema: JsonObject | None) -> JsonObject:
    """A copy fit for a function's ``parameters``, without what providers refuse.

    The top is always an object: OpenAI refuses alternatives there, so the properties of all of them are
    offered and none is required for their sake.
    """
    top = _cleaned(schema or {})
    properties = dict(as_object(top.get("properties")))
    for key in _ALTERNATIVES:
        for branch in as_list(top.get(key)):
            properties = {**as_object(as_object(branch).get("properties")), **properties}
    kept = {key: value for key, value in top.items() if key not in _NOT_ON_TOP}
    return {"type": "object", **kept, "properties": properties}


def is_strict(schema: Any) -> bool:
    """Whether every object in it requires all its properties and allows no others.

    That is what ``strict`` asks of a schema; any other is refused with it
    (https://platform.openai.com/docs/guides/structured-outputs).
    """
    if isinstance(schema, list):
        return all(map(is_strict, schema))
    if not isinstance(schema, dict):
        return True
    properties = as_object(schema.get("properties"))
    if properties or schema.get("type") == "object":
        required = [name for name in as_list(schema.get("required")) if isinstance(name, str)]
        if schema.get("additionalProperties") is not False or set(required) != properties.keys():
            return False
    return all(map(is_strict, [*properties.values(), *(schema[key] for key in schema if key not in _DATA)]))


def _cleaned(schema: JsonObject) -> JsonObject:
    return {key: _cleaned_value(key, value) for key, value in schema.items() if _is_portable(key, value)}


def _cleaned_value(key: str, value: Any) -> Any:
    if key in _NAMED and isinstance(value, dict):
        return {
            name: _cleaned(inner) if isinstance(inner, dict) else inner
            for name, inner in value.items()
            if key != "patternProperties" or _is_regex(name)
        }
    if key in _ONE and isinstance(value, dict):
        return _cleaned(value)
    if (key in _MANY or key == "items") and isinstance(value, list):
        return [_cleaned(inner) if isinstance(inner, dict) else inner for inner in value]
    return value


def _is_portable(key: str, value: Any) -> bool:
    if key == "pattern":
        return isinstance(value, str) and _is_regex(value)
    if key == "format":
        return value in _FORMATS if isinstance(value, str) else False
    # A schema written by a tool with no type: https://github.com/farion1231/cc-switch/issues/3847
    return not (key == "type" and value is None)


def _is_regex(pattern: str) -> bool:
    """Providers check patterns with Python's syntax: ``\\p{Cc}`` of Claude Code's Artifact tool is refused
    with "is not a 'regex'" (https://github.com/Alishahryar1/free-claude-code/issues/1730)."""
    try:
        re.compile(pattern)
    except (re.error, OverflowError, RecursionError):
        return False
    return True
