"""A conversation's messages, written for a provider.

Chat asks that an assistant message with tool calls is followed at once by one ``tool`` message for each
of them (https://github.com/openai/codex/issues/22129), and ``tool`` messages hold text only. So the
results that come before the model speaks again are moved up to their calls, in the order of the calls;
images in them follow in a user message; a call without a result gets one that says so; a result without
a call becomes user text. What is written for a message depends on nothing after the model's next
turn, so that a growing history keeps its head and the provider's prompt cache holds.
"""

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from coderouter_cli.domain.conversation import (
    Conversation,
    Document,
    Image,
    JsonObject,
    Message,
    Part,
    Refusal,
    Text,
    ToolCall,
    ToolResult,
)
from coderouter_cli.domain.model import Dialect, Model
from coderouter_cli.wire.customtools import as_arguments
from coderouter_cli.wire.formats.openai_chat.media import write_content
from coderouter_cli.wire.formats.openai_chat.thoughts import open_thoughts, signatures, signed
from coderouter_cli.wire.media import document_text, needs_files
from coderouter_cli.wire.openai_fields import system_text
from coderouter_cli.wire.reminder import reminder
from coderouter_cli.wire.toolids import MAX_CHAT_ID, safe_id
from coderouter_cli.wire.toolnames import flat_name

FAILED_MARK = "[The tool call failed.]"
NO_THOUGHT = " "
"""DeepSeek answers 400 to a tool call in the history without its reasoning, even when there was none; v4-pro
takes a space for it, but not an empty text (https://github.com/NousResearch/hermes-agent/pull/17341)."""
NO_RESULT = "[No result of this tool call was recorded.]"


def write_messages(conversation: Conversation, model: Model, dialect: Dialect) -> list[JsonObject]:
    """Every message, the system prompt first."""
    system = system_text(conversation.system)
    head: list[JsonObject] = [{"role": "system", "content": system}] if system else []
    rounds = _rounds(conversation.messages)
    return [*head, *(message for each in rounds for message in _write_round(each, model, dialect))]


@dataclass(slots=True)
class _Round:
    """What the model said, and everything until it speaks again."""

    said: Message | None
    after: list[Message] = field(default_factory=list)


def _rounds(messages: Iterable[Message]) -> list[_Round]:
    rounds = [_Round(None)]
    for message in messages:
        if message.role == "assistant":
            rounds.append(_Round(message))
        else:
            rounds[-1].after.append(message)
    return rounds


def _write_round(each: _Round, model: Model, dialect: Dialect) -> Iterator[JsonObject]:
    calls = [part for part in each.said.parts if isinstance(part, ToolCall)] if each.said else []
    answers = _answers(calls, each.after)
    if each.said is not None:
        yield from _write_assistant(each.said, calls, model, dialect)
    for call, answer in zip(calls, answers, strict=True):
        yield _write_tool(call, None if answer is None else answer.result)
    settled = {answer.place for answer in answers if answer is not None}
    for index, message in enumerate(each.after):
        moved = frozenset(part for of, part in settled if of == index)
        yield from _write_other(message, moved, dialect)


@dataclass(frozen=True, slots=True)
class _Found:
    """A result, and its message's and its own index in the round."""

    place: tuple[int, int]
    result: ToolResult


def _answers(calls: list[ToolCall], after: list[Message]) -> list[_Found | None]:
    """Each call's result, by id; with one id used twice, in order."""
    waiting: defaultdict[str, deque[_Found]] = defaultdict(deque)
    for of, message in enumerate(after):
        for index, part in enumerate(message.parts):
            if isinstance(part, ToolResult):
                waiting[part.call_id].append(_Found((of, index), part))
    return [waiting[call.id].popleft() if waiting[call.id] else None for call in calls]


def _write_assistant(
    message: Message, calls: list[ToolCall], model: Model, dialect: Dialect
) -> Iterator[JsonObject]:
    content = "\n\n".join(
        part.text for part in message.parts if isinstance(part, Text | Refusal) and part.text
    )
    if not content and not calls:
        return
    written: JsonObject = {"role": "assistant", "content": content or None}
    if calls and dialect.reasoning_content:
        written[dialect.reasoning_field] = open_thoughts(message.parts, model.provider) or NO_THOUGHT
    if calls:
        entries = [_write_call(call) for call in calls]
        if dialect.thought_signatures:
            entries = signed(entries, [call.id for call in calls], signatures(message.parts, model))
        written["tool_calls"] = entries
    yield written


def _write_call(call: ToolCall) -> JsonObject:
    return {
        "id": safe_id(call.id, MAX_CHAT_ID),
        "type": "function",
        "function": {"name": flat_name(call.name, call.namespace), "arguments": as_arguments(call)},
    }


def _write_tool(call: ToolCall, result: ToolResult | None) -> JsonObject:
    content = NO_RESULT if result is None else _result_text(result)
    return {"role": "tool", "tool_call_id": safe_id(call.id, MAX_CHAT_ID), "content": content}


def _result_text(result: ToolResult) -> str:
    texts = [FAILED_MARK] if result.is_error else []
    for part in result.parts:
        text = part.text if isinstance(part, Text) else _placeholder(part)
        if text:
            texts.append(text)
    return "\n".join(texts)


def _placeholder(part: Image | Document) -> str:
    if isinstance(part, Image):
        return "[The image follows in the next user message.]"
    return document_text(part) or "[The document follows in the next user message.]"


def _attachments(result: ToolResult) -> list[Part]:
    """What a ``tool`` message cannot hold, with a line that says where it belongs."""
    files: list[Part] = [part for part in result.parts if isinstance(part, Image) or needs_files(part)]
    return [Text(f"From tool call {safe_id(result.call_id, MAX_CHAT_ID)}:"), *files] if files else []


def _write_other(message: Message, moved: frozenset[int], dialect: Dialect) -> Iterator[JsonObject]:
    """A user or system message, without the results that were moved to their calls."""
    if message.role == "system":
        yield from _write_system(message, dialect)
        return
    parts: list[Part] = []
    for index, part in enumerate(message.parts):
        if not isinstance(part, ToolResult):
            parts.append(part)
        elif index in moved:
            parts += _attachments(part)
        else:
            parts += _orphan(part)
    yield from _say("user", parts, dialect)


def _orphan(result: ToolResult) -> list[Part]:
    """A result whose call is not there (any more), as text the model can still use."""
    text = f"[Result of an earlier tool call]\n{_result_text(result)}"
    return [Text(text), *_attachments(result)]


def _write_system(message: Message, dialect: Dialect) -> Iterator[JsonObject]:
    if not dialect.fold_system:
        yield from _say("system", list(message.parts), dialect)
        return
    text = "\n\n".join(part.text for part in message.parts if isinstance(part, Text) and part.text)
    if text:
        yield {"role": "user", "content": reminder(text)}


def _say(role: str, parts: list[Part], dialect: Dialect) -> Iterator[JsonObject]:
    content = write_content([part for part in parts if not isinstance(part, Text) or part.text], dialect)
    if content:
        yield {"role": role, "content": content}
