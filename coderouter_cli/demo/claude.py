"""What one Claude model accepts, read from its name.

Sources: https://platform.claude.com/docs/en/about-claude/models/migration-guide and the pages of each
feature; the capability flags of litellm 1.109.1 agree.
"""

import re
from dataclasses import dataclass

_NAME = re.compile(r"claude-(opus|sonnet|haiku|fable)-(\d)(?:-(\d))?(?:-\d{8})?")


@dataclass(frozen=True, slots=True)
class Claude:
    """A Claude model by family and version, (5, 5) for 5.5."""

    name: str
    family: str
    version: tuple[int, int]

    @property
    def newest(self) -> bool:
        """The 5.5 generation and the Fable models beside it."""
        return self.version >= (5, 5) or (self.family == "fable" and self.version >= (5, 1))

    @property
    def samples(self) -> bool:
        """Takes temperature, top_p and top_k."""
        return self.version < (4, 7)

    @property
    def prefills(self) -> bool:
        """Continues an assistant message at the end of the history."""
        return self.version < (4, 6)

    @property
    def budgets(self) -> bool:
        """Takes thinking with a fixed budget."""
        return self.version < (4, 7)

    @property
    def adapts(self) -> bool:
        """Takes adaptive thinking."""
        return self.version >= (4, 6)

    @property
    def forced(self) -> bool:
        """Takes a forced tool choice."""
        return not (self.family == "fable" or (self.version >= (5, 5) and self.family != "haiku"))

    @property
    def always_thinks(self) -> bool:
        """Thinking cannot be disabled."""
        return self.family == "fable" or (self.family == "opus" and self.version >= (5, 5))

    @property
    def system_turns(self) -> bool:
        """Takes ``role: system`` inside the history: Opus 4.8 and what came after it, but for Sonnet 5."""
        return self.version >= (4, 8) and (self.family, self.version) != ("sonnet", (5, 0))

    @property
    def between_tools(self) -> bool:
        """Takes thinking between tool calls only: Sonnet 5.5 (a third party's word)."""
        return self.family == "sonnet" and self.version >= (5, 5)

    @property
    def binds_thinking(self) -> bool:
        """Checks that nothing before a thinking block has changed ("preserved thinking")."""
        return self.newest

    @property
    def computer_tools(self) -> frozenset[str]:
        """The versions of the computer tool it takes."""
        if self.version < (4, 6):
            return frozenset({"computer_20250124"})
        has_old = self.family in {"opus", "sonnet"} and self.version < (5, 5)
        has_new = self.version >= (4, 8)
        taken = {"computer_20251124": has_old, "computer_toolset_20260801": has_new}
        return frozenset(kind for kind, is_taken in taken.items() if is_taken)

    @property
    def efforts(self) -> tuple[str, ...]:
        """The effort words it takes."""
        if self.version < (4, 6):
            return ()
        return ("low", "medium", "high", *(("xhigh",) if self.version >= (4, 7) else ()), "max")

    @property
    def max_output(self) -> int:
        """The largest ``max_tokens``."""
        return 64_000 if self.version < (4, 6) else 128_000

    @property
    def cache_minimum(self) -> int:
        """The shortest prefix it caches, in tokens."""
        return 512 if self.newest else 1024


def claude(name: str) -> Claude | None:
    """The model of that name; None when there is none."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    return Claude(name, match[1], (int(match[2]), int(match[3] or 0)))
