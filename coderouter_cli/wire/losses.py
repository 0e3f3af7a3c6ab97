"""How a format says what it would lose of a conversation: a list of checks, each with its code."""

from collections.abc import Callable, Iterator, Sequence

from coderouter_cli.domain.conversation import Conversation, Image, Part, ToolKind, ToolResult, Unknown
from coderouter_cli.domain.model import Dialect

Check = tuple[str, Callable[[Conversation, Dialect], bool]]
"""A stable code, and whether this conversation loses that in this dialect."""


def lost(checks: Sequence[Check], conversation: Conversation, dialect: Dialect) -> tuple[str, ...]:
    """The codes of all checks that find a loss, in their order."""
    return tuple(code for code, is_lost in checks if is_lost(conversation, dialect))


def parts_in(conversation: Conversation) -> Iterator[Part]:
    """Every part of the history, those inside tool results too."""
    for message in conversation.messages:
        for part in message.parts:
            yield part
            if isinstance(part, ToolResult):
                yield from part.parts


def unknown_in(conversation: Conversation) -> Iterator[Unknown]:
    """The parts that only their own format knows."""
    return (part for part in parts_in(conversation) if isinstance(part, Unknown))


def loses_images(conversation: Conversation, dialect: Dialect) -> bool:
    """Whether there are images for a provider that refuses them."""
    return not dialect.images and any(isinstance(part, Image) for part in parts_in(conversation))


def loses_functions(conversation: Conversation, dialect: Dialect) -> bool:
    """Whether there are tools of the client's own for a provider that refuses them."""
    return not dialect.tools and any(tool.kind is not ToolKind.SERVER for tool in conversation.tools)
