"""Change members of a JSON object inside its text; every other byte stays as it is.

The document is parsed strictly first, so the scanner below only has to find places in a text that
is known to be valid. Nothing is ever serialised again: indentation, line ends, key order, a byte
order mark and a missing final newline survive.
"""

import json
import re
from dataclasses import dataclass, replace
from typing import Any

from coderouter_cli.errors import PatchError

BOM = "\ufeff"
_SPACE = re.compile(r"[ \t\r\n]*")
_EOL = re.compile(r"\r\n|\n|\r")
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number as it is written: ``1``, ``1.0`` and ``1e0`` differ."""

    text: str


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an object; the four positions are offsets into the text."""

    key: str
    key_start: int
    key_end: int
    value_start: int
    value_end: int


@dataclass(frozen=True, slots=True)
class JsonText:
    """A strict JSON document whose root is an object. ``name`` is for messages, ``text`` has no BOM."""

    name: str
    bom: str
    text: str

    @property
    def root(self) -> int:
        """Where the root object's brace is."""
        return _skip(self.text, 0)

    def line(self, position: int) -> int:
        """The line, from 1, of an offset."""
        return self.text.count("\n", 0, position) + 1

    def encode(self) -> bytes:
        """The document's bytes."""
        return (self.bom + self.text).encode()

    def member(self, path: tuple[str, ...]) -> Member | None:
        """The member at a path of object keys; None when there is none, or no object to hold it."""
        at, found = self.root, None
        for key in path:
            if self.text[at] != "{":
                return None
            found = next((member for member in self.members(at) if member.key == key), None)
            if found is None:
                return None
            at = found.value_start
        return found

    def members(self, at: int) -> tuple[Member, ...]:
        """The members of the object whose brace is at ``at``."""
        found: list[Member] = []
        position = _skip(self.text, at + 1)
        while self.text[position] != "}":
            key, key_end = _DECODER.raw_decode(self.text, position)
            value_start = _skip(self.text, _skip(self.text, key_end) + 1)
            _, value_end = _DECODER.raw_decode(self.text, value_start)
            found.append(Member(key, position, key_end, value_start, value_end))
            position = _skip(self.text, value_end)
            if self.text[position] == ",":
                position = _skip(self.text, position + 1)
        return tuple(found)

    def raw(self, member: Member) -> str:
        """The text of a member's value."""
        return self.text[member.value_start : member.value_end]

    def value(self, member: Member) -> Any:
        """The parsed value of a member."""
        return json.loads(self.raw(member))

    def with_value(self, member: Member, raw: str) -> "JsonText":
        """The document with another text for one value."""
        return self._splice(member.value_start, member.value_end, raw)

    def with_member(self, at: int, key: str, raw: str) -> "JsonText":
        """One more member, the last, in the object at ``at``, laid out like its siblings."""
        members = self.members(at)
        if not members:
            return self._fill(at, key, raw)
        last = members[-1]
        gap = self._gap(at, members)
        colon = self.text[last.key_end : last.value_start]
        colon = self._layout().colon if _EOL.search(colon) else colon
        return self._splice(last.value_end, last.value_end, f",{gap}{json.dumps(key)}{colon}{raw}")

    def without_member(self, at: int, key: str) -> "JsonText":
        """The document without one member; undoes `with_member` to the byte."""
        members = self.members(at)
        index = next(i for i, member in enumerate(members) if member.key == key)
        if index:
            return self._splice(members[index - 1].value_end, members[index].value_end, "")
        if len(members) > 1:
            return self._splice(members[0].key_start, members[1].key_start, "")
        end = _skip(self.text, members[0].value_end)
        return self._splice(at + 1, end, "")

    def with_text(self, text: str) -> "JsonText":
        """The document with another text altogether."""
        return replace(self, text=text)

    def _splice(self, start: int, end: int, text: str) -> "JsonText":
        return replace(self, text=self.text[:start] + text + self.text[end:])

    def _gap(self, at: int, members: tuple[Member, ...]) -> str:
        """White space between a comma and the key that follows, as the last member has it."""
        last = members[-1]
        start = at + 1 if len(members) == 1 else self.text.rindex(",", 0, last.key_start) + 1
        gap = self.text[start : last.key_start]
        line_ends = list(_EOL.finditer(gap))
        if line_ends:
            return gap[line_ends[-1].start() :]
        if len(members) == 1 and not gap:
            return " " if self.text[last.key_end : last.value_start].endswith(" ") else ""
        return gap

    def _fill(self, at: int, key: str, raw: str) -> "JsonText":
        """The first member of an empty object."""
        layout = self._layout()
        end = _skip(self.text, at + 1)
        entry = f"{json.dumps(key)}{layout.colon}{raw}"
        if layout.unit is None:
            return self._splice(at + 1, end, entry)
        indent = self._indent(at)
        return self._splice(at + 1, end, f"{layout.eol}{indent}{layout.unit}{entry}{layout.eol}{indent}")

    def _indent(self, position: int) -> str:
        """The white space that begins the line of an offset."""
        line_ends = list(_EOL.finditer(self.text, 0, position))
        start = line_ends[-1].end() if line_ends else 0
        blank = re.compile(r"[ \t]*").match(self.text, start)
        return blank.group() if blank else ""

    def _layout(self) -> "_Layout":
        """How the root object is laid out."""
        eol = _EOL.search(self.text)
        members = self.members(self.root)
        if not members:
            return _Layout(eol.group() if eol else "\n", "  ", ": ")
        first = members[0]
        colon = self.text[first.key_end : first.value_start]
        gap = self.text[self.root + 1 : first.key_start]
        unit = _EOL.split(gap)[-1].removeprefix(self._indent(self.root)) if _EOL.search(gap) else None
        return _Layout(eol.group() if eol else "\n", unit, ": " if _EOL.search(colon) else colon)


@dataclass(frozen=True, slots=True)
class _Layout:
    """``unit`` is one step of indentation; None when the document is written on one line."""

    eol: str
    unit: str | None
    colon: str


def read_json(data: bytes, name: str, *, means: str = "") -> JsonText:
    """Decode and check a document.

    Raises:
        PatchError: not UTF-8, not strict JSON, or not an object at its root; names the line.
    """
    bom, text = split_bom(data, name)
    try:
        parse(text)
    except json.JSONDecodeError as error:
        line = text.count("\n", 0, _culprit(text, error.pos)) + 1
        raise PatchError(
            f"{name}, line {line}: not strict JSON (a comment, a trailing comma or a typing error).",
            means=means,
            next_step="Correct that line, then run `coderouter init` again. Nothing was changed.",
        ) from None
    except RecursionError:
        raise PatchError(f"{name} is nested too deeply to be edited safely. Nothing was changed.") from None
    document = JsonText(name, bom, text)
    if text[document.root] != "{":
        raise PatchError(
            f"{name}, line {document.line(document.root)}: the file is not a JSON object.",
            next_step="Correct it, then run `coderouter init` again. Nothing was changed.",
        )
    return document


def split_bom(data: bytes, name: str) -> tuple[str, str]:
    """A UTF-8 file's byte order mark (or nothing) and its text.

    Raises:
        PatchError: not UTF-8; names the line.
    """
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PatchError(
            f"{name}, line {line}: not UTF-8.",
            next_step="Save the file as UTF-8, then run `coderouter init` again. Nothing was changed.",
        ) from None
    return (BOM, text[1:]) if text.startswith(BOM) else ("", text)


def parse(text: str) -> Any:
    """Parse strictly, losing nothing: objects are tuples of pairs, numbers keep their spelling.

    Raises:
        json.JSONDecodeError: not strict JSON; ``NaN`` and ``Infinity`` are not.
    """

    def refuse(word: str) -> None:
        msg = "not a JSON value"
        raise json.JSONDecodeError(msg, text, text.index(word))

    return json.loads(
        text, object_pairs_hook=tuple, parse_int=Number, parse_float=Number, parse_constant=refuse
    )


def _culprit(text: str, position: int) -> int:
    """Where the fault is: at a trailing comma, some versions of the parser point behind it."""
    before = len(text[:position].rstrip())
    if text[position : position + 1] in {"}", "]"} and text[:before].endswith(","):
        return before - 1
    return position


def _skip(text: str, position: int) -> int:
    """The first offset from ``position`` on that is not white space."""
    space = _SPACE.match(text, position)
    return space.end() if space else position
