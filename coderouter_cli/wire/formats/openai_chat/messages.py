"""A request's messages, read."""

import itertools
from collections.abc import Iterable
from typing import Any

from coderouter_cli.domain.conversation import (
    Document,
    FormatName,
    Image,
    JsonObject,
    Message,
    Part,
    Refusal,
    Text,
    Tool,
    ToolCall,
    ToolKind,
    ToolResult,
    Unknown,
)
from coderouter_cli.wire.customtools import unwrap
from coderouter_cli.wire.formats.openai_chat.media import parse_content
from coderouter_cli.wire.formats.openai_chat.thoughts import with_thoughts
from coderouter_cli.wire.read import (
    objects,
    opt_list,
    opt_object,
    opt_str,
    path_to,
    req_object,
    req_str,
    wrong,
)
from coderouter_cli.wire.toolids import minted_id
from coderouter_cli.wire.toolnames import ToolNames
from coderouter_cli.wire.turns import Turn, merged

_ROLES = "one of system, developer, user, assistant, tool, function"


def parse_messages(values: list[Any], tools: Iterable[Tool]) -> tuple[tuple[Text, ...], tuple[Message, ...]]:
    """The system texts that open the conversation, and its messages.

    Raises:
        BadRequestError: a message is not as the format says.
    """
    reader = _Reader(ToolNames(tools))
    turns = [
        reader.turn(value, path_to("messages", i)) for i, value in enumerate(objects(values, "messages"))
    ]
    opening = list(itertools.takewhile(lambda turn: turn[0] == "system", turns))
    system = tuple(part for _, parts in opening for part in parts if isinstance(part, Text))
    return system, merged(turn for turn in turns[len(opening) :] if turn[1])


class _Reader:
    """Reads messages in order; a tool's result is understood by the call before it."""

    def __init__(self, names: ToolNames) -> None:
        self._names = names
        self._kinds: dict[str, ToolKind] = {}
        self._old_calls: dict[str, str] = {}
        self._old_count = 0

    def turn(self, message: JsonObject, at: str) -> Turn:
        """One message as a turn of its canonical role."""
        role = req_str(message, "role", at)
        if role in ("system", "developer"):
            return "system", self._content(message, at)
        if role == "user":
            return "user", self._content(message, at)
        if role == "assistant":
            return "assistant", self._assistant(message, at)
        if role == "tool":
            return "user", self._result(message, req_str(message, "tool_call_id", at), at)
        if role == "function":
            return "user", self._result(message, self._old_id(req_str(message, "name", at)), at)
        raise wrong(path_to(at, "role"), _ROLES)

    @staticmethod
    def _content(message: JsonObject, at: str) -> tuple[Part, ...]:
        return parse_content(message.get("content"), path_to(at, "content"))

    def _assistant(self, message: JsonObject, at: str) -> tuple[Part, ...]:
        refusal = opt_str(message, "refusal", at)
        where = path_to(at, "tool_calls")
        entries = objects(opt_list(message, "tool_calls", at) or [], where)
        calls = [read_call(entry, self._names, path_to(where, index)) for index, entry in enumerate(entries)]
        self._kinds |= {call.id: call.kind for call in calls}
        old = opt_object(message, "function_call", at)
        if old is not None:
            calls.append(self._old_call(old, path_to(at, "function_call")))
        prose = [*self._content(message, at), *((Refusal(refusal),) if refusal else ())]
        spoken = opt_object(message, "audio", at)
        if spoken is not None:
            # An answer that OpenAI keeps: nobody else knows what was said.
            prose.append(Unknown(FormatName.OPENAI_CHAT, "audio", spoken))
        return with_thoughts(message, prose, calls)

    def _old_call(self, inner: JsonObject, at: str) -> ToolCall:
        name = req_str(inner, "name", at)
        call_id = minted_id(f"function_call:{name}", self._old_count)
        self._old_calls[name] = call_id
        self._old_count += 1
        return _function(call_id, inner, self._names, at)

    def _old_id(self, name: str) -> str:
        """The id made for the last ``function_call`` of this name; empty when there was none."""
        return self._old_calls.get(name, "")

    def _result(self, message: JsonObject, call_id: str, at: str) -> tuple[Part, ...]:
        """The result; parts of it that only their maker can read follow it as parts of their own."""
        content = self._content(message, at)
        parts = tuple(part for part in content if isinstance(part, Text | Image | Document))
        result = ToolResult(call_id, parts, kind=self._kinds.get(call_id, ToolKind.FUNCTION))
        return result, *(part for part in content if isinstance(part, Unknown))


def read_call(entry: JsonObject, names: ToolNames, at: str) -> ToolCall:
    """One entry of an assistant message's ``tool_calls``.

    Raises:
        BadRequestError: it is not as the format says.
    """
    call_id = req_str(entry, "id", at)
    custom = opt_object(entry, "custom", at)
    if custom is None:
        return _function(call_id, req_object(entry, "function", at), names, path_to(at, "function"))
    where = path_to(at, "custom")
    name, namespace, _ = names.original(req_str(custom, "name", where))
    return ToolCall(call_id, name, req_str(custom, "input", where), ToolKind.CUSTOM, namespace)


def _function(call_id: str, inner: JsonObject, names: ToolNames, at: str) -> ToolCall:
    """A call in a function's shape; Cursor sends its custom calls back in it, as raw text."""
    name, namespace, kind = names.original(req_str(inner, "name", at))
    text = opt_str(inner, "arguments", at) or ""
    return ToolCall(call_id, name, unwrap(text) if kind is ToolKind.CUSTOM else text, kind, namespace)
