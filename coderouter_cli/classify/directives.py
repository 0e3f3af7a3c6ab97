"""What a person says to CodeRouter in the session: a line of theirs that starts with ``@cr ``.

Nothing is remembered between requests: all of it is read from the human turns of the conversation, so the
same history always says the same. A line inside a code block is quoted, not said.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from coderouter_cli.classify.humantext import human_turns
from coderouter_cli.domain.conversation import Conversation, Message, Text, ToolResult

_MARK = "@cr"
_LINE = re.compile(r"^@cr[ \t]+(\S.*?)[ \t\r]*$\n?", re.MULTILINE | re.IGNORECASE)
_FENCE = re.compile(r"^(```|~~~).*?(?:^\1|\Z)", re.MULTILINE | re.DOTALL)
_ENDS = " \t?!.,;:"


@dataclass(frozen=True, slots=True)
class Talk:
    """What a conversation's human turns say to CodeRouter.

    ``held`` are the words of messages that say nothing else, in all turns, oldest first: they hold for the
    conversation. ``said`` are those of the current turn. ``alone`` is whether the newest message of the
    person says nothing else, ``unanswered`` whether nothing was done since: no tool is at work.
    """

    held: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    alone: bool = False
    unanswered: bool = False


SILENT = Talk()


def talk(conversation: Conversation) -> Talk:
    """Read what is said to CodeRouter in a conversation."""
    if not any(_mentions(message) for message in conversation.messages):
        return SILENT
    turns = human_turns(conversation)
    heard = [(turn.index, words(turn.text), _is_bare(turn.text)) for turn in turns]
    if not any(said for _, said, _ in heard):
        return SILENT
    held = tuple(word for _, said, bare in heard if bare for word in said)
    said: list[str] = []
    for index, found, _ in reversed(heard):
        said = [*found, *said]
        if not _is_queued(conversation.messages[index]):
            break
    newest, _, alone = heard[-1]
    return Talk(held, tuple(said), alone, newest == _last_spoken(conversation))


def words(text: str) -> tuple[str, ...]:
    """What the ``@cr`` lines of a text say, in lower case, without the signs at their ends."""
    found = (match[1] for match in _LINE.finditer(_FENCE.sub("", text)))
    return tuple(" ".join(word.lower().split()).strip(_ENDS) for word in found)


def without_directives(conversation: Conversation) -> Conversation:
    """The conversation as the classifier should see it: they are words to us, and no part of the work.

    The request that is sent keeps them: its bytes are the client's, and its cache holds.
    """
    if not any(_mentions(message) for message in conversation.messages):
        return conversation
    return replace(conversation, messages=tuple(map(_without, conversation.messages)))


def _without(message: Message) -> Message:
    if message.role != "user" or not _mentions(message):
        return message
    parts = (
        replace(part, text=_plain(part.text)) if isinstance(part, Text) else part for part in message.parts
    )
    return replace(message, parts=tuple(parts))


def _plain(text: str) -> str:
    """The text without its directives; code blocks are left as they are."""
    kept, position = [], 0
    for fence in _FENCE.finditer(text):
        kept += [_LINE.sub("", text[position : fence.start()]), fence[0]]
        position = fence.end()
    return "".join((*kept, _LINE.sub("", text[position:])))


def _is_bare(text: str) -> bool:
    return bool(words(text)) and not _LINE.sub("", text).strip()


def _mentions(message: Message) -> bool:
    return message.role != "assistant" and any(_MARK in text.lower() for text in _texts(message))


def _texts(message: Message) -> Iterator[str]:
    for part in message.parts:
        if isinstance(part, Text):
            yield part.text
        elif isinstance(part, ToolResult):
            yield from (inner.text for inner in part.parts if isinstance(inner, Text))


def _is_queued(message: Message) -> bool:
    """Whether the words came while the agent worked: they join the turn that runs."""
    return message.role != "user" or any(isinstance(part, ToolResult) for part in message.parts)


def _last_spoken(conversation: Conversation) -> int:
    """The position of the last message, where it is a person's; -1 where tools or the model came after."""
    for index in range(len(conversation.messages) - 1, -1, -1):
        message = conversation.messages[index]
        if message.role != "system":
            return -1 if message.role == "assistant" or _is_queued(message) else index
    return -1
