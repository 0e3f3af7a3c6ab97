"""Puts a streamed answer's tool calls together.

The standard says: one ``index`` per call, its id and name in the first piece, then only arguments.
Providers leave out, repeat or change any of the three, so a piece is matched in this order: a known
index, a known id, else the last call when the piece names no tool. A piece that names a tool again is
another call when its id is another one, or when the call it would belong to is complete already.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from coderouter_cli.domain.conversation import JsonObject, ToolCall, ToolKind
from coderouter_cli.domain.events import Event, PartDelta, PartEnded, PartStarted
from coderouter_cli.wire.customtools import Unwrapper
from coderouter_cli.wire.formats.openai_chat.thoughts import signature_of, thought_of
from coderouter_cli.wire.parallelcalls import PARALLEL, inner_calls
from coderouter_cli.wire.read import as_object, as_str, parse_lenient
from coderouter_cli.wire.toolids import minted_id, safe_id
from coderouter_cli.wire.toolnames import ToolNames


class NamelessCallError(ValueError):
    """The provider sent arguments for a tool it never named; nobody can run that."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One entry of ``tool_calls``.

    ``custom`` is whether it came in the shape of a custom tool's call; ``signature`` is Gemini's over the
    thought that led to it.
    """

    index: int | None
    id: str
    name: str
    text: str
    custom: bool
    signature: str = ""


@dataclass(slots=True)
class _Call:
    position: int
    id: str = ""
    name: str = ""
    custom: bool = False
    signature: str = ""
    texts: list[str] = field(default_factory=list)
    key: int = -1
    part: ToolCall | None = None
    said: list[str] = field(default_factory=list)
    unwrapper: Unwrapper | None = None

    @property
    def text(self) -> str:
        return "".join(self.texts)


class CallAssembler:
    """The tool calls of one answer. ``new_key`` gives part keys, ``seed`` makes minted ids unique."""

    def __init__(self, names: ToolNames, new_key: Callable[[], int], seed: Callable[[], str]) -> None:
        self._names = names
        self._new_key = new_key
        self._seed = seed
        self._calls: list[_Call] = []
        self._by_index: dict[int, _Call] = {}
        self._by_id: dict[str, _Call] = {}

    def __bool__(self) -> bool:
        return any(call.name or call.texts for call in self._calls)

    def feed(self, pieces: list[Piece]) -> list[Event]:
        """Events for the pieces of one chunk."""
        touched: list[_Call] = []
        events: list[Event] = []
        for piece in pieces:
            call = self._call_for(piece, touched)
            touched.append(call)
            events += self._extend(call, piece)
        return events

    def finish(self) -> list[Event]:
        """Events that complete every call.

        Raises:
            NamelessCallError: a call has arguments but no name.
        """
        return [event for call in self._calls for event in self._complete(call)]

    def _call_for(self, piece: Piece, touched: list[_Call]) -> _Call:
        call = self._known(piece)
        if call is None or (piece.name and call.name and _is_another(call, piece, touched)):
            call = _Call(len(self._calls))
            self._calls.append(call)
        if piece.index is not None:
            self._by_index[piece.index] = call
        if piece.id:
            self._by_id.setdefault(piece.id, call)
        return call

    def _known(self, piece: Piece) -> _Call | None:
        if piece.index is not None and piece.index in self._by_index:
            return self._by_index[piece.index]
        if piece.id in self._by_id and (piece.index is None or not piece.name):
            return self._by_id[piece.id]
        return self._calls[-1] if self._calls and _continues(self._calls[-1], piece) else None

    def _extend(self, call: _Call, piece: Piece) -> list[Event]:
        if piece.name and piece.text and piece.text == call.text:
            return []  # the whole call once more, as a summary
        call.id = call.id or piece.id
        call.name = call.name or piece.name
        call.custom = call.custom or piece.custom
        call.signature = call.signature or piece.signature
        if piece.text:
            call.texts.append(piece.text)
        if call.part is None:
            is_known = bool(call.name) and call.name != PARALLEL and bool(call.id or call.texts)
            return self._started(call)[1] if is_known else []
        return _say(call, piece.text)

    def _started(self, call: _Call) -> tuple[ToolCall, list[Event]]:
        """The call's part, and the events that announce it when they have not been given yet."""
        if call.part is not None:
            return call.part, []
        name, namespace, kind = self._names.original(call.name)
        call_id = safe_id(call.id) if call.id else minted_id(f"{self._seed()}:{call.name}", call.position)
        part = ToolCall(call_id, name, "", ToolKind.CUSTOM if call.custom else kind, namespace)
        thought = self._thought(call, part)
        call.key, call.part = self._new_key(), part
        call.unwrapper = Unwrapper() if part.kind is ToolKind.CUSTOM and not call.custom else None
        return part, [*thought, PartStarted(call.key, part), *_say(call, call.text)]

    def _thought(self, call: _Call, part: ToolCall) -> list[Event]:
        """The signature of a call, as reasoning of its own."""
        if not call.signature:
            return []
        key, thought = self._new_key(), thought_of(call.signature, part.id)
        call.signature = ""
        return [PartStarted(key, thought), PartEnded(key, thought)]

    def _complete(self, call: _Call) -> list[Event]:
        if not call.name:
            if call.texts:
                raise NamelessCallError
            return []
        if call.part is None and call.name == PARALLEL:
            inner = [self._inner(call, at, *found) for at, found in enumerate(inner_calls(call.text))]
            if inner:
                return [event for one in inner for event in self._complete(one)]
        part, events = self._started(call)
        events += self._thought(call, part)
        if call.unwrapper is not None:
            events += _pass_on(call, call.unwrapper.finish())
        elif not call.texts and not call.custom:
            events += _pass_on(call, "{}")
        return [*events, PartEnded(call.key, replace(part, arguments="".join(call.said)))]

    def _inner(self, call: _Call, position: int, name: str, arguments: str) -> _Call:
        """One of the calls in a wrapper, with an id of its own."""
        outer = call.id or f"{self._seed()}:{call.position}"
        return _Call(call.position, minted_id(outer, position), name, texts=[arguments])


def _say(call: _Call, text: str) -> list[Event]:
    """More arguments, as the client gets them: a custom tool that was declared as a function has its text
    inside JSON."""
    return _pass_on(call, text if call.unwrapper is None else call.unwrapper.feed(text))


def _pass_on(call: _Call, text: str) -> list[Event]:
    if not text:
        return []
    call.said.append(text)
    return [PartDelta(call.key, text)]


def read_piece(entry: JsonObject) -> Piece:
    """One entry of ``tool_calls``, whole or partial; the old ``function_call`` has the same inside."""
    function, custom = as_object(entry.get("function")), as_object(entry.get("custom"))
    arguments = function.get("arguments")
    text = json.dumps(arguments) if isinstance(arguments, dict) else as_str(arguments)
    return Piece(
        index=_index(entry.get("index")),
        id=as_str(entry.get("id")),
        name=as_str(function.get("name")) or as_str(custom.get("name")),
        text=text or as_str(custom.get("input")),
        custom=bool(custom),
        signature=signature_of(entry),
    )


def _index(value: object) -> int | None:
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _continues(last: _Call, piece: Piece) -> bool:
    """Whether a piece with no known index or id belongs to the last call."""
    if piece.name:
        return not last.name and piece.index is None and not (piece.id and last.id)
    if not piece.id:
        return True
    # Some servers make up a new id for every piece.
    return piece.index is None and bool(last.name) and parse_lenient(last.text) is None


def _is_another(call: _Call, piece: Piece, touched: list[_Call]) -> bool:
    """Whether a piece that names a tool starts another call although its index is taken."""
    if piece.name != call.name:
        return True
    if piece.id and call.id:
        return piece.id != call.id
    if any(call is other for other in touched):
        return True
    return bool(piece.text) and piece.text != call.text and parse_lenient(call.text) is not None
