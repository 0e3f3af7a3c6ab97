"""Usage of the Messages format.

``input_tokens`` is only what no cache had a part in; the whole prompt is the sum of the three. In a stream
`message_start` has the prompt's numbers, and alone the split of cache writes by lifetime; the numbers of
`message_delta` are cumulative and win. Others who serve the format differ: GLM's `message_start` says 0
(https://github.com/zai-org/GLM-5/issues/139), some servers' `message_delta` does, and Kimi's and Qwen's
`message_start` has the whole prompt as ``input_tokens``, cache included, of which their `message_delta`
then gives the parts (https://github.com/maximhq/bifrost/pull/5355).
"""

from coderouter_cli.domain.conversation import JsonObject
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.charges import stated_charge
from coderouter_cli.wire.read import as_count, as_list, as_object, as_str

_PROMPT = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
_SHORT, _LONG = "ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens"
_TIERS = {"standard": "standard", "default": "standard", "priority": "priority", "batch": "batch"}
"""The service tiers this format has a word for."""
_FAST = "fast"


def merged_usage(before: JsonObject, now: JsonObject) -> JsonObject:
    """The provider's usage object so far: the newer numbers over the older ones.

    The prompt's three belong together: where one of the newer ones says something, its 0 beside it is
    meant; where none does, they are left out, not counted.
    """
    newer = {key: value for key, value in now.items() if value is not None}
    if not any(as_count(now.get(key)) for key in _PROMPT):
        newer = {key: value for key, value in newer.items() if not (key in _PROMPT and before.get(key))}
    return {**before, **newer}


def read_usage(raw: JsonObject, tier: str | None = None) -> Usage:
    """The normal form of a usage object; ``tier`` holds where it names none.

    A compaction on the server is billed, but is not in the numbers at the top (anthropic 2.12 types).
    """
    fresh, read, short, long, output = _counts(raw)
    for one in map(as_object, as_list(raw.get("iterations"))):
        if one.get("type") == "compaction":
            added = _counts(one)
            fresh, read, short = fresh + added[0], read + added[1], short + added[2]
            long, output = long + added[3], output + added[4]
    speed = as_str(raw.get("speed"))
    return Usage(
        input=fresh,
        cache_read=read,
        cache_write=short,
        cache_write_long=long,
        output=output,
        reasoning=as_count(as_object(raw.get("output_tokens_details")).get("thinking_tokens")),
        tier=speed if speed == _FAST else as_str(raw.get("service_tier")) or tier,
        discrepancy=_discrepancy(raw),
        billed=stated_charge(raw),
    )


def _counts(raw: JsonObject) -> tuple[int, int, int, int, int]:
    """Uncached input, cache read, short and long cache writes, output."""
    written = as_count(raw.get("cache_creation_input_tokens"))
    split = as_object(raw.get("cache_creation"))
    if "cache_creation_input_tokens" not in raw:
        written = as_count(split.get(_SHORT)) + as_count(split.get(_LONG))
    long = min(written, as_count(split.get(_LONG)))
    read, fresh = as_count(raw.get("cache_read_input_tokens")), as_count(raw.get("input_tokens"))
    if fresh and fresh == as_count(raw.get("prompt_tokens")):
        fresh = max(0, fresh - read - written)
    return fresh, read, written - long, long, as_count(raw.get("output_tokens"))


def _discrepancy(raw: JsonObject) -> int:
    """Kimi states the whole prompt as well, as ``prompt_tokens``."""
    stated = as_count(raw.get("prompt_tokens"))
    return stated - sum(_counts(raw)[:4]) if stated else 0


def write_usage(usage: Usage) -> JsonObject:
    """A usage object for a client, whoever reported the numbers."""
    written: JsonObject = {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.cache_write + usage.cache_write_long,
        "cache_read_input_tokens": usage.cache_read,
        "output_tokens": usage.output,
    }
    if written["cache_creation_input_tokens"]:
        written["cache_creation"] = {_SHORT: usage.cache_write, _LONG: usage.cache_write_long}
    if usage.reasoning:
        written["output_tokens_details"] = {"thinking_tokens": usage.reasoning}
    if usage.tier in _TIERS:
        written["service_tier"] = _TIERS[usage.tier]
    if usage.tier == _FAST:
        written["speed"] = _FAST
    return written
