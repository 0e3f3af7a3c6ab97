"""Reads JSON that others wrote.

Requests are read strictly: what is not as the format says is a `BadRequestError` that names the
field, never its value. Providers' answers are read leniently: what is not there, or odd, reads as
nothing, because a stream that has begun must not break over a field nobody needs.
"""

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn, TypeVar

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.errors import BadRequestError

MAX_DEPTH = 200
"""Nesting that a request may have. Everything that walks a body recurses; the deepest real ones (tool
schemas) have about 20 levels."""

MAX_COUNT = 2**53
"""The largest whole number that every JSON reader keeps."""
MAX_TOKENS = 10**10
"""More than any answer takes; what it costs can still be written down in 64 bits of picodollars."""

_T = TypeVar("_T")
_LENIENT = json.JSONDecoder(parse_constant=lambda _: None)
"""Some providers write NaN; it reads as null."""


def parse_object(body: bytes) -> JsonObject:
    """Parse a request's (or a whole answer's) bytes.

    Raises:
        BadRequestError: not UTF-8, not JSON, not an object, too deep, a number that JSON does not
            have, or two ``model`` keys (readers disagree on which one counts).
    """
    outermost: list[tuple[str, Any]] = []

    def keep_last(pairs: list[tuple[str, Any]]) -> JsonObject:
        nonlocal outermost
        outermost = pairs
        return dict(pairs)

    try:
        value = json.loads(
            body.decode(), object_pairs_hook=keep_last, parse_constant=_refuse, parse_float=_finite
        )
    except UnicodeDecodeError as error:
        raise BadRequestError("The request body is not UTF-8.") from error
    except RecursionError as error:
        raise BadRequestError("The request body is nested too deeply.") from error
    except ValueError as error:
        raise BadRequestError(f"The request body is not valid JSON{_place(error)}.") from error
    if not isinstance(value, dict):
        raise BadRequestError("The request body must be a JSON object.")
    if sum(key == "model" for key, _ in outermost) > 1:
        raise BadRequestError("The request body has more than one `model`.")
    if _too_deep(value):
        raise BadRequestError("The request body is nested too deeply.")
    return value


def parse_lenient(text: str) -> JsonObject | None:
    """The JSON object in a provider's text; None when there is none (or one that is too deep)."""
    try:
        value = _LENIENT.decode(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or (len(text) > MAX_DEPTH and _too_deep(value)):
        return None
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(text)
    return number


def _place(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f" at line {error.lineno}, column {error.colno}"
    return ""


def _too_deep(value: JsonObject) -> bool:
    level: list[Any] = [value]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node) if isinstance(child, dict | list)]
        if not level:
            return False
    return True


def _children(node: Any) -> Iterable[Any]:
    return node.values() if isinstance(node, dict) else node


# Strict: requests. ``at`` is the path of ``obj`` in the body, empty for the body itself.


def path_to(at: str, key: str | int) -> str:
    """The path of a key or an index below ``at``: ``messages[3].content``."""
    if isinstance(key, int):
        return f"{at}[{key}]"
    return f"{at}.{key}" if at else key


def wrong(at: str, expected: str) -> BadRequestError:
    """The error for a field that is not what it must be."""
    return BadRequestError(f"`{at}` must be {expected}.")


def _optional(obj: JsonObject, key: str, at: str, kind: type[_T], expected: str) -> _T | None:
    value = obj.get(key)
    if value is None or (isinstance(value, kind) and (kind is bool or not isinstance(value, bool))):
        return value
    raise wrong(path_to(at, key), expected)


def _required(value: _T | None, obj: JsonObject, key: str, at: str, expected: str) -> _T:
    if value is not None:
        return value
    if key in obj:
        raise wrong(path_to(at, key), expected)
    raise BadRequestError(f"`{path_to(at, key)}` is required.")


def opt_str(obj: JsonObject, key: str, at: str = "") -> str | None:
    """A string; None when absent or null."""
    return _optional(obj, key, at, str, "a string")


def opt_int(obj: JsonObject, key: str, at: str = "") -> int | None:
    """A whole number; None when absent or null."""
    return _optional(obj, key, at, int, "a whole number")


def opt_float(obj: JsonObject, key: str, at: str = "") -> float | None:
    """A number, whole or not; None when absent or null."""
    value = obj.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MAX_COUNT:
        return float(value)
    return _optional(obj, key, at, float, "a number")


def opt_bool(obj: JsonObject, key: str, at: str = "") -> bool | None:
    """True or false; None when absent or null."""
    return _optional(obj, key, at, bool, "true or false")


def opt_list(obj: JsonObject, key: str, at: str = "") -> list[Any] | None:
    """A list of anything; None when absent or null."""
    return _optional(obj, key, at, list, "a list")


def opt_object(obj: JsonObject, key: str, at: str = "") -> JsonObject | None:
    """An object; None when absent or null."""
    return _optional(obj, key, at, dict, "an object")


def req_str(obj: JsonObject, key: str, at: str = "") -> str:
    """A string that must be there."""
    return _required(opt_str(obj, key, at), obj, key, at, "a string")


def req_list(obj: JsonObject, key: str, at: str = "") -> list[Any]:
    """A list that must be there."""
    return _required(opt_list(obj, key, at), obj, key, at, "a list")


def req_object(obj: JsonObject, key: str, at: str = "") -> JsonObject:
    """An object that must be there."""
    return _required(opt_object(obj, key, at), obj, key, at, "an object")


def objects(values: list[Any], at: str) -> list[JsonObject]:
    """A list's items, each of which must be an object; ``at`` is the list's own path."""
    for index, value in enumerate(values):
        if not isinstance(value, dict):
            raise wrong(path_to(at, index), "an object")
    return values


# Lenient: providers' answers.


def as_str(value: object, default: str = "") -> str:
    """The string, or the default for anything else."""
    return value if isinstance(value, str) else default


def as_int(value: object, default: int = 0) -> int:
    """The number, cut to a whole one, or the default for anything else."""
    if isinstance(value, bool):
        return default
    if isinstance(value, float) and math.isfinite(value):
        return int(value)
    return value if isinstance(value, int) else default


def as_count(value: object) -> int:
    """A number of tokens; 0 for anything that is none."""
    return min(max(0, as_int(value)), MAX_TOKENS)


def as_object(value: object) -> JsonObject:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def as_list(value: object) -> list[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []
