"""Which conversation a request belongs to, as a hash.

The client's own ids come first: Claude Code's session header, ``metadata.user_id``, Codex's session and
``prompt_cache_key`` (`classify.signals` reads them), with the agent's, so that a subagent stands apart. In a
session it is the first thing a person said that tells one history from another: clients add tools, and
write their reminders anew, while a conversation goes on. Without a session everything up to those words
counts, system prompt and tools included: what a client says by itself is the same in every conversation.
"""

import hashlib

from coderouter_cli.classify.humantext import own_words
from coderouter_cli.domain.conversation import Conversation, Message, Text
from coderouter_cli.domain.phase import RequestKind
from coderouter_cli.domain.session import Prefix, Signals

_OF_THE_CONVERSATION = frozenset({RequestKind.TURN, RequestKind.COMPACTION})
"""What belongs to it; a title or a search repeats a person's words in a request of its own."""


def conversation_key(origin: Signals, conversation: Conversation, checkpoints: tuple[Prefix, ...]) -> str:
    """Stable while a history grows; ``checkpoints`` are the conversation's prefixes."""
    place, words = _first_words(conversation)
    if origin.session is None and checkpoints:
        words = checkpoints[min(place + 1, len(checkpoints) - 1)].digest.hex()
    agent = origin.agent or ("subagent" if origin.subagent else "")
    kind = "" if origin.kind in _OF_THE_CONVERSATION else origin.kind.value
    return hashed("\0".join((origin.session or "", agent, kind, words)))


def hashed(text: str) -> str:
    """What the ledger keeps instead of a client's own ids."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _first_words(conversation: Conversation) -> tuple[int, str]:
    """Where a person first speaks, and what they say; the first message where nobody does."""
    for place, message in enumerate(conversation.messages):
        words = _words(message)
        if words:
            return place, words
    return 0, ""


def _words(message: Message) -> str:
    if message.role != "user":
        return ""
    return "\n".join(own_words(part.text) for part in message.parts if isinstance(part, Text)).strip()
