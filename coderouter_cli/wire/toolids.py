"""Tool call ids that every provider accepts.

Anthropic takes ``^[a-zA-Z0-9_-]+$``; other providers mint ids like ``Bash:0`` or none at all. An id
that reaches a client lives in its history for ever, so it is made safe on the way out, by an
injective mapping that needs no memory.
"""

import hashlib
import re

_SAFE = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_FOREIGN = re.compile(r"[^a-zA-Z0-9_-]")


def safe_id(raw: str) -> str:
    """The id unchanged when it is safe; otherwise a safe one that differs for every other id."""
    if _SAFE.fullmatch(raw):
        return raw
    digest = hashlib.sha256(raw.encode()).hexdigest()[:16]
    return f"{_FOREIGN.sub('_', raw)[:40]}_{digest}"


def minted_id(seed: str, position: int) -> str:
    """An id for a call that came without one; the same for the same answer and position."""
    return f"call_{hashlib.sha256(f'{seed}:{position}'.encode()).hexdigest()[:24]}"
