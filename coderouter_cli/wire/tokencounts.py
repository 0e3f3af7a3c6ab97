"""Token counts as OpenAI's two formats state them, told apart into disjoint classes.

OpenAI's prompt includes what a cache had a part in, and its output the reasoning. Those who copied the
formats differ in both, and name no difference:

- xAI leaves the reasoning out of the output (https://docs.x.ai/docs/key-information/consumption-and-rate-limits),
- Gemini's compatible layer leaves it out and does not name it: 35 + 12 of 109,
- a few gateways count the cache apart from the prompt, as Anthropic does.

The total says which it is: of the readings that are possible, the one that adds up to it is taken.
"""

from dataclasses import dataclass, replace

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.charges import stated_charge
from coderouter_cli.wire.read import as_count, as_object

_LONG = "ttl_12h_tokens"
_SHORT = "ttl_30m_tokens"


@dataclass(frozen=True, slots=True)
class Stated:
    """A provider's counts as it wrote them; ``total`` is None when it stated none.

    ``written_long`` is the part of ``written`` that went to the long cache.
    """

    prompt: int
    cached: int
    written: int
    written_long: int
    output: int
    reasoning: int
    total: int | None

    @property
    def from_cache(self) -> int:
        """What a cache had a part in."""
        return self.cached + self.written


def settled(raw: JsonObject, stated: Stated, tier: str | None) -> Usage:
    """The counts of a usage object in normal form, and what it says was charged."""
    return replace(settle(stated, tier), billed=stated_charge(raw))


def settle(stated: Stated, tier: str | None) -> Usage:
    """The counts in normal form. What no reading explains is its ``discrepancy``."""
    readings = [
        (prompt, output)
        for prompt in (stated.prompt, stated.prompt + stated.from_cache)
        for output in (stated.output, stated.output + stated.reasoning)
    ]
    for prompt, output in readings:
        if prompt + output == stated.total:
            return _usage(stated, prompt, output, tier)
    prompt = stated.prompt if stated.prompt >= stated.from_cache else stated.prompt + stated.from_cache
    unnamed = 0 if stated.total is None else stated.total - prompt - stated.output
    if unnamed > 0:
        thought = replace(stated, reasoning=max(stated.reasoning, unnamed))
        return _usage(thought, prompt, stated.output + unnamed, tier)
    return replace(_usage(stated, prompt, stated.output, tier), discrepancy=unnamed)


def _usage(stated: Stated, prompt: int, output: int, tier: str | None) -> Usage:
    """Disjoint classes that add up to this prompt and this output."""
    read = min(stated.cached, prompt)
    written = min(stated.written, prompt - read)
    long = min(stated.written_long, written)
    return Usage(
        input=prompt - read - written,
        cache_read=read,
        cache_write=written - long,
        cache_write_long=long,
        output=output,
        reasoning=min(stated.reasoning, output),
        tier=tier,
    )


def stated_total(raw: JsonObject) -> int | None:
    """The total a usage object states; 0 says nothing, some servers never fill it in."""
    return as_count(raw.get("total_tokens")) or None


def long_writes(details: JsonObject) -> int:
    """The tokens written for twelve hours, of a prompt's details."""
    return as_count(as_object(details.get("cache_write_tokens_details")).get(_LONG))


def writes_by_lifetime(usage: Usage) -> JsonObject:
    """The details of cache writes, as openai 3.54 types them."""
    return {_SHORT: usage.cache_write, _LONG: usage.cache_write_long}
