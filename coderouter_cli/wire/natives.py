"""Whose carrier of reasoning stands in a history without an envelope, told by its shape.

A relayed answer of another provider leaves that provider's carriers in the client's history, and a
vendor refuses a request with one of them, for ever: Anthropic (``Invalid `signature` in `thinking`
block``), OpenAI (``invalid_encrypted_content``) and xAI (``Could not decrypt the provided
encrypted_content``, https://github.com/openclaw/openclaw/issues/126299).
"""

import re

_BASE64 = re.compile(r"[A-Za-z0-9+/]{64,}={0,2}")
_HEX = re.compile(r"[0-9a-fA-F]+")
_FERNET = "gAAA"


def is_anthropic(signature: object) -> bool:
    """Whether a signature, or the data of redacted thinking, can be Anthropic's.

    Anthropic's own are long base64 (https://github.com/router-for-me/CLIProxyAPI/pull/3615); DeepSeek
    signs with the message's UUID (https://github.com/NousResearch/hermes-agent/pull/21048), others with
    a hex digest or not at all.
    """
    return (
        isinstance(signature, str)
        and _BASE64.fullmatch(signature) is not None
        and _HEX.fullmatch(signature) is None
    )


def is_openai(encrypted: object) -> bool:
    """Whether encrypted reasoning can be OpenAI's: a Fernet token, of which every one begins alike
    (https://github.com/experientiallabs/experiential/pull/965)."""
    return isinstance(encrypted, str) and encrypted.startswith(_FERNET)


def is_vendors(carrier: object) -> bool:
    """Whether it can be Anthropic's or OpenAI's, so that the reasoning beside it is nobody else's."""
    return is_anthropic(carrier) or is_openai(carrier)
