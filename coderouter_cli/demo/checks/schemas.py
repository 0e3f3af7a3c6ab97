"""What OpenAI refuses of a function's JSON schema (https://developers.openai.com/api/docs/guides/function-calling)."""

import re
from collections.abc import Iterator
from typing import Any

from coderouter_cli.demo.checks.base import as_object, invalid, missing
from coderouter_cli.demo.script import HttpError
from coderouter_cli.domain.conversation import JsonObject

NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_CODE = "invalid_function_parameters"
_FORMATS = frozenset(["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"])


def too_long(where: str) -> HttpError:
    """A name or key of more than 64 characters."""
    text = f"Invalid '{where}': string too long. Expected a string with maximum length 64."
    return invalid(text, param=where, code="string_above_max_length")


def name_problems(name: Any, where: str) -> Iterator[HttpError]:
    """A function's name: at most 64 of the allowed characters."""
    if not isinstance(name, str) or not name:
        yield missing(where)
    if len(name) > 64:
        yield too_long(where)
    if not NAME.fullmatch(name):
        text = f"Invalid '{where}': string does not match pattern. Expected a string that matches the pattern"
        yield invalid(f"{text} '^[a-zA-Z0-9_-]+$'.", param=where, code="invalid_value")


def schema_problems(name: str, schema: Any, where: str, *, strict: bool) -> Iterator[HttpError]:
    """A function's parameters. ``strict`` is the mode that guarantees them; only when it is asked for."""
    if schema is None:
        return
    if as_object(schema).get("type") != "object":
        kind = as_object(schema).get("type")
        text = f"""schema must be a JSON Schema of 'type: "object"', got 'type: "{kind}"'."""
        yield invalid(f"Invalid schema for function '{name}': {text}", param=where, code=_CODE)
    for path, node in _nodes(schema, ()):
        for text in _complaints(path, node, strict=strict):
            yield invalid(f"Invalid schema for function '{name}': {text}", param=where, code=_CODE)


def _complaints(path: tuple[str, ...], node: JsonObject, *, strict: bool) -> Iterator[str]:
    pattern = node.get("pattern")
    if isinstance(pattern, str) and not _compiles(pattern):
        yield f"In context={path}, '{pattern}' is not a 'regex'."
    kind = node.get("type", "object" if "properties" in node else "any")
    if kind is None:
        yield f"In context={path}, None is not of type 'array', 'string'."
    if not strict:
        return
    if node.get("format", "uuid") not in _FORMATS:
        yield f"In context={path}, '{node['format']}' is not a valid format."
    if kind != "object":
        return
    if node.get("additionalProperties") is not False:
        yield f"In context={path}, 'additionalProperties' is required to be supplied and to be false."
    absent = [key for key in as_object(node.get("properties")) if key not in (node.get("required") or ())]
    if absent:
        yield (
            f"In context={path}, 'required' is required to be supplied and to be an array including every "
            f"key in properties. Missing '{absent[0]}'."
        )


def _nodes(node: JsonObject, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], JsonObject]]:
    yield path, node
    for key in ("properties", "$defs", "definitions"):
        for name, child in as_object(node.get(key)).items():
            if isinstance(child, dict):
                yield from _nodes(child, (*path, key, name))
    for key in ("items", "additionalProperties"):
        if isinstance(node.get(key), dict):
            yield from _nodes(node[key], (*path, key))
    for key in ("anyOf", "allOf", "oneOf"):
        for child in node.get(key) or ():
            if isinstance(child, dict):
                yield from _nodes(child, (*path, key))


def _compiles(pattern: str) -> bool:
    """Python's own regular expressions, like OpenAI's check, know no ``\\p{...}`` classes."""
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True
