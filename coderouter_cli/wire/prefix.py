"""Checkpoints in a prompt that a provider may hold in its cache.

One after tools and system, then one after each message. A digest covers everything up to its
checkpoint, written as JSON lists (which cannot be mistaken for one another), and depends on the
canonical values alone. Left out are cache markers, where a value came from, and Claude Code's
attribution block, which changes without the prompt changing. So the same prefix has the same digest
in whichever request or format it comes, and nothing of the prompt can be read from it.
"""

import dataclasses
import hashlib
import json
from typing import Any

from coderouter_cli.domain.conversation import Conversation, Text
from coderouter_cli.domain.session import Prefix
from coderouter_cli.wire.estimate import BILLING_PREFIX, estimate_head, estimate_message

_DIGEST_BYTES = 16
_NOT_CONTENT = frozenset({"cache", "origin", "maker"})


def prefixes(conversation: Conversation) -> tuple[Prefix, ...]:
    """The checkpoints, shortest first; tokens are cumulative, so the last has those of `estimate_prompt`."""
    system = [block.text for block in conversation.system if not block.text.startswith(BILLING_PREFIX)]
    running = hashlib.blake2b(_written([conversation.tools, system]), digest_size=_DIGEST_BYTES)
    tokens, long = estimate_head(conversation), _long_checkpoints(conversation)
    found = [Prefix(running.digest(), tokens, long > 0)]
    for place, message in enumerate(conversation.messages, start=1):
        running.update(_written(message))
        tokens += estimate_message(message)
        found.append(Prefix(running.digest(), tokens, place < long))
    return tuple(found)


def _long_checkpoints(conversation: Conversation) -> int:
    """How many checkpoints are to be cached for long: all up to the last mark that says so."""
    for place in range(len(conversation.messages), 0, -1):
        parts = conversation.messages[place - 1].parts
        if any(isinstance(part, Text) and part.cache == "1h" for part in parts):
            return place + 1
    return int(any(block.cache == "1h" for block in conversation.system))


def _written(value: object) -> bytes:
    return json.dumps(value, default=_fields).encode()


def _fields(value: Any) -> list[object]:
    """A dataclass as a list: its name, then its fields."""
    names = [field.name for field in dataclasses.fields(value) if field.name not in _NOT_CONTENT]
    return [type(value).__name__, *(getattr(value, name) for name in names)]
