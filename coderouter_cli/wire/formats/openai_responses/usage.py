"""Usage as the Responses format counts it: the input includes what was cached."""

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.read import as_count, as_object, as_str


def read_usage(response: JsonObject) -> tuple[Usage, JsonObject] | None:
    """A response's usage and its raw object; None when it has none.

    ``input_tokens`` includes cached and cache-writing tokens (openai 3.54 types); they are told apart.
    """
    raw = response.get("usage")
    if not isinstance(raw, dict):
        return None
    details = as_object(raw.get("input_tokens_details"))
    read, written = as_count(details.get("cached_tokens")), as_count(details.get("cache_write_tokens"))
    by_ttl = as_object(details.get("cache_write_tokens_details"))
    long = min(written, as_count(by_ttl.get("ttl_12h_tokens")))
    output_details = as_object(raw.get("output_tokens_details"))
    usage = Usage(
        input=max(0, as_count(raw.get("input_tokens")) - read - written),
        cache_read=read,
        cache_write=written - long,
        cache_write_long=long,
        output=as_count(raw.get("output_tokens")),
        reasoning=as_count(output_details.get("reasoning_tokens")),
        tier=as_str(response.get("service_tier")) or None,
    )
    return usage, raw


def write_usage(usage: Usage) -> JsonObject:
    """A response's usage object."""
    return {
        "input_tokens": usage.prompt,
        "input_tokens_details": {
            "cached_tokens": usage.cache_read,
            "cache_write_tokens": usage.cache_write + usage.cache_write_long,
            "cache_write_tokens_details": {
                "ttl_30m_tokens": usage.cache_write,
                "ttl_12h_tokens": usage.cache_write_long,
            },
        },
        "output_tokens": usage.output,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning},
        "total_tokens": usage.total,
    }
