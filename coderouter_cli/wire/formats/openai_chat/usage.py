"""Chat's ``usage`` object, both ways."""

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.read import as_count, as_object, as_str
from coderouter_cli.wire.tokencounts import Stated, long_writes, settled, stated_total, writes_by_lifetime


def read_usage(raw: JsonObject, tier: str | None = None) -> Usage:
    """A provider's numbers in normal form; ``tier`` is what the answer around them names."""
    details = as_object(raw.get("prompt_tokens_details"))
    answer = as_object(raw.get("completion_tokens_details"))
    stated = Stated(
        prompt=_prompt(raw),
        cached=_cached(raw, details),
        written=_written(raw, details),
        written_long=long_writes(details),
        output=as_count(raw.get("completion_tokens")),
        reasoning=as_count(answer.get("reasoning_tokens")),
        total=stated_total(raw),
    )
    return settled(raw, stated, as_str(raw.get("service_tier")) or tier)


def _prompt(raw: JsonObject) -> int:
    """DeepSeek's hits and misses add up to the prompt (https://api-docs.deepseek.com/guides/kv_cache)."""
    if "prompt_tokens" in raw:
        return as_count(raw["prompt_tokens"])
    return as_count(raw.get("prompt_cache_hit_tokens")) + as_count(raw.get("prompt_cache_miss_tokens"))


def _cached(raw: JsonObject, details: JsonObject) -> int:
    """OpenAI's place and DeepSeek's; Kimi's (https://platform.kimi.ai/docs/api/chat); Anthropic's word, from
    gateways in front of it. Whoever fills in two of them means the same tokens."""
    return max(
        as_count(details.get("cached_tokens")),
        as_count(raw.get("prompt_cache_hit_tokens")),
        as_count(raw.get("cached_tokens")),
        as_count(raw.get("cache_read_input_tokens")),
    )


def _written(raw: JsonObject, details: JsonObject) -> int:
    """OpenAI's and OpenRouter's place, litellm's, and Anthropic's word."""
    return max(
        as_count(details.get("cache_write_tokens")),
        as_count(details.get("cache_creation_tokens")),
        as_count(raw.get("cache_creation_input_tokens")),
    )


def write_usage(usage: Usage) -> JsonObject:
    """The object a client of this format reads."""
    details: JsonObject = {
        "cached_tokens": usage.cache_read,
        "cache_write_tokens": usage.cache_write + usage.cache_write_long,
    }
    if usage.cache_write_long:
        details["cache_write_tokens_details"] = writes_by_lifetime(usage)
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.output,
        "total_tokens": usage.total,
        "prompt_tokens_details": details,
        "completion_tokens_details": {"reasoning_tokens": usage.reasoning},
    }
