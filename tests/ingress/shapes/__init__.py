"""Requests with everything in them that each format can hold, and what can be wrong with them."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from coderouter_cli.demo.asks import outlines
from coderouter_cli.demo.callers import CALLERS
from coderouter_cli.domain.conversation import FormatName, JsonObject

Place = tuple[str | int, ...]
"""Keys and indexes that lead to a value."""
GONE = object()
"""Stands for a value that is not there at all."""
WRONG: tuple[Any, ...] = (
    None, True, -1, 10**400, "", "\ud83d\x00", [], [None], ["a"], {}, {"type": None}, GONE,
)  # fmt: skip
"""One of every JSON type, and what readers stumble over."""


@cache
def shapes() -> dict[str, tuple[FormatName, JsonObject]]:
    """The requests by name: written ones, and one of every client with its long texts cut."""
    found: dict[str, tuple[FormatName, JsonObject]] = {}
    for file in sorted(Path(__file__).parent.glob("*.json")):
        body = json.loads(file.read_text(encoding="utf-8"))
        found[file.stem] = (_format_of(file.stem), body)
    for outline in {one.client: one for one in outlines()}.values():
        caller = CALLERS[outline.client](outline, "shapes")
        caller.begin(outline.asks[0].text, planning=True)
        asked = caller.request()
        found[outline.client] = (asked.format, _cut(json.loads(asked.body)))
    return found


def _format_of(stem: str) -> FormatName:
    return next(name for name in FormatName if stem.startswith(name.value))


def _cut(value: Any) -> Any:
    """Three of every list, sixty characters of every text."""
    if isinstance(value, dict):
        return {key: _cut(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cut(inner) for inner in value[:3]]
    return value[:60] if isinstance(value, str) else value


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Every place below a value."""
    inner: Any = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    for key, child in inner:
        yield (*at, key)
        yield from places(child, (*at, key))


def changed(value: Any, at: Place, new: object) -> Any:
    """A copy with another value at a place."""
    copy = value.copy()
    if len(at) > 1:
        copy[at[0]] = changed(value[at[0]], at[1:], new)
    elif new is GONE:
        del copy[at[0]]
    else:
        copy[at[0]] = new
    return copy
