"""Find the statements of a TOML document in its text, so that lines can be edited in place.

`tomllib` has accepted the text before it is scanned, so the scanner only needs to know where each
statement begins and ends. Nothing is serialised again: comments, order, line ends, a byte order
mark and a missing final newline survive. (A style-preserving TOML library was measured on eight
real inputs and moved keys into another table on one of them.)
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from coderouter_cli.clients.edit_json import split_bom
from coderouter_cli.errors import PatchError

_BASIC = r'"(?:\\.|[^"\\\n])*+"'
_LITERAL = r"'[^'\n]*+'"
_STRING = (
    r'"""(?:\\.|[^"\\]|"{1,2}(?!"))*+"{3,5}'
    r"|'''(?:[^']|'{1,2}(?!'))*+'{3,5}"
    rf"|{_BASIC}|{_LITERAL}"
)
_STRING_AT = re.compile(_STRING, re.DOTALL)
_TOKEN = re.compile(rf"(?:{_STRING})|#[^\n]*|[\[\]{{}}]|[^\"'#\[\]{{}}]+", re.DOTALL)
_PLAIN = re.compile(r"[^#\r\n]*")
_KEY = re.compile(rf"[ \t]*+({_BASIC}|{_LITERAL}|[A-Za-z0-9_\-]++)[ \t]*+")
_INDENT = re.compile(r"[ \t]*")
_LINE_END = re.compile(r"\r?\n")


class Kind(Enum):
    """What a statement is."""

    BLANK = "blank"
    COMMENT = "comment"
    TABLE = "table"
    ARRAY = "array of tables"
    PAIR = "pair"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement with its line end; ``start`` and ``end`` are offsets into the text.

    ``table`` is the header it stands under (its own path for a header), ``key`` the dotted key of a
    pair. ``value`` is where a pair's value begins and ends.
    """

    kind: Kind
    start: int
    end: int
    table: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    value: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Edit:
    """Put ``text`` in place of the span from ``start`` to ``end``."""

    start: int
    end: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class TomlText:
    """A valid TOML document. ``name`` is for messages, ``text`` has no byte order mark."""

    name: str
    bom: str
    text: str

    @property
    def eol(self) -> str:
        """The line end the document uses (its first)."""
        found = _LINE_END.search(self.text)
        return found.group() if found else "\n"

    @property
    def statements(self) -> tuple[Statement, ...]:
        """All statements in order; together they are the whole text."""
        return tuple(_scan(self.text, self.name))

    @property
    def values(self) -> dict[str, Any]:
        """The parsed document."""
        return tomllib.loads(self.text)

    def line(self, position: int) -> int:
        """The line, from 1, of an offset."""
        return self.text.count("\n", 0, position) + 1

    def raw(self, statement: Statement) -> str:
        """A statement's text, without its line end."""
        return self.text[statement.start : statement.end].rstrip("\r\n")

    def with_edits(self, edits: Iterable[Edit]) -> "TomlText":
        """The document after edits that do not overlap; an insertion goes before what starts there."""
        pieces: list[str] = []
        done = 0
        for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
            pieces += [self.text[done : edit.start], edit.text]
            done = edit.end
        return replace(self, text="".join([*pieces, self.text[done:]]))

    def encode(self) -> bytes:
        """The document's bytes."""
        return (self.bom + self.text).encode()


def lines_of(text: str) -> list[str]:
    """The lines of a text with their line ends; unlike ``str.splitlines`` only ``\\n`` ends one."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def read_toml(data: bytes, name: str, *, means: str = "") -> TomlText:
    """Decode and check a document.

    Raises:
        PatchError: not UTF-8, or not valid TOML; names the line.
    """
    bom, text = split_bom(data, name)
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = int(place.group(1)) if place else text.count("\n") + 1
        raise PatchError(
            f"{name}, line {line}: not valid TOML.",
            means=means,
            next_step="Correct that line, then run `coderouter init` again. Nothing was changed.",
        ) from None
    except RecursionError:
        raise PatchError(f"{name} is nested too deeply to be edited safely. Nothing was changed.") from None
    return TomlText(name, bom, text)


def parse_exactly(text: str) -> Any:
    """Parse so that two results are equal only if every value and its type are the same."""
    return _typed(tomllib.loads(text, parse_float=lambda digits: ("float", digits)))


def _typed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_typed(item) for item in value]
    return (type(value).__name__, value)


def _scan(text: str, name: str) -> Iterator[Statement]:
    position = 0
    table: tuple[str, ...] = ()
    while position < len(text):
        statement = _statement(text, position, table, name)
        if statement.kind in (Kind.TABLE, Kind.ARRAY):
            table = statement.table
        yield statement
        position = statement.end


def _statement(text: str, start: int, table: tuple[str, ...], name: str) -> Statement:
    indent = _INDENT.match(text, start)
    at = indent.end() if indent else start
    match text[at : at + 1]:
        case "" | "\r" | "\n":
            return Statement(Kind.BLANK, start, _line_end(text, at), table)
        case "#":
            return Statement(Kind.COMMENT, start, _line_end(text, at), table)
        case "[":
            kind = Kind.ARRAY if text.startswith("[[", at) else Kind.TABLE
            path, end = _dotted(text, at + (2 if kind is Kind.ARRAY else 1), name)
            return Statement(kind, start, _line_end(text, end), path)
        case _:
            key, equals = _dotted(text, at, name)
            value = _value(text, equals + 1, name)
            return Statement(Kind.PAIR, start, _line_end(text, value[1]), table, key, value)


def _dotted(text: str, position: int, name: str) -> tuple[tuple[str, ...], int]:
    """A dotted key and the offset behind it."""
    parts: list[str] = []
    while True:
        found = _KEY.match(text, position)
        if found is None:
            raise _lost(name, text, position)
        part = found.group(1)
        parts.append(tomllib.loads(f"k = {part}")["k"] if part[0] in "\"'" else part)
        position = found.end()
        if text[position : position + 1] != ".":
            return tuple(parts), position
        position += 1


def _value(text: str, position: int, name: str) -> tuple[int, int]:
    """Where the value behind an equals sign begins and ends."""
    indent = _INDENT.match(text, position)
    start = indent.end() if indent else position
    if text[start : start + 1] in ("[", "{"):
        return start, _bracketed(text, start, name)
    found = _STRING_AT.match(text, start)
    if found is None:
        found = _PLAIN.match(text, start)
        return start, start + len(found.group().rstrip()) if found else start
    return start, found.end()


def _bracketed(text: str, start: int, name: str) -> int:
    """The offset behind an array or an inline table; brackets in strings and comments do not count."""
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(token.group(), 0)
        if depth == 0:
            return token.end()
    raise _lost(name, text, start)


def _line_end(text: str, position: int) -> int:
    """The offset behind the line that holds ``position``."""
    end = text.find("\n", position)
    return len(text) if end < 0 else end + 1


def _lost(name: str, text: str, position: int) -> PatchError:
    line = text.count("\n", 0, position) + 1
    return PatchError(
        f"{name}, line {line}: this layout is not one CodeRouter can edit safely.",
        next_step="Nothing was changed. Set the keys by hand: see `coderouter init --dry-run`.",
    )
