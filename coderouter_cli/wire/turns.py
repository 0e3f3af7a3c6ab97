"""What a flat list of messages or items says, turn by turn."""

import itertools
from collections.abc import Iterable
from typing import Literal

from coderouter_cli.domain.conversation import Message, Part

Role = Literal["user", "assistant", "system"]
Turn = tuple[Role, tuple[Part, ...]]


def merged(turns: Iterable[Turn]) -> tuple[Message, ...]:
    """Turns of one role that follow each other as one message."""
    return tuple(
        Message(role, tuple(part for _, parts in group for part in parts))
        for role, group in itertools.groupby(turns, key=lambda turn: turn[0])
    )
