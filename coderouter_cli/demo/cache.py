"""A prompt cache as the providers describe theirs, with a token count of its own.

Tokens are a quarter of the UTF-8 bytes: a number that anyone can work out by hand. Real tokenizers give
different counts for the same text; `Counted.scaled` plays that part where a test or the demo needs it.

- Anthropic caches up to the blocks the client marked. A mark reads the longest prefix that was written
  before, up to 20 blocks back, and writes the rest (https://platform.claude.com/docs/en/build-with-claude/prompt-caching).
- OpenAI caches every prefix by itself, in steps of 128 tokens from 1,024 on
  (https://developers.openai.com/api/docs/guides/prompt-caching), DeepSeek in steps of 64
  (https://api-docs.deepseek.com/guides/kv_cache).

Entries expire by an injected clock and are kept per scope: one (provider, model).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

Mark = Literal["5m", "1h"]

_BYTES_PER_TOKEN = 4
_TTL_S: dict[Mark, float] = {"5m": 300.0, "1h": 3600.0}
_LOOKBACK = 20
_MAX_ENTRIES = 200_000


def count_tokens(size: int) -> int:
    """Tokens of so many UTF-8 bytes, rounded up."""
    return -(-size // _BYTES_PER_TOKEN)


@dataclass(frozen=True, slots=True)
class Segment:
    """A block of a prompt; ``mark`` is set where the client asked to cache the prefix that ends here."""

    text: bytes
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Automatic:
    """How a provider caches by itself. ``writes`` is whether it reports (and bills) what it writes."""

    step: int
    minimum: int
    ttl_s: float
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """The tokens of one prompt; the four classes are disjoint.

    ``factor`` is how many tokens the model's tokenizer makes of one of ours; the answer is counted by it.
    """

    fresh: int
    read: int = 0
    write: int = 0
    write_long: int = 0
    factor: float = 1.0

    def scaled(self, factor: float) -> "Counted":
        """The same prompt in another tokenizer's count."""
        return Counted(
            fresh=round(self.fresh * factor),
            read=round(self.read * factor),
            write=round(self.write * factor),
            write_long=round(self.write_long * factor),
            factor=factor,
        )

    @property
    def prompt(self) -> int:
        """All of them."""
        return self.fresh + self.read + self.write + self.write_long


class PromptCache:
    """What all models of all providers remember. ``clock`` gives monotonic seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._expiry: dict[tuple[str, int], tuple[float, float]] = {}

    def marked(self, scope: str, segments: Sequence[Segment], minimum: int) -> Counted:
        """Count a prompt with cache marks, and keep its marked prefixes of at least ``minimum`` tokens."""
        digests, ends = _walk(segments)
        total = ends[-1] if ends else 0
        marks = [i for i, segment in enumerate(segments) if segment.mark and ends[i] >= minimum]
        if not marks:
            return Counted(fresh=total)
        read_at = self._longest(scope, digests, marks)
        for i in marks:
            self._keep(scope, digests[i], _TTL_S[segments[i].mark or "5m"])
        read = ends[read_at] if read_at is not None else 0
        last = max(ends[marks[-1]], read)
        last_long = max((ends[i] for i in marks if segments[i].mark == "1h"), default=0)
        write_long = max(0, last_long - read)
        return Counted(fresh=total - last, read=read, write=last - read - write_long, write_long=write_long)

    def automatic(self, scope: str, prompt: bytes, rule: Automatic) -> Counted:
        """Count a prompt that the provider caches by itself, and remember all of its whole steps."""
        total = count_tokens(len(prompt))
        width = rule.step * _BYTES_PER_TOKEN
        steps = len(prompt) // width if total >= rule.minimum else 0
        digest, hits, hitting = 0, 0, True
        for start in range(0, steps * width, width):
            digest = hash((digest, prompt[start : start + width]))
            hitting = hitting and self._alive(scope, digest)
            hits += hitting
            self._keep(scope, digest, rule.ttl_s)
        read = hits * rule.step if hits * rule.step >= rule.minimum else 0
        write = steps * rule.step - read if rule.writes else 0
        return Counted(fresh=total - read - write, read=read, write=write)

    def clear(self) -> None:
        """Forget everything."""
        self._expiry.clear()

    def _longest(self, scope: str, digests: Sequence[int], marks: Sequence[int]) -> int | None:
        for mark in reversed(marks):
            for i in range(mark, max(-1, mark - _LOOKBACK), -1):
                if self._alive(scope, digests[i]):
                    self._refresh(scope, digests[i])
                    return i
        return None

    def _alive(self, scope: str, digest: int) -> bool:
        entry = self._expiry.get((scope, digest))
        return entry is not None and entry[0] > self._clock()

    def _keep(self, scope: str, digest: int, ttl_s: float) -> None:
        if len(self._expiry) >= _MAX_ENTRIES:
            now = self._clock()
            alive = {key: entry for key, entry in self._expiry.items() if entry[0] > now}
            self._expiry = alive if len(alive) < _MAX_ENTRIES // 2 else {}
        self._expiry[scope, digest] = (self._clock() + ttl_s, ttl_s)

    def _refresh(self, scope: str, digest: int) -> None:
        ttl_s = self._expiry[scope, digest][1]
        self._expiry[scope, digest] = (self._clock() + ttl_s, ttl_s)


def _walk(segments: Sequence[Segment]) -> tuple[list[int], list[int]]:
    """For each segment the digest of the prefix that ends with it, and that prefix's tokens."""
    digests: list[int] = []
    ends: list[int] = []
    digest, size = 0, 0
    for segment in segments:
        digest = hash((digest, segment.text))
        size += len(segment.text)
        digests.append(digest)
        ends.append(count_tokens(size))
    return digests, ends
