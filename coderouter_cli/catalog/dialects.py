"""Dialects out of tables: those of `providers.toml`, and what a user's settings change in them.

A key of a table is a field of `domain.model.Dialect`, read by that field's own type: a new field needs
nothing here.
"""

import math
import types
from collections.abc import Collection, Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from coderouter_cli.domain.conversation import FormatName, JsonObject
from coderouter_cli.domain.model import Dialect
from coderouter_cli.errors import ConfigError

_WORDS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text in quotes"}
_MOST = 100_000_000

INHERIT = "inherit"
"""The key of a dialect's table that names another one, whose fields hold where this one says nothing."""


def read_dialects(stated: Mapping[str, JsonObject], at: str = "dialects") -> dict[str, Dialect]:
    """Every dialect of a table of tables.

    Raises:
        ConfigError: a table says something no dialect has; the message names the key.
    """
    read: dict[str, Dialect] = {}
    for name in stated:
        _read(name, stated, read, at, ())
    return read


def with_fields(dialect: Dialect, stated: JsonObject, at: str) -> Dialect:
    """The dialect with the fields of a table instead of its own. ``at`` is where the table stands.

    Raises:
        ConfigError: a key is no field of a dialect, or its value is of another kind or no sense.
    """
    values = _values(Dialect, stated, at)
    for key in ("max_output", "max_stops"):
        if values.get(key) is not None:
            check_count(values[key], f"{at}.{key}")
    for word, tokens in values.get("thinking_budgets", {}).items():
        check_count(tokens, f"{at}.thinking_budgets.{word}")
    lowest, highest = values.get("temperatures") or (0.0, 0.0)
    if not 0 <= lowest <= highest < math.inf:
        raise wrong(f"{at}.temperatures", "it must be the lowest and the highest temperature, from 0 on")
    return replace(dialect, **values)


def check_count(value: int, at: str) -> None:
    """Refuse a limit that lets nothing through, or that no number could reach.

    Raises:
        ConfigError: it is less than one, or more than a hundred million.
    """
    if not 1 <= value <= _MOST:
        raise wrong(at, f"it must be a whole number from 1 to {_MOST}")


def named(dialects: Mapping[str, Dialect], name: object, at: str) -> Dialect:
    """One of the dialects.

    Raises:
        ConfigError: none has this name.
    """
    if not isinstance(name, str) or name not in dialects:
        raise wrong(at, f"there is no dialect {_shown(name)}", _did_you_mean(name, dialects))
    return dialects[name]


def wrong(at: str, what: str, next_step: str = "") -> ConfigError:
    """An error about one key, which is named first."""
    return ConfigError(f"{at}: {what}", next_step=next_step)


def unknown_key(at: str, key: str, known: Collection[str]) -> ConfigError:
    """An error about a key that means nothing there."""
    return wrong(f"{at}.{key}", "unknown key", _did_you_mean(key, known))


def _read(
    name: str, stated: Mapping[str, JsonObject], read: dict[str, Dialect], at: str, above: tuple[str, ...]
) -> Dialect:
    """One dialect, after the one it inherits from; ``above`` are those that wait for it."""
    if name in read:
        return read[name]
    entry, place = stated[name], f"{at}.{name}"
    if not isinstance(entry, dict):
        raise wrong(place, "not a table")
    base = Dialect(name=name)
    if INHERIT in entry:
        parent = entry[INHERIT]
        if parent not in stated:
            raise wrong(
                f"{place}.{INHERIT}", f"there is no dialect {_shown(parent)}", _did_you_mean(parent, stated)
            )
        if parent in (*above, name):
            raise wrong(f"{place}.{INHERIT}", f"{name} would inherit from itself")
        base = replace(_read(parent, stated, read, at, (*above, name)), name=name)
    own = {key: value for key, value in entry.items() if key != INHERIT}
    read[name] = with_fields(base, own, place)
    return read[name]


@cache
def _types(kind: type) -> dict[str, Any]:
    """The fields a table may set, and their types."""
    hints = get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind) if one.name != "name"}


def _values(kind: type, stated: JsonObject, at: str) -> dict[str, Any]:
    """The fields that a table states, each as a value of its type."""
    known = _types(kind)
    for key in stated:
        if key not in known:
            raise unknown_key(at, key, known)
    return {key: _read_as(known[key], value, f"{at}.{key}") for key, value in stated.items()}


def _read_as(kind: Any, value: object, at: str) -> object:
    """A TOML value as a value of this type."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is types.UnionType:
        return _read_as(next(one for one in inner if one is not type(None)), value, at)
    if origin is Literal:
        return _word(inner, value, at)
    if kind is FormatName:
        return FormatName(_word(tuple(FormatName), value, at))
    if origin is frozenset:
        return frozenset(_read_as(inner[0], one, at) for one in _list(value, at))
    if origin is tuple:
        return _tuple(inner, _list(value, at), at)
    if origin is not None and issubclass(origin, Mapping):
        entries = _table(value, at)
        return {key: _read_as(inner[1], entries[key], f"{at}.{key}") for key in entries}
    if is_dataclass(kind):
        make: Any = kind
        return make(**_values(make, _table(value, at), at))
    return _json(value, at) if kind is Any else _plain(kind, value, at)


def _json(value: object, at: str) -> object:
    """What can stand in a request: TOML has dates and numbers that JSON has not."""
    if isinstance(value, dict):
        return {key: _json(one, f"{at}.{key}") for key, one in value.items()}
    if isinstance(value, list):
        return [_json(one, at) for one in value]
    if isinstance(value, float | Decimal):
        value = float(value)
        if math.isfinite(value):
            return value
    elif isinstance(value, bool | int | str):
        return value
    raise wrong(at, "it must be a value that JSON has")


def _plain(kind: type, value: object, at: str) -> object:
    """A flag, a whole number, a number or a text; a flag is no number."""
    # A number needs no point in TOML, and settings keep those with one exact.
    if kind is float and isinstance(value, int | Decimal) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (kind is not bool and isinstance(value, bool)):
        raise wrong(at, f"it must be {_WORDS[kind]}")
    return value


def _word(words: tuple[Any, ...], value: object, at: str) -> Any:
    if value not in words:
        raise wrong(at, f"{_shown(value)} is not accepted", _did_you_mean(value, [str(w) for w in words]))
    return value


def _tuple(inner: tuple[Any, ...], values: list[Any], at: str) -> tuple[object, ...]:
    if inner[-1] is Ellipsis:
        return tuple(_read_as(inner[0], one, at) for one in values)
    if len(values) != len(inner):
        raise wrong(at, f"it must be a list of {len(inner)}")
    return tuple(_read_as(kind, one, at) for kind, one in zip(inner, values, strict=True))


def _list(value: object, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise wrong(at, "it must be a list in brackets")
    return value


def _table(value: object, at: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(at, "it must be a table")
    return value


def _shown(value: object) -> str:
    """A value as an error may repeat it: short, and never one that a slip made of a key."""
    if isinstance(value, str):
        return repr(value) if len(value) <= 24 else "a long text"
    return "something else than a text"


def _did_you_mean(word: object, words: Collection[str]) -> str:
    near = get_close_matches(str(word).lower(), words, n=1)
    meant = f"Did you mean {near[0]!r}? " if near else ""
    return f"{meant}Accepted: {', '.join(sorted(words))}."
