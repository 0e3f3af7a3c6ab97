"""Puts an estimate of the prompt into the beginning of a relayed Messages stream that states none.

Clients show how full their context is by `message_start` (Claude Code, and others of Anthropic's SDKs);
GLM says 0 there and tells the truth at the end (https://github.com/zai-org/GLM-5/issues/139), as do vLLM
and SGLang. Anthropic itself never does: its bytes pass untouched.
"""

import re

from coderouter_cli.wire.formats.anthropic_messages.usage import read_usage
from coderouter_cli.wire.read import as_object, parse_lenient
from coderouter_cli.wire.span import replace_value

_START = re.compile(rb'^data:[ \t]*(\{[^\r\n]*"message_start"[^\r\n]*\})', re.MULTILINE)
_FIRST = re.compile(rb"^data:", re.MULTILINE)
_PLACE = ("message", "usage", "input_tokens")


class StartFiller:
    """One stream. ``estimate`` is in the answering model's tokens; 0: nothing is ever filled in."""

    def __init__(self, estimate: int) -> None:
        self._estimate = estimate
        self._over = estimate <= 0

    def fill(self, events: bytes) -> bytes:
        """Whole events, as the client will see them."""
        if self._over:
            return events
        start = _START.search(events)
        # Only a comment or a ping stands before it; whatever else begins a stream, this is none of ours.
        self._over = start is not None or (_FIRST.search(events) is not None and b'"ping"' not in events)
        if start is None or not _says_nothing(start.group(1)):
            return events
        filled = replace_value(start.group(1), _PLACE, b"%d" % self._estimate)
        return events[: start.start(1)] + filled + events[start.end(1) :]


def _says_nothing(data: bytes) -> bool:
    event = parse_lenient(data.decode("utf-8", "replace")) or {}
    stated = as_object(as_object(event.get("message")).get("usage"))
    return stated.get("input_tokens") == 0 and read_usage(stated).prompt == 0
