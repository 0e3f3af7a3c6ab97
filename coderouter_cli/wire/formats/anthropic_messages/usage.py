"""Usage of the Messages format.

``input_tokens`` is only what no cache had a part in; the whole prompt is the sum of the three. In a stream
`message_start` has the prompt's numbers, and alone the split of cache writes by lifetime; the numbers of
`message_delta` are cumulative and win, but some servers leave the prompt's at 0 there.
"""

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.read import as_count, as_object, as_str

_PROMPT = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_LONG = "ephemeral_1h_input_tokens"


def merged_usage(before: JsonObject, now: JsonObject) -> JsonObject:
    """The provider's usage object so far: the newer numbers over the older ones."""
    newer = {
        key: value
        for key, value in now.items()
        if value is not None and not (key in _PROMPT and value == 0 and before.get(key))
    }
    return {**before, **newer}


def read_usage(raw: JsonObject) -> Usage:
    """The normal form of a usage object."""
    written = as_count(raw.get("cache_creation_input_tokens"))
    split = as_object(raw.get("cache_creation"))
    if "cache_creation_input_tokens" not in raw:
        written = as_count(split.get("ephemeral_5m_input_tokens")) + as_count(split.get(_LONG))
    long = min(written, as_count(split.get(_LONG)))
    speed = as_str(raw.get("speed"))
    return Usage(
        input=as_count(raw.get("input_tokens")),
        cache_read=as_count(raw.get("cache_read_input_tokens")),
        cache_write=written - long,
        cache_write_long=long,
        output=as_count(raw.get("output_tokens")),
        reasoning=as_count(as_object(raw.get("output_tokens_details")).get("thinking_tokens")),
        tier=speed if speed == "fast" else as_str(raw.get("service_tier")) or None,
    )


def write_usage(usage: Usage) -> JsonObject:
    """A usage object for a client, whoever reported the numbers."""
    written = {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.cache_write + usage.cache_write_long,
        "cache_read_input_tokens": usage.cache_read,
        "output_tokens": usage.output,
    }
    if usage.reasoning:
        return {**written, "output_tokens_details": {"thinking_tokens": usage.reasoning}}
    return written
