"""Whose request this is: client, session, conversation."""

from dataclasses import dataclass, field

from coderouter_cli.domain.phase import RequestKind


@dataclass(frozen=True, slots=True)
class Signals:
    """What a request's head and body say about where it comes from.

    ``client`` is ``claude-code``, ``codex``, ``cursor``, ``sdk`` or ``unknown``. ``session`` and
    ``agent`` are the client's own ids (None when it sends none); ``agent`` is set for a subagent.
    """

    client: str
    session: str | None
    agent: str | None
    kind: RequestKind
    plan_mode: bool = False
    subagent: bool = False


@dataclass(frozen=True, slots=True)
class Prefix:
    """A checkpoint in a prompt: everything up to here hashes to ``digest`` and is about ``tokens`` long.

    Tokens are estimated in the Claude 4.5 tokenizer and cumulative. The digests of a conversation
    are the same for the same prefix whichever request they come from, so warmth keyed on them is
    shared between conversations with the same system prompt and tools. ``long``: the client asks for it to
    be kept for long (Anthropic's ``ttl: "1h"`` stands on it or further on); the prefix is the same.
    """

    digest: bytes
    tokens: int
    long: bool = field(default=False, compare=False)
