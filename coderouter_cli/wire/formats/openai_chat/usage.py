"""Chat's ``usage`` object, both ways."""

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.read import as_count, as_object, as_str


def read_usage(raw: JsonObject, tier: str | None = None) -> Usage:
    """A provider's numbers in normal form.

    ``prompt_tokens`` includes what came from and went to the cache. DeepSeek names cache hits in its
    own field (https://api-docs.deepseek.com/guides/kv_cache), Moonshot at the top level.
    """
    details = as_object(raw.get("prompt_tokens_details"))
    prompt, written = as_count(raw.get("prompt_tokens")), as_count(details.get("cache_write_tokens"))
    cached = max(
        as_count(details.get("cached_tokens")),
        as_count(raw.get("prompt_cache_hit_tokens")),
        as_count(raw.get("cached_tokens")),
    )
    # A few gateways count the cache apart from the prompt, as Anthropic does.
    uncached = prompt - cached - written if prompt >= cached + written else prompt
    output, reasoning = _output(raw, uncached + cached + written)
    return Usage(
        input=uncached,
        cache_read=cached,
        cache_write=written,
        output=output,
        reasoning=reasoning,
        tier=as_str(raw.get("service_tier")) or tier,
    )


def _output(raw: JsonObject, prompt: int) -> tuple[int, int]:
    """Output tokens, and the reasoning in them.

    Gemini's and xAI's compatible layers leave the thinking out of ``completion_tokens`` but bill it:
    only ``total_tokens`` shows it (35 + 12 of 109).
    """
    shown = as_count(raw.get("completion_tokens"))
    output = max(shown, as_count(raw.get("total_tokens")) - prompt)
    details = as_object(raw.get("completion_tokens_details"))
    reasoning = as_count(details.get("reasoning_tokens")) or output - shown
    return output, min(reasoning, output)


def write_usage(usage: Usage) -> JsonObject:
    """The object a client of this format reads."""
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": {
            "cached_tokens": usage.cache_read,
            "cache_write_tokens": usage.cache_write + usage.cache_write_long,
        },
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }
