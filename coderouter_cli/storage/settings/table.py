"""Read one table of a parsed TOML file, field by field, with errors a person can act on.

Each getter notes the key it was asked for; `done` then knows every accepted key, and refuses the
others with the nearest one as a suggestion.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from coderouter_cli.errors import ConfigError
from coderouter_cli.storage.settings.layout import Layout, Path

_SECRETS = frozenset({"api_key", "apikey", "key", "secret", "token"})
"""Where people put a key by habit."""

_Choice = TypeVar("_Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Source:
    """The file an error is about: its name, and where things stand in it."""

    name: str
    layout: Layout

    def error(self, path: Path, what: str, next_step: str = "") -> ConfigError:
        """An error at a path: ``config.toml, line 3: ...``."""
        line = self.layout.line(path)
        where = self.name if line is None else f"{self.name}, line {line}"
        return ConfigError(f"{where}: {what}", next_step=next_step)


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part + 1}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def one_of(words: Collection[str]) -> str:
    """Accepted words as a person reads them: ``a, b or c``."""
    *most, last = sorted(words)
    return f"{', '.join(most)} or {last}" if most else last


def did_you_mean(word: str, words: Collection[str]) -> str:
    """What is accepted, and the word that was probably meant."""
    near = get_close_matches(word.lower(), words, n=1)
    meant = f'Did you mean "{near[0]}"? ' if near else ""
    return f"{meant}Accepted: {one_of(words)}."


@dataclass(frozen=True, slots=True)
class Table:
    """A table at ``path`` of the file. Getters return their default when the key is not there."""

    source: Source
    path: Path
    values: dict[str, Any]
    known: set[str] = field(default_factory=set)

    def done(self) -> None:
        """Refuse keys that no getter asked for.

        Raises:
            ConfigError: there is one.
        """
        for key in self.values:
            if key in _SECRETS:
                raise self.error(key, f'"{key}" does not belong here', "Run `coderouter keys set` instead.")
            if key not in self.known:
                raise self.error(key, f'unknown key "{key}"', did_you_mean(key, self.known))

    def error(self, key: str, what: str, next_step: str = "") -> ConfigError:
        """An error about one key of this table."""
        return self.source.error((*self.path, key), what, next_step)

    def get(self, key: str) -> Any:
        """The raw value; None when the key is not there."""
        self.known.add(key)
        return self.values.get(key)

    def text(self, key: str) -> str | None:
        """A text that is not empty."""
        value = self.get(key)
        if value is None or (isinstance(value, str) and value.strip()):
            return value
        raise self._wrong(key, "a text in quotes, not empty")

    def required(self, key: str) -> str:
        """A text that must be there."""
        value = self.text(key)
        if value is None:
            raise self.source.error(self.path, f"{_dotted(self.path)} has no {key}", f'Add: {key} = "..."')
        return value

    def checked(self, key: str, check: Callable[[str], str]) -> str | None:
        """A text that a check accepts; the check may return another form of it."""
        value = self.text(key)
        try:
            return None if value is None else check(value)
        except ConfigError as error:
            raise self.error(key, f"{_dotted((*self.path, key))}: {error.sentence()}") from error

    def choice(self, key: str, kind: type[_Choice], default: _Choice) -> _Choice:
        """One of an enumeration's words."""
        value = self.get(key)
        return default if value is None else self._word(key, value, kind)

    def choices(self, key: str, kind: type[_Choice]) -> tuple[_Choice, ...]:
        """A list of an enumeration's words, each once."""
        words = tuple(self._word(key, value, kind) for value in self._list(key))
        return tuple(dict.fromkeys(words))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, each once."""
        for value in self._list(key):
            if not isinstance(value, str) or not value.strip():
                raise self._wrong(key, 'a list of texts: ["...", "..."]')
        return tuple(dict.fromkeys(self._list(key)))

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = self.get(key)
        if value is None:
            return default
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        raise self._wrong(key, f"a whole number from {low} to {high}")

    def number(self, key: str, low: int, high: int) -> Decimal | None:
        """A number within bounds, exactly as written."""
        value = self.get(key)
        if value is None:
            return None
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            number = Decimal(value)
            if number.is_finite() and low <= number <= high:
                return number
        raise self._wrong(key, f"a number from {low} to {high}")

    def flag(self, key: str, *, default: bool) -> bool:
        """true or false."""
        value = self.get(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        raise self._wrong(key, "true or false")

    def child(self, key: str) -> "Table":
        """A table inside this one; an empty one when it is not there."""
        value = self.get(key)
        if value is not None and not isinstance(value, dict):
            raise self._wrong(key, f"a table: [{_dotted((*self.path, key))}]")
        return Table(self.source, (*self.path, key), value or {})

    def children(self, key: str) -> tuple["Table", ...]:
        """An array of tables."""
        rows = self._list(key)
        if not all(isinstance(row, dict) for row in rows):
            raise self._wrong(key, f"a list of tables: [[{_dotted((*self.path, key))}]]")
        return tuple(Table(self.source, (*self.path, key, index), row) for index, row in enumerate(rows))

    def _list(self, key: str) -> list[Any]:
        value = self.get(key)
        if value is None or isinstance(value, list):
            return value or []
        raise self._wrong(key, "a list in brackets")

    def _word(self, key: str, value: object, kind: type[_Choice]) -> _Choice:
        words = [word.value for word in kind]
        if isinstance(value, str) and value in words:
            return kind(value)
        name = _dotted((*self.path, key))
        raise self.error(key, f"{name} is {_show(value)}", did_you_mean(str(value), words))

    def _wrong(self, key: str, wanted: str) -> ConfigError:
        name = _dotted((*self.path, key))
        return self.error(key, f"{name} is {_show(self.values[key])}", f"It must be {wanted}.")


def _show(value: object) -> str:
    """A value as an error may repeat it: short, and never one that a typo made of a key."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | Decimal):
        return str(value)[:40]
    if isinstance(value, str):
        return f'"{value}"' if len(value) <= 24 else "a long text"
    if isinstance(value, list):
        return "a list"
    return "a table" if isinstance(value, dict) else "a date or a time"
