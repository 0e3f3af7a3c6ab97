"""Usage, both ways."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coderouter_cli.domain.money import Picodollars
from coderouter_cli.domain.usage import Usage
from coderouter_cli.wire.formats.openai_chat.usage import read_usage, write_usage


@pytest.mark.parametrize(
    ("raw", "usage"),
    [
        ({}, Usage()),
        ({"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}, Usage(input=10, output=5)),
        (
            {
                "prompt_tokens": 2006,
                "completion_tokens": 300,
                "prompt_tokens_details": {"cached_tokens": 1920, "cache_write_tokens": 64},
                "completion_tokens_details": {"reasoning_tokens": 256},
            },
            Usage(input=22, cache_read=1920, cache_write=64, output=300, reasoning=256),
        ),
        (
            {
                "prompt_tokens": 100,
                "completion_tokens": 5,
                "prompt_cache_hit_tokens": 64,
                "prompt_cache_miss_tokens": 36,
            },
            Usage(input=36, cache_read=64, output=5),
        ),
        # Gemini: what the model thought is in the total only
        (
            {"prompt_tokens": 35, "completion_tokens": 12, "total_tokens": 109},
            Usage(input=35, output=74, reasoning=62),
        ),
        # xAI: the same, with the thinking named
        (
            {
                "prompt_tokens": 10,
                "completion_tokens": 2,
                "total_tokens": 32,
                "completion_tokens_details": {"reasoning_tokens": 20},
            },
            Usage(input=10, output=22, reasoning=20),
        ),
        # the same from its own answer: 10120 + 1499 + 2809 (https://github.com/Wei-Shaw/sub2api/issues/5771)
        (
            {
                "prompt_tokens": 10120,
                "completion_tokens": 1499,
                "total_tokens": 14428,
                "prompt_tokens_details": {"cached_tokens": 128},
                "completion_tokens_details": {"reasoning_tokens": 2809},
            },
            Usage(input=9992, cache_read=128, output=4308, reasoning=2809),
        ),
        # Kimi (https://platform.kimi.ai/docs/api/chat)
        (
            {"prompt_tokens": 19, "completion_tokens": 13, "total_tokens": 32, "cached_tokens": 12},
            Usage(input=7, cache_read=12, output=13),
        ),
        # OpenRouter (https://openrouter.ai/docs/use-cases/usage-accounting)
        (
            {
                "completion_tokens": 2,
                "completion_tokens_details": {"reasoning_tokens": 0},
                "cost": 0.95,
                "cost_details": {"upstream_inference_cost": 19},
                "prompt_tokens": 194,
                "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 100, "audio_tokens": 0},
                "total_tokens": 196,
            },
            Usage(input=94, cache_write=100, output=2, billed=Picodollars(950_000_000_000)),
        ),
        # DeepSeek states the parts of its prompt; here only them
        ({"prompt_cache_hit_tokens": 64, "prompt_cache_miss_tokens": 36}, Usage(36, 64)),
        # a gateway in front of Anthropic
        (
            {
                "prompt_tokens": 50,
                "completion_tokens": 1,
                "total_tokens": 51,
                "cache_read_input_tokens": 30,
                "cache_creation_input_tokens": 15,
            },
            Usage(input=5, cache_read=30, cache_write=15, output=1),
        ),
        # a gateway that counts the cache apart from the prompt
        (
            {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 1020, "cached_tokens": 900},
            Usage(input=100, cache_read=900, output=20),
        ),
        (
            {"prompt_tokens": 10, "completion_tokens": 5, "service_tier": "priority"},
            Usage(input=10, output=5, tier="priority"),
        ),
        ({"prompt_tokens": "10", "completion_tokens": None, "prompt_tokens_details": None}, Usage()),
        (
            {
                "prompt_tokens": -3,
                "completion_tokens": 4.0,
                "completion_tokens_details": {"reasoning_tokens": 9},
            },
            Usage(output=4, reasoning=4),
        ),
    ],
)
def test_providers_numbers_in_normal_form(raw: dict[str, Any], usage: Usage) -> None:
    assert read_usage(raw) == usage


def test_the_answers_tier_counts_when_the_usage_names_none() -> None:
    assert read_usage({}, "flex").tier == "flex"


counts = st.integers(0, 10**7)


@given(counts, counts, counts, counts, counts)
def test_what_is_written_is_read_back(
    fresh: int, read: int, written: int, output: int, reasoning: int
) -> None:
    usage = Usage(fresh, read, written, 0, output, min(reasoning, output))
    raw = write_usage(usage)
    assert raw["total_tokens"] == usage.total
    assert read_usage(raw) == usage


junk = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=3)
    | st.dictionaries(st.text(max_size=2), st.integers())
)


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "prompt_tokens",
                "completion_tokens",
                "total_tokens",
                "cached_tokens",
                "prompt_tokens_details",
                "completion_tokens_details",
                "prompt_cache_hit_tokens",
                "service_tier",
            ]
        ),
        junk
        | st.dictionaries(st.sampled_from(["cached_tokens", "cache_write_tokens", "reasoning_tokens"]), junk),
    )
)
def test_any_object_reads_as_some_usage(raw: dict[str, Any]) -> None:
    usage = read_usage(raw)
    assert usage.reasoning <= usage.output
