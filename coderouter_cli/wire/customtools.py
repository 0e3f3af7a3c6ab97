"""Custom (free text) tools for providers that only know functions with JSON arguments.

The tool is declared as a function with one string ``input``; the model's ``{"input": "..."}`` is
unwrapped again before the client sees it (Codex's apply_patch wants the raw patch), piece by piece
while it streams.
"""

import json
import re

from coderouter_cli.domain.conversation import JsonObject, Tool, ToolCall, ToolKind
from coderouter_cli.wire.read import parse_lenient

_INPUT = "input"
_AS_FUNCTION = "\n\nHere it is a function: give the whole text as its one argument, `input`."
WRAPPER = ('{"input": "', '"}')
"""What stands before and behind the free text."""
_OPENING = re.compile(r'\s*\{\s*"input"\s*:\s*"')
_MAX_OPENING = 256
"""Characters in which a wrapper must have begun to be read as it grows."""
_HEX = "[0-9a-fA-F]{4}"
_PIECE = re.compile(
    rf'(?P<plain>[^"\\]+)|(?P<pair>\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|(?P<code>\\u{_HEX})'
    r'|(?P<short>\\["\\/bfnrt])'
)
_HIGH = re.compile(r"\\u[dD][89abAB]")
_UNFINISHED = re.compile(r"\\(?:u[0-9a-fA-F]{0,3})?")
_PAIR = 12
"""Characters of an escaped surrogate pair."""
_CLOSING = re.compile(r'"\s*[},]')
_CLOSING_SO_FAR = re.compile(r'"\s*')


def as_function_description(tool: Tool) -> str:
    """A tool's description; a custom one's says that here it is a function (Codex describes its own as "do
    not wrap in JSON")."""
    return f"{tool.description}{_AS_FUNCTION}" if tool.kind is ToolKind.CUSTOM else tool.description


def as_function_schema(tool: Tool) -> JsonObject:
    """The JSON schema that stands in for a custom tool's free text."""
    hint = f"The tool's whole input as plain text. {_grammar_hint(tool)}".strip()
    return {
        "type": "object",
        "properties": {_INPUT: {"type": "string", "description": hint}},
        "required": [_INPUT],
        "additionalProperties": False,
    }


def wrap(text: str) -> str:
    """Free text as the function's JSON arguments."""
    return WRAPPER[0] + wrapped(text) + WRAPPER[1]


def wrapped(text: str) -> str:
    """A piece of free text, as it stands inside the wrapper."""
    return json.dumps(text, ensure_ascii=False)[1:-1]


def as_arguments(call: ToolCall) -> str:
    """A call's arguments as the text of a JSON object; a custom tool's free text goes inside one."""
    return wrap(call.arguments) if call.kind is ToolKind.CUSTOM else object_text(call.arguments)


def object_text(arguments: str) -> str:
    """A function's arguments as the text of a JSON object, which servers that parse the history demand.

    No arguments are an empty object; what is none (a call that was cut off) goes inside one.
    """
    if not arguments.strip():
        return "{}"
    return arguments if parse_lenient(arguments) is not None else wrap(arguments)


def unwrap(arguments: str) -> str:
    """The free text of the function's JSON arguments; text that is not such an object is returned whole."""
    unwrapper = Unwrapper()
    return unwrapper.feed(arguments) + unwrapper.finish()


class Unwrapper:
    """Takes the free text out of the function's JSON arguments while they arrive.

    What the pieces give adds up to the same text at any split. The JSON need not be flawless: models write
    a patch's line breaks raw, its backslashes unescaped (``\\d``), and now and then a quote; and a call that
    is cut off has no end.
    """

    def __init__(self) -> None:
        self._held = ""
        self._begun = False
        self._ended = False

    def feed(self, text: str) -> str:
        """More of the arguments; the free text that is certain now."""
        if self._ended:
            return ""
        self._held += text
        if not self._begun and not self._begin():
            return ""
        return self._read(final=False)

    def finish(self) -> str:
        """The arguments are complete; the rest of the free text."""
        if self._ended:
            return ""
        if self._begun:
            return self._read(final=True)
        self._ended = True
        return _whole(self._held)

    def _begin(self) -> bool:
        """Whether the string inside has begun."""
        opening = _OPENING.match(self._held, 0, _MAX_OPENING)
        if opening is not None:
            self._begun = True
            self._held = self._held[opening.end() :]
        return self._begun

    def _read(self, *, final: bool) -> str:
        text, at = self._held, 0
        found: list[str] = []
        while at < len(text) and not self._ended:
            piece = None if not final and _may_grow(text, at) else _piece(text, at, final=final)
            if piece is None:
                break
            decoded, at = piece
            if at < 0:
                self._ended = True
            else:
                found.append(decoded)
        self._held = "" if self._ended else text[at:]
        self._ended = self._ended or final
        return "".join(found)


def _may_grow(text: str, at: int) -> bool:
    """Whether what stands at ``at`` could mean something else with more text behind it."""
    if text[at] == '"':
        return _CLOSING_SO_FAR.fullmatch(text, at) is not None
    if text[at] != "\\":
        return False
    return _UNFINISHED.fullmatch(text, at) is not None or (
        _HIGH.match(text, at) is not None
        and len(text) - at < _PAIR
        and text[at + 6 : at + 8] in ("", "\\", "\\u")
    )


def _piece(text: str, at: int, *, final: bool) -> tuple[str, int]:
    """What stands at ``at``, and where the next piece begins; -1 behind the end of the string."""
    if text[at] == '"':
        closes = _CLOSING.match(text, at) or (final and _CLOSING_SO_FAR.fullmatch(text, at))
        return ("", -1) if closes else ('"', at + 1)
    piece = _PIECE.match(text, at)
    if piece is None:
        return "\\", at + 1
    raw = piece.group()
    return (raw if piece.lastgroup == "plain" else _decoded(raw)), piece.end()


def _decoded(escape: str) -> str:
    try:
        return str(json.loads(f'"{escape}"'))
    except ValueError:
        return escape


def _whole(arguments: str) -> str:
    """The free text of an object that does not begin with it; any other text as it is."""
    try:
        value = json.loads(arguments, strict=False)
    except (ValueError, RecursionError):
        return arguments
    text = value.get(_INPUT) if isinstance(value, dict) else None
    return text if isinstance(text, str) else arguments


def _grammar_hint(tool: Tool) -> str:
    grammar = tool.grammar or {}
    definition = grammar.get("definition")
    if not isinstance(definition, str):
        return ""
    return f"It must follow this {grammar.get('syntax', 'grammar')} grammar:\n{definition}"
