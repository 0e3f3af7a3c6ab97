"""Edits one value inside JSON text and leaves every other byte alone.

Writing a parsed body anew would change number text, escapes and spaces: bytes that signatures and
provider prompt caches may depend on, and that a client has a right to. So the value's span is found
by a scanner of our own, which skips strings and whole containers by regular expression and stops at
the value it looks for.
"""

import json
import re

_SPACE = re.compile(rb"[ \t\n\r]*+")
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_KEY = re.compile(rb"[ \t\n\r]*+(" + _STRING + rb")[ \t\n\r]*+:[ \t\n\r]*+", re.DOTALL)
_SCALAR = re.compile(_STRING + rb"|[^\s,\]}\[{\":]++", re.DOTALL)
_COMMA = re.compile(rb"[ \t\n\r]*+,")
_TO_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|"[^"]*+")*+([\[\]{}])')
"""For text whose escapes are masked."""

Span = tuple[int, int]
"""Start and end (exclusive) of a value, in bytes."""


def find_value(body: bytes, path: tuple[str, ...]) -> Span | None:
    """Where the value at a path of object keys is; None when there is no such path.

    ``body`` is valid JSON (see `read.parse_object`); of text that is not, the answer is None or a
    span that begins where the value would. Of duplicate keys the first is found.
    """
    scanner = _Scanner(body)
    found = _SPACE.match(body)
    at = found.end() if found else 0
    for name in path:
        member = scanner.member(at, name)
        if member is None:
            return None
        at = member
    end = scanner.value_end(at)
    return None if end is None else (at, end)


def replace_value(body: bytes, path: tuple[str, ...], new: bytes) -> bytes:
    """The body with another value (itself JSON) at a path of object keys.

    Raises:
        KeyError: the body has no value there.
    """
    span = find_value(body, path)
    if span is None:
        raise KeyError(".".join(path))
    return body[: span[0]] + new + body[span[1] :]


class _Scanner:
    def __init__(self, body: bytes) -> None:
        self._body = body
        self._masked: bytes | None = None

    def member(self, at: int, name: str) -> int | None:
        """Where the value of a key of the object at ``at`` begins."""
        if self._body[at : at + 1] != b"{":
            return None
        at += 1
        while (key := _KEY.match(self._body, at)) is not None:
            if _is_name(key[1], name):
                return key.end()
            end = self.value_end(key.end())
            comma = None if end is None else _COMMA.match(self._body, end)
            if comma is None:
                return None
            at = comma.end()
        return None

    def value_end(self, at: int) -> int | None:
        """Where the value at ``at`` ends; None when none ends there."""
        if self._body[at : at + 1] not in {b"{", b"["}:
            scalar = _SCALAR.match(self._body, at)
            return None if scalar is None else scalar.end()
        depth = 0
        while (bracket := _TO_BRACKET.match(self._without_escapes(), at)) is not None:
            at = bracket.end()
            depth += 1 if bracket[1] in b"{[" else -1
            if depth == 0:
                return at
        return None

    def _without_escapes(self) -> bytes:
        """The body, as long as before, with escaped quotes and backslashes out of the way.

        It halves the time of skipping a megabyte, and is only made when a container is in the way.
        """
        if self._masked is None:
            self._masked = self._body.replace(rb"\\", b"__").replace(rb"\"", b"__")
        return self._masked


def _is_name(token: bytes, name: str) -> bool:
    if b"\\" not in token:
        return token[1:-1] == name.encode("utf-8", "surrogatepass")
    try:
        return bool(json.loads(token) == name)
    except ValueError:
        return False
