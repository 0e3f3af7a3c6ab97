"""Change one setting in the user's own text, and nothing else of it.

The value's span is replaced, or a line is added where its table is. Whatever the edit made is
parsed again: unless exactly that key differs, nothing is written.
"""

import copy
import re
import tomllib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import tomli_w

from coderouter_cli.errors import ConfigError, UsageError
from coderouter_cli.storage.settings.layout import Entry, Layout, Section, scan, split_key
from coderouter_cli.storage.settings.read import parse_toml, settings_of
from coderouter_cli.storage.settings.table import Source
from coderouter_cli.system.files import read_trusted, replace_unchanged
from coderouter_cli.system.paths import Paths

Value = str | int | float | bool | list[str]

_BOM = b"\xef\xbb\xbf"
_TRIES = 3


def set_value(paths: Paths, dotted_key: str, value: Value) -> None:
    """Set one key of config.toml (``lanes.codex``), keeping comments, order and line ends.

    Raises:
        UsageError: the key is not a dotted key.
        ConfigError: the setting is not accepted, or the file cannot be edited safely; nothing is written.
        UnsafeFileError: others could change the file.
    """
    path = split_key(dotted_key)
    if path is None:
        raise UsageError(f"{dotted_key!r} is not a setting's name", next_step="Write it like lanes.codex.")
    file = paths.config_file
    for _ in range(_TRIES):
        before = read_trusted(file)
        text, values = parse_toml(before or b"", str(file))
        wanted = _with(values, path, value, str(file))
        settings_of(wanted, Source(str(file), scan(text)))
        after = edit(text, path, value)
        if after == text:
            return
        bom = _BOM if before is not None and before.startswith(_BOM) else b""
        if replace_unchanged(file, before, bom + after.encode()):
            return
    raise ConfigError(f"{file} is being changed by another program", next_step="Try again.")


def edit(text: str, path: tuple[str, ...], value: Value) -> str:
    """The text with one key set.

    Raises:
        ConfigError: no edit we know changes this key alone; the message has the lines to add by hand.
    """
    values = tomllib.loads(text, parse_float=Decimal)
    wanted = _with(values, path, value, "the file")
    if _typed(values) == _typed(wanted):
        return text
    literal = _literal(value).replace("\n", _newline(text))
    for candidate in _candidates(scan(text), path, literal):
        if _says(candidate, wanted):
            return candidate
    raise ConfigError(
        "the file is written in a way that cannot be edited safely",
        next_step=f"Set it by hand: {'.'.join(map(_key, path))} = {literal}",
    )


def _with(values: dict[str, Any], path: tuple[str, ...], value: Value, name: str) -> dict[str, Any]:
    """The values as they should be afterwards."""
    wanted = copy.deepcopy(values)
    table = wanted
    for key in path[:-1]:
        table = table.setdefault(key, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{name}: {key} is not a table", next_step="Edit the file by hand.")
    table[path[-1]] = Decimal(str(value)) if isinstance(value, float) else value
    return wanted


def _says(text: str, wanted: dict[str, Any]) -> bool:
    try:
        return _typed(tomllib.loads(text, parse_float=Decimal)) == _typed(wanted)
    except tomllib.TOMLDecodeError:
        return False


def _typed(value: object) -> object:
    """The value in a form where true is not 1, as it is for Python."""
    if isinstance(value, dict):
        return {key: _typed(inner) for key, inner in value.items()}
    return [_typed(inner) for inner in value] if isinstance(value, list) else (type(value), value)


def _candidates(layout: Layout, path: tuple[str, ...], literal: str) -> Iterator[str]:
    """Edits that may be right, the most natural first."""
    text = layout.text
    present = layout.entry(path)
    if present is not None:
        yield text[: present.value_start] + literal + text[present.value_end :]
    for length in range(len(path) - 1, -1, -1):
        above, rest = path[:length], path[length:]
        yield from _into_braces(layout, above, rest, literal)
        yield from _under_header(layout, above, rest, literal)
        yield from _beside_dotted(layout, above, rest, literal)
    yield _new_table(layout, path, literal)


def _into_braces(
    layout: Layout, above: tuple[str, ...], rest: tuple[str, ...], literal: str
) -> Iterator[str]:
    """``lanes = { codex = "smart" }``: one more pair before the closing brace."""
    text = layout.text
    holder = layout.entry(above) if above else None
    if holder is not None and text[holder.value_start] == "{":
        inside = text[holder.value_start + 1 : holder.value_end - 1].rstrip()
        comma = ", " if inside.strip() else " "
        pair = f"{'.'.join(map(_key, rest))} = {literal}"
        head = text[: holder.value_start + 1] + inside
        yield f"{head}{comma}{pair} }}{text[holder.value_end :]}"


def _under_header(
    layout: Layout, above: tuple[str, ...], rest: tuple[str, ...], literal: str
) -> Iterator[str]:
    """``[limits]``: one more line behind the table's last. A deeper key gets a table of its own instead."""
    if len(rest) > 1:
        return
    for index, section in enumerate(layout.sections):
        if section.path == above:
            yield _line_behind(layout, _section_end(layout, index, section), f"{_key(rest[0])} = {literal}")


def _beside_dotted(
    layout: Layout, above: tuple[str, ...], rest: tuple[str, ...], literal: str
) -> Iterator[str]:
    """``lanes.codex = "smart"``: one more dotted line behind the last of that table."""
    siblings = [entry for entry in layout.entries if entry.path[: len(above)] == above and not entry.inline]
    if above and siblings:
        last = siblings[-1]
        prefix = above[len(layout.sections[last.section].path) :]
        key = ".".join(map(_key, (*prefix, *rest)))
        yield _line_behind(layout, last.value_end, f"{key} = {literal}")


def _section_end(layout: Layout, index: int, section: Section) -> int:
    """Where a table's own lines end: behind its last value, else behind its header."""
    own: list[Entry] = [entry for entry in layout.entries if entry.section == index]
    return max([section.header_end, *(entry.value_end for entry in own)])


def _line_behind(layout: Layout, position: int, line: str) -> str:
    """Add a line behind the line of a position; in an empty root, behind the file's opening comment."""
    text = layout.text
    newline = _newline(text)
    if position == 0:
        position = _opening_comment(text)
        gap = newline if text[position:].strip() else ""
        return f"{text[:position]}{line}{newline}{gap}{text[position:]}"
    end = text.find("\n", position)
    if end < 0:
        return f"{text}{newline}{line}{newline}"
    return f"{text[: end + 1]}{line}{newline}{text[end + 1 :]}"


def _opening_comment(text: str) -> int:
    """The offset behind the comment a file begins with, if a blank line ends it; else 0."""
    offset = 0
    for line in re.findall(r".*\n|.+", text):
        if not line.strip():
            return offset + len(line)
        if not line.lstrip().startswith("#"):
            return 0
        offset += len(line)
    return offset


def _new_table(layout: Layout, path: tuple[str, ...], literal: str) -> str:
    text, newline = layout.text, _newline(layout.text)
    gap = "" if not text else newline if text.endswith("\n") else newline * 2
    header = f"[{'.'.join(map(_key, path[:-1]))}]{newline}" if len(path) > 1 else ""
    return f"{text}{gap}{header}{_key(path[-1])} = {literal}{newline}"


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _key(key: str) -> str:
    return tomli_w.dumps({key: 0}).rpartition(" = ")[0]


def _literal(value: Value) -> str:
    return tomli_w.dumps({"k": value}).partition(" = ")[2].rstrip("\n")
