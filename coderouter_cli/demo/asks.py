"""The bundled asks (`asks.toml`), read into values."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from coderouter_cli.domain.phase import Phase

ClientName = Literal["claude-code", "codex", "cursor"]
Language = Literal["python", "typescript", "go", "rust", "java"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One human turn: what is asked, its phase, and how many exchanges the agent takes for it.

    ``subagent`` marks a task that the agent of the same session hands to a subagent, ``compacted`` a turn
    before which the client summarises the conversation.
    """

    phase: Phase
    exchanges: int
    text: str
    subagent: bool = False
    compacted: bool = False


@dataclass(frozen=True, slots=True)
class Outline:
    """One session: which client, which model it asks for, in what language, and what is asked.

    ``titled`` is whether the client first asks for a title of the session.
    """

    client: ClientName
    model: str
    language: Language
    asks: tuple[Ask, ...]
    titled: bool = False


@cache
def outlines() -> tuple[Outline, ...]:
    """All bundled sessions, in the order of the file."""
    text = resources.files(__package__).joinpath("asks.toml").read_text("utf-8")
    return tuple(_outline(session) for session in tomllib.loads(text)["session"])


def _outline(session: dict[str, Any]) -> Outline:
    asks = tuple(Ask(**{**ask, "phase": Phase(ask["phase"])}) for ask in session.pop("ask"))
    return Outline(asks=asks, **session)
