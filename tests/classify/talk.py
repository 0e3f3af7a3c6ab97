"""Conversations as the three formats' parsers make them, in a few words."""

from coderouter_cli.domain.conversation import (
    Conversation,
    FormatName,
    Message,
    Part,
    Text,
    Tool,
    ToolCall,
    ToolKind,
    ToolResult,
)
from coderouter_cli.domain.features import Features
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.domain.session import Signals

NO_SIGNALS = Signals(client="unknown", session=None, agent=None, kind=RequestKind.TURN)


def user(*texts: str) -> Message:
    return Message("user", tuple(Text(text) for text in texts))


def system(text: str) -> Message:
    return Message("system", (Text(text),))


def says(text: str) -> Message:
    return Message("assistant", (Text(text),))


def calls(*tools: tuple[str, str, str], kind: ToolKind = ToolKind.FUNCTION) -> Message:
    """Tool calls as (id, name, arguments)."""
    return Message("assistant", tuple(ToolCall(*tool, kind=kind) for tool in tools))


def result(call_id: str, text: str, *, error: bool = False) -> Message:
    return Message("user", (ToolResult(call_id, (Text(text),), is_error=error),))


def results(*parts: Part) -> Message:
    return Message("user", parts)


def step(
    number: int, name: str, arguments: str, output: str, *, error: bool = False
) -> tuple[Message, Message]:
    """One tool call and what came back."""
    return calls((f"call_{number}", name, arguments)), result(f"call_{number}", output, error=error)


def conversation(
    *messages: Message,
    format_name: FormatName = FormatName.ANTHROPIC_MESSAGES,
    tools: tuple[Tool, ...] = (),
    effort: str | None = None,
) -> Conversation:
    return Conversation(
        format=format_name, model="claude-opus-5-5", messages=messages, tools=tools, effort=effort
    )


NOTHING = Features(
    kind=RequestKind.TURN,
    plan_mode=False,
    subagent=False,
    effort=None,
    words=(),
    text_chars=100,
    question=False,
    stack_trace=False,
    continuation=False,
    turns=1,
    tool_calls=0,
    edits=0,
    test_edits=0,
    doc_edits=0,
    reads=0,
    commands=0,
    test_runs=0,
    tool_errors=0,
    error_streak=0,
    repeated_calls=0,
    complaint=False,
    prompt_tokens=1000,
)
"""Features of a request that says nothing."""
