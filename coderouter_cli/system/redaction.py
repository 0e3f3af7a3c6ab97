"""Keys stay out of everything that is written down.

`Secret` carries a key through the program: nothing but `reveal` gives its value. `Redactor` takes
known keys out of text by value, and what looks like a key by pattern; `RedactingFilter` does it to
every log record, its arguments and its traceback.
"""

import hmac
import logging
import re
import traceback
from collections.abc import Iterable
from typing import NoReturn, SupportsIndex

REDACTED = "[redacted]"

_PATTERNS = re.compile(
    r"""
      \b(?:sk-|crt_|xai-|gsk_|AIza)[A-Za-z0-9_\-]{8,}        # keys of providers, and our own tokens
    | \beyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]+(?:\.[A-Za-z0-9_\-]+)?     # a signed web token
    | (?i:(?<=\bbearer\s)|(?<=\bbasic\s))[^\s'",;]{4,}       # an Authorization header
    | (?i:(?<=x-api-key:\s)|(?<=x-api-key:)|(?<=x-api-key=))[^\s'",;]+
    """,
    re.VERBOSE,
)

_SHORTEST_VALUE = 6
"""A shorter value would take ordinary words out of the log; real keys have 20 characters and more."""


class Secret:
    """A key or a token. Only `reveal` returns it; every way of printing or storing it does not.

    Comparing two secrets takes the same time wherever they differ.

    Raises:
        ValueError: the value is empty.
    """

    __slots__ = ("__value",)

    __value: str

    def __init__(self, value: str) -> None:
        if not value:
            msg = "a secret cannot be empty"
            raise ValueError(msg)
        object.__setattr__(self, "_Secret__value", value)

    def reveal(self) -> str:
        """The value itself, for the one place that needs it."""
        return self.__value

    @property
    def tail(self) -> str:
        """The last four characters, for a person to recognise a key by; empty for a short one."""
        return self.__value[-4:] if len(self.__value) >= 16 else ""

    def __repr__(self) -> str:
        return f"Secret({REDACTED})"

    def __str__(self) -> str:
        return REDACTED

    def __format__(self, spec: str) -> str:
        return REDACTED

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(_bytes(self.__value), _bytes(other.__value))

    def __hash__(self) -> int:
        return hash((Secret, self.__value))

    def __copy__(self) -> "Secret":
        return self

    def __deepcopy__(self, memo: dict[int, object]) -> "Secret":
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> NoReturn:
        msg = "a secret is never serialised"
        raise TypeError(msg)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        msg = "a secret cannot be changed"
        raise AttributeError(msg)


def _bytes(value: str) -> bytes:
    return value.encode("utf-8", "surrogatepass")


class Redactor:
    """Takes secrets out of text: those it was told of by value, others by their look."""

    def __init__(self, secrets: Iterable[Secret] = ()) -> None:
        self._values: tuple[str, ...] = ()
        self.learn(secrets)

    def learn(self, secrets: Iterable[Secret]) -> None:
        """Remember more secrets; the longest are replaced first, so none survives inside another."""
        known = set(self._values)
        known.update(value for secret in secrets if len(value := secret.reveal()) >= _SHORTEST_VALUE)
        self._values = tuple(sorted(known, key=len, reverse=True))

    def clean(self, text: str) -> str:
        """The text without any of them."""
        for value in self._values:
            text = text.replace(value, REDACTED)
        return _PATTERNS.sub(REDACTED, text)


_LINE_BREAKING = {code: f"\\x{code:02x}" for code in (*range(32), 127) if code != 9} | {10: "\\n", 13: "\\r"}
"""What a provider's message could forge a log line with."""


class RedactingFilter(logging.Filter):
    """Redacts a record in place: message, arguments, traceback and stack.

    Attach it to a handler, not to a logger: a logger's filters do not see its children's records.
    """

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; it is always kept."""
        record.msg = self._redactor.clean(_message(record)).translate(_LINE_BREAKING)
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        record.exc_info = None
        if record.exc_text:
            record.exc_text = self._redactor.clean(record.exc_text)
        if record.stack_info:
            record.stack_info = self._redactor.clean(record.stack_info)
        return True


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} (arguments do not fit this message)"
