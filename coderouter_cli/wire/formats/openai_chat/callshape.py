"""In which shape a client wants its tool calls.

Chat has three: ``function``, ``custom`` (free text, https://platform.openai.com/docs/guides/function-calling)
and the old ``function_call``. A custom tool declared in Responses' flat shape comes from Cursor, which
crashes on a ``custom`` call and wants the raw text as a function's arguments (Cursor 3.14.27,
https://github.com/icebear0828/codex-proxy/pull/708).
"""

from collections.abc import Iterable
from typing import Literal

from coderouter_cli.domain.conversation import FormatName, JsonObject, Tool, ToolCall, ToolKind
from coderouter_cli.wire.toolids import safe_id
from coderouter_cli.wire.toolnames import flat_name

Shape = Literal["function", "custom"]


def is_legacy(tool: Tool) -> bool:
    """Whether the tool was declared in ``functions``; its definition there, kept in ``raw``, has no type."""
    return tool.kind is ToolKind.FUNCTION and tool.raw is not None and "type" not in tool.raw


class CallShapes:
    """The shapes of one client's tools."""

    def __init__(self, tools: Iterable[Tool]) -> None:
        tools = tuple(tools)
        self._legacy = frozenset(tool.name for tool in tools if is_legacy(tool))
        self._flat_custom = frozenset(
            tool.name
            for tool in tools
            if tool.kind is ToolKind.CUSTOM and tool.origin is FormatName.OPENAI_RESPONSES
        )

    def is_legacy(self, call: ToolCall) -> bool:
        """Whether the client reads this call from ``function_call``."""
        return call.name in self._legacy

    def shape(self, call: ToolCall) -> Shape:
        """The shape of an entry of ``tool_calls``."""
        is_custom = call.kind is ToolKind.CUSTOM and call.name not in self._flat_custom
        return "custom" if is_custom else "function"


def call_entry(call: ToolCall, shape: Shape) -> JsonObject:
    """An entry of ``tool_calls`` with the call's arguments so far."""
    name = flat_name(call.name, call.namespace) if call.namespace else call.name
    inner = "input" if shape == "custom" else "arguments"
    return {"id": safe_id(call.id), "type": shape, shape: {"name": name, inner: call.arguments}}


def more_text(shape: Shape, text: str) -> JsonObject:
    """An entry with more of a call's arguments."""
    return {shape: {"input" if shape == "custom" else "arguments": text}}
