"""Token usage in one normal form, whatever the provider calls its fields."""

from dataclasses import dataclass
from enum import StrEnum

from coderouter_cli.domain.money import Picodollars


class UsageSource(StrEnum):
    """How we know an exchange's usage."""

    REPORTED = "reported"
    """The provider's final numbers."""
    PARTIAL = "partial"
    """The provider's numbers up to the point where the stream was cut: a lower bound."""
    ESTIMATED = "estimated"
    """Our own count from the bytes we saw."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of one attempt. The input fields are disjoint: their sum is the whole prompt.

    ``cache_write`` is the provider's short cache (Anthropic 5 minutes, OpenAI 30 minutes),
    ``cache_write_long`` its long one (1 hour, 12 hours). ``reasoning`` is a part of ``output``.
    ``tier`` is the service tier the provider says it used, which may change the price.
    ``discrepancy`` is the total that the provider states less the total of these fields: 0 when they
    agree, or when it states none. It may be negative, and counts for nothing else. ``billed`` is what
    the provider says it charged, None where it says nothing.
    """

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    cache_write_long: int = 0
    output: int = 0
    reasoning: int = 0
    tier: str | None = None
    discrepancy: int = 0
    billed: Picodollars | None = None

    def __post_init__(self) -> None:
        counts = (self.input, self.cache_read, self.cache_write, self.cache_write_long, self.output)
        if min(counts) < 0 or self.reasoning < 0:
            msg = "token counts cannot be negative"
            raise ValueError(msg)

    @property
    def prompt(self) -> int:
        """All input tokens, cached or not."""
        return self.input + self.cache_read + self.cache_write + self.cache_write_long

    @property
    def total(self) -> int:
        """Prompt and output."""
        return self.prompt + self.output
