"""Where everything stands in a TOML text: the spans of keys and values, by path.

tomllib gives values without places. This scanner gives places without values, so that an error can
name its line and an edit can touch one value and keep the user's comments. It is only ever run on
text that tomllib has accepted, and so checks nothing itself; what it claims is verified by parsing
whatever an edit makes of it.
"""

import re
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""Keys from the root; a number is the position in an array."""

_BLANK = re.compile(r"[ \t]*")
_BLANK_LINES = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_\-]+")
_SCALAR = re.compile(r"[^,\]}#\r\n]*")
_MULTILINE = {
    '"""': re.compile(r'(?:\\.|[^\\])*?"""("{0,2})', re.DOTALL),
    "'''": re.compile(r".*?'''('{0,2})", re.DOTALL),
}
_STRING = {'"': re.compile(r'(?:\\.|[^"\\])*"'), "'": re.compile(r"[^']*'")}


@dataclass(frozen=True, slots=True)
class Entry:
    """One key and its value, or one element of an array (its key is then empty).

    All positions are offsets into the text. ``section`` is the index of the table header the entry
    stands under. ``inline`` is whether it stands inside braces or brackets.
    """

    path: Path
    key_start: int
    value_start: int
    value_end: int
    section: int
    inline: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A table header; the first one of a layout is the root, which has none.

    ``header_end`` is the offset behind the header's closing bracket.
    """

    path: Path
    header_start: int
    header_end: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of a text, in their order."""

    text: str
    sections: tuple[Section, ...]
    entries: tuple[Entry, ...]

    def entry(self, path: Path) -> Entry | None:
        """The entry of exactly this path; None when there is none."""
        return next((entry for entry in self.entries if entry.path == path), None)

    def line(self, path: Path) -> int | None:
        """The line (from 1) of a path, or of what it would be part of; None at the root."""
        for length in range(len(path), 0, -1):
            start = self._start(path[:length])
            if start is not None:
                return self.text.count("\n", 0, start) + 1
        return None

    def _start(self, path: Path) -> int | None:
        starts = [entry.key_start for entry in self.entries if entry.path[: len(path)] == path]
        starts += [section.header_start for section in self.sections[1:] if section.path[: len(path)] == path]
        return min(starts, default=None)


def scan(text: str) -> Layout:
    """Find every header, key and value of a valid TOML text."""
    return _Scanner(text).scan()


def split_key(dotted: str) -> tuple[str, ...] | None:
    """The parts of a dotted key (``providers."my.own".url``); None when it is not one."""
    scanner = _Scanner(dotted + "=")
    parts: list[str] = []
    while True:
        scanner.blank()
        part = scanner.simple_key()
        if not part:
            return None
        parts.append(part)
        scanner.blank()
        if not scanner.take("."):
            return tuple(parts) if scanner.position == len(dotted) else None


@dataclass(slots=True)
class _Scanner:
    text: str
    position: int = 0
    sections: list[Section] = field(default_factory=lambda: [Section((), 0, 0)])
    entries: list[Entry] = field(default_factory=list)
    counts: dict[Path, int] = field(default_factory=dict)
    """How many elements each array of tables has so far."""

    def scan(self) -> Layout:
        while True:
            self._skip(_BLANK_LINES)
            if self.position >= len(self.text):
                return Layout(self.text, tuple(self.sections), tuple(self.entries))
            if self.text[self.position] == "[":
                self._header()
            else:
                self._pair(self.sections[-1].path, inline=False)

    def blank(self) -> None:
        self._skip(_BLANK)

    def take(self, char: str) -> bool:
        found = self.text.startswith(char, self.position)
        self.position += len(char) if found else 0
        return found

    def simple_key(self) -> str:
        """One part of a key; empty when there is none here."""
        start = self.position
        quote = self.text[start : start + 1]
        if quote in _STRING:
            self._string(quote)
            raw = self.text[start + 1 : self.position - 1]
            return _unescape(raw) if quote == '"' else raw
        found = _BARE_KEY.match(self.text, start)
        self.position = start if found is None else found.end()
        return self.text[start : self.position]

    def _header(self) -> None:
        start = self.position
        several = self.take("[[")
        if not several:
            self.take("[")
        path = self._resolve(self._dotted())
        if several:
            self.counts[path] = self.counts.get(path, -1) + 1
            path = (*path, self.counts[path])
        self.take("]]" if several else "]")
        self.sections.append(Section(path, start, self.position))

    def _resolve(self, keys: Path) -> Path:
        """The path of a header's keys: an array of tables stands for its last element."""
        path: Path = ()
        for index, key in enumerate(keys):
            path = (*path, key)
            if index < len(keys) - 1 and path in self.counts:
                path = (*path, self.counts[path])
        return path

    def _dotted(self) -> Path:
        keys: list[str] = []
        while True:
            self.blank()
            keys.append(self.simple_key())
            self.blank()
            if not self.take("."):
                return tuple(keys)

    def _pair(self, above: Path, *, inline: bool) -> None:
        start = self.position
        path = above + self._dotted()
        self.take("=")
        self.blank()
        self._entry(path, start, inline=inline)

    def _entry(self, path: Path, key_start: int, *, inline: bool) -> None:
        place = len(self.entries)
        value_start = self.position
        self._value(path)
        entry = Entry(path, key_start, value_start, self.position, len(self.sections) - 1, inline)
        self.entries.insert(place, entry)

    def _value(self, path: Path) -> None:
        char = self.text[self.position : self.position + 1]
        if char in _STRING:
            self._string(char)
        elif char == "[":
            self._array(path)
        elif char == "{":
            self._inline_table(path)
        else:
            start = self.position
            self._skip(_SCALAR)
            self.position = start + len(self.text[start : self.position].rstrip())

    def _array(self, path: Path) -> None:
        self.take("[")
        index = 0
        while True:
            self._skip(_BLANK_LINES)
            if self.take("]") or self.position >= len(self.text):
                return
            if not self.take(","):
                self._entry((*path, index), self.position, inline=True)
                index += 1

    def _inline_table(self, path: Path) -> None:
        self.take("{")
        while True:
            self._skip(_BLANK_LINES)
            if self.take("}") or self.position >= len(self.text):
                return
            if not self.take(","):
                self._pair(path, inline=True)

    def _string(self, quote: str) -> None:
        pattern = _MULTILINE.get(self.text[self.position : self.position + 3])
        self.position += 1 if pattern is None else 3
        self._skip(pattern or _STRING[quote])

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.position)
        self.position = len(self.text) if found is None else found.end()


_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "e": "\x1b"}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|x([0-9A-Fa-f]{2})|(.))", re.DOTALL)


def _unescape(raw: str) -> str:
    """A basic string's text (https://toml.io/en/v1.0.0#string)."""

    def one(found: re.Match[str]) -> str:
        code = found[1] or found[2] or found[3]
        return chr(int(code, 16)) if code else _ESCAPES.get(found[4], found[4])

    return _ESCAPE.sub(one, raw)
