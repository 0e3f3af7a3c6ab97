"""How a format says what it would lose of a conversation: a list of checks, each with its code."""

from collections.abc import Callable, Iterator, Sequence

from coderouter_cli.domain.conversation import Conversation, Image, Part, ToolKind, ToolResult, Unknown
from coderouter_cli.domain.model import Dialect

Check = tuple[str, Callable[[Conversation, Dialect], bool]]
"""A stable code, and whether this conversation loses that in this dialect."""


def lost(checks: Sequence[Check], conversation: Conversation, dialect: Dialect) -> tuple[str, ...]:
    """The codes of all checks that find a loss, in their order."""
    return tuple(dict.fromkeys(code for code, is_lost in checks if is_lost(conversation, dialect)))


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
    """Whether there are images for a provider that refuses them, or those that are named by URL."""
    images = (part for part in parts_in(conversation) if isinstance(part, Image))
    return any(not dialect.images or (part.url is not None and not dialect.image_urls) for part in images)


def loses_functions(conversation: Conversation, dialect: Dialect) -> bool:
    """Whether there are tools of the client's own for a provider that refuses them."""
    return not dialect.tools and any(tool.kind is not ToolKind.SERVER for tool in conversation.tools)


def loses_choice(conversation: Conversation, dialect: Dialect) -> bool:
    """Whether the client insists on a tool call that this provider cannot be made to give."""
    choice = conversation.tool_choice
    return (
        choice is not None
        and choice.mode in {"required", "tool"}
        and (dialect.refuses("tool_choice") or dialect.refuses_choice(choice.mode))
    )


def loses_stops(conversation: Conversation, dialect: Dialect, field: str, usual: int | None = None) -> bool:
    """Whether the provider takes no stop sequences, in this field of the format, or fewer than there are.

    ``usual`` is the format's own limit.
    """
    most = usual if dialect.max_stops is None else dialect.max_stops
    count = len(conversation.stop)
    return count > 0 and (dialect.refuses(field) or (most is not None and count > most))
