"""Puts the model's name that the client asked for back into a relayed answer.

Everything else passes byte for byte. The client must not learn another name than its own: Claude
Code prices by it, Codex warns about it.
"""

import re

from coderouter_cli.domain.conversation import FormatName
from coderouter_cli.wire.span import find_value
from coderouter_cli.wire.sse import MAX_EVENT_BYTES, compact_json

_PATHS: dict[FormatName, tuple[str, ...]] = {
    FormatName.ANTHROPIC_MESSAGES: ("message", "model"),
    FormatName.OPENAI_RESPONSES: ("response", "model"),
    FormatName.OPENAI_CHAT: ("model",),
}
"""Where a streamed event of each format names its model; events without it have no such path."""

_DATA = (b"data:", b"\xef\xbb\xbfdata:")
"""A stream may begin with a byte order mark, which is not part of its first line."""
_LINE = re.compile(rb"[^\r\n]*[\r\n]")
_PAYLOAD = re.compile(rb"(?:\xef\xbb\xbf)?data:[ \t]*")


class ModelNameRewriter:
    """Rewrites a stream of server-sent events, at any split of its bytes.

    Only a ``data`` line is held back until it is whole, because the name may be anywhere in it.
    """

    def __init__(self, format: FormatName, requested: str) -> None:  # noqa: A002  # the contract's word
        self._path = _PATHS[format]
        self._name = compact_json(requested)
        self._held = bytearray()
        self._inside_other_line = False

    def feed(self, data: bytes) -> bytes:
        """The bytes that can be passed on now."""
        # What is held has no line end, so only the new bytes are searched: a long line that comes in many
        # small pieces must not take the square of its length.
        last = max(data.rfind(b"\n"), data.rfind(b"\r"))
        end = len(self._held) + last + 1 if last >= 0 else 0
        self._held += data
        out = bytearray()
        for line in _LINE.finditer(self._held, 0, end):
            out += self._whole_line(line.group())
        del self._held[:end]
        if self._held and not self._must_wait():
            self._inside_other_line = True
            out += self._held
            self._held.clear()
        return bytes(out)

    def close(self) -> bytes:
        """The rest: a last line that nothing ended."""
        rest = self._whole_line(bytes(self._held))
        self._held.clear()
        return rest

    def _must_wait(self) -> bool:
        if self._inside_other_line or len(self._held) > MAX_EVENT_BYTES:
            return False
        return self._held.startswith(_DATA) or any(mark.startswith(self._held) for mark in _DATA)

    def _whole_line(self, line: bytes) -> bytes:
        if self._inside_other_line:
            self._inside_other_line = False
            return line
        payload = _PAYLOAD.match(line)
        if payload is None:
            return line
        return line[: payload.end()] + _renamed(line[payload.end() :], self._path, self._name)


def rewrite_model(body: bytes, requested: str) -> bytes:
    """A whole answer with the requested name as its ``model``; unchanged when it names none."""
    return _renamed(body, ("model",), compact_json(requested))


def _renamed(text: bytes, path: tuple[str, ...], name: bytes) -> bytes:
    span = find_value(text, path)
    if span is None or text[span[0] : span[0] + 1] != b'"':
        return text
    return text[: span[0]] + name + text[span[1] :]
