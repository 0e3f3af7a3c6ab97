"""Usage as the Responses format counts it: the input includes what was cached."""

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.read import as_count, as_object, as_str
from coderouter_cli.wire.tokencounts import Stated, long_writes, settled, stated_total, writes_by_lifetime


def usage_in(response: JsonObject) -> tuple[Usage, JsonObject] | None:
    """A response's usage and its raw object; None when it has none."""
    raw = response.get("usage")
    if not isinstance(raw, dict):
        return None
    return read_usage(raw, as_str(response.get("service_tier")) or None), raw


def read_usage(raw: JsonObject, tier: str | None = None) -> Usage:
    """A provider's numbers in normal form; ``tier`` is what the response around them names.

    ``input_tokens`` includes cached and cache-writing tokens (openai 3.54 types); they are told apart.
    """
    details = as_object(raw.get("input_tokens_details"))
    stated = Stated(
        prompt=as_count(raw.get("input_tokens")),
        cached=as_count(details.get("cached_tokens")),
        written=as_count(details.get("cache_write_tokens")),
        written_long=long_writes(details),
        output=as_count(raw.get("output_tokens")),
        reasoning=as_count(as_object(raw.get("output_tokens_details")).get("reasoning_tokens")),
        total=stated_total(raw),
    )
    return settled(raw, stated, tier)


def write_usage(usage: Usage) -> JsonObject:
    """A response's usage object."""
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read,
            "cache_write_tokens": usage.cache_write + usage.cache_write_long,
            "cache_write_tokens_details": writes_by_lifetime(usage),
        },
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
