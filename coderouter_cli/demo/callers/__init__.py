"""Scripted coding clients: each sends what the real one sends, and replays the answers it really got."""

from collections.abc import Mapping
from typing import Protocol

from coderouter_cli.demo.asks import ClientName, Outline
from coderouter_cli.demo.callers.base import Caller
from coderouter_cli.demo.callers.claude_code import ClaudeCode
from coderouter_cli.demo.callers.codex import Codex
from coderouter_cli.demo.callers.cursor import Cursor


class MakesCaller(Protocol):
    """Makes the client of a session; ``key`` is what its ids derive from."""

    def __call__(self, outline: Outline, key: str) -> Caller: ...


CALLERS: Mapping[ClientName, MakesCaller] = {"claude-code": ClaudeCode, "codex": Codex, "cursor": Cursor}
