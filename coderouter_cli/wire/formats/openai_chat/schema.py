"""Tool schemas as Chat providers accept them.

Tool schemas come from other vendors' clients, which check them less. What providers refuse is taken
out; it only ever narrows what a string may look like, so a call stays valid.
"""

import re
from typing import Any

from coderouter_cli.domain.conversation import JsonObject

_FORMATS = frozenset({"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"})
"""OpenAI refuses any other (https://github.com/cyanheads/git-mcp-server/issues/47)."""
_ONE = frozenset({"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames"})
_MANY = frozenset({"anyOf", "oneOf", "allOf", "prefixItems"})
_NAMED = frozenset({"properties", "$defs", "definitions", "dependentSchemas", "patternProperties"})


def portable_schema(schema: JsonObject | None) -> JsonObject:
    """A copy fit for a function's ``parameters``: an object schema, without what providers refuse."""
    cleaned = _cleaned(schema or {})
    if "type" not in cleaned and not _MANY & cleaned.keys():
        cleaned = {"type": "object", **cleaned}
    if cleaned.get("type") == "object":
        cleaned.setdefault("properties", {})
    return cleaned


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
