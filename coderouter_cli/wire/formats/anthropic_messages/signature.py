"""Whose signature a thinking block carries, told by its shape.

A relayed answer of another provider leaves that provider's signatures in the client's history, and
Anthropic refuses a request with one of them (``Invalid `signature` in `thinking` block``), for ever.
Anthropic's own are long base64 (https://github.com/router-for-me/CLIProxyAPI/pull/3615); DeepSeek signs
with the message's UUID (https://github.com/NousResearch/hermes-agent/pull/21048), others with a hex
digest or not at all.
"""

import re

_BASE64 = re.compile(r"[A-Za-z0-9+/]{64,}={0,2}")
_HEX = re.compile(r"[0-9a-fA-F]+")


def is_native(signature: object) -> bool:
    """Whether a signature, or the data of redacted thinking, can be Anthropic's."""
    return (
        isinstance(signature, str)
        and _BASE64.fullmatch(signature) is not None
        and _HEX.fullmatch(signature) is None
    )
