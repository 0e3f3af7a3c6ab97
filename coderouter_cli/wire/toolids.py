"""Tool call ids that every provider accepts.

Anthropic takes ``^[a-zA-Z0-9_-]+$``; other providers mint ids like ``Bash:0`` or none at all. An id
that reaches a client lives in its history for ever, so it is made safe on the way out, by an
injective mapping that needs no memory. The mapping is applied again to histories on the way in
(`safe_id` of a safe id is that id), which repairs those that were poisoned by others.
"""

import hashlib
import re

MAX_ID = 64
"""OpenAI Responses and Anthropic take ids up to this many characters."""
MAX_CHAT_ID = 40
"""OpenAI's Chat endpoint refuses longer ones: ``string too long. Expected a string with maximum
length 40`` (https://github.com/agno-agi/agno/issues/5382)."""

_SAFE = re.compile(r"[a-zA-Z0-9_-]+")
_FOREIGN = re.compile(r"[^a-zA-Z0-9_-]")
_DIGEST = 16
_HEAD = 40


def safe_id(raw: str, limit: int = MAX_ID) -> str:
    """The id unchanged when it is safe and short enough; otherwise one that differs for every other id.

    ``limit`` is in characters, at least 24. An empty id maps to one fixed id: mint one instead.
    """
    if len(raw) <= limit and _SAFE.fullmatch(raw):
        return raw
    head = _FOREIGN.sub("_", raw)[: min(_HEAD, limit - _DIGEST - 1)]
    return f"{head}_{_digest(raw)[:_DIGEST]}"


def minted_id(seed: str, position: int) -> str:
    """An id for a call that came without one; the same for the same answer and position.

    ``seed`` must differ from answer to answer: ids live in one history together.
    """
    return f"call_{_digest(f'{seed}:{position}')[:24]}"


def _digest(text: str) -> str:
    # A JSON string may hold a lone surrogate, which strict UTF-8 cannot encode.
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
